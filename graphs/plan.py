"""Plan a run: break the question into tasks, each small enough for one investigation.

START -> propose -> END
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypedDict

from langgraph.graph import END, START, StateGraph
from langgraph.runtime import Runtime

from evidence.errors import Permanent
from evidence.report import MOST_TASKS, Task
from graphs.resources import Library


class Planner(Protocol):
    async def questions(self, question: str, notes: Sequence[str], titles: Sequence[str]) -> list[str]:
        """The questions to investigate. `notes` are what people said to earlier plans and drafts, oldest first."""
        ...


@dataclass(frozen=True)
class Resources:
    planner: Planner
    library: Library


class State(TypedDict):
    question: str
    notes: list[str]
    tasks: list[Task]


async def propose(state: State, runtime: Runtime[Resources]) -> dict[str, Any]:
    resources = runtime.context
    asked = await resources.planner.questions(state["question"], state["notes"], resources.library.titles)
    questions = list(dict.fromkeys(question.strip() for question in asked if question.strip()))
    if not questions:
        raise Permanent("The plan has no tasks: ask a question with at least one word that means something.")
    if len(questions) > MOST_TASKS:
        raise Permanent(
            f"The plan has {len(questions)} tasks; at most {MOST_TASKS} are possible. Ask for less at once."
        )
    return {"tasks": [Task(id=f"t{number}", question=asked) for number, asked in enumerate(questions, 1)]}


builder = StateGraph(State, context_schema=Resources)
builder.add_node(propose)
builder.add_edge(START, "propose")
builder.add_edge("propose", END)
