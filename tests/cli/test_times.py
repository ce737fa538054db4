from datetime import UTC, datetime, timedelta, timezone

import pytest

from outlast.cli.terminal import duration, moment, parse_since
from outlast.evidence.errors import Permanent

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [(0.04, "0.0 s"), (59.94, "59.9 s"), (125, "2 m 05 s"), (12_000, "3 h 20 m"), (187_200, "2 d 4 h")],
)
def test_durations(seconds: float, shown: str) -> None:
    assert duration(seconds) == shown


@pytest.mark.parametrize(
    ("given", "at"),
    [
        ("30m", NOW - timedelta(minutes=30)),
        (" 2 w ", NOW - timedelta(weeks=2)),
        ("2026-02-28", datetime(2026, 2, 28, tzinfo=UTC)),
        ("2026-02-28T10:00:00+02:00", datetime(2026, 2, 28, 8, tzinfo=UTC)),
    ],
)
def test_since(given: str, at: datetime) -> None:
    assert parse_since(given, NOW) == at


@pytest.mark.parametrize("given", ["yesterday", "-3d", "7", "999999999d", "\x00", "2026-13-01"])
def test_what_is_no_time_is_refused_with_examples(given: str) -> None:
    with pytest.raises(Permanent, match="such as 30m, 12h or 7d"):
        parse_since(given, NOW)


def test_a_time_so_long_ago_that_no_calendar_has_it() -> None:
    with pytest.raises(Permanent, match="is not a time"):
        parse_since("999999w", NOW)


def test_moments_are_in_utc() -> None:
    assert moment(datetime(2026, 3, 1, 1, 30, tzinfo=timezone(timedelta(hours=2)))) == "2026-02-28 23:30"
