"""A graph that is compiled with a breakpoint, and one whose node runs a subgraph up to a breakpoint."""

from typing import Any

from langgraph.graph import END, START, StateGraph
from langgraph.pregel import Pregel

from bench.crash.graphs.state import Found, State
from bench.crash.model import model


async def write(state: State) -> dict[str, Any]:
    first = await model.ainvoke(f"Write\n{state['topic']}")
    second = await model.ainvoke(f"Check\n{first.content}")
    return {"answers": [first.text, second.text]}


async def publish(state: State) -> dict[str, Any]:
    return {"answers": [(await model.ainvoke(f"Publish\n{state['answers']}")).text]}


letters = StateGraph(State, output_schema=Found)
letters.add_node(write)
letters.add_node(publish)
letters.add_edge(START, "write")
letters.add_edge("write", "publish")
letters.add_edge("publish", END)

stopping: Pregel[Any, Any, Any, Any] = letters.compile(interrupt_before=["publish"])
"""A phase of this graph would hand out a half-written letter as its result; so no phase may be made of it."""


async def plan(state: State) -> dict[str, Any]:
    return {"answers": [(await model.ainvoke(f"Plan\n{state['topic']}")).text]}


async def send(state: State) -> dict[str, Any]:
    """Run the subgraph up to a breakpoint that nobody sees before it runs."""
    letter = letters.compile()
    done = await letter.ainvoke({"topic": state["topic"], "answers": []}, interrupt_before=["publish"])
    return {"answers": done["answers"]}


builder = StateGraph(State)
builder.add_node(plan)
builder.add_node(send)
builder.add_edge(START, "plan")
builder.add_edge("plan", "send")
builder.add_edge("send", END)
