"""A node asks a person a question in its middle, and then two nodes ask at the same time."""

from typing import Any

from langgraph.graph import END, START, StateGraph
from langgraph.types import Send, interrupt

from bench.crash.graphs.state import State
from bench.crash.model import model

PARTS = ("tone", "length")


async def draft(state: State) -> dict[str, Any]:
    first = await model.ainvoke(f"Draft\n{state['topic']}")
    second = await model.ainvoke(f"Polish\n{first.content}")
    return {"answers": [first.content, second.content]}


async def review(state: State) -> dict[str, Any]:
    """Ask a question. The node runs again from its beginning with the answer, and must not repeat its first call."""
    summary = await model.ainvoke(f"Summarise\n{state['answers']}")
    wish = interrupt("Shall it stay like this?")
    changed = await model.ainvoke(f"Change\n{summary.content}\n{wish}")
    again = await model.ainvoke(f"Check\n{changed.content}")
    return {"answers": [summary.content, str(wish), changed.content, again.content]}


def distribute(_: State) -> list[Send]:
    return [Send("settle", {"topic": part, "answers": []}) for part in PARTS]


async def settle(state: State) -> dict[str, Any]:
    options = await model.ainvoke(f"Options for the {state['topic']}")
    choice = interrupt(f"Which {state['topic']}?")
    applied = await model.ainvoke(f"Apply the {state['topic']}\n{options.content}\n{choice}")
    return {"answers": [options.content, str(choice), applied.content]}


async def finish(state: State) -> dict[str, Any]:
    first = await model.ainvoke(f"Finish\n{state['answers']}")
    second = await model.ainvoke(f"Proofread\n{first.content}")
    return {"answers": [first.content, second.content]}


builder = StateGraph(State)
for node in (draft, review, settle, finish):
    builder.add_node(node)
builder.add_edge(START, "draft")
builder.add_edge("draft", "review")
builder.add_conditional_edges("review", distribute, ["settle"])
builder.add_edge("settle", "finish")
builder.add_edge("finish", END)
