"""Any graph as a durable activity: `durable(graph)` derives its request and its result from the graph's own schemas."""

from collections.abc import Awaitable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, cast

from langchain_core.runnables import RunnableConfig
from langgraph.graph import StateGraph
from langgraph.pregel import Pregel
from pydantic import BaseModel
from typing_extensions import Unpack

from ._graphs import AnyPregel, Context, GraphLike
from ._messages import Paused
from ._phase_activity import phase_activity
from ._phase_options import PhaseOptions
from ._run_config import ConfigOf, checked, config_for
from ._schemas.derived import GraphRequest, StateResult, ValueResult
from ._schemas.schemas import is_entrypoint, request_of, result_of, title_of

DEFAULT_NAME = "LangGraph"
"""The name that LangGraph gives to every graph that has no other."""


@dataclass(frozen=True)
class DurableGraph:
    """What a durable activity runs: its name, the compiled graph, and the models of its request and result."""

    name: str
    graph: AnyPregel
    request: type[GraphRequest]
    result: type[StateResult | ValueResult]


class DurableActivity(Protocol):
    """An activity that `durable` made."""

    durable_graph: DurableGraph

    def __call__(
        self, request: Any = None, resume: Any = None, summarise: Any = None, /
    ) -> Awaitable[BaseModel | Paused]: ...


def durable(
    graph: GraphLike,
    name: str | None = None,
    *,
    context: Context[GraphRequest] | None = None,
    config: ConfigOf[GraphRequest] = None,
    **options: Unpack[PhaseOptions],
) -> DurableActivity:
    """Return an activity that runs `graph`. Its request and its result are derived from the graph's own schemas.

    The request is what users of LangGraph's API write: `{"input": {...}, "config"?: {...}, "context"?: {...}}`.

    - `input`: the fields of the graph's input schema. A list of messages takes every form that LangGraph takes:
      `{"role": "user", "content": "hi"}`, `["user", "hi"]`, what messages dump, or a single message in place of a list.
      An `@entrypoint` gets its value as the type of its parameter. A field that does not exist or does not fit is
      named before anything is paid, in an error of the type "BadRequest" that is not retried. Inside a pydantic
      model of yours, that model decides: by default, pydantic ignores fields that it does not know.
    - `config`: LangGraph's config for this run: tags, metadata, values in `configurable`, recursion_limit.
    - `context`: the fields of the graph's `context_schema`; nodes get an instance of it. Without a context, they are
      taken from `configurable`.

    The result is a pydantic model with the fields of the graph's output schema that have a value, in which messages are
    messages; bytes are base64 in JSON. For an `@entrypoint`, or a graph whose state is one value, the value is its
    `root`. If the graph asks, the activity returns a `Paused` in its place.

    Arguments:

    - `name`: the activity's name; without it, the name that the graph was compiled with, or that of the function of an
      `@entrypoint`.
    - `context(request)`: makes the run context in the worker, for example with database connections, in place of
      `context_schema`. What the request has as `context` is then not checked.
    - `config`: LangGraph's config for every run; that of the request comes on top.
    - the other options are those of `phase_activity`.

    `function.durable_graph` has the name, the compiled graph, and the models `request` and `result`. `ValueError` is
    raised if there is no name, and what `phase_activity` raises.

    ```python
    import asyncio
    from datetime import timedelta

    from langchain_core.messages import AIMessage
    from langgraph.graph import START, MessagesState, StateGraph
    from langgraph_heartbeat import DurablePlugin, durable
    from temporalio.client import Client
    from temporalio.worker import Worker


    async def reply(state: MessagesState) -> dict[str, list[AIMessage]]:
        return {"messages": [AIMessage(f"You said: {state['messages'][-1].text}")]}


    graph = StateGraph(MessagesState).add_node(reply).add_edge(START, "reply").compile()
    echo = durable(graph, "echo")


    async def main() -> None:
        client = await Client.connect("localhost:7233", plugins=[DurablePlugin()])
        async with Worker(client, task_queue="langgraph", activities=[echo]):
            result = await client.execute_activity(
                echo,
                args=[{"input": {"messages": [{"role": "user", "content": "hi"}]}}],
                id="echo",
                task_queue="langgraph",
                start_to_close_timeout=timedelta(hours=2),
                heartbeat_timeout=timedelta(seconds=15),
            )
        assert result.messages[-1].text == "You said: hi"


    asyncio.run(main())
    ```
    """
    compiled = compiled_of(graph)
    chosen = name_of(compiled, name)
    if not callable(config):
        checked(config)
    title = title_of(chosen)
    derived = DurableGraph(
        chosen, compiled, request_of(compiled, title, with_context=context is not None), result_of(compiled, title)
    )
    function = phase_activity(
        chosen,
        derived.request,
        derived.result,
        compiled,
        context or run_context,
        config=lambda request: merged(config_for(config, request), request.run_config()),
        **options,
    )
    durable_function = cast("DurableActivity", function)
    durable_function.durable_graph = derived
    return durable_function


def run_context(request: GraphRequest) -> object:
    return request.run_context()


def compiled_of(graph: GraphLike) -> AnyPregel:
    compiled = graph.compile() if isinstance(graph, StateGraph) else graph
    if not isinstance(cast("object", compiled), Pregel):
        advice = " Call it: durable(make_graph())." if callable(graph) else ""
        raise TypeError(
            f"durable() takes a StateGraph, a compiled graph or an @entrypoint, not {type(graph).__name__}.{advice}"
        )
    return compiled


def name_of(graph: AnyPregel, name: str | None) -> str:
    """Return the name of an activity; raise `ValueError` if neither the caller nor the graph has one."""
    if name is not None:
        if not name or type(name) is not str:
            raise TypeError(f"The name of a durable graph is a text that is not empty, not {name!r}.")
        return name
    if graph.name != DEFAULT_NAME:
        return graph.name
    if is_entrypoint(graph):
        return next(iter(graph.nodes))  # its function
    raise ValueError(
        f"The graph has no name of its own: {DEFAULT_NAME!r} is the name of every graph that was compiled without one. "
        'Choose the name by which its runs are started: durable(graph, "agent"), or builder.compile(name="agent").'
    )


def merged(base: RunnableConfig, own: Mapping[str, Any]) -> RunnableConfig:
    """Return the config of a worker with that of a request on top."""
    both: dict[str, Any] = {**base, **{key: value for key, value in own.items() if value is not None}}
    below = cast("Mapping[str, Any]", base)
    for key in ("metadata", "configurable"):
        if below.get(key) and own.get(key):
            both[key] = {**below[key], **own[key]}
    if below.get("tags") and own.get("tags"):
        both["tags"] = [*below["tags"], *own["tags"]]
    return cast("RunnableConfig", both)
