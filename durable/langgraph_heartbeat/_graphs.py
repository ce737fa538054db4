"""The kinds of graphs that a phase accepts: how each is compiled, how it gets its input and how its result is read.

A `StateGraph` builder is compiled; a compiled graph (for example from `create_agent`) or an `@entrypoint` is copied.
"""

import logging
from collections.abc import Awaitable, Callable, Iterable, Iterator
from contextlib import suppress
from functools import partial
from inspect import isawaitable
from types import CodeType
from typing import Any, TypeVar, cast

from langgraph._internal._serde import build_serde_allowlist  # what LangGraph's own strict mode derives from a graph
from langgraph.channels import LastValue
from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.graph import StateGraph
from langgraph.pregel import Pregel
from langgraph.store.base import BaseStore
from pydantic import BaseModel, RootModel

from ._call_log.phase_summary import PhaseSummary
from ._remembered.dressed_runnables import undressed
from ._remembered.tools import with_remembered_tools
from ._saver.content import ContentSaver
from ._saver.untracked import Unstored, kept_names, path_of, with_kept_values
from ._schemas.derived import GraphRequest, StateResult, ValueResult
from ._serialising.serialising import TypeName, type_name_of

log = logging.getLogger(__name__)

AnyPregel = Pregel[Any, Any, Any, Any]
GraphLike = StateGraph[Any, Any, Any, Any] | AnyPregel
"""A graph that a phase accepts: a `StateGraph` builder, a compiled graph, or an `@entrypoint`. Use it in annotations.

A builder is compiled. A compiled graph, for example the one that LangChain's `create_agent` returns, is copied, so that
the same object serves a notebook, a test and a phase. A phase does not use the checkpointer of a compiled graph.

```python
from langgraph.func import entrypoint
from langgraph.graph import START, StateGraph
from langgraph_heartbeat import GraphLike, phase_activity
from pydantic import BaseModel


class Text(BaseModel):
    text: str


async def shout(state: Text) -> dict[str, str]:
    return {"text": state.text.upper()}


@entrypoint()
async def whisper(inputs: dict[str, str]) -> dict[str, str]:
    return {"text": inputs["text"].lower()}


builder = StateGraph(Text).add_node(shout).add_edge(START, "shout")
graphs: dict[str, GraphLike] = {"shout": builder, "shout_too": builder.compile(), "whisper": whisper}
activities = [phase_activity(name, Text, Text, graph) for name, graph in graphs.items()]
```
"""


Request = TypeVar("Request", bound=BaseModel)
Result = TypeVar("Result", bound=BaseModel)

Context = Callable[[Request], Awaitable[object] | object]
"""Makes a graph's run context, which holds what the graph needs from outside, for one attempt at one request."""


async def no_context(_: BaseModel) -> None:
    """Make an empty context, for a graph that needs nothing from outside."""


async def make_context(context: Context[Request], request: Request) -> object:
    made = context(request)
    return await made if isawaitable(made) else made


def compile_graph(graph: GraphLike) -> AnyPregel:
    """Return the compiled graph; raise `TypeError` if it is no graph, and `ValueError` if it has static breakpoints."""
    compiled = graph.compile() if isinstance(graph, StateGraph) else graph
    if not isinstance(cast("object", compiled), Pregel):
        raise TypeError(f"A phase takes a StateGraph, a compiled graph or an @entrypoint, not {type(graph).__name__}.")
    if isinstance(compiled.checkpointer, BaseCheckpointSaver):
        log.warning(
            "The checkpointer that the graph %s was compiled with is not used: a phase keeps its checkpoints itself. "
            "It does not read what the graph's own checkpointer has of earlier runs.",
            compiled.name,
        )
    for path, each in [("", compiled), *cast("Iterator[tuple[str, AnyPregel]]", compiled.get_subgraphs(recurse=True))]:
        nodes = {*each.interrupt_before_nodes, *each.interrupt_after_nodes}
        if nodes:
            where = f" of its subgraph {path!r}" if path else ""
            raise ValueError(
                f"The graph has static breakpoints (interrupt_before or interrupt_after) at the nodes{where} "
                f"{', '.join(sorted(nodes))}. It would stop there as if it had finished, and a crash just before a "
                "breakpoint would skip it. Ask with interrupt() in the node instead."
            )
    return compiled


def with_saver(graph: AnyPregel, saver: ContentSaver, store: BaseStore | None = None) -> AnyPregel:
    """Return a copy of the graph that saves its state, with what LangGraph does not track, in this saver.

    The tools of its tool nodes are remembered.
    """
    saver.untracked.names = kept_names(graph)
    saved = graph.copy(update={"checkpointer": saver})
    return with_store(with_kept_values(with_remembered_tools(saved)), store)


def with_store(graph: AnyPregel, store: BaseStore | None) -> AnyPregel:
    """Return the graph with this store for its nodes, if one is given, in place of its own."""
    return graph if store is None else graph.copy(update={"store": store})


def has_unsaved_subgraph(graph: AnyPregel) -> bool:
    """Return whether a subgraph was compiled with `checkpointer=False`."""
    return any(each.checkpointer is False for each in subgraphs_of(graph))


def types_of(graph: AnyPregel, extra: Iterable[type] = (), models: Iterable[type[BaseModel]] = ()) -> set[TypeName]:
    """Return the types that the state of a graph may hold.

    They are those in its channels and schemas and in those of its subgraphs, those in the fields of `models`, the types
    that its nodes were made with (for example the `response_format` of an agent), and the registered types `extra`.
    """
    names = {type_name_of(each) for each in extra} | build_serde_allowlist(schemas=[*models, *node_types(graph)])
    for each in (graph, *subgraphs_of(graph)):
        schemas = cast("dict[type[Any], Any]", getattr(getattr(each, "builder", None), "schemas", {}))
        names |= build_serde_allowlist(schemas=list(schemas), channels=cast("dict[str, object]", each.channels))
    return names | ({type_name_of(Unstored)} if kept_names(graph) else set())


def input_of(graph: AnyPregel, request: BaseModel) -> Any:
    """Return the fields of the request that are channels of the graph.

    An `@entrypoint` gets all fields: as the pydantic model that its parameter is annotated with, or as a dict. A
    request that was derived from the graph has the whole input in one field.
    """
    if isinstance(request, GraphRequest):
        return request.graph_input()
    if not hasattr(graph, "builder"):
        kind: Any = getattr(cast("dict[str, object]", graph.channels).get("__start__"), "typ", None)
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            return request if isinstance(request, kind) else kind.model_validate(dict(request), by_name=True)
        return request.model_dump()
    return {field: value for field, value in request if field in graph.channels}


def overwritable_channels(graph: AnyPregel, namespace: str = "") -> frozenset[str]:
    """Return the channels without a reducer, which simply hold their last value, of the graph in a namespace.

    `namespace` is `node:task|node:task` for a subgraph, and "" for the graph itself. An `@entrypoint` has no such
    channel: it reads its input once.
    """
    path = path_of(namespace)
    owner = dict(cast("Iterator[tuple[str, AnyPregel]]", graph.get_subgraphs(recurse=True))).get(path)
    if not path:
        owner = graph
    if not hasattr(owner, "builder"):
        return frozenset()
    channels = cast("dict[str, object]", cast("AnyPregel", owner).channels)
    return frozenset(name for name, channel in channels.items() if type(channel) is LastValue)


def fields_of(state: Any, result: type[BaseModel]) -> Any:
    """Return the channels of a graph's last state that have the names of the result's fields."""
    if state is None and not issubclass(result, RootModel):
        return {}  # an `@entrypoint` that returns nothing
    if not isinstance(state, dict):
        return state
    channels = cast("dict[str, Any]", state)
    return {field: channels[field] for field in result.model_fields if field in channels}


def result_from(
    state: Any, result: type[Result], summary_field: str = "", summary: PhaseSummary | None = None
) -> Result:
    """Return the validated result; raise `pydantic.ValidationError` if the graph's last state is of another shape.

    `summary` is put into the field `summary_field`, if the result has one.
    """
    if issubclass(result, StateResult | ValueResult):
        return result.from_state(state)
    fields = fields_of(state, result)
    if summary_field and isinstance(fields, dict):
        fields = {**cast("dict[str, Any]", fields), summary_field: summary}
    return result.model_validate(fields, by_alias=True, by_name=True)


def node_codes(graph: AnyPregel) -> Iterator[tuple[CodeType, str]]:
    """Yield the code object and the name of every node that is a Python function, in subgraphs too."""
    for name, function in node_functions(graph):
        called = function if hasattr(function, "__code__") else type(function).__call__  # an object with `__call__`
        if (code := getattr(called, "__code__", None)) is not None:
            yield code, name


def node_functions(graph: AnyPregel) -> Iterator[tuple[str, Any]]:
    """Yield the name and the functions of every node, in subgraphs too; None where a node has no such function."""
    for each in (graph, *subgraphs_of(graph)):
        for name, node in each.nodes.items():
            runnable = undressed(node.bound)
            for function in (getattr(runnable, "afunc", None), getattr(runnable, "func", None)):
                yield name, function.func if isinstance(function, partial) else function


def node_types(graph: AnyPregel) -> set[type[Any]]:
    """Return the models and dataclasses in the closures of node functions, also as the `schema` of another object."""
    found: set[type[Any]] = set()
    for _, function in node_functions(graph):
        for value in closure_values(function):
            kinds: tuple[Any, ...] = (value, getattr(value, "schema", None))
            found.update(kind for kind in kinds if is_schema(kind))
    return found


def closure_values(function: Any) -> Iterator[Any]:
    """Yield the values that a function closes over, and the values of the dicts among them."""
    for cell in getattr(function, "__closure__", None) or ():
        with suppress(ValueError):  # a cell that is still empty
            value: Any = cell.cell_contents
            yield value
            if isinstance(value, dict):
                yield from cast("dict[Any, Any]", value).values()


def is_schema(kind: object) -> bool:
    if not isinstance(kind, type):
        return False
    return issubclass(kind, BaseModel) or hasattr(cast("object", kind), "__dataclass_fields__")


def subgraphs_of(graph: AnyPregel) -> Iterator[AnyPregel]:
    for _, subgraph in cast("Iterator[tuple[str, AnyPregel]]", graph.get_subgraphs(recurse=True)):
        yield subgraph
