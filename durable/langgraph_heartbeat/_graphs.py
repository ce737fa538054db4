"""What kinds of graphs a phase takes, and how each is compiled, fed and read.

A `StateGraph` builder is compiled; a compiled graph (what `create_agent` returns) or an `@entrypoint` is copied.
"""

from collections.abc import Awaitable, Callable, Iterable, Iterator
from functools import partial
from types import CodeType
from typing import Any, TypeVar, cast

from langgraph._internal._serde import build_serde_allowlist  # what LangGraph's own strict mode derives from a graph
from langgraph.channels import LastValue
from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.graph import StateGraph
from langgraph.pregel import Pregel
from pydantic import BaseModel

from ._serialising import TypeName, type_name_of

AnyPregel = Pregel[Any, Any, Any, Any]
GraphLike = StateGraph[Any, Any, Any, Any] | AnyPregel
"""What a phase takes as its graph: a `StateGraph` builder, a compiled graph, or an `@entrypoint`. For annotations.

A builder is compiled; a compiled graph, such as the one that LangChain's `create_agent` returns, is copied, so that the
one object serves a notebook, a test and a phase. A checkpointer that it was compiled with is not used in a phase.

```python
from langgraph.func import entrypoint
from langgraph.graph import START, StateGraph
from langgraph_heartbeat import GraphLike, phase_activity
from pydantic import BaseModel


class Text(BaseModel):
    text: str


async def shout(given: Text) -> dict[str, str]:
    return {"text": given.text.upper()}


@entrypoint()
async def whisper(given: dict[str, str]) -> dict[str, str]:
    return {"text": given["text"].lower()}


builder = StateGraph(Text).add_node(shout).add_edge(START, "shout")
graphs: dict[str, GraphLike] = {"shout": builder, "shout_too": builder.compile(), "whisper": whisper}
activities = [phase_activity(name, Text, Text, graph) for name, graph in graphs.items()]
```
"""


Request = TypeVar("Request", bound=BaseModel)

Context = Callable[[Request], Awaitable[object]]
"""What a graph needs from outside, its run context, for one attempt at one request."""


async def no_context(_: BaseModel) -> None:
    """The graph needs nothing from outside."""


def compile_graph(graph: GraphLike) -> AnyPregel:
    return graph.compile() if isinstance(graph, StateGraph) else graph


def with_saver(graph: AnyPregel, saver: BaseCheckpointSaver[str]) -> AnyPregel:
    return graph.copy(update={"checkpointer": saver})


def types_of(graph: AnyPregel, extra: Iterable[type] = ()) -> set[TypeName]:
    """The types that a graph's channels and schemas name, its subgraphs' too, and those that were registered."""
    names = {type_name_of(each) for each in extra}
    for each in (graph, *subgraphs_of(graph)):
        schemas = cast("dict[type[Any], Any]", getattr(getattr(each, "builder", None), "schemas", {}))
        names |= build_serde_allowlist(schemas=list(schemas), channels=cast("dict[str, object]", each.channels))
    return names


def input_of(graph: AnyPregel, request: BaseModel) -> Any:
    """The request's fields, as far as the graph's channels have their names; all of them for an `@entrypoint`."""
    if not hasattr(graph, "builder"):
        return request.model_dump()
    return {field: value for field, value in request if field in graph.channels}


def overwritable_channels(graph: AnyPregel, namespace: str = "") -> frozenset[str]:
    """The channels that simply hold their last value, there: `namespace` is `node:task|node:task`, "" the graph's own.

    An `@entrypoint` has none: it reads its input once.
    """
    path = "|".join(part.partition(":")[0] for part in namespace.split("|") if ":" in part)
    there = dict(cast("Iterator[tuple[str, AnyPregel]]", graph.get_subgraphs(recurse=True))).get(path)
    if not path:
        there = graph
    if not hasattr(there, "builder"):
        return frozenset()
    kinds = cast("dict[str, object]", cast("AnyPregel", there).channels)
    return frozenset(channel for channel, kind in kinds.items() if type(kind) is LastValue)


def result_of(state: Any, result: type[BaseModel]) -> Any:
    """The part of a graph's last state that its result is made of: the channels with the names of its fields."""
    if not isinstance(state, dict):
        return state
    channels = cast("dict[str, Any]", state)
    return {field: channels[field] for field in result.model_fields if field in channels}


def node_codes(graph: AnyPregel) -> Iterator[tuple[CodeType, str]]:
    """The code of every node that is written in Python, with the node's name; subgraphs' nodes too."""
    for each in (graph, *subgraphs_of(graph)):
        for name, node in each.nodes.items():
            for function in (getattr(node.bound, "afunc", None), getattr(node.bound, "func", None)):
                plain = function.func if isinstance(function, partial) else function
                written = plain if hasattr(plain, "__code__") else type(plain).__call__  # an object that is called
                if (code := getattr(written, "__code__", None)) is not None:
                    yield code, name


def subgraphs_of(graph: AnyPregel) -> Iterator[AnyPregel]:
    for _, subgraph in cast("Iterator[tuple[str, AnyPregel]]", graph.get_subgraphs(recurse=True)):
        yield subgraph
