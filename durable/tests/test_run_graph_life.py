"""Runs that outlive their workers, their histories, and changes of this library."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated, Any
from uuid import uuid4

import pytest
from langgraph.graph import START, StateGraph
from langgraph.types import interrupt
from langgraph_heartbeat import DurablePlugin, RunGraph, durable
from temporalio.api.enums.v1 import EventType
from temporalio.client import Client, WorkflowHandle, WorkflowHistory
from temporalio.worker import Replayer, Worker
from typing_extensions import TypedDict

from .conftest import connected, start_dev_server
from .running import begin, reached, serving

RECORDED = Path(__file__).parent / "recorded"
QUESTIONS = 4


class Answers(TypedDict, total=False):
    said: Annotated[list[str], lambda old, new: [*old, *new]]


async def ask(state: Answers) -> Answers:
    return {"said": [interrupt(f"Question {len(state.get('said', [])) + 1}?")]}


def route(state: Answers) -> str:
    return "ask" if len(state["said"]) < QUESTIONS else "__end__"


asking = StateGraph(Answers).add_node(ask).add_edge(START, "ask").add_conditional_edges("ask", route)


@asynccontextmanager
async def forgetful(client: Client, queue: str) -> AsyncIterator[None]:
    """Run a worker that replays the history for each of its tasks."""
    async with Worker(
        client, task_queue=queue, workflows=[RunGraph], activities=[durable(asking, "asking")], max_cached_workflows=0
    ):
        yield


async def answer_next(run: WorkflowHandle[Any, Any], number: int) -> None:
    status = await reached(run, lambda status: any(each.name == f"q{number}" for each in status.questions))
    assert [each.value for each in status.questions] == [f"Question {number}?"]
    await run.execute_update("answer", {"question": f"q{number}", "answer": f"answer {number}"})


async def test_a_run_waits_while_there_is_no_worker(durable_client: Client) -> None:
    queue = str(uuid4())
    async with serving(durable_client, queue, asking=asking):
        run = await begin(durable_client, queue, {"input": {}})
        await reached(run, lambda status: status.state == "asking")
    await run.signal("answer", {"question": "q1", "answer": "answer 1"})
    for number in range(2, QUESTIONS):
        async with forgetful(durable_client, queue):
            await answer_next(run, number)
    async with serving(durable_client, queue, asking=asking):
        await answer_next(run, QUESTIONS)
        assert await run.result() == {"said": [f"answer {number + 1}" for number in range(QUESTIONS)]}


@pytest.fixture(scope="session")
async def short_histories(processes: None, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Client]:
    """A client of a server that wants a new history after a few events."""
    setting = "limit.historyCount.suggestContinueAsNew=20"
    server, address = start_dev_server(tmp_path_factory.mktemp("short") / "log", "--dynamic-config-value", setting)
    with server:
        try:
            yield await connected(address, plugins=[DurablePlugin("test")])
        finally:
            server.terminate()


async def test_a_run_goes_on_with_a_new_history_before_the_old_one_is_too_long(short_histories: Client) -> None:
    queue = str(uuid4())
    async with serving(short_histories, queue, asking=asking):
        first = await begin(short_histories, queue, {"input": {}})
        run = short_histories.get_workflow_handle(first.id)
        for number in range(1, QUESTIONS + 1):
            await answer_next(run, number)
        assert await first.result() == {"said": [f"answer {number + 1}" for number in range(QUESTIONS)]}
    newest = (await run.describe()).run_id
    assert newest != first.first_execution_run_id


HISTORIES = sorted(file.stem for file in RECORDED.glob("*.json"))
SHOWN = {
    "answered": "WORKFLOW_EXECUTION_UPDATE_COMPLETED",
    "refused": "MARKER_RECORDED",
    "retried": "ACTIVITY_TASK_FAILED",
    "signalled": "WORKFLOW_EXECUTION_SIGNALED",
    "cancelled": "WORKFLOW_EXECUTION_CANCEL_REQUESTED",
}
"""Each recorded history, and an event without which it would not guard what it is kept for."""


def recorded(name: str) -> WorkflowHistory:
    return WorkflowHistory.from_json(name, (RECORDED / f"{name}.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", HISTORIES)
async def test_a_run_that_earlier_code_has_recorded_replays(name: str) -> None:
    """A deploy breaks no run that is under way."""
    result = await Replayer(workflows=[RunGraph], plugins=[DurablePlugin()]).replay_workflow(recorded(name))
    assert result.replay_failure is None


def test_every_history_is_there_and_shows_what_it_is_kept_for() -> None:
    assert sorted(SHOWN) == HISTORIES
    for name, kind in SHOWN.items():
        kinds = {EventType.Name(event.event_type).removeprefix("EVENT_TYPE_") for event in recorded(name).events}
        assert kind in kinds
