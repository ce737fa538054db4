"""Five chapters in a row, each with four model calls and a direct call of a tool."""

from typing import Any

from langgraph.graph import END, START, StateGraph

from bench.crash.graphs.state import State
from bench.crash.model import model
from bench.crash.tools import ask_the_archive

CHAPTERS = ("history", "lamp", "keepers", "storms", "today")


def chapter(title: str) -> Any:
    async def write(state: State) -> dict[str, Any]:
        draft = await model.ainvoke(f"Draft {title}\n{state['topic']}")
        fact = await ask_the_archive(title)
        better = await model.ainvoke(f"Improve {title}\n{draft.content}\n{fact}")
        # Two calls with the same request must stay two samples.
        judged = [await model.ainvoke(f"Judge {title}\n{better.content}") for _ in range(2)]
        return {"answers": [each.content for each in (draft, better, *judged)]}

    return write


builder = StateGraph(State)
for name in CHAPTERS:
    builder.add_node(name, chapter(name))
for before, after in zip((START, *CHAPTERS), (*CHAPTERS, END), strict=True):
    builder.add_edge(before, after)
