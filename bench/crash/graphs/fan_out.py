"""Six sources are read in parallel, each with four model calls in a row; then all are summarised."""

from typing import Any

from langgraph.graph import END, START, StateGraph
from langgraph.types import Send

from bench.crash.graphs.state import State
from bench.crash.model import model

SOURCES = 6
PASSES = 4


async def plan(state: State) -> dict[str, Any]:
    return {"answers": [(await model.ainvoke(f"Plan\n{state['topic']}")).content]}


def distribute(_: State) -> list[Send]:
    return [Send("read", {"topic": f"source {number}", "answers": []}) for number in range(SOURCES)]


async def read(state: State) -> dict[str, Any]:
    notes: list[Any] = []
    for number in range(PASSES):
        notes.append((await model.ainvoke(f"Read {state['topic']}, pass {number}\n{notes}")).content)
    return {"answers": notes}


async def summarise(state: State) -> dict[str, Any]:
    return {"answers": [(await model.ainvoke(f"Summarise\n{state['answers']}")).content]}


builder = StateGraph(State)
builder.add_node(plan)
builder.add_node(read)
builder.add_node(summarise)
builder.add_edge(START, "plan")
builder.add_conditional_edges("plan", distribute, ["read"])
builder.add_edge("read", "summarise")
builder.add_edge("summarise", END)
