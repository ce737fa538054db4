"""`outlast research`: a question and a folder in, a checked report out."""

import re
from pathlib import Path
from typing import Any

from rich.text import Text
from temporalio.client import Client, WorkflowHandle
from temporalio.common import WorkflowIDConflictPolicy
from temporalio.exceptions import WorkflowAlreadyStartedError

from cli.accepting import accepted
from cli.exits import Exit
from cli.exporting import Exports
from cli.terminal import console
from cli.watch import follow
from evidence.errors import Permanent
from evidence.sources import sha256
from orchestration.connection import connection
from orchestration.messages import TASK_QUEUE, WORKFLOW, Ask, Outcome, accept_ask
from orchestration.settings import Settings
from tools.collections import Collections
from tools.objects import open_objects
from tools.taking_in import take_in


async def research(question: str, docs: Path | None, out: Path | None, *, approve: bool) -> Exit:
    question = " ".join(question.split())
    if not question:
        raise Permanent('The question is empty. Ask one: outlast research "QUESTION" --docs DIR')
    ask = accepted(accept_ask, {"question": question, "approve": approve})
    if docs is None:
        raise Permanent('There are no documents. Name their folder: outlast research "QUESTION" --docs DIR')
    settings = Settings()
    exports = Exports(settings, out)
    exports.refuse_inside(docs)
    exports.refuse_another(question)
    collection = await collect(docs, settings)
    async with connection(settings) as client:
        handle = await start(client, ask.model_copy(update={"collection": collection}))
        return await follow(client, handle, settings, exports, approve=approve)


async def collect(docs: Path, settings: Settings) -> str:
    """Take the folder in; the id of the collection that it is now."""
    store = open_objects(settings.object_store)
    shown = console()
    with shown.status(Text(f"Taking in {docs} ...")) as status:
        collection = await take_in(
            docs, store, settings.cache, lambda done, of: status.update(Text(f"Taking in {docs}: {done} of {of} files"))
        )
    shown.print(f"Documents {docs}: {len(collection.sources)} taken in, {len(collection.skipped)} skipped")
    return await Collections(store).save(collection)


async def start(client: Client, ask: Ask) -> WorkflowHandle[Any, Outcome]:
    """Start the run, or join the one that is under way: the same question to the same documents is the same run."""
    workflow = workflow_id(ask)
    shown = console()
    try:
        started = await client.start_workflow(
            WORKFLOW,
            ask.model_dump(exclude_defaults=True),
            id=workflow,
            task_queue=TASK_QUEUE,
            id_conflict_policy=WorkflowIDConflictPolicy.FAIL,
            static_summary=ask.question[:200],
            result_type=Outcome,
        )
    except WorkflowAlreadyStartedError:
        described = await client.get_workflow_handle(workflow).describe()
        shown.print(f"Run       {workflow} (under way since {described.start_time:%Y-%m-%d %H:%M} UTC; joined)")
        return client.get_workflow_handle(workflow, run_id=described.run_id, result_type=Outcome)
    shown.print(f"Run       {workflow}")
    return client.get_workflow_handle(workflow, run_id=started.result_run_id, result_type=Outcome)


def workflow_id(ask: Ask) -> str:
    """A name to recognise the run by: the question's first words, and a hash of what was asked of what."""
    words = re.findall(r"[a-z0-9]+", ask.question.lower())
    digest = sha256(f"{ask.question}\n{ask.collection}")[:8]
    return "-".join([*"-".join(words)[:48].strip("-").split("-"), digest]).strip("-")
