"""A node asks a model for a number and parses the answer itself, which always fails: the phase must give up soon."""

from typing import Any

from langgraph.graph import END, START, StateGraph

from bench.crash.graphs.state import State
from bench.crash.model import model

GRADING = "Grade"


async def draft(state: State) -> dict[str, Any]:
    first = await model.ainvoke(f"Draft\n{state['topic']}")
    second = await model.ainvoke(f"Improve\n{first.content}")
    return {"answers": [first.text, second.text]}


async def grade(state: State) -> dict[str, Any]:
    reply = await model.ainvoke(f"{GRADING}\n{state['answers']}")
    return {"answers": [str(int(reply.text))]}


builder = StateGraph(State)
builder.add_node(draft)
builder.add_node(grade)
builder.add_edge(START, "draft")
builder.add_edge("draft", "grade")
builder.add_edge("grade", END)
