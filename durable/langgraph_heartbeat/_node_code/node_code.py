"""Notice that the code of a graph's nodes is another one than when a checkpoint was made.

A checkpoint is accepted by every version of its graph that has the same nodes, edges and channels. What the nodes do
may have changed meanwhile: so a checkpoint carries a digest of the code of each node, and says which Python it is of.
"""

import logging
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, cast

from langgraph_heartbeat._graphs import AnyPregel

from .instances import homes_of, what_nodes_run
from .parts import Parts

log = logging.getLogger(__name__)

DIGEST_BYTES = 6
MAX_NAMED_NODES = 8
"""Maximum number of nodes that a message names of each kind of change."""


@dataclass(frozen=True)
class CodeChanges:
    """The nodes whose code changed, and those that only the newer or only the older graph has; it is false if none."""

    changed: tuple[str, ...] = ()
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.changed or self.added or self.removed)

    def __str__(self) -> str:
        clauses = [f"the code of {listed(self.changed)} changed"] if self.changed else []
        for nodes, verb in ((self.added, "added"), (self.removed, "removed")):
            if nodes:
                clauses.append(f"{listed(nodes)} {'was' if len(nodes) == 1 else 'were'} {verb}")
        return joined(clauses)


@dataclass(frozen=True)
class NodeCode:
    """The digests of the code of a graph's nodes, and the Python that they are of: another one compiles otherwise."""

    python: str
    nodes: Mapping[str, str]

    @classmethod
    def of(cls, graph: AnyPregel) -> "NodeCode":
        return cls(this_python(), digests(graph))

    def content(self) -> dict[str, Any]:
        """Return it in the types of msgpack, for a checkpoint."""
        return {"python": self.python, "nodes": {node: bytes.fromhex(each) for node, each in self.nodes.items()}}

    def changes_since(self, content: object) -> CodeChanges:
        """Return what changed since the `content` in a checkpoint.

        Nothing counts as changed if the checkpoint has no digests, as those of earlier versions of this library, or
        has them from another Python.
        """
        match content:
            case {"python": self.python, "nodes": {}}:
                before, now = cast("dict[str, dict[str, bytes]]", content)["nodes"], self.content()["nodes"]
            case _:
                return CodeChanges()
        return CodeChanges(
            tuple(sorted(node for node in now.keys() & before.keys() if b"" != now[node] != before[node] != b"")),
            tuple(sorted(now.keys() - before.keys())),
            tuple(sorted(before.keys() - now.keys())),
        )


def digests(graph: AnyPregel) -> dict[str, str]:
    """Return a digest of what each node does, by the node's name; a node of a subgraph is `outer/inner`.

    A digest covers the node's function and its conditional edges; the functions, classes and constants that they use of
    the user's own code; tools and prompts. It is equal in every process with the same Python and the same code.
    """
    subgraphs = cast("Iterator[tuple[str, AnyPregel]]", graph.get_subgraphs(recurse=True))
    graphs = {"": graph, **{f"{path.replace('|', '/')}/": each for path, each in subgraphs}}
    pieces: dict[str, list[tuple[str, object]]] = {}
    for path, each in graphs.items():
        for node, edge, value in what_nodes_run(each):
            pieces.setdefault(path + node, []).append((edge, value))
    homes = {home for values in pieces.values() for _, value in values for home in homes_of(value)}
    parts = Parts(graphs.values(), homes)
    return {node: digest_of(node, parts, values) for node, values in pieces.items()}


def digest_of(node: str, parts: Parts, values: list[tuple[str, object]]) -> str:
    """Return the digest of one node; "" if its code cannot be read, which must not keep the graph from running."""
    try:
        return parts.read(values).digest()[:DIGEST_BYTES].hex()
    except Exception as error:  # noqa: BLE001 - a node may hold anything, for example a class that refuses to be read
        log.warning("Changes of the code of the node %s will go unnoticed: it cannot be read, %r.", node, error)
        return ""


def this_python() -> str:
    """Return what decides into which bytecode Python compiles: its version, and whether it leaves out assertions."""
    return f"{sys.implementation.cache_tag}.{sys.flags.optimize}"


def listed(names: tuple[str, ...]) -> str:
    more = len(names) - MAX_NAMED_NODES
    return joined([*names[:MAX_NAMED_NODES], *([f"{more} more"] if more > 0 else [])])


def joined(texts: list[str]) -> str:
    return " and ".join([", ".join(texts[:-1]), texts[-1]] if len(texts) > 1 else texts)
