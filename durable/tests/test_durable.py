"""`durable(graph)` on a real server: what a client sends, what nodes see, and what the client gets."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from langchain_core.messages import AIMessage, HumanMessage, ToolMessage
from langchain_core.runnables import RunnableConfig
from langgraph.func import entrypoint
from langgraph.graph import START, MessagesState, StateGraph
from langgraph.runtime import Runtime
from langgraph.types import interrupt
from langgraph_heartbeat import Paused, Resume, durable
from langgraph_heartbeat._schemas.derived import GraphRequest
from pydantic import BaseModel
from temporalio.client import ActivityFailureError, Client
from temporalio.exceptions import ApplicationError
from temporalio.worker import Worker
from typing_extensions import TypedDict

CALL = {"name": "look", "args": {"at": "duck"}, "id": "c1", "type": "tool_call"}
USAGE = {"input_tokens": 10, "output_tokens": 5, "total_tokens": 15}


async def reply(state: MessagesState) -> dict[str, Any]:
    asked = AIMessage("", tool_calls=[CALL], usage_metadata=USAGE)
    return {"messages": [asked, ToolMessage("seen", tool_call_id="c1"), AIMessage("It floats.")]}


echo = StateGraph(MessagesState).add_node(reply).add_edge(START, "reply")


@asynccontextmanager
async def started(client: Client, function: Any, *arguments: Any) -> AsyncIterator[Any]:
    """Run a worker with this activity, and yield the handle of one execution."""
    queue = str(uuid4())
    async with Worker(client, task_queue=queue, activities=[function]):
        yield await client.start_activity(
            function,
            args=list(arguments),
            id=queue,
            task_queue=queue,
            start_to_close_timeout=timedelta(minutes=1),
            heartbeat_timeout=timedelta(seconds=5),
        )


async def result_of(client: Client, function: Any, *arguments: Any) -> Any:
    async with started(client, function, *arguments) as handle:
        return await handle.result()


async def test_messages_come_back_as_messages(durable_client: Client) -> None:
    agent = durable(echo, "agent")
    for given in ({"input": {"messages": "hi"}}, agent.durable_graph.request(input={"messages": [HumanMessage("hi")]})):
        result = await result_of(durable_client, agent, given)
        assert type(result) is agent.durable_graph.result
        assert [type(each) for each in result.messages] == [HumanMessage, AIMessage, ToolMessage, AIMessage]
        assert (result.messages[1].tool_calls, result.messages[1].usage_metadata) == ([CALL], USAGE)


async def test_a_request_that_does_not_fit_is_not_retried(durable_client: Client) -> None:
    with pytest.raises(ActivityFailureError) as failed:
        await result_of(durable_client, durable(echo, "agent"), {"input": {"mesages": []}})
    assert isinstance(failed.value.cause, ApplicationError)
    assert failed.value.cause.type == "BadRequest"
    assert failed.value.cause.message == (
        "The request of the graph agent does not fit. input.mesages: there is no such field; the fields are messages."
    )


class Seen(TypedDict, total=False):
    seen: dict[str, Any]
    left: int


async def look(state: Seen, config: RunnableConfig) -> Seen:
    configurable = {key: value for key, value in config["configurable"].items() if not key.startswith(("__", "check"))}
    metadata = {key: config["metadata"].get(key) for key in ("team", "user")}
    return {"seen": {"tags": sorted(config["tags"]), **metadata, **configurable}}


async def test_the_config_of_a_request_comes_on_top_of_that_of_the_worker(durable_client: Client) -> None:
    graph = StateGraph(Seen).add_node(look).add_edge(START, "look")
    agent = durable(
        graph,
        "agent",
        config={"tags": ["worker"], "metadata": {"team": "a", "user": "nobody"}, "configurable": {"model": "small"}},
    )
    config = {
        "tags": ["request"],
        "metadata": {"user": "ada"},
        "configurable": {"model": "large", "thread_id": "t1"},
    }
    result = await result_of(durable_client, agent, {"input": {}, "config": config})
    assert result.seen == {
        "tags": ["request", "worker"],
        "team": "a",
        "user": "ada",
        "model": "large",
        "thread_id": "t1",
    }


async def test_the_recursion_limit_of_a_request_holds(durable_client: Client) -> None:
    async def again(state: Seen) -> Seen:
        return {"left": state.get("left", 0) + 1}

    graph = StateGraph(Seen).add_node(again).add_edge(START, "again").add_edge("again", "again")
    with pytest.raises(ActivityFailureError) as failed:
        await result_of(durable_client, durable(graph, "agent"), {"input": {}, "config": {"recursion_limit": 3}})
    assert isinstance(failed.value.cause, ApplicationError)
    assert failed.value.cause.type == "RecursionLimit"


class Connection:
    """Something that a worker has and JSON cannot hold."""

    def __init__(self, user: str) -> None:
        self.user = user


async def test_a_worker_may_make_the_context_itself(durable_client: Client) -> None:
    async def who(state: Seen, runtime: Runtime[Connection]) -> Seen:
        return {"seen": {"user": runtime.context.user}}

    async def connect(request: GraphRequest) -> Connection:
        return Connection(request.context["user"])

    graph = StateGraph(Seen, context_schema=Connection).add_node(who).add_edge(START, "who")
    agent = durable(graph, "agent", context=connect)
    assert (await result_of(durable_client, agent, {"input": {}, "context": {"user": "ada"}})).seen == {"user": "ada"}


class Plan(BaseModel):
    topic: str
    limit: int = 3
    said: str = ""


async def test_a_pause_is_answered_and_steered(durable_client: Client) -> None:
    async def ask(state: Plan) -> dict[str, Any]:
        return {"said": f"{state.topic} {interrupt('How many?')} of {state.limit}"}

    agent = durable(StateGraph(Plan).add_node(ask).add_edge(START, "ask"), "agent")
    request = {"input": {"topic": "ducks"}}
    paused = await result_of(durable_client, agent, request)
    assert isinstance(paused, Paused)
    [question] = paused.questions
    resume = Resume(checkpoint=paused.checkpoint, answers={question.id: 2}, update={"limit": 9})
    assert (await result_of(durable_client, agent, request, resume)).said == "ducks 2 of 9"
    for update, reason in (
        ({"lmit": 9}, "cannot be steered by 'lmit': AgentRequest has no such field"),
        ({"limit": "many"}, "input.limit: Input should be a valid integer"),
    ):
        with pytest.raises(ActivityFailureError) as failed:
            await result_of(durable_client, agent, request, Resume(checkpoint=paused.checkpoint, update=update))
        assert reason in str(failed.value.cause)


async def test_a_state_that_json_cannot_hold_outlives_an_attempt(durable_client: Client) -> None:
    """The values of a derived request and result are those of the checkpoint, too."""
    attempts: list[int] = []

    class Times(TypedDict, total=False):
        every: timedelta
        tags: set[str]

    async def first(state: Times) -> Times:
        return {"tags": {"a"}}

    async def second(state: Times) -> Times:
        attempts.append(len(attempts))
        if len(attempts) == 1:
            raise ConnectionError("cut")
        return {"every": state["every"] * 2}

    graph = StateGraph(Times).add_sequence([first, second]).add_edge(START, "first")
    result = await result_of(durable_client, durable(graph, "agent"), {"input": {"every": "PT5S"}})
    assert (result.every, result.tags) == (timedelta(seconds=10), {"a"})
    assert attempts == [0, 1]


async def test_a_result_that_is_too_large_is_named(durable_client: Client) -> None:
    large = "a" * 3_000_000

    async def grow(state: Seen) -> Seen:
        return {"seen": {"text": large}}

    @entrypoint()
    async def whole(_: str) -> str:
        return large

    graph = StateGraph(Seen).add_node(grow).add_edge(START, "grow")
    for function, given, named in (
        (durable(graph, "agent", checkpoints=Shelf()), {}, "seen 2929 KiB"),
        (durable(whole, "whole", checkpoints=Shelf()), "a", "root 2929 KiB"),
    ):
        with pytest.raises(ActivityFailureError) as failed:
            await result_of(durable_client, function, {"input": given})
        assert isinstance(failed.value.cause, ApplicationError)
        assert failed.value.cause.type == "BadResult"
        assert named in failed.value.cause.message


class Shelf:
    """A store for large checkpoints."""

    def __init__(self) -> None:
        self._kept: dict[str, bytes] = {}

    async def put(self, content: bytes) -> str:
        key = str(len(self._kept))
        self._kept[key] = content
        return key

    async def get(self, key: str) -> bytes:
        return self._kept[key]


async def test_two_phases_of_one_worker_do_not_mix(durable_client: Client) -> None:
    queue = str(uuid4())
    graph = StateGraph(Seen).add_node(look).add_edge(START, "look")
    functions = {name: durable(graph, name, config={"tags": [name]}) for name in ("one", "two")}
    async with Worker(durable_client, task_queue=queue, activities=list(functions.values())):
        results = await asyncio.gather(
            *(
                durable_client.execute_activity(
                    function,
                    args=[{"input": {}, "config": {"metadata": {"user": name}}}],
                    id=f"{queue}-{name}",
                    task_queue=queue,
                    start_to_close_timeout=timedelta(minutes=1),
                    heartbeat_timeout=timedelta(seconds=5),
                )
                for name, function in functions.items()
            )
        )
    assert [(each.seen["tags"], each.seen["user"]) for each in results] == [(["one"], "one"), (["two"], "two")]  # pyright: ignore[reportAttributeAccessIssue]
