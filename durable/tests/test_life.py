"""The life of a phase on a real server: it fails, moves to another worker, asks, is cancelled, and repeats nothing."""

import asyncio
import operator
import threading
import time
from typing import Annotated, Any, Literal, TypedDict
from uuid import uuid4

import pytest
from langgraph.graph import END, START, StateGraph
from langgraph.types import Send, interrupt
from langgraph_heartbeat._messages import Paused, Resume
from pydantic import BaseModel
from temporalio import activity
from temporalio.client import ActivityFailureError, ActivityHandle, Client
from temporalio.exceptions import ApplicationError, CancelledError

from .phases import Outcome, phase_worker, progress_of, start, until


class Asked(BaseModel):
    count: int = 4


class State(TypedDict):
    count: int
    out: Annotated[list[Any], operator.add]


class Item(TypedDict):
    number: int


class Calls:
    """The nodes that ran, in order; nodes that wait for `gate` continue when the test opens it."""

    def __init__(self) -> None:
        self.made: list[str] = []
        self.waiting: list[str] = []
        self.gate = asyncio.Event()
        self.failing: dict[str, list[Exception]] = {}

    async def call(self, name: str) -> None:
        if failures := self.failing.get(name):
            raise failures.pop(0)
        self.made.append(name)


def fan(calls: Calls) -> StateGraph[Any, Any, Any, Any]:
    """Return the graph first -> work, `count` times in parallel -> last; the last task of work waits for the gate."""

    async def first(state: State) -> dict[str, Any]:
        await calls.call("first")
        return {"out": ["first"]}

    async def work(state: Item) -> dict[str, Any]:
        if state["number"] == 0:
            await calls.gate.wait()
        await calls.call(f"work{state['number']}")
        return {"out": [state["number"]]}

    async def last(state: State) -> dict[str, Any]:
        await calls.call("last")
        return {"out": ["last"]}

    builder = StateGraph(State)
    builder.add_node(first)
    builder.add_node("work", work, input_schema=Item)
    builder.add_node(last)
    builder.add_edge(START, "first")
    builder.add_conditional_edges("first", lambda state: [Send("work", {"number": n}) for n in range(state["count"])])
    builder.add_edge("work", "last")
    builder.add_edge("last", END)
    return builder


def line(calls: Calls, count: int) -> StateGraph[Any, Any, Any, Any]:
    """Return a graph of nodes `n0`, `n1` ... in a row; the second one waits for the gate."""
    builder = StateGraph(State)
    before = START
    for number in range(count):

        async def node(state: State, number: int = number) -> dict[str, Any]:
            if number == 1:
                calls.waiting.append(f"n{number}")
                await calls.gate.wait()
            await calls.call(f"n{number}")
            return {"out": [number]}

        builder.add_node(f"n{number}", node)
        builder.add_edge(before, f"n{number}")
        before = f"n{number}"
    builder.add_edge(before, END)
    return builder


async def failure(handle: ActivityHandle[Any]) -> ApplicationError:
    with pytest.raises(ActivityFailureError) as failed:
        await handle.result()
    assert isinstance(failed.value.cause, ApplicationError), failed.value.cause
    return failed.value.cause


async def test_a_branch_that_fails_is_tried_again_and_its_finished_siblings_are_not(client: Client) -> None:
    calls, queue = Calls(), str(uuid4())
    calls.failing["work0"] = [ConnectionError("cut")]
    async with phase_worker(client, queue, fan(calls), Asked):
        handle = await start(client, queue, {"count": 4})
        await until(lambda: made(calls, 4))
        calls.gate.set()
        result = await handle.result()
    assert sorted(map(str, result.out)) == ["0", "1", "2", "3", "first", "last"]
    assert sorted(calls.made) == ["first", "last", "work0", "work1", "work2", "work3"]


async def made(calls: Calls, count: int) -> bool:
    return len(calls.made) == count


async def waits(calls: Calls, name: str) -> bool:
    return calls.waiting == [name]


async def test_a_worker_that_is_told_to_stop_hands_over_at_the_next_step(client: Client) -> None:
    class UntilShutdown(asyncio.Event):
        """The second node ends when the worker begins to shut down, and not before."""

        async def wait(self) -> Literal[True]:
            await activity.wait_for_worker_shutdown()
            return True

    calls, queue = Calls(), str(uuid4())
    calls.gate = UntilShutdown()
    graph = line(calls, 4)
    async with phase_worker(client, queue, graph, Asked) as first:
        handle = await start(client, queue, {})
        await until(lambda: waits(calls, "n1"))
        await first.shutdown()
    assert calls.made == ["n0", "n1"]
    async with phase_worker(client, queue, graph, Asked):
        result = await handle.result()
    assert result.out == [0, 1, 2, 3]
    assert calls.made == ["n0", "n1", "n2", "n3"]


async def test_cancellation_stops_within_a_step_and_reads_as_cancelled(client: Client) -> None:
    calls, queue = Calls(), str(uuid4())
    async with phase_worker(client, queue, line(calls, 4), Asked):
        handle = await start(client, queue, {})
        await until(lambda: made(calls, 1))
        await handle.cancel()
        with pytest.raises(ActivityFailureError) as failed:
            await handle.result()
        assert isinstance(failed.value.cause, CancelledError)
    assert calls.made == ["n0"]


async def test_the_same_failure_three_times_without_progress_waits_for_an_operator(client: Client) -> None:
    calls, queue = Calls(), str(uuid4())
    calls.failing["n2"] = [ZeroDivisionError("a defect")] * 3
    calls.gate.set()
    graph = line(calls, 4)
    async with phase_worker(client, queue, graph, Asked):
        stuck = await failure(await start(client, queue, {}))
        assert (stuck.type, stuck.non_retryable) == ("Stuck", True)
        assert stuck.message == "The phase failed 3 times at step 3 without progress. ZeroDivisionError: a defect"
        # An operator has repaired the cause, and the phase continues from its checkpoint.
        resume = Resume.model_validate(stuck.details[0])
        result = await (await start(client, queue, {}, resume)).result()
    assert result.out == [0, 1, 2, 3]
    assert calls.made == ["n0", "n1", "n2", "n3"]


async def test_failures_with_progress_between_them_do_not_add_up(client: Client) -> None:
    calls, queue = Calls(), str(uuid4())
    calls.gate.set()
    for node in ("n0", "n1", "n2", "n3"):
        calls.failing[node] = [ConnectionError("cut")]
    async with phase_worker(client, queue, line(calls, 4), Asked):
        result = await (await start(client, queue, {})).result()
    assert result.out == [0, 1, 2, 3]


def asking(calls: Calls) -> StateGraph[Any, Any, Any, Any]:
    """Return a graph in which two nodes ask and a third does paid work in parallel, before a last node joins them."""

    async def name(state: State) -> dict[str, Any]:
        answer = interrupt({"ask": "name"})
        await calls.call(f"name={answer}")
        return {"out": [answer]}

    async def age(state: State) -> dict[str, Any]:
        answer = interrupt({"ask": "age"})
        await calls.call(f"age={answer}")
        return {"out": [answer]}

    async def work(state: State) -> dict[str, Any]:
        await calls.call("work")
        return {"out": ["work"]}

    async def join(state: State) -> dict[str, Any]:
        await calls.call("join")
        return {"out": [f"{len(state['out'])} before"]}

    builder = StateGraph(State)
    for node in (name, age, work):
        builder.add_node(node)
        builder.add_edge(START, node.__name__)
        builder.add_edge(node.__name__, "join")
    builder.add_node(join)
    return builder


async def test_questions_pause_a_phase_and_answers_resume_it_on_another_worker(client: Client) -> None:
    calls, queue = Calls(), str(uuid4())
    async with phase_worker(client, queue, asking(calls), Asked):
        paused = await (await start(client, queue, {})).result()
    assert isinstance(paused, Paused)
    assert sorted(question.value["ask"] for question in paused.questions) == ["age", "name"]
    assert calls.made == ["work"]
    ids = {question.value["ask"]: question.id for question in paused.questions}

    # After a deploy: a new worker, a new builder of the same graph. One answer first, then the other.
    async with phase_worker(client, queue, asking(calls), Asked):
        resume = Resume(checkpoint=paused.checkpoint, answers={ids["age"]: 7})
        again = await (await start(client, queue, {}, resume)).result()
        assert isinstance(again, Paused)
        assert [question.id for question in again.questions] == [ids["name"]]
        resume = Resume(checkpoint=again.checkpoint, answers={ids["name"]: "Ada"})
        result = await (await start(client, queue, {}, resume)).result()
    assert isinstance(result, Outcome)
    assert sorted(map(str, result.out)) == ["3 before", "7", "Ada", "work"]
    assert sorted(calls.made) == ["age=7", "join", "name=Ada", "work"]


async def test_an_attempt_that_fails_after_the_answer_keeps_it(client: Client) -> None:
    calls, queue = Calls(), str(uuid4())
    async with phase_worker(client, queue, asking(calls), Asked):
        paused = await (await start(client, queue, {})).result()
        answers = {question.id: question.value["ask"].upper() for question in paused.questions}
        calls.failing["join"] = [ConnectionError("cut")]
        calls.failing["name=NAME"] = [ConnectionError("cut")]
        resume = Resume(checkpoint=paused.checkpoint, answers=answers)
        result = await (await start(client, queue, {}, resume)).result()
    assert sorted(map(str, result.out)) == ["3 before", "AGE", "NAME", "work"]
    assert sorted(calls.made) == ["age=AGE", "join", "name=NAME", "work"]


@pytest.mark.parametrize("damage", ["flipped", "truncated", "nonsense", "another graph"])
async def test_a_checkpoint_that_cannot_be_used_starts_the_phase_afresh(
    client: Client, damage: str, caplog: pytest.LogCaptureFixture
) -> None:
    calls, queue = Calls(), str(uuid4())
    async with phase_worker(client, queue, asking(calls), Asked):
        paused = await (await start(client, queue, {})).result()
    checkpoint = {
        "flipped": paused.checkpoint[:-40] + "AAAA" + paused.checkpoint[-36:],
        "truncated": paused.checkpoint[:80],
        "nonsense": "%%%",
        "another graph": paused.checkpoint,
    }[damage]
    other = line(calls, 2) if damage == "another graph" else asking(calls)
    calls.gate.set()
    async with phase_worker(client, queue, other, Asked):
        again = await (await start(client, queue, {}, Resume(checkpoint=checkpoint))).result()
    assert "starts from the beginning" in caplog.text
    if damage == "another graph":
        assert again.out == [0, 1]
    else:
        assert isinstance(again, Paused)
        assert calls.made == ["work", "work"]


async def test_a_state_that_cannot_be_stored_is_refused_at_its_first_step(client: Client) -> None:
    class Holder(TypedDict):
        count: int
        out: Any

    async def lock(state: Holder) -> dict[str, Any]:
        return {"out": threading.Lock()}

    builder = StateGraph(Holder)
    builder.add_node(lock)
    builder.add_edge(START, "lock")
    queue = str(uuid4())
    async with phase_worker(client, queue, builder, Asked):
        refused = await failure(await start(client, queue, {}))
    assert refused.non_retryable
    assert "The channel 'out' holds a _thread.lock" in refused.message


async def test_recursion_is_limited_over_all_attempts(client: Client) -> None:
    calls, queue = Calls(), str(uuid4())

    async def again(state: State) -> dict[str, Any]:
        await calls.call(f"again{len(state['out'])}")
        return {"out": [1]}

    builder = StateGraph(State)
    builder.add_node(again)
    builder.add_edge(START, "again")
    builder.add_edge("again", "again")
    calls.failing |= {f"again{number}": [ConnectionError("cut")] for number in (2, 4)}
    async with phase_worker(client, queue, builder, Asked, recursion_limit=6):
        stuck = await failure(await start(client, queue, {}))
    assert (stuck.type, stuck.non_retryable) == ("RecursionLimit", True)
    assert "in 6 steps" in stuck.message
    assert len(calls.made) <= 6


async def test_a_large_state_goes_to_the_store_and_the_heartbeat_names_it(client: Client) -> None:
    class Store:
        def __init__(self) -> None:
            self.kept: dict[str, bytes] = {}

        async def put(self, content: bytes) -> str:
            key = f"k{len(self.kept)}"
            self.kept[key] = content
            return key

        async def get(self, key: str) -> bytes:
            return self.kept[key]

    calls, queue, store = Calls(), str(uuid4()), Store()
    graph = grown(calls)
    calls.failing["second"] = [ConnectionError("cut")]
    async with phase_worker(client, queue, graph, Asked, checkpoints=store):
        handle = await start(client, queue, {})
        result = await handle.result()
    assert calls.made == ["first", "second"]
    assert len(result.out[0]) == 600_000
    assert store.kept


async def test_a_large_state_without_a_store_says_which_channel_is_how_big(client: Client) -> None:
    calls, queue = Calls(), str(uuid4())
    async with phase_worker(client, queue, grown(calls), Asked):
        refused = await failure(await start(client, queue, {}))
    assert refused.non_retryable
    assert "largest channels: out" in refused.message
    assert "Keep texts in snapshots" in refused.message


def grown(calls: Calls) -> StateGraph[Any, Any, Any, Any]:
    """Return a graph with a state of 600,000 characters that do not compress."""

    async def first(state: State) -> dict[str, Any]:
        await calls.call("first")
        return {"out": ["".join(uuid4().hex for _ in range(18_750))]}

    async def second(state: State) -> dict[str, Any]:
        await calls.call("second")
        return {"out": ["end"]}

    builder = StateGraph(State)
    builder.add_node(first)
    builder.add_node(second)
    builder.add_edge(START, "first")
    builder.add_edge("first", "second")
    return builder


async def test_progress_tells_steps_and_nodes(client: Client) -> None:
    calls, queue = Calls(), str(uuid4())
    async with phase_worker(client, queue, fan(calls), Asked):
        handle = await start(client, queue, {"count": 3})

        async def two_done() -> bool:
            progress, _ = await progress_of(client, handle)
            return progress.get("finished", {}).get("work") == 2

        await until(two_done)
        progress, checkpoint = await progress_of(client, handle)
        assert progress["finished"] == {"first": 1, "work": 2}
        assert progress["running"] == {"work": 1}
        assert progress["last"] == "work finished"
        assert checkpoint.startswith(b"OUTL")
        calls.gate.set()
        await handle.result()


async def test_a_node_that_blocks_the_loop_is_named_in_the_log(
    client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    async def rude(state: State) -> dict[str, Any]:
        time.sleep(3)  # noqa: ASYNC251 - the rudeness that is tested
        return {"out": [1]}

    builder = StateGraph(State)
    builder.add_node(rude)
    builder.add_edge(START, "rude")
    queue = str(uuid4())
    async with phase_worker(client, queue, builder, Asked):
        handle = await start(client, queue, {}, heartbeat_seconds=4)
        await handle.result()
    assert "The node rude of phase has blocked the event loop" in caplog.text
    assert "asyncio.to_thread" in caplog.text
