"""Factories of graphs, with the arguments that LangGraph's server gives them."""

import asyncio
import contextlib
import functools
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Annotated, Any

import pytest
from langchain_core.runnables import RunnableConfig
from langgraph.graph import START, StateGraph
from langgraph.store.memory import InMemoryStore
from langgraph_heartbeat._serve.graph_factories import GraphFactory, NoStore
from langgraph_heartbeat._serve.refusal import Refusal
from langgraph_heartbeat._serve.served_graphs import graph_of_run
from langgraph_sdk.runtime import ServerRuntime
from pydantic import BaseModel
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment


class State(BaseModel):
    text: str = ""


@dataclass
class Settings:
    model: str = "small"


async def node(state: State) -> dict[str, str]:
    return {"text": state.text}


GRAPH = StateGraph(State).add_node(node).add_edge(START, "node").compile(name="made")


def plain() -> object:
    return GRAPH


async def awaited() -> object:
    return GRAPH


@contextlib.contextmanager
def entered() -> Iterator[object]:
    yield GRAPH


@contextlib.asynccontextmanager
async def entered_async() -> AsyncIterator[object]:
    yield GRAPH


class Maker:
    def __call__(self) -> object:
        return GRAPH.builder


@pytest.mark.parametrize("function", [plain, awaited, entered, entered_async, Maker(), functools.partial(plain)])
async def test_every_kind_of_factory_makes_its_graph(function: Callable[..., Any]) -> None:
    async with GraphFactory.of("agent", function).graph_for_reading(None) as graph:
        assert graph in (GRAPH, GRAPH.builder)


async def given(function: Callable[..., Any], config: Any = None, context: Any = None) -> None:
    async with GraphFactory.of("agent", function).graph_for_run(config, context, None) as graph:
        assert graph is GRAPH


@pytest.mark.parametrize("annotation", [None, "RunnableConfig", RunnableConfig, dict])
async def test_one_parameter_is_the_config_of_the_run(annotation: Any) -> None:
    seen: list[Any] = []

    def make(config: Any) -> object:
        seen.append(config)
        return GRAPH

    make.__annotations__ = {"config": annotation} if annotation else {}
    await given(make, {"configurable": {"user": "ada"}, "tags": ["trial"]})
    (config,) = seen
    assert config["configurable"] == {"user": "ada", "__is_for_execution__": True}
    assert config["tags"] == ["trial"]


async def test_the_only_parameter_gets_the_config_although_it_has_a_default() -> None:
    def make(settings: Any = None) -> object:
        assert settings["configurable"]["user"] == "ada"
        return GRAPH

    await given(make, {"configurable": {"user": "ada"}})


async def test_without_a_config_there_is_an_empty_one_to_read() -> None:
    async def make(config: RunnableConfig) -> object:
        assert config["configurable"].get("model", "none") == "none"
        return GRAPH

    await given(make)


def with_runtime(runtime: "ServerRuntime[Settings]", config: RunnableConfig) -> object:
    execution = runtime.execution_runtime
    assert execution is not None
    assert execution.context == Settings("large")
    assert runtime.access_context == "threads.create_run"
    assert config["configurable"]["user"] == "ada"
    return GRAPH


async def test_the_runtime_has_the_context_of_the_run_as_its_own_type() -> None:
    await given(with_runtime, {"configurable": {"user": "ada"}}, {"model": "large"})


@pytest.mark.parametrize("annotation", [ServerRuntime, ServerRuntime[Settings], Annotated[ServerRuntime, 1]])
async def test_a_factory_is_told_when_its_graph_is_only_read(annotation: Any) -> None:
    seen: list[Any] = []

    def make(known: Any) -> object:
        seen.append((known.execution_runtime, known.access_context, known.store))
        return GRAPH

    make.__annotations__ = {"known": annotation}
    store = InMemoryStore()
    async with GraphFactory.of("agent", make).graph_for_reading(store):
        pass
    assert seen == [(None, "assistants.read", store)]


class WithRuntime:
    def __call__(self, runtime: ServerRuntime[Settings], config: RunnableConfig) -> object:
        return with_runtime(runtime, config)


@pytest.mark.parametrize("function", [WithRuntime(), functools.partial(with_runtime), WithRuntime().__call__])
async def test_the_annotations_of_objects_and_partial_functions_are_read(function: Callable[..., Any]) -> None:
    await given(function, {"configurable": {"user": "ada"}}, {"model": "large"})


async def test_parameters_with_a_default_of_their_own_keep_it() -> None:
    def make(config: RunnableConfig | None = None, *rest: Any, debug: bool = False, **more: Any) -> object:
        assert (config is not None, rest, debug, more) == (True, (), False, {})
        return GRAPH

    await given(make)


def test_parameters_that_nobody_can_give_are_refused() -> None:
    def make(settings: Any, config: RunnableConfig) -> object:
        return GRAPH

    with pytest.raises(Refusal, match="made by a function with the parameters settings, config, which would all get"):
        GraphFactory.of("agent", make)


async def test_a_function_that_makes_no_graph_is_named() -> None:
    with pytest.raises(TypeError, match=r"The graph 'agent' is made by a function that returned a str\."):
        await given(lambda: "graph")


async def test_a_factory_without_a_store_is_told_how_to_have_one() -> None:
    with pytest.raises(RuntimeError, match=r"store\.path|\"store\": \{\"path\""):
        await NoStore().aget(("a",), "b")


async def test_a_context_manager_is_left_when_the_run_has_ended() -> None:
    events: list[str] = []

    @contextlib.asynccontextmanager
    async def make() -> AsyncIterator[object]:
        events.append("connected")
        yield GRAPH
        events.append("disconnected")

    async with GraphFactory.of("agent", make).graph_for_run(None, None, None):
        events.append("run")
    assert events == ["connected", "run", "disconnected"]


async def test_a_factory_that_takes_its_time_keeps_the_heartbeats_and_the_checkpoint_of_its_run() -> None:
    environment, beats, enough = ActivityEnvironment(), list[Any](), asyncio.Event()
    details = [{"step": 3}, b"the checkpoint"]
    environment.info = replace(
        environment.info, heartbeat_details=details, heartbeat_timeout=timedelta(milliseconds=60)
    )

    def beat(*details: Any) -> None:
        beats.append(details[1])
        if len(beats) == 4:
            enough.set()

    environment.on_heartbeat = beat

    async def make() -> object:
        await enough.wait()
        return GRAPH

    async def run() -> None:
        async with graph_of_run(GraphFactory.of("agent", make), None, None, None) as graph:
            assert graph is GRAPH

    await environment.run(run)
    assert set(beats) == {b"the checkpoint"}


async def test_an_error_of_a_factory_is_named_and_tried_again() -> None:
    environment = ActivityEnvironment()
    environment.info = replace(environment.info, heartbeat_timeout=timedelta(seconds=60))

    def make() -> object:
        raise ConnectionError("refused")

    async def run() -> None:
        async with graph_of_run(GraphFactory.of("agent", make), None, None, None):
            raise AssertionError("there is no graph")

    with pytest.raises(
        ApplicationError, match=r"The factory of the graph agent failed\. ConnectionError: refused"
    ) as failed:
        await environment.run(run)
    assert (failed.value.type, failed.value.non_retryable) == ("GraphFactory", False)
