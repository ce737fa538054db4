"""What people see of a phase on a real server: what it does at this moment, and what it has done, after kill -9 too."""

import asyncio
import json
import operator
import re
import signal
import sys
from datetime import timedelta
from typing import Annotated, Any, TypedDict
from uuid import uuid4

import pytest
from langchain_core.tools import tool
from langgraph.config import get_stream_writer
from langgraph.graph import START, StateGraph
from langgraph.types import Send, interrupt
from langgraph_heartbeat import PhaseSummary, RunGraph, durable, phase_activity, phase_function
from langgraph_heartbeat._call_log.phase_summary import Finished
from langgraph_heartbeat._messages import Paused, Resume, Stuck
from pydantic import BaseModel
from temporalio.client import ActivityFailureError, ActivityHandle, Client
from temporalio.worker import Worker

from . import watched_process
from .asking import Scripted
from .phases import Outcome, phase_worker, progress_of, start, until
from .running import begin, details_of, reached
from .watched_process import PRIVATE, Result

LIMITS: dict[str, Any] = {
    "start_to_close_timeout": timedelta(minutes=2),
    "heartbeat_timeout": timedelta(seconds=5),
}
CLOCK = re.compile(r"\d\d:\d\d:\d\d UTC")


class Asked(BaseModel):
    pass


class State(TypedDict):
    out: Annotated[list[Any], operator.add]


class Pages(TypedDict):
    page: int
    out: Annotated[list[Any], operator.add]


class Told(BaseModel):
    out: list[Any]
    summary: PhaseSummary | None = None


async def doing(client: Client, handle: ActivityHandle[Any]) -> list[str]:
    """Return the lines of the newest heartbeat, with a word in place of each time."""
    progress, _ = await progress_of(client, handle)
    return [CLOCK.sub("NOW", line) for line in progress.get("doing", ())]


async def until_doing(client: Client, handle: ActivityHandle[Any], expected: list[str]) -> None:
    seen: list[str] = []

    async def does() -> bool:
        seen[:] = await doing(client, handle)
        return seen == expected

    try:
        await until(does, 30)
    except TimeoutError:
        raise AssertionError(seen) from None


# --- What it is doing ---


async def test_the_heartbeat_says_it_in_the_words_of_the_graph_with_the_call_and_since_when(
    durable_client: Client,
) -> None:
    gate, queue = asyncio.Event(), str(uuid4())
    async with watched_process.worker(durable_client, queue, gate.wait):
        handle = await start(durable_client, queue, {}, result=Result)
        await until_doing(
            durable_client,
            handle,
            ["check: reading page 3 of 20 since NOW", "check: tool search_web since NOW"],
        )
        gate.set()
        await handle.result()


async def test_without_a_log_calls_show_with_the_next_heartbeat(client: Client) -> None:
    gate, queue = asyncio.Event(), str(uuid4())

    class Slow(Scripted):
        async def _agenerate(self, *given: Any, **kwargs: Any) -> Any:
            await gate.wait()
            return self._generate(*given, **kwargs)

    async def write(state: State) -> dict[str, Any]:
        return {"out": [(await Slow().ainvoke(PRIVATE)).text]}

    builder = StateGraph(State).add_node(write).add_edge(START, "write")
    async with phase_worker(client, queue, builder, Asked):
        handle = await start(client, queue, {}, heartbeat_seconds=3)
        await until_doing(client, handle, ["write: model Slow since NOW"])
        gate.set()
        await handle.result()


async def test_tasks_and_subgraphs_have_lines_of_their_own_of_which_few_are_shown(client: Client) -> None:
    gate, queue = asyncio.Event(), str(uuid4())

    @tool
    async def fetch(page: int) -> int:
        """Fetch a page."""
        await gate.wait()
        return page

    async def read(state: Pages) -> dict[str, Any]:
        get_stream_writer()({"status": "reading"})
        return {"out": [await fetch.ainvoke({"page": state["page"]})]}

    async def alone(state: Pages) -> dict[str, Any]:
        await gate.wait()
        return {"out": []}

    inner = StateGraph(Pages).add_node("page", read).add_edge(START, "page").compile()

    async def nested(state: Pages) -> Any:
        return {"out": (await inner.ainvoke(state))["out"]}

    def pages(state: State) -> list[Send]:
        return [Send("alone", {}), *(Send("nested", {"page": number, "out": []}) for number in range(12))]

    builder = StateGraph(State).add_node("nested", nested).add_node("alone", alone)
    builder.add_conditional_edges(START, pages)
    async with phase_worker(client, queue, builder, Asked, call_log=True):
        handle = await start(client, queue, {})
        await until_doing(
            client,
            handle,
            [
                "alone since NOW",
                *["nested: reading since NOW", "nested > page: tool fetch since NOW"] * 3,
                "and 18 more",
            ],
        )
        gate.set()
        assert sorted((await handle.result()).out) == list(range(12))


async def test_what_a_graph_says_of_itself_reaches_those_who_follow_its_stream_too(client: Client) -> None:
    gate, queue = asyncio.Event(), str(uuid4())

    async def read(state: State) -> dict[str, Any]:
        get_stream_writer()({"status": "reading", "page": 3})
        await gate.wait()
        return {"out": []}

    builder = StateGraph(State).add_node(read).add_edge(START, "read")
    async with phase_worker(client, queue, builder, Asked, stream=["custom"]):
        handle = await start(client, queue, {})
        await until_doing(client, handle, ["read: reading since NOW"])
        assert "page" in json.dumps((await progress_of(client, handle))[0]["stream"])
        gate.set()
        await handle.result()


# --- What it has done ---


async def test_killed_with_minus_9_the_log_is_whole(durable_client: Client, address: str) -> None:
    queue, file = str(uuid4()), watched_process.__file__
    killed = await asyncio.create_subprocess_exec(sys.executable, file, address, queue)
    try:
        handle = await start(durable_client, queue, {}, result=Result, heartbeat_seconds=2)
        lines = ["check: reading page 3 of 20 since NOW", "check: tool search_web since NOW"]
        await until_doing(durable_client, handle, lines)
    finally:
        killed.send_signal(signal.SIGKILL)
        await killed.wait()
    opened = asyncio.Event()
    opened.set()
    async with watched_process.worker(durable_client, queue, opened.wait):
        result = await handle.result()
    summary = result.summary
    assert [(call.attempt, call.node, call.name, call.outcome, call.made_again) for call in summary.log] == [
        (1, "draft", "FakeListChatModel", "answered", False),
        (1, "check", "FakeListChatModel", "answered", True),
        (1, "check", "search_web", "unfinished", True),
        (2, "check", "FakeListChatModel", "answered", False),
        (2, "check", "search_web", "answered", False),
    ]
    assert (summary.calls, summary.attempts, summary.steps, summary.left_out) == (3, 2, 2, 0)
    assert summary.line().endswith("2 calls made again after a crash")
    assert PRIVATE not in json.dumps(summary.model_dump(mode="json"))


async def test_retries_show_while_it_runs_and_in_the_summary(client: Client) -> None:
    gate, queue = asyncio.Event(), str(uuid4())

    def fail_once(_: str) -> None:
        if len(llm.asked) == 1:
            raise ConnectionError(PRIVATE)

    llm = Scripted(before=fail_once)

    async def node(state: State) -> dict[str, Any]:
        answer = await llm.with_retry(wait_exponential_jitter=False).ainvoke("a")
        get_stream_writer()({"status": "answered"})
        await gate.wait()
        return {"out": [answer.text]}

    builder = StateGraph(State).add_node(node).add_edge(START, "node")
    async with phase_worker(client, queue, builder, Asked, Told, call_log=True):
        handle = await start(client, queue, {}, result=Told)

        async def shows() -> bool:
            return (await progress_of(client, handle))[0].get("retries") == 1

        await until(shows)
        gate.set()
        summary = (await handle.result()).summary
    assert [(call.outcome, call.error) for call in summary.log] == [("failed", "ConnectionError"), ("answered", "")]
    assert summary.line().startswith("2 model calls, 15 tokens, 1 attempt, ")
    assert summary.line().endswith(", 1 call retried")


def asking() -> StateGraph[Any, Any, Any, Any]:
    async def first(state: State) -> dict[str, Any]:
        return {"out": [(await Scripted().ainvoke("a")).text]}

    async def ask(state: State) -> dict[str, Any]:
        return {"out": [interrupt("?")]}

    return StateGraph(State).add_sequence([first, ask]).add_edge(START, "first")


async def test_a_pause_has_the_summary_and_the_next_activity_goes_on_with_it(client: Client) -> None:
    queue = str(uuid4())
    async with phase_worker(client, queue, asking(), Asked, Told, call_log=True):
        paused = await (await start(client, queue, {}, result=Told)).result()
        assert isinstance(paused, Paused)
        assert paused.summary is not None
        assert (paused.summary.calls, paused.summary.attempts, len(paused.summary.log)) == (1, 1, 1)
        resume = Resume(checkpoint=paused.checkpoint, answers={paused.questions[0].id: "yes"})
        told = await (await start(client, queue, {}, resume, result=Told)).result()
    assert told.out == ["a #1", "yes"]
    assert (told.summary.calls, told.summary.attempts) == (1, 2)
    assert [call.attempt for call in told.summary.log] == [1]


async def test_a_phase_whose_result_has_no_field_for_it_says_nothing_more(client: Client) -> None:
    queue = str(uuid4())
    async with phase_worker(client, queue, asking(), Asked, call_log=True):
        paused = await (await start(client, queue, {})).result()
    assert paused.summary is None
    assert "summary" not in paused.model_dump(mode="json")


async def test_a_failure_has_the_summary(client: Client) -> None:
    queue = str(uuid4())

    async def endless(state: State) -> dict[str, Any]:
        return {"out": [(await Scripted().ainvoke("a")).text]}

    builder = StateGraph(State).add_node(endless).add_edge(START, "endless")
    builder.add_edge("endless", "endless")
    async with phase_worker(client, queue, builder, Asked, Told, recursion_limit=3):
        with pytest.raises(ActivityFailureError) as caught:
            await (await start(client, queue, {}, result=Told)).result()
    stuck = Stuck.of(caught.value)
    assert stuck is not None
    assert (stuck.kind, stuck.summary and stuck.summary.calls) == ("RecursionLimit", 3)


async def test_a_caller_may_ask_for_the_summary_of_any_phase(client: Client) -> None:
    queue = str(uuid4())
    async with phase_worker(client, queue, asking(), Asked):
        limits: dict[str, Any] = {"task_queue": queue, "result_type": Finished[Outcome] | Paused}
        first = await client.start_activity("phase", args=[{}, None, True], id=str(uuid4()), **limits, **LIMITS)
        paused = await first.result()
        assert paused.summary.calls == 1
        resume = Resume(checkpoint=paused.checkpoint, answers={paused.questions[0].id: "yes"})
        second = await client.start_activity("phase", args=[{}, resume, True], id=str(uuid4()), **limits, **LIMITS)
        finished = await second.result()
    assert (finished.result.out, finished.summary.calls) == (["a #1", "yes"], 1)


def test_a_channel_with_the_name_of_the_field_is_refused() -> None:
    class State(TypedDict):
        summary: str

    class Summed(BaseModel):
        summary: PhaseSummary

    async def node(state: State) -> State:
        return state

    builder = StateGraph(State).add_node(node).add_edge(START, "node")
    with pytest.raises(ValueError, match=r"the graph has a channel of this name\. Give the field another name"):
        phase_activity("phase", Asked, Summed, builder)


async def test_a_phase_function_fills_it_too_and_observes_nothing_after_it() -> None:
    class Summed(BaseModel):
        out: list[str]
        summary: PhaseSummary

    async def node(state: State) -> dict[str, Any]:
        return {"out": [(await Scripted().ainvoke("a")).text]}

    builder = StateGraph(State).add_node(node).add_edge(START, "node")
    summary = (await phase_function(Asked, Summed, builder, call_log=True)(Asked())).summary
    await Scripted().ainvoke("outside")
    assert (summary.calls, summary.tokens, len(summary.log), summary.groups[0].calls) == (1, 15, 1, 1)
    assert (await phase_function(Asked, Outcome, builder)(Asked())).out == ["a #1"]


# --- In a run of RunGraph ---


async def ask_model(state: State) -> dict[str, Any]:
    return {"out": [(await Scripted().ainvoke(PRIVATE)).text[:0]]}


async def confirm(state: State) -> dict[str, Any]:
    return {"out": [interrupt("Really?")]}


async def test_a_run_tells_what_it_has_done_at_each_question_and_at_its_end(durable_client: Client) -> None:
    queue = str(uuid4())
    builder = StateGraph(State).add_sequence([ask_model, confirm]).add_edge(START, "ask_model")
    agent = durable(builder, "agent", call_log=True)
    async with Worker(durable_client, task_queue=queue, workflows=[RunGraph], activities=[agent]):
        run = await begin(durable_client, queue, {"input": {"out": []}})
        asked = await reached(run, lambda status: status.state == "asking")
        assert (asked.summary.calls, asked.summary.tokens, len(asked.summary.log)) == (1, 15, 1)
        assert "### What it has done\n1 model call, 15 tokens, 1 attempt, " in await details_of(run)
        await run.execute_update(RunGraph.answer, {"question": "q1", "answer": "yes"})
        assert await run.result() == {"out": ["", "yes"]}
        done = (await run.query(RunGraph.status)).summary
        assert done is not None
        assert (done.calls, done.attempts, [call.name for call in done.log]) == (1, 2, ["Scripted"])
        assert "- ask\\_model: model Scripted once, " in await details_of(run)
        summaries = [
            event.user_metadata.summary.data.decode()
            async for event in run.fetch_history_events()
            if event.HasField("activity_task_scheduled_event_attributes")
        ]
    assert summaries == ['"agent"', '"agent after 1 model call"']
