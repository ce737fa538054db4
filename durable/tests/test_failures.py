"""What failures cost: attempts are bounded, and every failure that is not retried carries the last good state."""

import asyncio
import operator
import random
from collections import Counter
from typing import Annotated, Any, TypedDict
from uuid import uuid4

import pytest
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatResult
from langgraph.graph import START, StateGraph
from langgraph.types import Send, interrupt
from langgraph_heartbeat import _phase_run
from langgraph_heartbeat._failures import Progress, RetryRecord, with_failure
from langgraph_heartbeat._heartbeats import Heartbeats
from langgraph_heartbeat._journal.call_journal import CallJournal
from langgraph_heartbeat._messages import Paused, Resume, Stuck
from pydantic import BaseModel, Field
from temporalio.client import ActivityFailureError, Client
from temporalio.exceptions import ApplicationError

from .phases import Outcome, phase_worker, start


class Asked(BaseModel):
    count: int = 3


class State(TypedDict):
    count: int
    out: Annotated[list[Any], operator.add]


class Paid(BaseChatModel):
    """A model that counts what is paid."""

    paid: list[str] = Field(default_factory=list[str])

    @property
    def _llm_type(self) -> str:
        return "paid"

    def _generate(self, messages: list[BaseMessage], *args: Any, **kwargs: Any) -> ChatResult:
        self.paid.append(str(messages[-1].content))
        return ChatResult(generations=[ChatGeneration(message=AIMessage(f"answer {len(self.paid)}"))])


def one(node: Any, state: Any = State) -> StateGraph[Any, Any, Any, Any]:
    return StateGraph(state).add_node("node", node).add_edge(START, "node")


async def failure_of(client: Client, graph: Any, resume: Resume | None = None, **options: Any) -> Stuck:
    queue = str(uuid4())
    async with phase_worker(client, queue, graph, Asked, **options):
        handle = await start(client, queue, {}, resume)
        with pytest.raises(ActivityFailureError) as failed:
            await handle.result()
    stuck = Stuck.of(failed.value)
    assert stuck, failed.value.cause
    return stuck


async def resumed(client: Client, graph: Any, resume: Resume, **options: Any) -> Any:
    queue = str(uuid4())
    async with phase_worker(client, queue, graph, Asked, **options):
        return await (await start(client, queue, {}, resume)).result()


# --- Attempts are bounded by what remains after them ---


async def test_a_node_that_rejects_every_answer_is_stuck_after_three_paid_calls(client: Client) -> None:
    model = Paid(cache=CallJournal())

    async def parse(_: State) -> dict[str, Any]:
        raise ValueError(f"not JSON: {(await model.ainvoke('a number?')).text}")  # another message each time

    stuck = await failure_of(client, one(parse))
    assert (stuck.kind, len(model.paid)) == ("Stuck", 3)
    assert "failed 3 times at step 1" in stuck.message


async def test_a_router_that_always_raises_is_stuck_as_well(client: Client) -> None:
    model = Paid(cache=CallJournal())

    async def ask(_: State) -> dict[str, Any]:
        return {"out": [(await model.ainvoke("where to?")).text]}

    def route(state: State) -> str:
        raise KeyError(state["out"][-1])

    builder = one(ask)
    builder.add_conditional_edges("node", route, ["node"])
    assert (await failure_of(client, builder)).kind == "Stuck"
    assert len(model.paid) == 3


async def test_siblings_that_finish_do_not_pay_for_a_branch_that_never_does(client: Client) -> None:
    """In each attempt another sibling finishes, which is progress, but not of the branch that raises."""
    model, turns, finished = Paid(cache=CallJournal()), [asyncio.Event() for _ in range(9)], asyncio.Queue[int]()

    async def branch(given: dict[str, int]) -> dict[str, Any]:
        number = given["number"]
        if number:
            await turns[number].wait()
            finished.put_nowait(number)
            return {"out": [number]}
        answer = await model.ainvoke("a number?")
        turns[len(model.paid)].set()
        await finished.get()
        await asyncio.sleep(0)
        raise ValueError(answer.text)

    builder = StateGraph(State).add_node("branch", branch)
    builder.add_conditional_edges(START, lambda _: [Send("branch", {"number": number}) for number in range(9)])
    assert (await failure_of(client, builder)).kind == "Stuck"
    assert len(model.paid) == 3


async def test_failures_that_are_all_different_are_bounded_too() -> None:
    record, nothing = RetryRecord(), Progress(Counter(), Counter())
    for number in range(12):
        record = with_failure(record, f"failure {number}", "task", nothing)
    assert (record.repeats, record.fruitless) == (1, 12)
    step = Progress(Counter({"": 1}), Counter())
    record = with_failure(record, "failure 11", "task", step)
    assert (record.repeats, record.fruitless, len(record.failures)) == (1, 0, 1)


async def test_workers_that_die_again_and_again_end_a_phase_that_makes_no_progress(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No heartbeat follows the first ones, as after the death of a worker: the attempts end without a word."""

    async def silent(_: Heartbeats, seconds: float) -> None:
        del seconds

    monkeypatch.setattr(Heartbeats, "repeat", silent)
    monkeypatch.setattr(_phase_run, "MAX_LOST_WORKERS", 2)
    begun = 0

    async def deadly(_: State) -> dict[str, Any]:
        nonlocal begun
        begun += 1
        await asyncio.Event().wait()
        return {}

    queue = str(uuid4())
    async with phase_worker(client, queue, one(deadly), Asked):
        handle = await start(client, queue, {}, heartbeat_seconds=1)
        with pytest.raises(ActivityFailureError) as failed:
            await handle.result()
    stuck = Stuck.of(failed.value)
    assert stuck
    assert (stuck.kind, begun) == ("Stuck", 3)  # the first attempt has at least taken the input in
    assert "2 workers in a row" in stuck.message


# --- What is final keeps the state ---


async def test_a_state_that_is_too_large_fails_before_the_next_node_and_keeps_the_state_before(client: Client) -> None:
    called: list[str] = []

    async def small(_: State) -> dict[str, Any]:
        called.append("small")
        return {"out": ["small"]}

    async def image(_: State) -> dict[str, Any]:
        called.append("image")
        return {"out": [random_text(800_000)]}

    async def after(_: State) -> dict[str, Any]:
        called.append("after")
        return {"out": ["after"]}

    builder = StateGraph(State).add_sequence([small, image, after]).add_edge(START, "small")
    stuck = await failure_of(client, builder)
    assert stuck.kind == "TooLarge"
    assert "out " in stuck.message
    assert "checkpoints=..." in stuck.message
    assert called == ["small", "image"]

    kept: dict[str, bytes] = {}

    class Store:
        async def put(self, content: bytes) -> str:
            kept[key := str(len(kept))] = content
            return key

        async def get(self, key: str) -> bytes:
            return kept[key]

    result = await resumed(client, builder, stuck.resume, checkpoints=Store())
    assert [result.out[0], result.out[-1]] == ["small", "after"]
    assert called == ["small", "image", "image", "after"]


def random_text(length: int) -> str:
    """Return a text that does not compress well, and is always the same."""
    chance = random.Random(1)
    return "".join(chance.choices("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+/", k=length))


class Opaque:
    """A class of the user's that no checkpoint can hold."""


async def test_a_value_that_cannot_be_stored_keeps_what_was_paid_before_it(client: Client) -> None:
    called: list[str] = []

    async def first(_: State) -> dict[str, Any]:
        called.append("first")
        return {"out": ["first"]}

    async def unfit(_: State) -> dict[str, Any]:
        called.append("unfit")
        return {"out": [Opaque() if called.count("unfit") == 1 else "repaired"]}

    async def after(_: State) -> dict[str, Any]:
        called.append("after")
        return {"out": ["after"]}

    builder = StateGraph(State).add_sequence([first, unfit, after]).add_edge(START, "first")
    stuck = await failure_of(client, builder)
    assert stuck.kind == "Unfit"
    assert "'out'" in stuck.message
    assert "Opaque" in stuck.message
    assert called == ["first", "unfit"]
    result = await resumed(client, builder, stuck.resume)
    assert result.out == ["first", "repaired", "after"]
    assert called == ["first", "unfit", "unfit", "after"]


async def test_siblings_call_no_model_once_a_state_was_refused(client: Client) -> None:
    model, refused = Paid(cache=CallJournal()), asyncio.Event()

    async def branch(given: dict[str, int]) -> dict[str, Any]:
        if not given["number"]:
            refused.set()
            return {"out": [Opaque()]}
        await refused.wait()
        await asyncio.sleep(0.05)
        return {"out": [(await model.ainvoke("still wanted?")).text]}

    builder = StateGraph(State).add_node("branch", branch)
    builder.add_conditional_edges(START, lambda _: [Send("branch", {"number": number}) for number in range(3)])
    assert (await failure_of(client, builder)).kind == "Unfit"
    assert model.paid == []


async def test_a_phase_that_needs_more_steps_goes_on_with_a_higher_limit(client: Client) -> None:
    async def count(state: State) -> dict[str, Any]:
        return {"out": [len(state["out"])]}

    builder = one(count)
    builder.add_conditional_edges("node", lambda state: "node" if len(state["out"]) < 20 else "__end__")
    stuck = await failure_of(client, builder, recursion_limit=10)
    assert stuck.kind == "RecursionLimit"
    result = await resumed(client, builder, stuck.resume, recursion_limit=30)
    assert result.out == list(range(20))


class Bytes(BaseModel):
    out: list[Any]


@pytest.mark.parametrize("value", [b"\xff", "\ud800"], ids=["bytes", "surrogate"])
async def test_a_result_that_json_cannot_hold_is_said_once(client: Client, value: Any) -> None:
    called = 0

    async def node(_: State) -> dict[str, Any]:
        nonlocal called
        called += 1
        return {"out": [value]}

    stuck = await failure_of(client, one(node), result=Bytes)
    assert (stuck.kind, called) == ("BadResult", 1)


async def test_a_result_that_temporal_does_not_take_is_said_once_with_its_largest_fields(client: Client) -> None:
    called = 0

    async def node(_: State) -> dict[str, Any]:
        nonlocal called
        called += 1
        return {"out": ["word " * 500_000]}  # small in a checkpoint, which is compressed

    stuck = await failure_of(client, one(node))
    assert (stuck.kind, called) == ("BadResult", 1)
    assert "out 2441 KiB" in stuck.message


@pytest.mark.parametrize("length", [400_000, 3_000_000])
async def test_a_failure_with_a_long_message_is_told_in_short(client: Client, length: int) -> None:
    async def node(_: State) -> dict[str, Any]:
        raise ValueError("begin " + "x" * length + " end")

    stuck = await failure_of(client, one(node))
    assert stuck.kind == "Stuck"
    assert "begin" in stuck.message
    assert "end" in stuck.message
    assert len(stuck.message) < 5000


async def test_an_as_failure_that_raises_hides_nothing(client: Client) -> None:
    def broken(_: Exception) -> Exception:
        raise RuntimeError("as_failure has a defect")

    async def node(_: State) -> dict[str, Any]:
        raise ValueError("the cause")

    assert "ValueError: the cause" in (await failure_of(client, one(node), as_failure=broken)).message


# --- Answers ---


async def paused(client: Client, graph: Any) -> Paused:
    queue = str(uuid4())
    async with phase_worker(client, queue, graph, Asked):
        result = await (await start(client, queue, {})).result()
    assert isinstance(result, Paused)
    return result


class Yes(BaseModel):
    yes: bool


async def test_an_invalid_answer_asks_again_and_a_valid_one_goes_on(client: Client) -> None:
    model = Paid(cache=CallJournal())

    async def ask(_: State) -> dict[str, Any]:
        first = interrupt("first?", response_schema=Yes)
        await model.ainvoke("between")
        second = interrupt("second?", response_schema=Yes)
        return {"out": [first.yes, second.yes]}

    async def other(_: State) -> dict[str, Any]:
        await model.ainvoke("beside")
        return {"out": []}

    graph = one(ask).add_node(other).add_edge(START, "other")
    asked = await paused(client, graph)
    for given, expected in (({"yes": True}, None), ({"yes": "perhaps"}, "refused"), ({"yes": False}, None)):
        question = asked.questions[0]
        assert question.response_schema
        assert question.response_schema["title"] == "Yes"
        queue, resume = str(uuid4()), Resume(checkpoint=asked.checkpoint, answers={question.id: given})
        async with phase_worker(client, queue, graph, Asked):
            result = await (await start(client, queue, {}, resume)).result()
        if isinstance(result, Paused):
            asked = result
            assert asked.questions[0].value == "second?"
            assert bool(asked.questions[0].refused) is (expected == "refused")
    assert isinstance(result, Outcome)
    assert result.out == [True, False]
    assert sorted(model.paid) == ["beside", "between"]


async def test_an_answer_to_no_open_question_is_refused_before_anything_runs(client: Client) -> None:
    ran: list[str] = []

    async def ask(_: State) -> dict[str, Any]:
        ran.append("ask")
        return {"out": [interrupt("May I?")]}

    graph = one(ask)
    asked = await paused(client, graph)
    stuck = await failure_of(client, graph, Resume(checkpoint=asked.checkpoint, answers={"9f2c": "yes"}))
    assert stuck.kind == "BadRequest"
    assert "'9f2c'" in stuck.message
    assert asked.questions[0].id in stuck.message
    assert "May I?" in stuck.message
    assert ran == ["ask"]
    queue, answers = str(uuid4()), {asked.questions[0].id: "yes"}
    async with phase_worker(client, queue, graph, Asked):  # nothing is lost
        resume = stuck.resume.model_copy(update={"answers": answers})
        assert (await (await start(client, queue, {}, resume)).result()).out == ["yes"]


async def test_answers_need_the_checkpoint_that_asked(client: Client) -> None:
    queue = str(uuid4())

    async def node(_: State) -> dict[str, Any]:
        return {"out": []}

    async with phase_worker(client, queue, one(node), Asked):
        handle = await start(client, queue, {}, Resume(answers={"a": 1}))
        with pytest.raises(ActivityFailureError) as failed:
            await handle.result()
    assert isinstance(failed.value.cause, ApplicationError)
    assert failed.value.cause.type == "BadRequest"


async def test_a_subgraph_without_checkpoints_runs_wherever_it_is_called(client: Client) -> None:
    """With durability="sync", LangGraph 1.2 fails in such a subgraph; a phase runs it with "async"."""

    async def inner(_: State) -> dict[str, Any]:
        return {"out": ["inner"]}

    unsaved = one(inner).compile(checkpointer=False)

    async def calling(_: State) -> dict[str, Any]:
        return await unsaved.ainvoke({"count": 1, "out": []})

    hidden = {"graph": unsaved}

    async def calling_hidden(_: State) -> dict[str, Any]:
        return await hidden["graph"].ainvoke({"count": 1, "out": []})

    for node in (unsaved, calling, calling_hidden):
        graph, queue = StateGraph(State).add_node("outer", node).add_edge(START, "outer"), str(uuid4())
        async with phase_worker(client, queue, graph, Asked):
            result = await (await start(client, queue, {})).result()
        assert result.out == ["inner"]


async def test_a_question_that_no_answer_could_reach_is_refused(client: Client) -> None:
    async def ask(_: State) -> dict[str, Any]:
        return {"out": [interrupt("May I?")]}

    unsaved = one(ask).compile(checkpointer=False)
    graph = StateGraph(State).add_node("outer", unsaved).add_edge(START, "outer")
    stuck = await failure_of(client, graph)
    assert stuck.kind == "Unanswerable"
    assert "'outer'" in stuck.message
    assert "checkpointer=False" in stuck.message


async def test_a_breakpoint_that_a_node_sets_is_no_end(client: Client) -> None:
    async def nothing(_: State) -> dict[str, Any]:
        return {"out": ["ran"]}

    inner = StateGraph(State).add_sequence([("a", nothing), ("b", nothing)]).add_edge(START, "a").compile()

    async def outer(state: State) -> dict[str, Any]:
        return {"out": (await inner.ainvoke(state, interrupt_before=["b"]))["out"]}

    assert (await failure_of(client, one(outer))).kind == "Breakpoint"
