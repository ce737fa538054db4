"""A graph drawn for a terminal or a page: its edges as lines of text, or as Mermaid.

Both are made of LangGraph's description of the graph, on this machine: no drawing service is asked.
"""

from collections.abc import Iterator
from typing import Any

from langchain_core.runnables.graph import Edge
from langgraph.pregel import Pregel

ALWAYS, SOMETIMES = "->", "..>"
"""Arrows of an edge that is always taken, and of one that the graph decides about."""


def mermaid_of(graph: Pregel[Any, Any, Any, Any]) -> str:
    """Return the graph in Mermaid's language, which pages of GitHub and many editors draw."""
    return graph.get_graph(xray=True).draw_mermaid()


def lines_of(graph: Pregel[Any, Any, Any, Any]) -> Iterator[str]:
    """Yield a line for each node with its edges, in the order in which the graph reaches them."""
    edges = graph.get_graph(xray=True).edges
    by_source: dict[str, list[Edge]] = {}
    for edge in edges:
        by_source.setdefault(edge.source, []).append(edge)
    width = max((len(source) for source in by_source), default=0)
    for source in in_order(by_source):
        always = [edge.target for edge in by_source[source] if not edge.conditional]
        sometimes = [edge.target for edge in by_source[source] if edge.conditional]
        parts = [
            f"{arrow} {', '.join(dict.fromkeys(targets))}"
            for arrow, targets in ((ALWAYS, always), (SOMETIMES, sometimes))
            if targets
        ]
        yield f"{source:{width}} {'  '.join(parts)}"


def in_order(edges: dict[str, list[Edge]]) -> Iterator[str]:
    """Yield the nodes that have edges: breadth first from the beginning, then any that nothing leads to."""
    targets = {edge.target for each in edges.values() for edge in each}
    waiting = [source for source in edges if source not in targets] or list(edges)[:1]
    seen = set(waiting)
    while True:
        waiting = waiting or [source for source in edges if source not in seen][:1]
        if not waiting:
            return
        source = waiting.pop(0)
        seen.add(source)
        if source not in edges:
            continue
        yield source
        following = list(dict.fromkeys(edge.target for edge in edges[source] if edge.target not in seen))
        seen.update(following)
        waiting += following
