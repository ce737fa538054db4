"""An agent with a long-term memory: it counts and keeps what it has learnt in LangGraph's store."""

from typing import Any
from uuid import uuid4

from langgraph.graph import END, START, StateGraph
from langgraph.store.base import BaseStore
from langgraph.types import Send

from bench.crash.graphs.state import State
from bench.crash.model import model

LESSONS = ("tides", "winds", "birds", "ships")
MEMORIES = ("memories", "grey-point")
COUNTS = ("counts",)


async def count(store: BaseStore, what: str) -> int:
    """Increase a counter, as people do: read, add one, write."""
    found = await store.aget(COUNTS, what)
    number = found.value["number"] + 1 if found else 1
    await store.aput(COUNTS, what, {"number": number})
    return number


def lesson(subject: str) -> Any:
    async def learn(state: State, *, store: BaseStore) -> dict[str, Any]:
        number = await count(store, "lessons")
        learnt = await model.ainvoke(f"Learn about {subject}\n{state['topic']}")
        await store.aput(MEMORIES, str(uuid4()), {"text": learnt.text, "number": number})
        known = await store.asearch(MEMORIES, limit=100)
        summed_up = await model.ainvoke(f"Sum up {subject}\n{sorted(each.value['number'] for each in known)}")
        return {"answers": [f"lesson {number}, {len(known)} known", summed_up.text]}

    return learn


def distribute(_: State) -> list[Send]:
    return [Send("ask_around", {"topic": f"neighbour {number}", "answers": []}) for number in range(3)]


async def ask_around(state: State, *, store: BaseStore) -> dict[str, Any]:
    """Keep one memory each, while others do the same."""
    heard = await model.ainvoke(f"Ask {state['topic']}")
    await store.aput(MEMORIES, str(uuid4()), {"text": heard.text, "number": 0})
    again = await model.ainvoke(f"Ask {state['topic']} again\n{heard.content}")
    return {"answers": [again.text]}


async def recall(state: State, *, store: BaseStore) -> dict[str, Any]:
    lessons = await store.aget(COUNTS, "lessons")
    known = await store.asearch(MEMORIES, limit=100)
    texts = sorted(f"{each.value['number']}: {each.value['text']}" for each in known)
    answer = await model.ainvoke(f"Recall {len(texts)} memories\n{state['topic']}\n{texts}")
    return {"answers": [f"{lessons.value['number'] if lessons else 0} lessons", *texts, answer.text]}


builder = StateGraph(State)
for subject in LESSONS:
    builder.add_node(subject, lesson(subject))
builder.add_node(ask_around)
builder.add_node(recall)
for before, after in zip((START, *LESSONS), LESSONS, strict=False):
    builder.add_edge(before, after)
builder.add_conditional_edges(LESSONS[-1], distribute, ["ask_around"])
builder.add_edge("ask_around", "recall")
builder.add_edge("recall", END)
