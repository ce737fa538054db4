"""`idempotency_key()`: one call has one key, whoever makes it again; other calls have others."""

import asyncio
import threading
from typing import Any
from uuid import uuid4

import pytest
from langchain_core.tools import tool
from langgraph.func import entrypoint, task
from langgraph.graph import START, MessagesState, StateGraph
from langgraph.prebuilt import ToolNode
from langgraph.types import RetryPolicy, Send, interrupt
from langgraph_heartbeat import Resume, idempotency_key, remembered
from pydantic import BaseModel
from temporalio.client import Client

from .asking import State, one
from .attempts import Attempt, Trace
from .phases import phase_worker, start
from .test_remembered_tools import calling, using


class Keys:
    """Tools and functions that take down their keys."""

    def __init__(self) -> None:
        self.taken: list[tuple[str, str]] = []

    def take(self, label: str, *purpose: str) -> str:
        self.taken.append((label, key := idempotency_key(*purpose)))
        return key

    def of(self, label: str) -> list[str]:
        return [key for name, key in self.taken if name == label]


async def test_a_tool_that_is_run_again_has_the_same_key_and_another_tool_another() -> None:
    keys, trace = Keys(), Trace("last")

    @tool
    async def pay(cents: int) -> str:
        """Pay."""
        keys.take(f"pay {cents}")
        if len(keys.taken) == 3:
            await trace("last")
        elif not trace.reached.is_set():
            await trace.reached.wait()
            await asyncio.Event().wait()
        return "paid"

    graph = using([pay], calling(("pay", {"cents": 1}), ("pay", {"cents": 2}), ("pay", {"cents": 1})))
    left = await Attempt(graph).kill_at(trace.reached, {"messages": []})
    await Attempt(graph, left).run()
    assert keys.taken[:3] == keys.taken[3:]
    assert len(set(keys.taken)) == 3
    assert {len(key) for _, key in keys.taken} == {32}


async def test_the_key_is_the_same_if_the_step_before_has_to_be_made_again() -> None:
    """Its checkpoint never arrived, so LangGraph gives the task another id; the model gives the call another id too."""
    keys, trace = Keys(), Trace("paid")

    @tool
    async def pay(cents: int) -> str:
        """Pay."""
        keys.take("pay")
        await trace("paid")
        return "paid"

    number = iter("12")

    async def think(_: MessagesState) -> dict[str, Any]:
        message = calling(("pay", {"cents": 1}))
        return {
            "messages": [message.model_copy(update={"tool_calls": [{**message.tool_calls[0], "id": next(number)}]})]
        }

    inner = StateGraph(MessagesState).add_node(think).add_node("tools", ToolNode([pay])).add_edge(START, "think")
    inner.add_edge("think", "tools")
    graph = StateGraph(MessagesState).add_node("inner", inner.compile())
    graph.add_conditional_edges(START, lambda state: [Send("inner", state)])
    await Attempt(graph).kill_at(trace.reached, {"messages": []})
    await Attempt(graph).run({"messages": []})
    assert len(keys.taken) == 2
    assert len(set(keys.taken)) == 1


async def test_another_run_and_another_step_have_other_keys() -> None:
    keys = Keys()

    async def node(_: State) -> State:
        keys.take("node")
        return {}

    graph = one(node).add_node("later", node).add_edge("node", "later")
    for origin in ("one", "other"):
        attempt = Attempt(graph)
        attempt.journal.origin = origin
        await attempt.run({"said": []})
    assert len(set(keys.taken)) == 4


async def test_branches_of_a_fan_out_have_keys_of_their_own() -> None:
    keys = Keys()

    async def work(_: Any) -> State:
        keys.take("work")
        return {}

    graph = StateGraph(State).add_node(work).add_conditional_edges(START, lambda _: [Send("work", {})] * 3)
    for _ in range(2):
        await Attempt(graph).run({"said": []})
    assert sorted(keys.taken[:3]) == sorted(keys.taken[3:])
    assert len(set(keys.taken)) == 3


async def test_one_call_has_one_key_and_its_purposes_others() -> None:
    keys = Keys()

    @remembered
    async def order(number: int) -> None:
        for purpose in ((), (), ("receipt",)):
            keys.take(f"{number}", *purpose)

    async def node(_: State) -> State:
        await order(1)
        await order(2)
        await order(1)
        return {}

    await Attempt(one(node)).run({"said": []})
    assert len(set(keys.of("1"))) == 4
    assert len(set(keys.of("2"))) == 2
    assert keys.of("2")[0] == keys.of("2")[1] != keys.of("2")[2]


@pytest.mark.parametrize("by", ["node", "wrapper"])
async def test_a_call_that_is_tried_again_in_place_has_the_same_key(by: str) -> None:
    keys = Keys()

    @remembered
    async def pay(cents: int) -> None:
        keys.take(f"pay {cents}")
        if len(keys.taken) == 1:
            raise ConnectionError

    async def node(_: State) -> State:
        if by == "wrapper":
            try:
                await pay(1)
            except ConnectionError:
                await pay(1)
        else:
            await pay(1)
        return {}

    policy = RetryPolicy(initial_interval=0, jitter=False, max_attempts=2)
    graph = StateGraph(State).add_node("node", node, retry_policy=policy).add_edge(START, "node")
    await Attempt(graph).run({"said": []})
    assert len(keys.taken) == 2
    assert len(set(keys.taken)) == 1


async def test_tasks_of_a_workflow_in_functions_have_keys_of_their_own() -> None:
    keys = Keys()

    @task
    async def pay(cents: int) -> None:
        keys.take("pay")

    @entrypoint()
    async def run(given: dict[str, Any]) -> Any:
        await asyncio.gather(pay(1), pay(1))
        await pay(1)
        return {}

    for _ in range(2):
        await Attempt(run).run({"said": []})
    assert sorted(keys.taken[:3]) == sorted(keys.taken[3:])
    assert len(set(keys.taken)) == 3


async def test_in_a_graph_without_a_phase_every_key_is_new() -> None:
    keys = Keys()

    async def node(_: State) -> State:
        keys.take("node")
        keys.take("node")
        return {}

    await one(node).compile().ainvoke({"said": []})
    assert len(set(keys.taken)) == 2


async def test_outside_of_a_graph_there_is_no_key() -> None:
    with pytest.raises(RuntimeError, match="belongs into a tool or a node of a graph"):
        idempotency_key()


async def test_a_thread_without_the_context_gets_no_key_and_one_with_it_the_same() -> None:
    keys, failures = Keys(), list[BaseException]()

    def ask() -> None:
        try:
            keys.take("thread")
        except RuntimeError as error:
            failures.append(error)

    async def node(_: State) -> State:
        keys.take("node")
        await asyncio.to_thread(ask)
        thread = threading.Thread(target=ask)
        thread.start()
        await asyncio.to_thread(thread.join)
        return {}

    await Attempt(one(node)).run({"said": []})
    assert keys.of("thread") == keys.of("node")
    assert len(failures) == 1


class Nothing(BaseModel):
    """A request without a field."""


async def test_after_a_question_it_is_the_same_and_in_another_run_another(client: Client) -> None:
    keys, queue = Keys(), str(uuid4())

    @remembered
    async def pay(cents: int) -> None:
        keys.take("pay")
        await asyncio.sleep(0)
        interrupt("Sure?")

    async def node(_: State) -> State:
        await pay(1)
        return {}

    async with phase_worker(client, queue, one(node), Nothing, Nothing):
        for _ in range(2):
            paused = await (await start(client, queue, {}, result=Nothing)).result()
            (question,) = paused.questions
            resume = Resume(checkpoint=paused.checkpoint, answers={question.id: "yes"})
            await (await start(client, queue, {}, resume, result=Nothing)).result()
    first, again, other, other_again = keys.of("pay")
    assert first == again
    assert other == other_again
    assert first != other
