from datetime import UTC, datetime, timedelta, timezone

import pytest

from outlast.evidence.rendering.amounts import (
    format_cost,
    format_cost_briefly,
    format_count,
    format_date,
    format_number,
    format_timestamp,
)


def test_one_and_many() -> None:
    assert [format_count(count, "call") for count in (0, 1, 2, 34_567)] == [
        "0 calls",
        "1 call",
        "2 calls",
        "34,567 calls",
    ]


@pytest.mark.parametrize(
    ("usd", "calls", "unpriced", "said"),
    [
        (0.0, 0, 0, "0.0000 USD"),
        (1.23456, 4, 0, "1.2346 USD"),
        (0.00001, 1, 0, "less than 0.0001 USD"),
        (0.5, 4, 1, "0.5000 USD (no known price for 1 call)"),
        (0.0, 4, 4, "unknown (no known price for 4 calls)"),
        (0.0, 4, 3, "0.0000 USD (no known price for 3 calls)"),
    ],
)
def test_a_cost_says_what_is_not_in_it(usd: float, calls: int, unpriced: int, said: str) -> None:
    assert format_cost(usd, calls, unpriced) == said


def test_a_cost_in_few_words() -> None:
    assert [format_cost_briefly(0.5, 4, unpriced) for unpriced in (0, 1, 4)] == [
        "0.5000 USD",
        "at least 0.5000 USD",
        "unknown",
    ]


@pytest.mark.parametrize(
    ("number", "said"), [(2.0, "2"), (0.5, "0.5"), (100_000, "100,000"), (0.00001, "0.00001"), (0, "0"), (600, "600")]
)
def test_a_number_as_people_write_it(number: float, said: str) -> None:
    assert format_number(number) == said


def test_times_are_in_utc() -> None:
    late = datetime(2026, 1, 1, 23, 30, tzinfo=timezone(-timedelta(hours=2)))
    assert (format_timestamp(late), format_date(late)) == ("2026-01-02 01:30:00 UTC", "2026-01-02")
    assert (format_timestamp(late.astimezone(UTC)), format_date(late.replace(tzinfo=None))) == (
        "2026-01-02 01:30:00 UTC",
        "2026-01-01",
    )
