"""Record the histories that the replay test replays: `python -m tests.replay.record` (`make record`).

A run over the tests' own documents, on a real server with the real worker; one that approves itself, and one that is
revised at both gates. What names a machine is taken out.
"""

import asyncio
import json
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from temporalio.client import Client, WorkflowHandle

from outlast.orchestration.embedded.connection import connection
from outlast.orchestration.research.messages import TASK_QUEUE, WORKFLOW, Outcome
from outlast.orchestration.settings import Settings
from outlast.tools.ingest.ingest import take_in
from outlast.tools.store.collections import DEFAULT, Collections
from outlast.tools.store.objects import open_objects
from tests.conftest import DOCUMENTS
from tests.orchestration.research.runs import at_gate, decide

HISTORIES = Path(__file__).parent / "histories"


async def record() -> None:
    with folder_of_documents() as (home, documents):
        settings = Settings(home=home)
        store = open_objects(settings.object_store)
        collections = Collections(store)
        collection = await collections.save(await take_in(documents, store, settings.cache))
        await collections.name(DEFAULT, collection)
        async with connection(settings) as client:
            question = "When was the lighthouse built?"
            approved = await start(client, {"question": question, "approve": True}, "approved")
            await keep(approved)
            revised = await start(client, question, "revised")
            await at_gate(revised, "plan-1")
            await decide(revised, {"decision": "revise", "note": "How often does the ferry cross the sound?"})
            await at_gate(revised, "plan-2")
            await decide(revised, "approve")
            await at_gate(revised, "report-1")
            await decide(revised, {"decision": "revise", "note": "On which days is rye bread baked?"})
            await at_gate(revised, "report-2")
            await decide(revised, "well done")
            await keep(revised)


async def start(client: Client, ask: Any, name: str) -> WorkflowHandle[Any, Outcome]:
    return await client.start_workflow(WORKFLOW, ask, id=name, task_queue=TASK_QUEUE, result_type=Outcome)


async def keep(handle: WorkflowHandle[Any, Outcome]) -> None:
    await handle.result()
    history = (await handle.fetch_history()).to_json_dict()
    text = without_machine(json.dumps(history, indent=1, sort_keys=True))
    HISTORIES.mkdir(exist_ok=True)
    (HISTORIES / f"{handle.id}.json").write_text(text + "\n", encoding="utf-8")


def without_machine(history: str) -> str:
    """Identities, and sticky queues after them, are `pid@host`."""
    return re.sub(r"\b\d+@[\w.-]+", "recorded", history)


@contextmanager
def folder_of_documents() -> Iterator[tuple[Path, Path]]:
    with tempfile.TemporaryDirectory() as folder:
        documents = Path(folder) / "documents"
        documents.mkdir()
        for name, text in DOCUMENTS.items():
            (documents / name).write_text(text, encoding="utf-8")
        yield Path(folder) / "home", documents


if __name__ == "__main__":
    asyncio.run(record())
