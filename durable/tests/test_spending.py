"""What a phase has spent is counted over its attempts, and over states that are lost."""

import pytest
from langgraph_heartbeat._spending import Spent, figures_in

PROGRESS = {"usd": 0.25, "phase": "plan", "attempt": 3, "step": 4, "finished": {"ask": 2}, "calls": 5, "tokens": 90}


def test_what_attempts_have_spent_is_added_up() -> None:
    spent = Spent(2, 30).plus(3, 60)
    assert spent.as_progress() == {"calls": 5, "tokens": 90}
    assert Spent.of(spent.content()) == spent
    assert Spent.of({}) == Spent()


def test_calls_that_began_after_the_checkpoint_are_counted_by_the_progress() -> None:
    assert Spent(4, 90).at_least(PROGRESS) == Spent(5, 90)
    assert Spent(6, 99).at_least(PROGRESS) == Spent(6, 99)


def test_what_a_lost_state_had_spent_is_kept_beside_the_new_state() -> None:
    spent = Spent().after_loss_of(PROGRESS, {})
    assert spent.earlier == {"usd": 0.25, "calls": 5, "tokens": 90}
    assert spent.plus(1, 10).as_progress() == {"calls": 6, "tokens": 100, "earlier": dict(spent.earlier)}
    assert Spent.of(spent.content()) == spent
    assert Spent.in_progress(spent.as_progress()) == spent


def test_a_second_loss_adds_to_the_first_one() -> None:
    first = Spent().after_loss_of(PROGRESS, {}).plus(1, 10)
    again = Spent().after_loss_of({"usd": 0.5, **first.as_progress()}, {})
    assert again.earlier == {"usd": 0.75, "calls": 6, "tokens": 100}
    assert again.at_least({"calls": 7, "tokens": 100}) == Spent(1, 0, again.earlier)


def test_what_the_state_of_a_resume_has_spent_is_not_counted_twice() -> None:
    """The state that was lost had begun from the checkpoint of the same `Resume`."""
    spent = Spent(2, 40).after_loss_of(PROGRESS, {"usd": 0.1})
    assert spent.earlier == {"usd": 0.15, "calls": 3, "tokens": 50}
    assert spent.as_progress()["calls"] == 5


@pytest.mark.parametrize("content", [{"calls": "5"}, {"tokens": 1.5}, {"since": 3}])
def test_damaged_totals_are_refused(content: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="totals"):
        Spent.of(content)


def test_only_finite_numbers_are_figures() -> None:
    progress = {"usd": float("nan"), "done": True, "pages": 3, "earlier": "much", "step": 2, "attempt": 1}
    assert figures_in(progress) == {"pages": 3}
