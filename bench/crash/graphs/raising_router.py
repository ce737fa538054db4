"""A conditional edge looks up the model's choice, and raises once because the model has answered something else."""

from typing import Any

from langgraph.graph import END, START, StateGraph

from bench.crash.graphs.state import State
from bench.crash.model import ScriptedModel

ROUTES = {"Sources": "write_long", "Short": "write_short"}

model = ScriptedModel(first_answers={"Sources or a short note?": "Perhaps"})


async def prepare(state: State) -> dict[str, Any]:
    return {"answers": [(await model.ainvoke(f"Prepare\n{state['topic']}")).text]}


async def choose(state: State) -> dict[str, Any]:
    thought = await model.ainvoke(f"Think about the length\n{state['answers']}")
    choice = await model.ainvoke(f"Sources or a short note?\n{thought.content}")
    return {"answers": [thought.text, choice.text]}


def chosen(state: State) -> str:
    """Read the model's choice, as people do: `KeyError` for an answer that nobody thought of."""
    return ROUTES[state["answers"][-1].split()[0]]


async def count(state: State) -> dict[str, Any]:
    """Work beside `choose`; what is finished here must not be lost when the edge raises."""
    notes = [(await model.ainvoke(f"Count {thing}\n{state['topic']}")).text for thing in ("ships", "storms", "keepers")]
    return {"answers": notes}


async def write_long(state: State) -> dict[str, Any]:
    return {"answers": [(await model.ainvoke(f"Write it long\n{state['answers']}")).text]}


async def write_short(state: State) -> dict[str, Any]:
    return {"answers": [(await model.ainvoke(f"Write it short\n{state['answers']}")).text]}


builder = StateGraph(State)
for node in (prepare, choose, count, write_long, write_short):
    builder.add_node(node)
builder.add_edge(START, "prepare")
builder.add_edge("prepare", "count")
builder.add_edge("prepare", "choose")
builder.add_conditional_edges("choose", chosen, ["write_long", "write_short"])
builder.add_edge("write_long", END)
builder.add_edge("write_short", END)
