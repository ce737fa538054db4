"""`outlast doctor`: what Outlast needs on this machine, checked one by one."""

import sqlite3
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from uuid import uuid4

from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import DescribeTaskQueueRequest

from cli.exits import Exit
from cli.terminal import console
from evidence.errors import NeedsOperator, OutlastError, Permanent
from orchestration import dev_server
from orchestration.connection import connect
from orchestration.messages import TASK_QUEUE
from orchestration.settings import Settings
from tools.collections import Collections
from tools.objects import delete, open_objects, put

Check = Callable[[Settings], Awaitable[str]]
"""What was found; an error of ours says what is wrong and what to do."""


async def doctor() -> Exit:
    settings, shown, well = Settings(), console(), True
    for name, check in CHECKS.items():
        try:
            found = await check(settings)
            shown.print("ok ", style="green", end="")
            shown.print(f"{name:<11} {found}")
        except OutlastError as error:
            well = False
            shown.print("-- ", style="red", end="")
            shown.print(f"{name:<11} {error}")
    return Exit.DONE if well else Exit.FAILED


async def python(settings: Settings) -> str:
    del settings
    return f"{sys.version.split()[0]} at {sys.executable}"


async def search(settings: Settings) -> str:
    del settings
    try:
        with sqlite3.connect(":memory:") as database:
            database.execute("create virtual table probe using fts5(text, tokenize = 'porter unicode61')")
        database.close()
    except sqlite3.OperationalError:
        raise Permanent(
            "This Python's SQLite has no FTS5, which searching needs. Use another build of Python."
        ) from None
    return f"SQLite {sqlite3.sqlite_version} with FTS5"


async def home(settings: Settings) -> str:
    probe = settings.home / "run" / "doctor"
    try:
        probe.parent.mkdir(parents=True, exist_ok=True)
        probe.write_text("")
        probe.unlink()
    except OSError as error:
        raise Permanent(f"{settings.home} cannot be written ({error.strerror}). Set OUTLAST_HOME to another.") from None
    return f"{settings.home.resolve()}"


async def objects(settings: Settings) -> str:
    store = open_objects(settings.object_store)
    key = f"doctor/{uuid4()}"
    await put(store, key, b"")
    await delete(store, key)
    return settings.object_store


async def temporal(settings: Settings) -> str:
    profile = settings.temporal()
    if profile is None:
        return f"embedded: {installed(settings.home.resolve())}"
    client = await connect(profile)
    queue = DescribeTaskQueueRequest(namespace=client.namespace, task_queue=TaskQueue(name=TASK_QUEUE))
    pollers = (await client.workflow_service.describe_task_queue(queue)).pollers
    if not pollers:
        raise Permanent(f"{profile.address} answers, but no worker is there. Start one: outlast worker")
    return f"{profile.address}, {len(pollers)} workers"


def installed(home: Path) -> Path:
    try:
        return dev_server.find_temporal(home)
    except dev_server.NoTemporalError as error:
        raise NeedsOperator(str(error), dev_server.WHAT_TO_DO) from None


async def default_documents(settings: Settings) -> str:
    collections = Collections(open_objects(settings.object_store))
    try:
        collection = await collections.load(await collections.resolve(None))
    except Permanent:
        return "none; runs from the UI need them: outlast up --docs DIR"
    return f"{len(collection.sources)} documents"


CHECKS: dict[str, Check] = {
    "python": python,
    "search": search,
    "home": home,
    "objects": objects,
    "temporal": temporal,
    "documents": default_documents,
}
