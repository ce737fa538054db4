"""A phase is steered while it runs: it pauses, goes on with new values, and keeps the answers that were paid for."""

import asyncio
import operator
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Annotated, Any, TypedDict
from uuid import uuid4

import pytest
from langchain.agents import AgentState, create_agent
from langchain_core.messages import AIMessage
from langchain_core.tools import tool
from langgraph.func import entrypoint
from langgraph.graph import END, START, StateGraph
from langgraph.types import Send, interrupt
from langgraph_heartbeat import _drain
from langgraph_heartbeat._journal.call_journal import CallJournal
from langgraph_heartbeat._messages import Paused, Question, Resume, as_bytes
from langgraph_heartbeat._plugin import DurablePlugin
from pydantic import BaseModel
from temporalio import activity
from temporalio.api.enums.v1 import PendingActivityState
from temporalio.client import Client, WorkflowFailureError, WorkflowHandle
from temporalio.exceptions import ApplicationError, CancelledError
from temporalio.worker import Worker
from temporalio.workflow import ActivityCancellationType

from .errors import Busy, NeedsPerson, Refused
from .operated import UntilStopped, operate, pending, until_paused
from .phases import phase_worker, start, until
from .steered import Impatient, Steered
from .test_life import Calls
from .test_life import failure as failure_of
from .test_shapes import Scripted

Handle = WorkflowHandle[Any, Any]


class Limit(BaseModel):
    """A value that arrives as a dict, and that the graph must get as this type."""

    rounds: int


class Asked(BaseModel):
    limit: Limit = Limit(rounds=1)
    count: int = 3
    notes: list[str] = []


class State(TypedDict):
    limit: Limit
    count: int
    notes: Annotated[list[str], operator.add]
    round: Annotated[int, operator.add]
    out: Annotated[list[str], operator.add]


class Result(BaseModel):
    limit: Limit
    out: list[str]


class Item(TypedDict):
    name: str


def rounds(calls: Calls) -> StateGraph[Any, Any, Any, Any]:
    """Return a graph with rounds of slow parallel calls up to the limit; the very first call waits for the gate."""

    async def begin(state: State) -> dict[str, Any]:
        await calls.call(f"begin{state['round']}")
        return {"round": 1}

    async def work(state: Item) -> dict[str, Any]:
        if state["name"] == "r1w0":
            calls.waiting.append("r1w0")
            await calls.gate.wait()
        await calls.call(state["name"])
        return {"out": [state["name"]]}

    async def assess(state: State) -> dict[str, Any]:
        return {}

    def fan(state: State) -> list[Send]:
        return [Send("work", {"name": f"r{state['round']}w{number}"}) for number in range(state["count"])]

    builder = StateGraph(State)
    builder.add_node(begin)
    builder.add_node("work", work, input_schema=Item)
    builder.add_node(assess)
    builder.add_edge(START, "begin")
    builder.add_conditional_edges("begin", fan, ["work"])
    builder.add_edge("work", "assess")
    builder.add_conditional_edges("assess", lambda state: "begin" if state["round"] < state["limit"].rounds else END)
    return builder


ONE_ROUND = ["begin0", "r1w0", "r1w1", "r1w2"]
TWO_ROUNDS = [*ONE_ROUND, "begin1", "r2w0", "r2w1", "r2w2"]


@asynccontextmanager
async def steerable(
    client: Client, graph: Any, request: type[BaseModel] = Asked, result: type[BaseModel] = Result, **options: Any
) -> AsyncIterator[Handle]:
    queue = str(uuid4())
    workflows = Worker(client, task_queue=queue, workflows=[Steered], plugins=[DurablePlugin("test")])
    async with workflows, phase_worker(client, queue, graph, request, result, **options):
        yield await client.start_workflow(Steered.run, args=[{}, 10.0], id=queue, task_queue=queue)


@pytest.fixture
def short_grace(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_drain, "PAUSE_TIMEOUT", timedelta(milliseconds=100))


async def until_waiting(calls: Calls, made: int, waiting: int = 1) -> None:
    async def stands() -> bool:
        return len(calls.made) == made and len(calls.waiting) == waiting

    await until(stands)


async def pauses(handle: Handle) -> list[Paused]:
    return await handle.query(Steered.pauses)


async def test_a_limit_that_is_raised_holds_at_once_and_a_call_in_flight_comes_home(client: Client) -> None:
    class Released(asyncio.Event):
        """The slow call ends when its phase is paused, and not before."""

        async def wait(self) -> Any:
            await asyncio.wait({asyncio.create_task(activity.wait_for_cancelled())})
            return True

    calls = Calls()
    calls.gate = Released()
    async with steerable(client, rounds(calls)) as handle:
        await until_waiting(calls, 3)
        await handle.signal(Steered.steer, {"limit": {"rounds": 2}})
        result = await handle.result()
        assert len(await pauses(handle)) == 1
    assert sorted(calls.made) == sorted(TWO_ROUNDS)
    assert sorted(result["out"]) == [name for name in sorted(TWO_ROUNDS) if name.startswith("r")]
    assert result["limit"] == {"rounds": 2}
    assert calls.waiting == ["r1w0"]


@pytest.mark.usefixtures("short_grace")
async def test_a_call_that_outlasts_the_grace_is_made_again_and_its_finished_siblings_are_not(client: Client) -> None:
    calls = Calls()
    async with steerable(client, rounds(calls)) as handle:
        await until_waiting(calls, 3)
        await handle.signal(Steered.steer, {"limit": {"rounds": 2}})
        await until_waiting(calls, 3, waiting=2)
        # It fails once more: the next attempt finds a checkpoint that is newer than the pause, and steered already.
        calls.failing["begin1"] = [ConnectionError("cut")]
        calls.gate.set()
        result = await handle.result()
    assert sorted(calls.made) == sorted(TWO_ROUNDS)
    assert result["limit"] == {"rounds": 2}


@pytest.mark.usefixtures("short_grace")
async def test_a_phase_is_steered_again_and_again(client: Client) -> None:
    calls = Calls()
    async with steerable(client, rounds(calls)) as handle:
        for number, limit in enumerate((5, 2), start=1):
            await until_waiting(calls, 3, waiting=number)
            await handle.signal(Steered.steer, {"limit": {"rounds": limit}})
        await until_waiting(calls, 3, waiting=3)
        calls.gate.set()
        await handle.result()
        assert [paused.questions for paused in await pauses(handle)] == [[], []]
    assert sorted(calls.made) == sorted(TWO_ROUNDS)


async def test_between_two_attempts_nothing_is_lost(client: Client) -> None:
    """Temporal forgets the heartbeat of a phase that waits for its next attempt, if it is cancelled there."""
    calls = Calls()
    calls.failing["r1w0"] = [Busy("busy", retry_after=timedelta(minutes=5))]
    calls.gate.set()
    async with steerable(client, rounds(calls)) as handle:

        async def fails() -> bool:
            pending = (await handle.describe()).raw_description.pending_activities
            return bool(pending and pending[0].last_failure.message)

        await until(fails)
        await handle.signal(Steered.steer, {"limit": {"rounds": 2}})
        await asyncio.wait_for(handle.result(), 60)
    assert sorted(calls.made) == sorted(TWO_ROUNDS)


async def test_a_phase_that_an_operator_has_paused_is_steered_and_goes_on(client: Client) -> None:
    calls = Calls()
    calls.gate = UntilStopped()
    async with steerable(client, rounds(calls)) as handle:
        await until_waiting(calls, 3)
        await operate(client, handle, "pause", phase=(await pending(handle)).activity_id)
        await until_paused(handle)
        await handle.signal(Steered.steer, {"limit": {"rounds": 2}})
        result = await asyncio.wait_for(handle.result(), 60)
        assert len(await pauses(handle)) == 1
    assert sorted(calls.made) == sorted(TWO_ROUNDS)
    assert result["limit"] == {"rounds": 2}


async def test_a_phase_that_is_steered_while_it_stops_for_an_operator_keeps_its_last_call(client: Client) -> None:
    """The attempt is told of the pause alone; it asks the server whether its workflow has cancelled it since."""
    stopped, steered = asyncio.Event(), asyncio.Event()

    class Gate(asyncio.Event):
        async def wait(self) -> Any:
            await UntilStopped().wait()
            stopped.set()
            return await steered.wait()

    calls = Calls()
    calls.gate = Gate()
    async with steerable(client, rounds(calls)) as handle:
        await until_waiting(calls, 3)
        await operate(client, handle, "pause", phase=(await pending(handle)).activity_id)
        await stopped.wait()
        await handle.signal(Steered.steer, {"limit": {"rounds": 2}})

        async def is_cancelled() -> bool:
            return (await pending(handle)).state == PendingActivityState.PENDING_ACTIVITY_STATE_CANCEL_REQUESTED

        await until(is_cancelled)
        steered.set()
        result = await asyncio.wait_for(handle.result(), 60)
        history = (await handle.fetch_history()).to_json()
    assert sorted(calls.made) == sorted(TWO_ROUNDS)
    assert calls.waiting == ["r1w0"]
    assert result["limit"] == {"rounds": 2}
    assert "activityTaskFailedEventAttributes" not in history


async def test_a_failure_on_the_way_to_a_pause_is_a_pause(client: Client) -> None:
    class Cut(asyncio.Event):
        async def wait(self) -> Any:
            if len(calls.waiting) == 1:
                await asyncio.wait({asyncio.create_task(activity.wait_for_cancelled())})
                raise ConnectionError("cut")
            return True

    calls = Calls()
    calls.gate = Cut()
    async with steerable(client, rounds(calls)) as handle:
        await until_waiting(calls, 3)
        await handle.signal(Steered.steer, {"limit": {"rounds": 2}})
        await handle.result()
    assert sorted(calls.made) == sorted(TWO_ROUNDS)


@pytest.mark.parametrize("error", [Refused("It is refused."), NeedsPerson("It is full. Make room.")])
async def test_what_cannot_succeed_fails_as_ever(client: Client, error: Exception) -> None:
    class Refused(asyncio.Event):
        async def wait(self) -> Any:
            await asyncio.wait({asyncio.create_task(activity.wait_for_cancelled())})
            raise error

    calls = Calls()
    calls.gate = Refused()
    async with steerable(client, rounds(calls)) as handle:
        await until_waiting(calls, 3)
        await handle.signal(Steered.steer, {"limit": {"rounds": 2}})
        with pytest.raises(WorkflowFailureError) as failed:
            await handle.result()
    cause = failed.value.cause.__cause__
    assert isinstance(cause, ApplicationError)
    assert (cause.message, cause.type) == (str(error), type(error).__name__)


async def test_where_a_worker_has_died_its_last_heartbeat_is_where_the_phase_stands(client: Client) -> None:
    resumes: list[Resume | None] = []

    @activity.defn
    async def phase(request: dict[str, Any], resume: Resume | None = None) -> dict[str, Any]:
        resumes.append(resume)
        if resume is None:
            try:
                while True:
                    activity.heartbeat({}, b"where it stood before")
                    await asyncio.sleep(0.02)
            except asyncio.CancelledError:
                activity.heartbeat({}, b"where it stood")
                await activity.wait_for_worker_shutdown()  # ignores cancellation, and sends no heartbeats
        return {"out": []}

    queue = str(uuid4())
    worker = Worker(
        client,
        task_queue=queue,
        workflows=[Steered],
        activities=[phase],
        plugins=[DurablePlugin("test")],
        graceful_shutdown_timeout=timedelta(seconds=1),
    )
    async with worker:
        handle = await client.start_workflow(Steered.run, args=[{}, 5.0], id=queue, task_queue=queue)

        async def beats() -> bool:
            pending = (await handle.describe()).raw_description.pending_activities
            return bool(pending and pending[0].heartbeat_details.payloads)

        await until(beats)
        await handle.signal(Steered.steer, {"limit": {"rounds": 2}})
        await handle.result()
    assert resumes[0] is None
    assert resumes[1] is not None
    assert as_bytes(resumes[1].checkpoint) == b"where it stood"


@pytest.mark.parametrize("steered", [False, True])
@pytest.mark.usefixtures("short_grace")
async def test_a_workflow_that_is_cancelled_ends_when_its_phase_has_stopped(client: Client, *, steered: bool) -> None:
    calls = Calls()
    async with steerable(client, rounds(calls)) as handle:
        await until_waiting(calls, 3)
        if steered:
            await handle.signal(Steered.steer, {"limit": {"rounds": 2}})
        await handle.cancel()
        with pytest.raises(WorkflowFailureError) as failed:
            await asyncio.wait_for(handle.result(), 60)
        assert isinstance(failed.value.cause, CancelledError)
        history = (await handle.fetch_history()).to_json()
    assert len(calls.waiting) == 1
    assert "activityTaskCompletedEventAttributes" in history


async def test_a_phase_that_is_steered_before_its_first_step_begins_with_the_new_values(client: Client) -> None:
    waiting: list[str] = []

    async def context(asked: Asked) -> None:
        waiting.append(f"{asked.limit.rounds}")
        if len(waiting) == 1:
            await asyncio.wait({asyncio.create_task(activity.wait_for_cancelled())})

    calls = Calls()
    calls.gate.set()
    async with steerable(client, rounds(calls), of_request=context) as handle:

        async def begun() -> bool:
            return bool(waiting)

        await until(begun)
        await handle.signal(Steered.steer, {"limit": {"rounds": 2}})
        result = await handle.result()
        [paused] = await pauses(handle)
    assert paused.checkpoint  # it holds the input: the graph has received it, and has not begun
    assert waiting == ["1", "2"]
    assert result["limit"] == {"rounds": 2}
    assert sorted(calls.made) == sorted(TWO_ROUNDS)


@pytest.mark.usefixtures("short_grace")
async def test_a_subgraph_goes_on_midway_with_the_new_value_and_does_not_bring_the_old_one_back(client: Client) -> None:
    calls = Calls()

    async def before(state: State) -> dict[str, Any]:
        await calls.call("before")
        return {}

    async def after(state: State) -> dict[str, Any]:
        await calls.call(f"after {state['limit'].rounds}")
        return {}

    outer = StateGraph(State)
    outer.add_node(before)
    outer.add_node("inner", rounds(calls).compile())
    outer.add_node(after)
    outer.add_edge(START, "before")
    outer.add_edge("before", "inner")
    outer.add_edge("inner", "after")
    async with steerable(client, outer) as handle:
        await until_waiting(calls, 4)
        await handle.signal(Steered.steer, {"limit": {"rounds": 2}})
        await until_waiting(calls, 4, waiting=2)
        calls.gate.set()
        result = await handle.result()
    assert sorted(calls.made) == sorted(["before", *TWO_ROUNDS, "after 2"])
    assert result["limit"] == {"rounds": 2}


@pytest.mark.usefixtures("short_grace")
async def test_an_agent_goes_on_after_the_tools_that_have_finished(client: Client) -> None:
    class Conversation(AgentState[Any]):
        limit: Limit

    class Messages(BaseModel):
        messages: list[Any] = [("user", "What is there?")]
        limit: Limit = Limit(rounds=1)

    class Answered(BaseModel):
        messages: list[Any]
        limit: Limit

    class Model(Scripted):
        def bind_tools(self, tools: Sequence[Any], **kwargs: Any) -> "Model":
            return Model(bound=True, cache=self.cache)

    @tool
    async def look(at: str) -> str:
        """Look at something."""
        if at == "ferry":
            calls.waiting.append(at)
            await calls.gate.wait()
        await calls.call(at)
        return f"{at} seen"

    calls = Calls()
    agent = create_agent(Model(cache=CallJournal()), [look], state_schema=Conversation)
    async with steerable(client, agent, Messages, Answered) as handle:
        await until_waiting(calls, 1)
        await handle.signal(Steered.steer, {"limit": {"rounds": 7}})
        await until_waiting(calls, 1, waiting=2)
        calls.gate.set()
        result = await handle.result()
    assert calls.made == ["bread", "ferry"]
    assert result["limit"] == {"rounds": 7}
    assert AIMessage(**result["messages"][-1]).content == "bread seen and ferry seen"


async def test_a_value_is_given_once_and_what_the_graph_makes_of_it_stays(client: Client) -> None:
    """Values are steered together with answers; an attempt after a failure uses the same `Resume`."""

    async def ask(state: State) -> dict[str, Any]:
        return {"out": [interrupt("?")]}

    async def lower(state: State) -> dict[str, Any]:
        return {"limit": Limit(rounds=state["limit"].rounds - 1)}

    async def last(state: State) -> dict[str, Any]:
        await calls.call("last")
        return {}

    builder = StateGraph(State)
    for before, node in ((START, ask), ("ask", lower), ("lower", last)):
        builder.add_node(node)
        builder.add_edge(before, node.__name__)
    calls, queue = Calls(), str(uuid4())
    calls.failing["last"] = [ConnectionError("cut")]
    async with phase_worker(client, queue, builder, Asked, Result):
        paused = await (await start(client, queue, {}, result=Result)).result()
        answers = {paused.questions[0].id: "yes"}
        resume = Resume(checkpoint=paused.checkpoint, answers=answers, update={"limit": {"rounds": 5}})
        result = await (await start(client, queue, {}, resume, result=Result)).result()
    assert result == Result(limit=Limit(rounds=4), out=["yes"])


@pytest.mark.parametrize("kind", [ActivityCancellationType.TRY_CANCEL, ActivityCancellationType.ABANDON])
async def test_a_phase_that_its_workflow_would_not_wait_for_is_refused(
    client: Client, kind: ActivityCancellationType
) -> None:
    """Otherwise two attempts would run side by side, and pay."""
    queue = str(uuid4())
    async with Worker(client, task_queue=queue, workflows=[Impatient], plugins=[DurablePlugin("test")]):
        handle = await client.start_workflow(Impatient.run, int(kind), id=queue, task_queue=queue)
        message = await failure_of_task(handle)
        await handle.terminate()
    assert f"whose cancellation_type is {kind.name}" in message
    assert "WAIT_CANCELLATION_COMPLETED" in message


async def test_a_worker_of_workflows_without_the_plugin_says_what_it_lacks(client: Client) -> None:
    calls, queue = Calls(), str(uuid4())
    async with phase_worker(client, queue, rounds(calls), Asked, Result, grace_seconds=0.1):
        async with Worker(client, task_queue=queue, workflows=[Steered]):
            handle = await client.start_workflow(Steered.run, args=[{}, 10.0], id=queue, task_queue=queue)
            await until_waiting(calls, 3)
            await handle.signal(Steered.steer, {"limit": {"rounds": 2}})
            assert "has no DurablePlugin" in await failure_of_task(handle)
        calls.gate.set()
        async with Worker(client, task_queue=queue, workflows=[Steered], plugins=[DurablePlugin("test")]):
            await asyncio.wait_for(handle.result(), 60)  # with the plugin, the workflow goes on


async def failure_of_task(handle: Handle) -> str:
    """Wait until a task of this workflow has failed, and return the message of the failure."""
    messages: list[str] = []

    async def has_failed() -> bool:
        history = await handle.fetch_history()
        failed = [event.workflow_task_failed_event_attributes.failure.message for event in history.events]
        messages.extend(message for message in failed if message)
        return bool(messages)

    await until(has_failed)
    return messages[0]


@pytest.mark.parametrize(
    ("update", "said"),
    [
        ({"notes": ["more"]}, "cannot be steered by 'notes': its channel has a reducer"),
        ({"lmit": 2}, "cannot be steered by 'lmit': Asked has no such field"),
        ({"limit": "many"}, "is not a Asked"),
    ],
)
async def test_what_cannot_be_steered_is_refused(client: Client, update: dict[str, Any], said: str) -> None:
    calls, queue = Calls(), str(uuid4())
    async with phase_worker(client, queue, rounds(calls), Asked):
        refused = await failure_of(await start(client, queue, {}, Resume(update=update)))
    assert refused.non_retryable
    assert said in refused.message
    assert calls.made == []


async def test_an_entrypoint_cannot_be_steered(client: Client) -> None:
    @entrypoint()
    async def whole(asked: dict[str, Any]) -> dict[str, Any]:
        return {"out": asked["count"]}

    queue = str(uuid4())
    async with phase_worker(client, queue, whole, Asked):
        refused = await failure_of(await start(client, queue, {}, Resume(update={"count": 4})))
        assert (await (await start(client, queue, {})).result()).out == 3
    assert "an @entrypoint reads its input once" in refused.message


def test_a_resume_that_is_steered_keeps_what_it_brought_along() -> None:
    first = Resume(checkpoint="Zmlyc3Q=", answers={"id": 1}, update={"limit": 1, "count": 2})
    asks = [Question(id="id", value="?")]
    # The checkpoint of a later stop contains the answers: given again, they would answer the next questions.
    assert first.steered(Paused(questions=asks, checkpoint="bmV4dA=="), {"limit": 3}) == Resume(
        checkpoint="bmV4dA==", update={"limit": 3, "count": 2}
    )
    assert first.steered(Paused(questions=asks, checkpoint=""), {}) == first
