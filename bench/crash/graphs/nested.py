"""A subgraph as a node, three times in parallel, then a subgraph that a node calls. Their nodes are sync functions."""

from typing import Any

from langgraph.graph import END, START, StateGraph
from langgraph.types import Send

from bench.crash.graphs.state import Found, State
from bench.crash.model import model
from bench.crash.tools import look_up

BRANCHES = 3


def gather(state: State) -> dict[str, Any]:
    first = model.invoke(f"Gather {state['topic']}")
    second = model.invoke(f"Deepen {state['topic']}\n{first.content}")
    return {"answers": [first.content, second.content]}


async def enrich(state: State) -> dict[str, Any]:
    fact = await look_up(state["topic"])
    placed = await model.ainvoke(f"Place {state['topic']}\n{fact}")
    return {"answers": [fact, placed.content]}


def conclude(state: State) -> dict[str, Any]:
    return {"answers": [model.invoke(f"Conclude {state['topic']}\n{state['answers']}").content]}


inner = StateGraph(State, output_schema=Found)
inner.add_node(gather)
inner.add_node(enrich)
inner.add_node(conclude)
inner.add_edge(START, "gather")
inner.add_edge("gather", "enrich")
inner.add_edge("enrich", "conclude")
inner.add_edge("conclude", END)
study = inner.compile()


def distribute(_: State) -> list[Send]:
    return [Send("study", {"topic": f"branch {number}", "answers": []}) for number in range(BRANCHES)]


async def compare(state: State) -> dict[str, Any]:
    first = await model.ainvoke(f"Compare\n{state['answers']}")
    done = await study.ainvoke({"topic": "the difference", "answers": []})
    return {"answers": [first.content, *done["answers"]]}


builder = StateGraph(State)
builder.add_node("study", study)
builder.add_node(compare)
builder.add_conditional_edges(START, distribute, ["study"])
builder.add_edge("study", "compare")
builder.add_edge("compare", END)
