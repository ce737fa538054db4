"""A node runs a subgraph three times at once with `asyncio.gather`, as people do who have not met `Send`.

LangGraph supports this: it tells the calls of a node apart by the order in which they begin, and each goes on from its
own checkpoint. So they must begin in the same order in each attempt, as they do here. Where each waits for something
else before (`await model.ainvoke(...)`, then the subgraph), that order may change after a crash, and one call goes on
from another one's checkpoint, with InMemorySaver too: such work belongs into the subgraph, or into a `Send`.
"""

import asyncio
from typing import Any

from langgraph.graph import END, START, StateGraph

from bench.crash.graphs.state import Found, State
from bench.crash.model import model

PLACES = ("the harbour", "the tower", "the cliff")


async def visit(state: State) -> dict[str, Any]:
    return {"answers": [(await model.ainvoke(f"Visit {state['topic']}")).text]}


async def describe(state: State) -> dict[str, Any]:
    first = await model.ainvoke(f"Describe {state['topic']}\n{state['answers']}")
    second = await model.ainvoke(f"Shorten {state['topic']}\n{first.content}")
    return {"answers": [first.text, second.text]}


inner = StateGraph(State, output_schema=Found)
inner.add_node(visit)
inner.add_node(describe)
inner.add_edge(START, "visit")
inner.add_edge("visit", "describe")
inner.add_edge("describe", END)
tour = inner.compile()


async def travel(state: State) -> dict[str, Any]:
    plan = await model.ainvoke(f"Plan a tour\n{state['topic']}")
    tours = await asyncio.gather(*(tour.ainvoke({"topic": place, "answers": []}) for place in PLACES))
    return {"answers": [plan.text, *(answer for each in tours for answer in each["answers"])]}


async def report(state: State) -> dict[str, Any]:
    return {"answers": [(await model.ainvoke(f"Report\n{state['answers']}")).text]}


builder = StateGraph(State)
builder.add_node(travel)
builder.add_node(report)
builder.add_edge(START, "travel")
builder.add_edge("travel", "report")
builder.add_edge("report", END)
