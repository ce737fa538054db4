"""Record the histories that the replay test replays: `python -m tests.replay.record [NAME ...]` (`make record`).

Each function of `RUNS` is a run on a real server. Those that show documents or the web have the real phases; those that
show people and accidents have phases that answer by script. What names a machine is taken out.
Histories that earlier code has recorded stay as they are: whoever changes what the workflow commands gives new ones a
generation of their own.
"""

import asyncio
import json
import re
import sys
import tempfile
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from langgraph_heartbeat import DurablePlugin, Paused, Question, Resume
from temporalio.client import Client, WorkflowFailureError
from temporalio.exceptions import ApplicationError
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Worker

from outlast.composition import Composition
from outlast.evidence.usage import ModelUsage, Usage
from outlast.orchestration.embedded.connection import connection
from outlast.orchestration.research.messages import WORKFLOW_TYPE, Outcome
from outlast.orchestration.research.payloads import DATA_CONVERTER
from outlast.orchestration.research.workflow import Research
from outlast.orchestration.settings import Settings
from outlast.tools.ingest.ingest import ingest_folder
from outlast.tools.store.collections import DEFAULT_COLLECTION, Collections
from outlast.tools.store.objects import open_objects
from outlast.worker import phase_activities
from tests.conftest import BIN, DOCUMENTS
from tests.orchestration.research.runs import Handle, at_gate, decide
from tests.orchestration.research.scripted import Script, scripted_run
from tests.servers.world.composing import Site, composed, searching, settings_in
from tests.servers.world.world import World

HISTORIES = Path(__file__).parent / "histories"
GENERATION = "standing"
"""What the workflow has learnt since the recordings before: here, to tell the server where it stands."""
QUESTION = "When was the lighthouse built?"
TASKS = "How high is it?\nWho keeps it?\nWhat does the lamp burn?\nWhen did it storm?\nWho was saved?"
CHECKPOINT = "c3RhbmQ="
"""Of a phase that answers by script: any text."""
WAIT_SECONDS = 20


@dataclass(frozen=True)
class Server:
    """Where runs are recorded, and a folder with the tests' own documents."""

    client: Client
    folder: Path

    @asynccontextmanager
    async def run(self, ask: Any, name: str, client: Client | None = None) -> AsyncGenerator[Handle]:
        """A run over the documents, by rules."""
        store = open_objects(str(self.folder / "objects"))
        collections = Collections(store)
        taken_in = await ingest_folder(documents_in(self.folder / "documents"), store, self.folder / "cache")
        await collections.name(DEFAULT_COLLECTION, await collections.save(taken_in))
        async with real_run(client or self.client, Composition(store, self.folder / "cache"), ask, name) as handle:
            yield handle


@asynccontextmanager
async def real_run(client: Client, composition: Composition, ask: Any, name: str) -> AsyncGenerator[Handle]:
    async with Worker(
        client,
        task_queue=name,
        workflows=[Research],
        activities=phase_activities(composition),
        plugins=[DurablePlugin("recorded")],
    ):
        yield await client.start_workflow(WORKFLOW_TYPE, ask, id=name, task_queue=name, result_type=Outcome)


async def approved(server: Server) -> None:
    """Nobody is asked."""
    async with server.run({"question": QUESTION, "approve": True}, "approved") as run:
        await run.result()
        await keep(run, "approved")


async def revised(server: Server) -> None:
    """At both gates."""
    async with server.run(QUESTION, "revised") as run:
        await at_gate(run, "plan-1")
        await decide(run, {"decision": "revise", "note": "How often does the ferry cross the sound?"})
        await at_gate(run, "plan-2")
        await decide(run, "approve")
        await at_gate(run, "report-1")
        await decide(run, {"decision": "revise", "note": "On which days is rye bread baked?"})
        await at_gate(run, "report-2")
        await decide(run, "well done")
        await run.result()
        await keep(run, "revised")


async def rejected(server: Server) -> None:
    """At the plan."""
    async with server.run(QUESTION, "rejected") as run:
        await at_gate(run, "plan-1")
        await decide(run, {"decision": "reject", "note": "not this"})
        await run.result()
        await keep(run, "rejected")


async def waiting(server: Server) -> None:
    """A run that waits at its plan; and the same run later: it went on by signals, one of which was refused."""
    async with server.run(QUESTION, "waiting") as run:
        await at_gate(run, "plan-1")
        await keep(run, "waiting")
        await run.signal("decide", {"decision": "approve", "gate": "report"})
        await run.signal("decide", {"decision": "approve", "subject": "plan-1"})
        await at_gate(run, "report-1")
        await run.signal("decide", "fine")
        await run.result()
        await keep(run, "went_on")


async def expired(server: Server) -> None:
    """At the plan, after three days: on a server whose clock skips them."""
    skipping = await WorkflowEnvironment.start_time_skipping(
        data_converter=DATA_CONVERTER, test_server_existing_path=str(BIN / "temporal-test-server")
    )
    async with skipping, server.run(QUESTION, "expired", skipping.client) as run:
        await run.result()
        await keep(run, "expired")


async def web(server: Server) -> None:
    """A model searches the web, and the limit of its budget is reached."""
    with World(7, 1) as world:
        settings = settings_in(world, server.folder / "web", "graph")
        store = open_objects(settings.object_store)
        ask = {"question": world.topics[0].question, "web": True, "budget": {"searches": 1}, "approve": True}
        async with (
            searching(Site(world.site_port, world.tavily_url), settings, store) as found,
            real_run(server.client, composed(store, settings, found), ask, "web") as run,
        ):
            await run.result()
            await keep(run, "web")


async def helped(server: Server) -> None:
    """Several tasks fail for the same reason, which an operator mends; then a phase that has no checkpoint does."""
    script = Script()
    script.failing["investigate"] = needs_operator(Resume(checkpoint=CHECKPOINT))
    async with scripted_run(server.client, script, {"question": QUESTION}) as run:
        await at_gate(run, "plan-1")
        await decide(run, {"decision": "revise", "note": TASKS})
        await at_gate(run, "plan-2")
        await decide(run, "approve")
        await at_gate(run, "operator-4")
        del script.failing["investigate"]
        script.failing["write"] = needs_operator()
        await decide(run, "retry")
        await at_gate(run, "operator-5")
        del script.failing["write"]
        await decide(run, "retry")
        await at_gate(run, "report-1")
        await decide(run, "approve")
        await run.result()
        await keep(run, "helped")


async def stopped(server: Server) -> None:
    """At the gate of an operator, while another task is under way."""
    script = Script()
    script.held["investigate"] = asyncio.Event()
    script.failing_once["investigate"] = needs_operator()
    async with scripted_run(server.client, script, {"question": QUESTION}) as run:
        await at_gate(run, "plan-1")
        await decide(run, {"decision": "revise", "note": TASKS})
        await at_gate(run, "plan-2")
        await decide(run, "approve")
        await at_gate(run, "operator-1")
        await decide(run, {"decision": "stop", "note": "enough"})
        await run.result()
        await keep(run, "stopped")


async def cancelled(server: Server) -> None:
    """While tasks are under way."""
    script = Script()
    script.held["investigate"] = asyncio.Event()
    async with scripted_run(server.client, script, {"question": QUESTION}) as run:
        await at_gate(run, "plan-1")
        await decide(run, {"decision": "revise", "note": TASKS})
        await at_gate(run, "plan-2")
        await decide(run, "approve")
        await begun(script, "investigate", 4)
        await run.cancel(reason="enough")
        with pytest.raises(WorkflowFailureError):
            await run.result()
        await keep(run, "cancelled")


async def answered(server: Server) -> None:
    """The graphs of two phases ask something, the second one twice; heartbeats of the third cannot be decoded."""
    script = Script()
    script.pausing["plan"] = asking("Which lighthouse?")
    script.pausing["write"] = asking("In which language?")
    script.failing_once["verify"] = ApplicationError("Failed decoding heartbeat details", non_retryable=True)
    async with scripted_run(server.client, script, {"question": QUESTION, "approve": True}) as run:
        await at_gate(run, "questions-1")
        await decide(run, {"decision": "answer", "answers": {"q1": "That at Grey Point."}})
        await at_gate(run, "questions-2")
        script.pausing["write"] = asking("How long?")
        await decide(run, {"decision": "answer", "answers": {"q1": "In English."}})
        await at_gate(run, "questions-3")
        await decide(run, {"decision": "answer", "answers": {"q1": 3}})
        await run.result()
        await keep(run, "answered")


async def steered(server: Server) -> None:
    """At once, while the tasks are under way; at a gate; and after what the budget allowed was spent."""
    script = Script()
    script.held["investigate"] = asyncio.Event()
    script.spends = {name: spent(2_000) for name in ("plan", "investigate", "write", "verify")}
    ask = {"question": QUESTION, "budget": {"tokens": 10_000, "seconds": 600}}
    async with scripted_run(server.client, script, ask) as run:
        await at_gate(run, "plan-1")
        await decide(run, {"decision": "revise", "note": TASKS})
        await at_gate(run, "plan-2")
        await run.execute_update("steer", {"budget": {"calls": 100}})
        await decide(run, "approve")
        await begun(script, "investigate", 4)
        await run.execute_update("steer", {"budget": {"tokens": 15_000}, "at_once": True})
        await begun(script, "investigate", 8)
        script.held["investigate"].set()
        seen = await at_gate(run, "report-1")
        assert seen.usage.tokens > 15_000, "so that the last phases have nothing left"
        await decide(run, {"decision": "revise", "note": "And in winter?"})
        await at_gate(run, "report-2")
        await decide(run, "approve")
        await run.result()
        await keep(run, "steered")


RUNS: Mapping[str, Callable[[Server], Awaitable[None]]] = {
    run.__name__: run
    for run in (
        approved,
        revised,
        rejected,
        waiting,
        expired,
        web,
        helped,
        stopped,
        cancelled,
        answered,
        steered,
    )
}


def needs_operator(resume: Resume | None = None) -> ApplicationError:
    details = [resume] if resume else []
    return ApplicationError("The key is refused. Set another.", *details, type="NeedsOperator", non_retryable=True)


def asking(question: str) -> Paused:
    return Paused(questions=[Question(id="q1", value=question)], checkpoint=CHECKPOINT)


def spent(tokens: int) -> Usage:
    return Usage.of([ModelUsage(model="m", calls=1, input_tokens=tokens)])


async def begun(script: Script, phase: str, times: int) -> None:
    async with asyncio.timeout(WAIT_SECONDS):
        while script.names().count(phase) < times:  # noqa: ASYNC110 - the worker calls nobody back
            await asyncio.sleep(0.02)


async def keep(run: Handle, name: str) -> None:
    history = (await run.fetch_history()).to_json_dict()
    text = without_machine(json.dumps(history, indent=1, sort_keys=True))
    HISTORIES.mkdir(exist_ok=True)
    (HISTORIES / f"{GENERATION}-{name}.json").write_text(text + "\n", encoding="utf-8")


def without_machine(history: str) -> str:
    """Identities, and sticky queues after them, are `pid@host`; stack traces name folders."""
    return re.sub(r'"stackTrace": ".*"', '"stackTrace": ""', re.sub(r"\b\d+@[\w.-]+", "recorded", history))


def documents_in(folder: Path) -> Path:
    folder.mkdir(exist_ok=True)
    for name, text in DOCUMENTS.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


async def record(names: list[str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        async with connection(Settings(home=Path(folder) / "home"), starts_runs=True) as client:
            for name in names:
                await RUNS[name](Server(client, Path(folder)))


if __name__ == "__main__":
    asyncio.run(record(sys.argv[1:] or list(RUNS)))
