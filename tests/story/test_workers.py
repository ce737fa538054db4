"""Documents reach every worker: a second one, elsewhere, with the same object store."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from temporalio.client import Client, WorkflowFailureError
from temporalio.exceptions import ApplicationError

from outlast.orchestration.research.messages import TASK_QUEUE, WORKFLOW_TYPE, Outcome
from outlast.orchestration.research.payloads import DATA_CONVERTER
from tests.orchestration.research.runs import at_gate, decide
from tests.story.test_first_run import read_until
from tests.terminal import Terminal

NOTE = "\n".join(f"What does a ticket for {number} children cost on the ferry?" for number in range(2, 22))
MOST_RUNS = 20


@pytest.fixture
def terminals(processes: None, tmp_path: Path) -> Iterator[tuple[Terminal, Terminal]]:
    """The first embeds its server; the second, in another folder, is told of it in the test."""
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
    first, second = Terminal(tmp_path / "one"), Terminal(tmp_path / "two")
    yield first, second
    for terminal in (second, first):
        terminal.kill_everything()


async def test_a_second_worker_in_another_folder_runs_some_of_the_tasks(
    terminals: tuple[Terminal, Terminal], documents: Path
) -> None:
    first, second = terminals
    up = first.start("up", "--docs", str(documents))
    read_until(up.stdout, "Press Ctrl-C to stop")
    address = f"127.0.0.1:{json.loads((first.home / 'server.json').read_text())['grpc']}"
    second.environment |= {"TEMPORAL_ADDRESS": address, "OUTLAST_OBJECTS": str(first.home / "objects")}
    worker = second.start("worker")
    read_until(worker.stderr, "Working on the queue")

    client = await Client.connect(address, data_converter=DATA_CONVERTER)
    with pytest.raises(WorkflowFailureError) as failed:
        await client.execute_workflow(
            WORKFLOW_TYPE, {"question": "What?", "collection": "ghost"}, id="no-such-collection", task_queue=TASK_QUEUE
        )
    assert isinstance(failed.value.cause, ApplicationError)
    assert "There is no collection named 'ghost'. There are: default." in failed.value.cause.message
    # As from the UI's form: a bare question, about the default collection. The server gives each task to whoever asks
    # first, so one worker may get a whole run: the next run's tasks are up for both again.
    seen: set[str] = set()
    for number in range(1, MOST_RUNS + 1):
        handle = await client.start_workflow(
            WORKFLOW_TYPE, "What does a ticket cost?", id=f"run-{number}", task_queue=TASK_QUEUE, result_type=Outcome
        )
        await at_gate(handle, "plan-1")
        await decide(handle, {"decision": "revise", "note": NOTE})
        await at_gate(handle, "plan-2")
        await decide(handle, "approve")
        await at_gate(handle, "report-1")
        await decide(handle, "approve")
        outcome = await handle.result()
        assert outcome.report is not None
        assert outcome.report.claims > 0
        events = (await handle.fetch_history()).events
        started = [event.activity_task_started_event_attributes.identity for event in events]
        seen |= {identity for identity in started if identity}
        if len(seen) == 2:
            break
    assert len(seen) == 2
    assert list(second.home.glob("cache/libraries/*.db")), "the second worker made its own index from the objects"
    shown = second.run("show", "run-1")
    assert "published" in shown.stdout
