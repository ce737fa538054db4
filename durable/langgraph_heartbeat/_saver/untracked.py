"""LangGraph's `UntrackedValue` channels in a phase: their values outlive a crash where they can be stored.

LangGraph keeps such a value in memory for one run of a graph, and never writes it to a checkpoint. A phase is one run
in several attempts, so each attempt runs a copy of the graph in which these channels are of a class that is written. A
value that cannot be stored is left out, which is only noticed by an attempt that goes on without it.
"""

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar, cast

from langgraph._internal._constants import TASKS
from langgraph._internal._typing import MISSING
from langgraph.channels import UntrackedValue
from langgraph.channels.base import BaseChannel
from langgraph.pregel import Pregel
from langgraph.pregel._read import PregelNode  # LangGraph offers no other name for it
from langgraph.types import Send

log = logging.getLogger(__name__)

AnyGraph = TypeVar("AnyGraph", bound=Pregel[Any, Any, Any, Any])
Names = frozenset[str]
INPUT_CHANNEL = "__start__"


@dataclass(frozen=True)
class Unstored:
    """Stands in a checkpoint for a value that cannot be stored; `reason` names its type and says what to do."""

    reason: str


class KeptValue(BaseChannel[Any, Any, Any]):
    """A channel that behaves like its `UntrackedValue` while the graph runs, and that checkpoints keep."""

    __slots__ = ("_untracked",)

    def __init__(self, untracked: UntrackedValue[Any]) -> None:
        super().__init__(untracked.typ, untracked.key)
        self._untracked = untracked

    @property
    def ValueType(self) -> Any:  # noqa: N802 - LangGraph's name
        return self._untracked.ValueType

    @property
    def UpdateType(self) -> Any:  # noqa: N802 - LangGraph's name
        return self._untracked.UpdateType

    def copy(self) -> "KeptValue":
        return KeptValue(self._untracked.copy())

    def checkpoint(self) -> Any:
        return self._untracked.get() if self._untracked.is_available() else MISSING

    def from_checkpoint(self, checkpoint: Any) -> "KeptValue":
        untracked = self._untracked.from_checkpoint(MISSING)
        if checkpoint is not MISSING and not isinstance(checkpoint, Unstored):
            untracked.update([checkpoint])
        return KeptValue(untracked)

    def update(self, values: Sequence[Any]) -> bool:
        return self._untracked.update(values)

    def get(self) -> Any:
        return self._untracked.get()

    def is_available(self) -> bool:
        return self._untracked.is_available()


def with_kept_values(graph: AnyGraph) -> AnyGraph:
    """Return the graph, or a copy of it in which it and its subgraphs have no `UntrackedValue` channels."""
    channels = cast("Mapping[str, object]", graph.channels)
    kept = {name: KeptValue(channels[name]) for name in untracked_in(graph)}  # pyright: ignore[reportArgumentType]
    nodes = dict[str, PregelNode]()
    for name, node in graph.nodes.items():
        if subgraph := subgraph_of(node):
            copy = with_kept_values(subgraph)
            if copy is not subgraph:
                nodes[name] = node.copy({"bound": copy, "subgraphs": [copy]})
    if not kept and not nodes:
        return graph
    return graph.copy(update={"channels": {**channels, **kept}, "nodes": {**graph.nodes, **nodes}})


def kept_names(graph: Pregel[Any, Any, Any, Any], path: str = "") -> dict[str, Names]:
    """Return the names of the channels that `with_kept_values` replaces, by the paths of their graphs."""
    names = {path: found} if (found := untracked_in(graph)) else {}
    for name, node in graph.nodes.items():
        if subgraph := subgraph_of(node):
            names |= kept_names(subgraph, f"{path}|{name}" if path else name)
    return names


def untracked_in(graph: Pregel[Any, Any, Any, Any]) -> Names:
    channels = cast("Mapping[str, object]", graph.channels)
    return frozenset(name for name, channel in channels.items() if isinstance(channel, UntrackedValue))


def subgraph_of(node: PregelNode) -> Pregel[Any, Any, Any, Any] | None:
    """Return the graph that is the node itself, if its state is in the phase's checkpoint while the node runs."""
    bound: object = node.bound
    return cast("Any", bound) if isinstance(bound, Pregel) and bound.checkpointer is None else None


def report_not_kept(graph: Pregel[Any, Any, Any, Any], phase: str) -> None:
    """Log the `UntrackedValue` channels of subgraphs that cannot be replaced, for example in a function's closure."""
    kept = kept_names(graph)
    subgraphs = cast("Iterator[tuple[str, Pregel[Any, Any, Any, Any]]]", graph.get_subgraphs(recurse=True))
    for path, each in subgraphs:
        if path not in kept and (names := untracked_in(each)):
            log.warning(
                "In the phase %s, a crash inside the graph that the node %s calls loses its UntrackedValue channels %s "
                "(call limits of middleware count in such channels). Add that graph itself as a node.",
                phase,
                path,
                ", ".join(sorted(names)),
            )


def path_of(namespace: str) -> str:
    """Return the path of a graph, `node|node`, from the namespace of one run of it, `node:task|node:task`."""
    return "|".join(part.partition(":")[0] for part in namespace.split("|") if ":" in part)


def may_hold_untracked(channel: str, names: Names) -> bool:
    return bool(names) and (channel in names or channel in {TASKS, INPUT_CHANNEL})


def with_untracked(channel: str, value: Any, names: Names, change: Callable[[Any], Any]) -> Any:
    """Return a channel's value with what `change` returns for each untracked value; MISSING leaves it out.

    Untracked values are also in what is sent to a node, and in the input of a subgraph, under the names of their
    channels.
    """
    if channel in names:
        return change(value)
    if isinstance(value, Send):
        arg = with_untracked(INPUT_CHANNEL, value.arg, names, change)
        return value if arg is value.arg else Send(value.node, arg, timeout=value.timeout)
    if channel == TASKS and isinstance(value, list):
        return [with_untracked(TASKS, each, names, change) for each in cast("list[Any]", value)]
    if channel == INPUT_CHANNEL and isinstance(value, dict):
        fields = cast("dict[Any, Any]", value)
        if not names.isdisjoint(fields):
            changed = {name: change(each) if name in names else each for name, each in fields.items()}
            return {name: each for name, each in changed.items() if each is not MISSING}
    return cast("Any", value)


def unstored_in(channel: str, value: Any, names: Names) -> list[tuple[str, Unstored]]:
    """Return the untracked values that are missing in a channel's value, each with the channel to name."""
    found = list[Any]()
    with_untracked(channel, value, names, lambda each: found.append(each) or each)
    return [(channel, each) for each in found if isinstance(each, Unstored)]
