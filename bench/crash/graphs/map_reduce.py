"""Rounds of parallel nodes with one call each, beside nodes with `@task` tools; in the end the best is chosen."""

from typing import Any

from langgraph.graph import END, START, StateGraph
from langgraph.types import Send

from bench.crash.graphs.state import State
from bench.crash.model import model
from bench.crash.tools import look_up

SUBJECTS = 5
LOOK_UPS = 4


async def subjects(state: State) -> dict[str, Any]:
    return {"answers": [(await model.ainvoke(f"Subjects\n{state['topic']}")).content]}


def distribute(_: State) -> list[Send]:
    jokes = [Send("joke", {"topic": f"subject {number}", "answers": []}) for number in range(SUBJECTS)]
    return [*jokes, *(Send("check", {"topic": f"fact {number}", "answers": []}) for number in range(2))]


async def joke(state: State) -> dict[str, Any]:
    return {"answers": [(await model.ainvoke(f"Joke on {state['topic']}")).content]}


async def check(state: State) -> dict[str, Any]:
    return {"answers": [await look_up(f"{state['topic']}.{number}") for number in range(LOOK_UPS)]}


async def compare(state: State) -> dict[str, Any]:
    return {"answers": [(await model.ainvoke(f"Compare\n{state['answers']}")).content]}


async def best(state: State) -> dict[str, Any]:
    return {"answers": [(await model.ainvoke(f"Best\n{state['answers']}")).content]}


builder = StateGraph(State)
for node in (subjects, joke, check, compare, best):
    builder.add_node(node)
builder.add_edge(START, "subjects")
builder.add_conditional_edges("subjects", distribute, ["joke", "check"])
builder.add_edge(["joke", "check"], "compare")
builder.add_edge("compare", "best")
builder.add_edge("best", END)
