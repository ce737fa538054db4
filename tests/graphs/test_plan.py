from collections.abc import Sequence

import pytest

from evidence.errors import Permanent
from evidence.report import Task
from graphs import plan
from tests.graphs.scripted import Shelf


class Lines:
    """Plans each line of the question, then each note."""

    async def questions(self, question: str, notes: Sequence[str], titles: Sequence[str]) -> list[str]:
        assert list(titles) == ["Bread", "Ferries"]
        return [*question.splitlines(), *notes]


async def planned(question: str, notes: Sequence[str] = ()) -> list[Task]:
    resources = plan.Resources(planner=Lines(), library=Shelf([]))
    state = await plan.builder.compile().ainvoke({"question": question, "notes": list(notes)}, context=resources)
    return state["tasks"]


async def test_tasks_are_numbered_without_repeats_and_blanks() -> None:
    tasks = await planned("One?\n\nTwo?\nOne?", ["Three?"])
    assert [(task.id, task.question) for task in tasks] == [("t1", "One?"), ("t2", "Two?"), ("t3", "Three?")]


async def test_an_empty_plan_and_one_too_long_say_what_to_do() -> None:
    with pytest.raises(Permanent, match="no tasks"):
        await planned("\n \n")
    with pytest.raises(Permanent, match="Ask for less"):
        await planned("\n".join(f"{number}?" for number in range(plan.MOST_TASKS + 1)))
