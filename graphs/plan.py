"""Plan a run: break the question into tasks, each small enough for one investigation.

START -> propose -> END
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol, TypedDict

from langgraph.graph import END, START, StateGraph
from langgraph.runtime import Runtime

from outlast.evidence.budget import Budget, usage_by_limit_kind
from outlast.evidence.errors import Permanent
from outlast.evidence.rendering.amounts import format_number
from outlast.evidence.report import MAX_TASKS, Task
from outlast.evidence.usage import Usage
from outlast.graphs.costs import NO_COSTS, Costs
from outlast.graphs.resources import Library
from outlast.tools.models.metering import metered


class Planner(Protocol):
    async def questions(self, question: str, notes: Sequence[str], titles: Sequence[str]) -> list[str]:
        """Return the questions to investigate. `notes` are comments on earlier plans and drafts, oldest first."""
        ...


@dataclass(frozen=True)
class Resources:
    planner: Planner
    library: Library
    costs: Costs = NO_COSTS


class State(TypedDict):
    question: str
    notes: list[str]
    approved: list[str]  # the questions of an approved plan, if the newest note asks to revise its report
    whole: Budget  # the limits of the whole run
    budget: Budget  # the limits of planning
    until: datetime | None
    tasks: list[Task]
    estimate: Usage
    usage: Usage
    limited: list[str]


async def propose(state: State, runtime: Runtime[Resources]) -> dict[str, Any]:
    resources = runtime.context
    if not state["notes"]:  # a run that has spent money already goes on with what is left
        refuse_insufficient_budget(state.get("whole", Budget()), resources.costs.least())
    with metered(state.get("budget"), state.get("until")) as meter:
        if approved := state.get("approved"):  # their investigations are paid for already
            asked = [*approved, *questions_in_notes(state["notes"][-1:])]
        else:
            asked = await resources.planner.questions(state["question"], state["notes"], resources.library.titles)
    questions = list(dict.fromkeys(question.strip() for question in asked if question.strip()))
    if not questions:
        raise Permanent("The plan has no tasks: ask a question with at least one word that means something.")
    if len(questions) > MAX_TASKS:
        raise Permanent(f"The plan has {len(questions)} tasks; at most {MAX_TASKS} are possible. Ask for less at once.")
    return {
        "tasks": [Task(id=f"t{number}", question=question) for number, question in enumerate(questions, 1)],
        "estimate": resources.costs.run(len(questions)),
        "usage": meter.usage,
        "limited": meter.limited,
    }


def questions_in_notes(notes: Iterable[str]) -> list[str]:
    """Return the questions in notes: each line is one."""
    lines = [line.strip(" \t-*•") for note in notes for line in note.splitlines()]
    return [line for line in lines if line]


def refuse_insufficient_budget(whole: Budget, least: Usage) -> None:
    """Raise `Permanent` if a budget cannot be enforced, or is too low for the smallest report."""
    if whole.usd is not None and least.unpriced:
        names = ", ".join(usage.model for usage in least.models if usage.unpriced)
        raise Permanent(
            f"No price is known for {names}, so a budget in USD cannot be enforced. Give one in tokens: "
            '--budget-tokens N, "budget": {"tokens": N}.'
        )
    if (kind := whole.insufficient_kind(least)) is not None:
        limit = dict(whole.limits())[kind]
        raise Permanent(
            f"The budget of {format_number(limit)} {kind} is too low for the smallest report, which needs about "
            f"{format_number(usage_by_limit_kind(least)[kind])}: planning, searching, reading, writing and checking. "
            "Raise it, or omit it."
        )


builder = StateGraph(State, context_schema=Resources)
builder.add_node(propose)
builder.add_edge(START, "propose")
builder.add_edge("propose", END)
