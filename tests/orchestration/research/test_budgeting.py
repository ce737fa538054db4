"""How the budget of a run is divided, whatever happens on the way."""

import random

import pytest

from outlast.evidence.budget import Budget
from outlast.evidence.usage import ModelUsage, Usage
from outlast.orchestration.research.budgeting import Spending


def used(tokens: int, searches: int = 0) -> Usage:
    models = [ModelUsage(model="m", calls=1, input_tokens=tokens)] if tokens else []
    return Usage.of(models, searches=searches)


def tokens(budget: Budget) -> int:
    assert budget.tokens is not None
    return budget.tokens


def test_a_report_can_always_be_written_and_checked() -> None:
    """Each phase spends all that it may."""
    spending, allowed = Spending(Budget(tokens=9_000)), dict[str, int]()
    for phase in ("plan", "investigate", "write", "verify"):
        spending.begin(0)
        if phase == "investigate":
            spending.divide_among(1)
            allowed[phase] = tokens(spending.allot("t1", 0))
            spending.settle("t1", used(allowed[phase]))
        else:
            allowed[phase] = tokens(spending.allowance(phase, 0))
            spending.count(phase, used(allowed[phase]))
    assert allowed == {"plan": 900, "investigate": 5_670, "write": 1_620, "verify": 810}
    assert spending.usage.tokens == 9_000


def test_what_a_phase_does_not_spend_is_there_for_the_next() -> None:
    spending = Spending(Budget(tokens=9_000))
    assert tokens(spending.allowance("verify", 0)) == 9_000
    spending.begin(0)
    spending.divide_among(1)
    assert tokens(spending.allot("t1", 0)) == 6_300


def test_a_later_round_is_planned_and_searched_with_what_is_left() -> None:
    """A person sends a report back when half is spent: a tenth of the whole would leave its plan nothing."""
    spending = Spending(Budget(tokens=9_000))
    spending.count("verify", used(4_500))
    spending.begin(0)
    assert tokens(spending.allowance("plan", 0)) == 450
    spending.begin(0)
    spending.divide_among(1)
    assert tokens(spending.allot("t1", 0)) == 3_150


def test_searches_are_not_kept_for_phases_that_do_not_search() -> None:
    spending = Spending(Budget(searches=10))
    spending.begin(0)
    spending.divide_among(1)
    assert spending.allot("t1", 0).searches == 10


def test_tasks_have_equal_parts_and_what_one_leaves_is_for_those_that_come_after() -> None:
    spending = Spending(Budget(tokens=10_000))
    spending.begin(0)
    spending.divide_among(3)
    assert tokens(spending.allot("t1", 0)) == 2_333
    assert tokens(spending.allot("t2", 0)) == 2_333
    spending.settle("t1", used(333))
    assert tokens(spending.allot("t3", 0)) == 7_000 - 333 - 2_333


def test_few_calls_go_to_the_first_tasks_and_not_to_all() -> None:
    spending = Spending(Budget(searches=3))
    spending.begin(0)
    spending.divide_among(5)
    assert [spending.allot(f"t{n}", 0).searches for n in range(5)] == [1, 1, 1, 0, 0]


def test_a_task_that_goes_on_has_its_part_and_not_a_second_one() -> None:
    spending = Spending(Budget(tokens=10_000))
    spending.begin(0)
    spending.divide_among(2)
    assert [tokens(spending.allot(task, 0)) for task in ("t1", "t2", "t1", "t1")] == [3_500] * 4


def test_a_limit_that_is_raised_at_once_is_for_all_tasks_alike() -> None:
    spending = Spending(Budget(tokens=10_000))
    spending.begin(0)
    spending.divide_among(4)
    for task in ("t1", "t2", "t3"):
        spending.allot(task, 0)
    spending.steer(Budget(tokens=20_000), at_once=True)
    assert [tokens(spending.allot(task, 0)) for task in ("t1", "t2", "t3", "t4")] == [3_500] * 4


def test_a_task_that_ends_before_it_has_heard_of_a_limit_may_have_spent_what_it_had() -> None:
    spending = Spending(Budget(tokens=10_000))
    spending.begin(0)
    spending.divide_among(2)
    assert tokens(spending.allot("t1", 0)) == 3_500
    spending.settle("t1", used(0))
    assert tokens(spending.allot("t2", 0)) == 7_000
    spending.begin(0)
    spending.divide_among(2)
    spending.steer(Budget(tokens=11_000), at_once=True)
    assert tokens(spending.allot("t1", 0)) == 700, "the other may yet spend its 7,000"


def test_a_limit_that_is_raised_for_the_next_ones_leaves_the_others_what_they_have() -> None:
    spending = Spending(Budget(tokens=10_000))
    spending.begin(0)
    spending.divide_among(2)
    assert tokens(spending.allot("t1", 0)) == 3_500
    spending.steer(Budget(tokens=20_000))
    assert tokens(spending.allot("t2", 0)) == 14_000 - 3_500


def test_a_first_limit_that_comes_late_is_divided_among_what_is_not_finished() -> None:
    spending = Spending(Budget())
    spending.begin(0)
    spending.divide_among(4)
    spending.settle("t1", used(1_000))
    spending.settle("t2", used(1_000))
    spending.steer(Budget(tokens=10_000), at_once=True)
    assert [tokens(spending.allot(task, 0)) for task in ("t3", "t4")] == [2_500, 2_500]


def test_a_limit_below_what_is_spent_leaves_nothing() -> None:
    spending = Spending(Budget(tokens=10_000))
    spending.count("plan", used(900))
    spending.steer(Budget(tokens=800))
    assert [tokens(spending.allowance(phase, 0)) for phase in ("plan", "write", "verify")] == [0, 0, 0]


def test_steering_changes_what_it_names() -> None:
    spending = Spending(Budget(tokens=5, usd=1))
    spending.steer(Budget(tokens=9, calls=3))
    assert spending.budget == Budget(tokens=9, usd=1, calls=3)


def test_what_was_steered_before_the_run_began_stays() -> None:
    spending = Spending(Budget())
    spending.steer(Budget(tokens=9))
    spending.set_initial_budget(Budget(tokens=5, usd=1))
    assert spending.budget == Budget(tokens=9, usd=1)


def test_time_is_for_all_tasks_and_passes_for_all() -> None:
    spending = Spending(Budget(seconds=100))
    spending.begin(10)
    spending.divide_among(3)
    assert spending.allot("t1", 10).seconds == pytest.approx(63)
    assert spending.allot("t2", 30).seconds == pytest.approx(43), "a task that begins later has less of it"
    assert spending.allot("t3", 99).seconds == 0


def test_phases_are_told_in_their_order_without_those_that_spent_nothing() -> None:
    spending = Spending(Budget())
    for phase, amount in (("plan", 1), ("write", 0), ("verify", 2), ("plan", 3)):
        spending.count(phase, used(amount))
    assert [(each.phase, each.usage.tokens) for each in spending.phases] == [("plan", 4), ("verify", 2)]
    assert spending.usage.calls == 3


@pytest.mark.parametrize("seed", range(40))
def test_whatever_happens_on_the_way_no_more_is_promised_than_there_is(seed: int) -> None:
    """Tasks begin, are helped, end early; people raise limits. None spends more than it was promised last."""
    chance = random.Random(seed)
    limit = chance.randrange(0, 5_000)
    spending = Spending(Budget(tokens=limit, calls=limit // 100))
    spending.count("plan", used(tokens(spending.allowance("plan", 0)) // 2))
    waiting = [f"t{number}" for number in range(chance.randrange(1, 12))]
    running = dict[str, int]()
    spending.begin(0)
    spending.divide_among(len(waiting))
    while waiting or running:
        happening = chance.random()
        if waiting and (happening < 0.5 or not running):
            task = waiting.pop()
            running[task] = tokens(spending.allot(task, 0))
        elif happening < 0.65:
            task = chance.choice(list(running))
            running[task] = tokens(spending.allot(task, 0))
        elif happening < 0.75:
            limit += chance.randrange(1_000)
            spending.steer(Budget(tokens=limit), at_once=chance.random() < 0.5)  # those will ask anew, or end before
        else:
            task = chance.choice(list(running))
            spending.settle(task, used(chance.randrange(running.pop(task) + 1)))
        assert spending.usage.tokens + sum(running.values()) <= limit
    planned = spending.phases[0].usage.tokens if spending.phases and spending.phases[0].phase == "plan" else 0
    assert spending.usage.tokens <= planned + 0.7 * (limit - planned) + 1, "three tenths are kept"
    spending.begin(0)
    spending.count("write", used(tokens(spending.allowance("write", 0))))
    spending.begin(0)
    spending.count("verify", used(tokens(spending.allowance("verify", 0))))
    assert spending.usage.tokens <= limit
