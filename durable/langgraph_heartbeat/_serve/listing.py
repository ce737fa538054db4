"""`python -m langgraph_heartbeat graphs`: graphs with what they take and return, and a drawing. It needs no server."""

import json
from collections.abc import Iterator, Sequence
from typing import Any

from .drawing import lines_of, mermaid_of
from .schemas import Schemas, field_lines
from .served_graphs import ServedGraph


def as_json(graphs: Sequence[ServedGraph], problems: Sequence[str]) -> str:
    """Return the list as one JSON document, with the whole schemas."""
    listed = {"graphs": [json_of(each) for each in graphs], "problems": list(problems)}
    return json.dumps(listed, indent=2, ensure_ascii=False)


def json_of(served: ServedGraph) -> dict[str, Any]:
    schemas = Schemas.of(served.activity.durable_graph)
    return {
        "name": served.entry.name,
        "description": served.entry.description,
        "where": served.entry.where,
        "source": served.entry.source,
        "input": schemas.input,
        "output": schemas.output,
        "context": schemas.context,
        "mermaid": mermaid_of(served.graph),
    }


def as_text(graphs: Sequence[ServedGraph], *, mermaid: bool) -> Iterator[str]:
    """Yield the lines of the list for people."""
    for served in graphs:
        yield f"{served.entry.name}  ({served.entry.where} of {served.entry.source})"
        if served.entry.description:
            yield f"  {served.entry.description}"
        schemas = Schemas.of(served.activity.durable_graph)
        for title, schema in (("input", schemas.input), ("output", schemas.output), ("context", schemas.context)):
            if schema is not None:
                yield f"  {title}"
                yield from (f"    {line}" for line in field_lines(schema))
        yield "  graph"
        drawn = mermaid_of(served.graph).splitlines() if mermaid else lines_of(served.graph)
        yield from (f"    {line}" for line in drawn)
        yield ""
