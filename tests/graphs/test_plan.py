from collections.abc import Sequence
from typing import Any

import pytest

from outlast.evidence.budget import Budget
from outlast.evidence.errors import Permanent
from outlast.evidence.report import Plan, Task
from outlast.evidence.usage import ModelUsage, Usage
from outlast.graphs import plan
from outlast.graphs.reasoners.extractive import ExtractiveReasoner
from tests.graphs.scripted import Shelf
from tests.tools.models.paid import Costs, Model


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
        await planned("\n".join(f"{number}?" for number in range(plan.MAX_TASKS + 1)))


async def test_a_plan_that_stays_is_not_made_again_and_has_a_question_more_a_line_of_the_note() -> None:
    class Silent:
        async def questions(self, *_: object) -> list[str]:
            raise AssertionError

    asked = {"question": "One?", "notes": ["Two?", "Three?\n - Four?\n\n"], "approved": ["One?", "Two?"]}
    state = await plan.builder.compile().ainvoke(asked, context=plan.Resources(Silent(), Shelf([])))
    assert [task.question for task in state["tasks"]] == ["One?", "Two?", "Three?", "Four?"]


async def test_rules_plan_the_same_whether_a_plan_stays_or_is_made_again() -> None:
    resources = plan.Resources(ExtractiveReasoner(), Shelf([]))
    request: Any = {"question": "What is baked?", "notes": ["When does it open?"]}
    again = await plan.builder.compile().ainvoke(request, context=resources)
    stays = await plan.builder.compile().ainvoke({**request, "approved": ["What is baked?"]}, context=resources)
    assert again["tasks"] == stays["tasks"]


class Asking:
    """Plans the question itself if the budget allows no call."""

    def __init__(self) -> None:
        self.model = Model()

    async def questions(self, question: str, notes: Sequence[str], titles: Sequence[str]) -> list[str]:
        return ["A?", "B?", "C?"] if await self.model.may_answer("plan") else [question]


async def funded(whole: Budget, budget: Budget) -> Plan:
    resources = plan.Resources(planner := Asking(), Shelf([]), Costs())
    request = {"question": "Q?", "notes": [], "whole": whole, "budget": budget}
    state = await plan.builder.compile().ainvoke(request, context=resources)
    assert state["usage"].calls == len(planner.model.calls)
    return Plan.model_validate({field: state[field] for field in Plan.model_fields if field in state})


async def test_a_plan_says_what_it_spent_and_what_the_run_will() -> None:
    made = await funded(Budget(tokens=5_000), Budget(tokens=500))
    assert (len(made.tasks), made.usage.tokens, made.estimate.tokens) == (3, 100, 300)


async def test_where_planning_has_nothing_to_spend_the_question_is_the_plan() -> None:
    made = await funded(Budget(tokens=5_000), Budget(tokens=99))
    assert ([task.question for task in made.tasks], made.usage) == (["Q?"], Usage())


@pytest.mark.parametrize(
    ("whole", "said"),
    [
        (Budget(tokens=499), "The budget of 499 tokens is too low for the smallest report, which needs about 500"),
        (Budget(calls=0), "The budget of 0 calls is too low"),
        (Budget(usd=2), r'No price is known for test:paid.*--budget-tokens N, "budget": \{"tokens": N\}'),
    ],
)
async def test_a_budget_that_cannot_be_held_or_pays_for_no_report_is_refused_before_the_first_call(
    whole: Budget, said: str
) -> None:
    with pytest.raises(Permanent, match=said):
        await funded(whole, whole)


def test_a_budget_that_just_reaches_is_taken() -> None:
    least = Usage.of([ModelUsage(model="m", calls=5, input_tokens=500, usd=0.1)])
    plan.refuse_insufficient_budget(Budget(tokens=500, calls=5, usd=0.1, searches=0, seconds=1), least)
    with pytest.raises(Permanent, match=r"The budget of 1,234,567 tokens"):
        plan.refuse_insufficient_budget(
            Budget(tokens=1_234_567), Usage.of([ModelUsage(model="m", calls=1, input_tokens=10**7)])
        )


async def test_a_run_that_was_paid_for_is_planned_anew_with_whatever_is_left() -> None:
    planner = Asking()
    resources = plan.Resources(planner, Shelf([]), Costs())
    asked = {"question": "Q?", "notes": ["And in winter?"], "whole": Budget(tokens=1)}
    state = await plan.builder.compile().ainvoke(asked, context=resources)
    assert state["tasks"]
