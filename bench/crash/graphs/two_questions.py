"""A node asks a person two questions, one after the other, and another node that has asked one works meanwhile."""

from typing import Any

from langgraph.graph import END, START, StateGraph
from langgraph.types import interrupt

from bench.crash.graphs.state import State
from bench.crash.model import model

PASSES = 5


async def outline(state: State) -> dict[str, Any]:
    return {"answers": [(await model.ainvoke(f"Outline\n{state['topic']}")).text]}


async def tidy(state: State) -> dict[str, Any]:
    """Ask before looking, and again before deleting. The first answer must never allow the second."""
    listed = await model.ainvoke(f"List the drafts\n{state['answers']}")
    may_look = interrupt("May I look at the drafts?")
    looked = await model.ainvoke(f"Look at the drafts\n{listed.content}\n{may_look}")
    may_delete = interrupt("May I DELETE the drafts?")
    deleted = await model.ainvoke(f"Delete the drafts\n{looked.content}\n{may_delete}")
    return {"answers": [listed.text, f"look: {may_look}", looked.text, f"delete: {may_delete}", deleted.text]}


async def translate(state: State) -> dict[str, Any]:
    language = interrupt("Which language?")
    notes = [f"language: {language}"]
    for number in range(PASSES):
        notes.append((await model.ainvoke(f"Translate, pass {number}\n{notes}\n{state['topic']}")).text)
    return {"answers": notes}


async def send(state: State) -> dict[str, Any]:
    return {"answers": [(await model.ainvoke(f"Send\n{state['answers']}")).text]}


builder = StateGraph(State)
for node in (outline, tidy, translate, send):
    builder.add_node(node)
builder.add_edge(START, "outline")
builder.add_edge("outline", "tidy")
builder.add_edge("outline", "translate")
builder.add_edge(["tidy", "translate"], "send")
builder.add_edge("send", END)
