"""`outlast doctor`: check one by one what Outlast needs on this machine."""

import asyncio
import os
import sqlite3
import sys
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import DescribeTaskQueueRequest

from outlast.cli.exits import Exit
from outlast.cli.output import Output
from outlast.composition import models_of, reasoner_name
from outlast.evidence.errors import NeedsOperator, OutlastError, Permanent, Transient
from outlast.graphs.reasoners.reasoner import Models, open_reasoner
from outlast.orchestration.embedded import database, dev_server
from outlast.orchestration.embedded.connection import connect
from outlast.orchestration.embedded.home_folder import HOME_VERSION, open_home_if_there
from outlast.orchestration.embedded.search_attributes import has_search_attributes
from outlast.orchestration.research.messages import TASK_QUEUE
from outlast.orchestration.settings import Settings
from outlast.tools.extensions import (
    ENGINE_GROUP,
    READER_GROUP,
    REASONER_GROUP,
    Extension,
    ExtensionStatus,
    check_extensions,
)
from outlast.tools.redacting import redact
from outlast.tools.retrieval.encoder.encoder import (
    BUILD_COMMAND,
    INSTALL_COMMAND,
    Encoder,
    is_built,
    is_library_installed,
)
from outlast.tools.store.collections import Collections
from outlast.tools.store.objects import delete, is_missing_folder, open_objects, open_objects_to_read, put

ENGINES_WANTING_CONTACT = ("wikipedia", "arxiv", "pubmed")


@dataclass(frozen=True)
class CheckWarning:
    """A check that passed, with something that people should know."""

    found: str


@dataclass(frozen=True)
class ExtensionList:
    """The extensions that packages have registered, usable or not."""

    found: list[ExtensionStatus]

    @property
    def summary(self) -> str:
        """A line for each package with its usable extensions, then a line for each unusable extension."""
        usable, unusable = dict[str, list[str]](), list[str]()
        for extension in self.found:
            if extension.problem:
                unusable.append(f"{extension.name} of {extension.source} cannot be used now: {extension.problem}")
            else:
                usable.setdefault(extension.source, []).append(extension.name)
        return "\n".join([*(f"{', '.join(names)} of {source}" for source, names in usable.items()), *unusable])


Check = Callable[[Settings], Awaitable[str | CheckWarning | ExtensionList]]
"""Returns what it found; an OutlastError says what is wrong and what to do."""


async def doctor(*, repair: bool, as_json: bool) -> Exit:
    """Run all checks. With `repair`, a damaged database of the runs is first moved aside; nothing is deleted."""
    output, settings = Output(as_json=as_json), Settings()
    results: dict[str, dict[str, Any]] = {}
    if repair:
        results["repair"] = {"ok": True, "found": await asyncio.to_thread(repair_database, settings)}
        print_check(output, "repair", **results["repair"])
    for name, check in CHECKS.items():
        results[name] = await run_check(check, settings)
        print_check(output, name, **results[name])
        if name == "home" and not results[name]["ok"]:
            break  # the other checks need the home folder
    output.document({"checks": results})
    return Exit.DONE if all(result["ok"] for result in results.values()) else Exit.FAILED


async def run_check(check: Check, settings: Settings) -> dict[str, Any]:
    try:
        found = await check(settings)
    except OutlastError as error:
        return {"ok": False, "found": str(error)}
    match found:
        case CheckWarning():
            return {"ok": True, "found": found.found, "warning": True}
        case ExtensionList():
            is_broken = any(extension.is_broken for extension in found.found)
            extensions = [asdict(extension) for extension in found.found]
            result = {"ok": True, "found": found.summary, "extensions": extensions}
            return result | ({"warning": True} if is_broken else {})
        case str():
            return {"ok": True, "found": found}


def print_check(output: Output, name: str, *, ok: bool, found: str, warning: bool = False, **_: object) -> None:
    mark, style = ("! ", "yellow") if warning else ("ok ", "green") if ok else ("-- ", "red")
    first_line, *other_lines = found.splitlines() or [""]
    output.people.print(f"{mark:<3}", style=style, end="")
    output.people.print(f"{name:<11} {first_line}")
    for line in other_lines:
        output.people.print(f"{'':<14} {line}")


async def check_python(settings: Settings) -> str:
    del settings
    return f"{sys.version.split()[0]} at {sys.executable}"


async def check_search(settings: Settings) -> str:
    del settings
    try:
        with sqlite3.connect(":memory:") as probe:
            probe.execute("create virtual table probe using fts5(text, tokenize = 'porter unicode61')")
        probe.close()
    except sqlite3.OperationalError:
        raise Permanent(
            "The SQLite of this Python has no FTS5, which search needs. Use another build of Python."
        ) from None
    return f"SQLite {sqlite3.sqlite_version} with FTS5"


def repair_database(settings: Settings) -> str:
    """Move a damaged database aside, and return what was done. Raises NeedsOperator if it cannot be moved now."""
    if not open_home_if_there(settings.home):
        return f"there is no {settings.home}: nothing to do"
    home = settings.home.resolve()
    damage = database.find_damage(home)
    if damage is None:
        return f"{database.database_file(home)} is not damaged: nothing to do"
    moved = database.put_aside(home)
    return (
        f"{database.database_file(home)} was damaged ({damage}). It is {moved.name} now, and the next command starts "
        "a new one. Ask again what was under way; published reports are in the object store."
    )


async def check_home(settings: Settings) -> str:
    if not await asyncio.to_thread(open_home_if_there, settings.home):
        refuse_unwritable(settings.home)
        return f"none yet: {settings.home.absolute()} is created when documents are indexed or a run is started"
    probe = settings.home / "run" / "doctor"
    try:
        probe.parent.mkdir(parents=True, exist_ok=True)
        probe.write_text("")
        probe.unlink()
    except OSError as error:
        raise Permanent(f"{settings.home} cannot be written ({error.strerror}). Set OUTLAST_HOME to another.") from None
    return f"{settings.home.resolve()}, version {HOME_VERSION}"


def refuse_unwritable(home: Path) -> None:
    """Raise Permanent if a home folder that does not exist yet could not be created."""
    parent = next(folder for folder in home.absolute().parents if folder.exists())
    if not (parent.is_dir() and os.access(parent, os.W_OK | os.X_OK)):
        raise Permanent(f"{home} cannot be created ({parent} cannot be written). Set OUTLAST_HOME to another.")


async def check_runs_database(settings: Settings) -> str:
    home = settings.home.resolve()
    file = database.database_file(home)
    if not file.exists():
        return "none yet"
    if await asyncio.to_thread(database.is_unfinished, home):
        return f"{file}: its tables were never completed: the next command makes a new one, and no run is lost"
    if damage := await asyncio.to_thread(database.find_damage, home):
        raise database.damaged_database_error(home, damage)
    return f"{file}, undamaged"


async def check_objects(settings: Settings) -> str:
    if is_missing_folder(settings.object_store):
        return f"none yet: {settings.object_store}"
    store = open_objects(settings.object_store)
    key = f"doctor/{uuid4()}"
    await put(store, key, b"")
    await delete(store, key)
    return settings.object_store


async def check_temporal(settings: Settings) -> str | CheckWarning:
    profile = settings.temporal()
    if profile is None:
        return f"embedded: {dev_server.find_temporal(settings.home.resolve())}"
    client = await connect(profile)
    queue = DescribeTaskQueueRequest(namespace=client.namespace, task_queue=TaskQueue(name=TASK_QUEUE))
    pollers = (await client.workflow_service.describe_task_queue(queue)).pollers
    if not pollers:
        raise Permanent(f"{profile.address} answers, but has no worker. Start one: outlast worker")
    found = f"{profile.address}, {len(pollers)} workers"
    if not await has_search_attributes(client):
        return CheckWarning(
            f"{found}. The server lacks search attributes of Outlast ({', '.join(dev_server.SEARCH_ATTRIBUTES)}): runs "
            "go on without them, but cannot be filtered by them. A worker registers them when it starts, if it may"
        )
    return found


async def check_default_documents(settings: Settings) -> str:
    collections = Collections(open_objects_to_read(settings.object_store))
    try:
        collection = await collections.load(await collections.resolve(None))
    except Permanent:
        return "none; runs from the UI need them: outlast up --docs DIR"
    return f"{len(collection.sources)} documents"


async def check_models(settings: Settings) -> str | CheckWarning:
    """Make one small call to each configured model, so that a wrong key, name or address shows within seconds."""
    if not settings.model:
        if settings.investigator == "agent":
            raise NeedsOperator("An agent needs a model.", "Set OUTLAST_MODEL, or leave OUTLAST_INVESTIGATOR out.")
        if settings.cheap_model:
            return CheckWarning(
                "OUTLAST_CHEAP_MODEL is set, but OUTLAST_MODEL is not: no model is used, and rules find the quotes"
            )
        return "none: rules find the quotes. To use a model, set OUTLAST_MODEL"
    from outlast.tools.models.chat_models import chat_model, probe  # noqa: PLC0415 - takes seconds, and only a model needs it

    names = dict.fromkeys(name for name in (settings.model, settings.cheap_model) if name)
    models = [chat_model(name, base_url=settings.base_url(name)) for name in names]
    try:
        await asyncio.gather(*(probe(model) for model in models))
    except Transient as error:
        if settings.openai_base_url:
            raise Transient(
                f"{error} OPENAI_BASE_URL is {redact(settings.openai_base_url.get_secret_value())}."
            ) from error
        raise
    models_at = [f"{name} at {redact(settings.base_url(name))}" if settings.base_url(name) else name for name in names]
    return f"{' and '.join(models_at)}, answering" + (" as an agent" if settings.investigator == "agent" else "")


async def check_encoder(settings: Settings) -> str | CheckWarning:
    """Encode a word, so that a damaged model and a broken library show."""
    folder = settings.encoder_folder
    if folder is None:
        return "off, as OUTLAST_ENCODER says: quotes are found by words"
    if not is_built(folder):
        installing = "" if is_library_installed() else f"{INSTALL_COMMAND}, then: "
        return f"none: quotes are found by words. To find them by meaning too: {installing}{BUILD_COMMAND}"
    if not is_library_installed():
        return CheckWarning(f"{folder} cannot be used without the package onnxruntime: {INSTALL_COMMAND}")
    await asyncio.to_thread(Encoder(folder).encode, ["word"])
    return f"{folder}"


async def check_web(settings: Settings) -> str:
    """Return the engines that --web would search. None of them is called, because some count every search."""
    from outlast.tools.web.engines.factory import open_engines  # noqa: PLC0415 - only this check needs it

    engines = await asyncio.to_thread(open_engines, settings.engines)
    await engines.close()
    anonymous = [name for name in engines.names if name in ENGINES_WANTING_CONTACT] if not settings.contact else []
    hint = f"; {' and '.join(anonymous)} should know who calls: set OUTLAST_CONTACT to an e-mail address"
    return ", ".join(engines.names) + (hint if anonymous else "")


async def check_engines(settings: Settings) -> ExtensionList:
    """Return every search engine that is installed, configured or not. None of them is called."""
    from outlast.tools.web.engines.factory import open_engine  # noqa: PLC0415 - only this check needs it

    async def use(extension: Extension) -> None:
        engine = await asyncio.to_thread(open_engine, extension, settings.engines)
        await engine.close()

    return ExtensionList(await check_extensions(ENGINE_GROUP, use))


async def check_readers(settings: Settings) -> ExtensionList:
    del settings
    from outlast.tools.documents.reading import load_reader  # noqa: PLC0415 - only this check needs it

    async def use(extension: Extension) -> None:
        await asyncio.to_thread(load_reader, extension)

    return ExtensionList(await check_extensions(READER_GROUP, use))


async def check_reasoners(settings: Settings) -> ExtensionList:
    """Return every reasoner that is installed. A missing key makes none unusable: `check_models` reports it."""
    try:
        models = await asyncio.to_thread(models_of, settings)
    except OutlastError:
        models = Models()

    async def use(extension: Extension) -> None:
        await asyncio.to_thread(open_reasoner, extension, models)

    found, chosen = await check_extensions(REASONER_GROUP, use), reasoner_name(settings)
    if (problem := next((reasoner.problem for reasoner in found if reasoner.name == chosen), "")) and settings.reasoner:
        raise Permanent(f"OUTLAST_REASONER is {chosen}. {problem}")
    if chosen not in {reasoner.name for reasoner in found}:
        names = ", ".join(reasoner.name for reasoner in found)
        raise NeedsOperator(f"There is no reasoner {chosen!r}.", f"Set OUTLAST_REASONER to one of {names}.")
    return ExtensionList(found)


async def check_proxy_setting(settings: Settings) -> str | CheckWarning:
    if settings.proxy is None:
        return "none: pages are fetched from this machine"
    from outlast.tools.web.pages.transport import check_proxy  # noqa: PLC0415 - only this check needs it

    address = check_proxy(settings.proxy)
    return CheckWarning(
        f"pages are fetched through {address}. Host names are checked here, but the proxy connects: let it refuse the "
        "addresses of your internal networks"
    )


CHECKS: dict[str, Check] = {
    "python": check_python,
    "search": check_search,
    "home": check_home,
    "runs": check_runs_database,
    "objects": check_objects,
    "temporal": check_temporal,
    "documents": check_default_documents,
    "model": check_models,
    "encoder": check_encoder,
    "web": check_web,
    "proxy": check_proxy_setting,
    "engines": check_engines,
    "readers": check_readers,
    "reasoners": check_reasoners,
}
