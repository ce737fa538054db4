"""What a graph is configured with is kept: its own config, that of a request, its limits, and when it is saved."""

import operator
from typing import Annotated, Any, TypedDict
from uuid import UUID, uuid4

import pytest
from langchain_core.callbacks import AsyncCallbackHandler
from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.func import entrypoint
from langgraph.graph import START, StateGraph
from langgraph.types import interrupt
from langgraph_heartbeat._messages import Resume, Stuck, as_bytes
from langgraph_heartbeat._phase_activity import phase_activity
from langgraph_heartbeat._phase_function import phase_function
from langgraph_heartbeat._publishing.envelope import OtherGraphError
from pydantic import BaseModel, Field
from temporalio.client import ActivityFailureError, Client

from .phases import Outcome, phase_worker, start


class Asked(BaseModel):
    user: str = "ada"


class State(TypedDict):
    user: str
    out: Annotated[list[Any], operator.add]


async def see(_: State, config: RunnableConfig) -> dict[str, Any]:
    where = config.get("configurable", {})
    return {"out": [where.get("thread_id"), where.get("user"), sorted(config.get("tags") or []), where.get("own")]}


def seeing() -> StateGraph[Any, Any, Any, Any]:
    return StateGraph(State).add_node(see).add_edge(START, "see")


async def result_of(client: Client, graph: Any, **options: Any) -> list[Any]:
    queue = str(uuid4())
    async with phase_worker(client, queue, graph, Asked, **options):
        result = await (await start(client, queue, {})).result()
    assert isinstance(result, Outcome)
    return result.out


async def test_a_graph_keeps_its_own_config_and_gets_that_of_its_request(client: Client) -> None:
    configured = seeing().compile().with_config(tags=["of the graph"], configurable={"own": 1})
    thread, *others = await result_of(client, configured)
    assert others == [None, ["of the graph"], 1]
    assert UUID(thread)  # that of its activity: no other phase has it

    def config(request: Asked) -> RunnableConfig:
        return {"tags": ["of the request"], "configurable": {"thread_id": f"of {request.user}", "user": request.user}}

    expected = ["of ada", "ada", ["of the graph", "of the request"], 1]
    assert await result_of(client, configured, config=config) == expected


async def test_a_resumed_phase_keeps_its_thread_in_another_activity(client: Client) -> None:
    async def ask(_: State) -> dict[str, Any]:
        return {"out": [interrupt("?")]}

    graph, queue = StateGraph(State).add_sequence([see, ask, ("again", see)]).add_edge(START, "see"), str(uuid4())
    async with phase_worker(client, queue, graph, Asked):
        paused = await (await start(client, queue, {})).result()
        resume = Resume(checkpoint=paused.checkpoint, answers={paused.questions[0].id: "!"})
        result = await (await start(client, queue, {}, resume)).result()
    assert result.out[0] == result.out[5]


async def test_a_checkpointer_of_the_graphs_own_is_not_used_and_that_is_said(caplog: pytest.LogCaptureFixture) -> None:
    phase_activity("phase", Asked, Outcome, seeing().compile(checkpointer=InMemorySaver()))
    assert "is not used" in caplog.text


async def test_a_thread_of_the_graphs_own_config_is_kept(client: Client) -> None:
    configured = seeing().compile().with_config(configurable={"thread_id": "mine"})
    assert (await result_of(client, configured))[0] == "mine"


class Noted(AsyncCallbackHandler):
    def __init__(self) -> None:
        self.chains: list[UUID] = []

    async def on_chain_start(self, *args: Any, run_id: UUID, **kwargs: Any) -> None:
        del args, kwargs
        self.chains.append(run_id)


async def test_a_config_may_have_parts_that_are_none(client: Client) -> None:
    config: Any = {"configurable": None, "tags": None, "callbacks": None}
    assert (await result_of(client, seeing(), config=config))[1:] == [None, [], None]


async def test_callbacks_are_called(client: Client) -> None:
    noted = Noted()
    await result_of(client, seeing(), config={"callbacks": [noted], "metadata": {"key": "value"}})
    assert noted.chains


async def test_what_is_secret_in_a_config_is_not_in_a_checkpoint(client: Client) -> None:
    """LangGraph's savers store the values of `configurable` and `metadata`."""
    config: RunnableConfig = {"configurable": {"api_key": "sk-secret"}, "metadata": {"token": "t-secret"}}

    async def fails(_: State) -> dict[str, Any]:
        raise ValueError

    queue, graph = str(uuid4()), StateGraph(State).add_sequence([see, fails]).add_edge(START, "see")
    async with phase_worker(client, queue, graph, Asked, config=config):
        with pytest.raises(ActivityFailureError) as failed:
            await (await start(client, queue, {})).result()
    stuck = Stuck.of(failed.value)
    assert stuck
    content = repr(OtherGraphError(as_bytes(stuck.resume.checkpoint)).content())
    assert "checkpoints" in content
    assert "secret" not in content


def counting(limit: int) -> StateGraph[Any, Any, Any, Any]:
    async def count(state: State) -> dict[str, Any]:
        return {"out": [len(state["out"])]}

    builder = StateGraph(State).add_node(count).add_edge(START, "count")
    return builder.add_conditional_edges("count", lambda state: "count" if len(state["out"]) < limit else "__end__")


@pytest.mark.parametrize(
    ("options", "steps"),
    [
        ({}, 10),
        ({"config": {"recursion_limit": 20}}, 20),
        ({"recursion_limit": 30, "config": {"recursion_limit": 20}}, 30),
    ],
    ids=["of the graph", "of the request", "of the phase"],
)
async def test_the_recursion_limit_of_the_graph_holds_unless_another_is_given(
    client: Client, options: dict[str, Any], steps: int
) -> None:
    graph = counting(1000).compile().with_config(recursion_limit=10)
    with pytest.raises(ActivityFailureError) as failed:
        await result_of(client, graph, **options)
    stuck = Stuck.of(failed.value)
    assert stuck
    assert f"not finished in {steps} steps" in stuck.message


@pytest.mark.parametrize("durability", ["sync", "async", "exit"])
async def test_a_graph_is_saved_as_often_as_it_is_wanted(client: Client, durability: str) -> None:
    """After a failure at the end, the steps run again that were not saved."""
    ran: list[str] = []

    async def first(_: State) -> dict[str, Any]:
        ran.append("first")
        return {"out": [1]}

    async def second(_: State) -> dict[str, Any]:
        ran.append("second")
        if len(ran) == 2:
            raise ConnectionError
        return {"out": [2]}

    graph = StateGraph(State).add_sequence([first, second]).add_edge(START, "first")
    assert await result_of(client, graph, durability=durability) == [1, 2]
    assert ran == ["first", "second", "second"]  # LangGraph saves at the end of a failed run too


# --- What is refused when a phase is defined ---


class Other(BaseModel):
    elsewhere: str


@pytest.mark.parametrize("graph", ["itself", "subgraph", "after", "agent's"])
def test_static_breakpoints_are_refused_by_name(graph: str) -> None:
    builder = seeing()
    broken = {
        "itself": lambda: builder.compile(interrupt_before=["see"]),
        "after": lambda: builder.compile(interrupt_after=["see"]),
        "agent's": lambda: builder.compile(interrupt_before="*"),
        "subgraph": lambda: (
            StateGraph(State).add_node("outer", builder.compile(interrupt_before=["see"])).add_edge(START, "outer")
        ),
    }[graph]()
    for make in (
        lambda: phase_activity("phase", Asked, Outcome, broken),
        lambda: phase_function(Asked, Outcome, broken),
    ):
        with pytest.raises(ValueError, match=r"static breakpoints .*(see|\*)"):
            make()


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"parallel": 0}, "parallel .* from 1 on, not 0"),
        ({"parallel": -1}, "from 1 on"),
        ({"parallel": True}, "from 1 on"),
        ({"recursion_limit": "9"}, "recursion_limit .* not '9'"),
        ({"recursion_limit": 0}, "recursion_limit"),
        ({"request": dict}, "request of the phase phase must be a class"),
        ({"result": Outcome(out=1)}, "result of the phase phase must be a class"),
        ({"name": None}, "name of a phase"),
        ({"name": ""}, "name of a phase"),
        ({"graph": see}, "takes a StateGraph"),
        ({"context": 3}, "context"),
        ({"as_failure": None}, "as_failure"),
        ({"durability": "never"}, "'sync', 'async' or 'exit'"),
        ({"config": {"tag": []}}, "no key 'tag'"),
        ({"config": {"configurable": {"checkpoint_id": "1"}}}, "checkpoint_id"),
        ({"config": {"configurable": {"thread_id": 3}}}, "thread_id"),
        ({"config": {"recursion_limit": 0}}, "recursion_limit"),
        ({"checkpoints": "bucket"}, "'bucket' has no put"),
        ({"progress": 3}, "progress of the phase"),
        ({"types": ["x"]}, "list of classes, not of 'x'"),
        ({"result": Other}, "requires 'elsewhere', which is no channel .* out, user"),
    ],
)
def test_arguments_that_no_attempt_could_use_are_refused(changed: dict[str, Any], message: str) -> None:
    given = {"name": "phase", "request": Asked, "result": Outcome, "graph": seeing(), **changed}
    with pytest.raises((TypeError, ValueError), match=message):
        phase_activity(**given)


async def test_a_config_that_its_request_makes_wrong_is_refused_before_anything_runs(client: Client) -> None:
    async def config(_: Asked) -> RunnableConfig:
        return {}

    def broken(_: Asked) -> RunnableConfig:
        raise KeyError("user")

    for made in (config, broken, lambda _: {"tag": []}):
        with pytest.raises(ActivityFailureError) as failed:
            await result_of(client, seeing(), config=made)
        assert "config of the phase" in str(failed.value.cause)


async def test_a_context_may_be_made_without_waiting(client: Client) -> None:
    queue = str(uuid4())
    run = phase_function(Asked, Outcome, seeing(), lambda request: request.user)
    assert (await run(Asked())).out[1] is None
    async with phase_worker(client, queue, seeing(), Asked, of_request=lambda request: request.user):
        assert await (await start(client, queue, {})).result()


@pytest.mark.parametrize("resume", ["text", 3, {"checkpoint": 1}, {"answer": {}}])
async def test_a_second_argument_that_is_no_resume_is_refused_once(client: Client, resume: Any) -> None:
    queue = str(uuid4())
    async with phase_worker(client, queue, seeing(), Asked):
        with pytest.raises(ActivityFailureError) as failed:
            await (await start(client, queue, {}, resume)).result()
    assert "second argument of the phase" in str(failed.value.cause)


# --- Models with aliases, and entrypoints with a model ---


class Named(BaseModel):
    out: list[Any] = Field(alias="found")


async def test_a_result_with_aliases_gets_the_channels_of_its_fields_names(client: Client) -> None:
    queue = str(uuid4())
    async with phase_worker(client, queue, seeing(), Asked, Named):
        result = await (await start(client, queue, {}, result=Named)).result()
    assert len(result.out) == 4


async def test_an_entrypoint_gets_the_model_that_its_parameter_names(client: Client) -> None:
    @entrypoint()
    async def greet(asked: Asked) -> dict[str, Any]:
        return {"out": [asked.user]}

    assert await result_of(client, greet) == ["ada"]
