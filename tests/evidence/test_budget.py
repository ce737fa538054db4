import pytest
from pydantic import ValidationError

from outlast.evidence.budget import LIMIT_KINDS, MAX_LIMIT, MAX_LIMIT_SECONDS, Budget
from outlast.evidence.usage import ModelUsage, Usage

SPENT = Usage.of([ModelUsage(model="m", calls=2, input_tokens=80, output_tokens=20, usd=0.3)], searches=1, pages=9)


def need(tokens: int = 0, calls: int = 1, usd: float = 0.0) -> Usage:
    return Usage.of([ModelUsage(model="m", calls=calls, input_tokens=tokens, usd=usd)])


@pytest.mark.parametrize("kind", LIMIT_KINDS)
@pytest.mark.parametrize("limit", [-1, float("nan"), float("inf"), "many", 1e300, [1], 10**400])
def test_what_cannot_be_a_limit_is_refused(kind: str, limit: object) -> None:
    with pytest.raises(ValidationError):
        Budget.model_validate({kind: limit})


def test_a_kind_that_is_not_known_is_refused() -> None:
    with pytest.raises(ValidationError):
        Budget.model_validate({"euros": 3})


@pytest.mark.parametrize("kind", ["tokens", "calls", "searches"])
def test_there_is_no_half_call(kind: str) -> None:
    with pytest.raises(ValidationError):
        Budget.model_validate({kind: 1.5})


def test_the_largest_limits_can_be_computed_with() -> None:
    largest = Budget(usd=MAX_LIMIT, tokens=MAX_LIMIT, calls=MAX_LIMIT, searches=MAX_LIMIT, seconds=MAX_LIMIT_SECONDS)
    assert largest.fraction(1).remaining(Usage()).minus(Budget()).equal_part(1) == largest
    assert largest.times_affordable(SPENT) == MAX_LIMIT // 100


def test_only_limits_that_are_set_are_limits() -> None:
    assert not Budget().is_set
    assert Budget(calls=0).is_set
    assert list(Budget(tokens=5, usd=1.5).limits()) == [("usd", 1.5), ("tokens", 5)]
    assert Budget().remaining(SPENT, 99).minus(Budget(tokens=5)).fraction(0.5).equal_part(3) == Budget()


def test_what_is_left_is_never_below_nothing() -> None:
    budget = Budget(usd=1, tokens=150, calls=1, searches=1, seconds=10)
    assert budget.remaining(SPENT, 2.5) == Budget(usd=0.7, tokens=50, calls=0, searches=0, seconds=7.5)
    assert budget.remaining(SPENT, 11).seconds == 0


def test_what_is_kept_for_something_else_is_taken_off_kind_by_kind() -> None:
    assert Budget(usd=1, tokens=100).minus(Budget(tokens=130, calls=5)) == Budget(usd=1, tokens=0)


def test_the_higher_limits_of_two() -> None:
    assert Budget(usd=1, tokens=5).raised_to(Budget(usd=2, tokens=4, calls=3)) == Budget(usd=2, tokens=5)


def test_a_share_is_rounded_down() -> None:
    assert Budget(usd=1, tokens=99, calls=3).fraction(0.5) == Budget(usd=0.5, tokens=49, calls=1)


def test_one_call_among_many_is_not_rounded_away() -> None:
    assert Budget(calls=3, tokens=1).equal_part(5) == Budget(calls=1, tokens=1)
    assert Budget(calls=0).equal_part(5) == Budget(calls=0)


def test_time_is_not_divided_among_those_that_work_side_by_side() -> None:
    assert Budget(seconds=60, usd=1).equal_part(4) == Budget(seconds=60, usd=0.25)


@pytest.mark.parametrize(
    ("budget", "count", "wanted"),
    [
        (Budget(calls=3), 5, [1, 1, 1, 0, 0]),
        (Budget(calls=7), 3, [2, 2, 3]),
        (Budget(calls=0), 2, [0, 0]),
    ],
)
def test_parts_of_calls_where_no_need_is_known_add_up_to_the_whole(
    budget: Budget, count: int, wanted: list[int]
) -> None:
    assert [part.calls for part in budget.split([Usage()] * count)] == wanted


@pytest.mark.parametrize("tokens", [0, 99, 100, 101, 250, 399, 400, 1_000, 123_457])
@pytest.mark.parametrize("count", [1, 2, 3, 7, 25])
def test_each_part_reaches_for_its_need_or_is_nothing_and_together_they_are_not_more(tokens: int, count: int) -> None:
    budget = Budget(tokens=tokens, usd=tokens / 3_000)
    one = need(100, usd=0.0333)
    parts = budget.split([one] * count)
    funded = [part for part in parts if part.tokens]
    assert len(parts) == count
    assert len(funded) == min(count, budget.times_affordable(one) or 0)
    assert all(part.insufficient_kind(one) is None for part in funded)
    assert sum(part.tokens or 0 for part in parts) <= tokens
    assert sum(part.usd or 0 for part in parts) <= tokens / 3_000 + 1e-9


def test_a_price_that_does_not_divide_evenly_is_not_lost_in_rounding() -> None:
    third = need(usd=0.333333333)
    assert [part.insufficient_kind(third) for part in Budget(usd=1).split([third] * 3)] == [None] * 3


def test_those_that_need_nothing_take_nothing_from_those_that_do() -> None:
    parts = Budget(tokens=250).split([Usage(), need(100), Usage(), need(100), need(100)])
    assert [part.tokens for part in parts] == [0, 125, 0, 125, 0]


def test_the_largest_need_says_how_many_can_be_afforded() -> None:
    parts = Budget(tokens=250).split([need(10), need(120), need(10)])
    assert [part.tokens for part in parts] == [125, 125, 0]


def test_nobody_shares_nothing() -> None:
    assert Budget(tokens=9).split([]) == []


def test_time_is_there_for_all() -> None:
    assert [part.seconds for part in Budget(seconds=9, tokens=200).split([need(100)] * 2)] == [9, 9]


def test_what_falls_short_is_named() -> None:
    budget = Budget(usd=1, tokens=250, calls=9)
    assert budget.insufficient_kind(need(100), 2) is None
    assert budget.insufficient_kind(need(100), 3) == "tokens"
    assert budget.insufficient_kind(need(1, usd=1.1)) == "usd"
    assert Budget(searches=0).insufficient_kind(Usage(searches=1)) == "searches"
    assert Budget(searches=0, seconds=0).insufficient_kind(need(100)) is None


def test_how_often_something_is_affordable() -> None:
    assert Budget(tokens=250, calls=1).times_affordable(need(100)) == 1
    assert Budget(tokens=250).times_affordable(need(100)) == 2
    assert Budget(searches=3).times_affordable(need(100)) is None
    assert Budget().times_affordable(need(100)) is None
    assert Budget(tokens=0).times_affordable(need(100)) == 0
