"""Nodes that ask for objects with `with_structured_output`, and keep them in the state."""

import operator
from typing import Annotated, Any, TypedDict

from langgraph.graph import END, START, StateGraph
from langgraph.types import Send
from pydantic import BaseModel

from bench.crash.model import model


class Note(BaseModel):
    text: str
    words: int


class Book(TypedDict):
    topic: str
    notes: Annotated[list[Note], operator.add]
    answers: list[str]


writer = model.with_structured_output(Note)
CHAPTERS = 3


async def outline(state: Book) -> dict[str, Any]:
    """Ask for several objects in one node: each is paid for."""
    notes = [await writer.ainvoke(f"Outline\n{state['topic']}")]
    for step in ("Question", "Mend", "Order", "Shorten"):
        notes.append(await writer.ainvoke(f"{step} the outline\n{notes}"))
    return {"notes": notes}


def distribute(_: Book) -> list[Send]:
    return [Send("chapter", {"topic": f"chapter {number}", "notes": [], "answers": []}) for number in range(CHAPTERS)]


async def chapter(state: Book) -> dict[str, Any]:
    notes: list[Any] = []
    for step in ("Draft", "Question", "Shorten", "Check"):
        try:
            notes.append(await writer.ainvoke(f"{step} {state['topic']}\n{notes}"))
        except ValueError:  # as people do who have seen a model answer something else
            notes.append(await writer.ainvoke(f"{step} {state['topic']} once more\n{notes}"))
    return {"notes": notes}


async def bind(state: Book) -> dict[str, Any]:
    title = await writer.ainvoke(f"Find a title\n{len(state['notes'])}")
    return {"answers": [*(f"{note.text}: {note.words}" for note in state["notes"]), str(title)]}


builder = StateGraph(Book)
for node in (outline, chapter, bind):
    builder.add_node(node)
builder.add_edge(START, "outline")
builder.add_conditional_edges("outline", distribute, ["chapter"])
builder.add_edge("chapter", "bind")
builder.add_edge("bind", END)
