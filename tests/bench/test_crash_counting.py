"""How the campaign of `make crash` counts the calls of a harmed run."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from bench.crash.calls import Attempt, Call, answer
from bench.crash.counting import CallCounts, Observed, Repeated, Undisturbed, count_calls, undisturbed
from bench.crash.harm import HarmDone
from bench.crash.limits import MAX_REPEATED_AGE
from bench.crash.plan import Harm, Plan
from bench.crash.summary import MUST_BE_ZERO, passed, summary
from bench.crash.trial import Trial

LATE = MAX_REPEATED_AGE.total_seconds() + 0.001


def model(name: str, label: str, start: float, end: float | None = None, pid: int = 1) -> Call:
    return Call(f"{pid}.{name}", label, "model", pid, start, end, task="node:1")


def by_hand(name: str, start: float, end: float | None = None, pid: int = 1) -> Call:
    return Call(f"{pid}.{name}", "Archive", "hand", pid, start, end, task="node:1")


def result(*calls: Call) -> dict[str, Any]:
    return {"answers": [answer(call.label, call.name) for call in calls]}


def harm(kind: Harm, time: float, ended: float | None = None) -> HarmDone:
    return HarmDone(kind, time, 1, time if ended is None else ended)


FIRST, HAND, LAST = model("1", "Draft", 0, 1), by_hand("2", 1, 2), model("3", "Judge", 2, 3)
EXPECTED = undisturbed([FIRST, HAND, LAST], result(FIRST, LAST), 3)


def count(
    calls: Sequence[Call],
    harms: Sequence[HarmDone] = (),
    kept: Any = None,
    expected: Undisturbed = EXPECTED,
    attempts: Sequence[Attempt] = (),
    **limits: int,
) -> CallCounts:
    return count_calls(Observed(calls, attempts, harms, kept), expected, limits)


def figures(counted: CallCounts, kind: Harm = "kill", harms: Sequence[HarmDone] = ()) -> dict[str, int]:
    """Return what must be zero and is not."""
    found = summary([Trial(Plan(kind, "linear", []), harms, [], counted, 1.0, 1)])
    assert passed(found) == (not any(found[name] for name in MUST_BE_ZERO))
    return {name: found[name] for name in MUST_BE_ZERO if found[name]}


def test_a_run_that_makes_each_call_once_passes() -> None:
    counted = count([FIRST, HAND, LAST], [harm("kill", 1.5)], result(FIRST, LAST))
    assert counted == CallCounts("", [], [], [], [], [], [], [], [])
    assert figures(counted) == {}


def test_a_result_with_another_text_or_of_other_calls_differs() -> None:
    other = replace(LAST, name="1.4", label="Other")
    assert "instead of" in count([FIRST, HAND, LAST, other], kept=result(FIRST, other)).differs
    unfinished = replace(LAST, end=None)
    assert "have not finished" in count([FIRST, HAND, unfinished], kept=result(FIRST, unfinished)).differs
    assert figures(count([FIRST, HAND, LAST, other], kept=result(FIRST, other)))["results_differ"] == 1


def test_a_call_that_never_finished_is_lost() -> None:
    assert count([FIRST, LAST], kept=result(FIRST, LAST)).lost == ["Archive"]


@pytest.mark.parametrize(("seconds_before", "late"), [(0.01, 0), (LATE, 1)])
def test_what_had_finished_too_long_before_a_kill_may_not_be_made_again(seconds_before: float, late: int) -> None:
    again = model("1", "Draft", 1.5, 1.9, pid=2)
    kill = harm("kill", 1 + seconds_before)
    counted = count([FIRST, again, HAND, LAST], [kill], result(again, LAST))
    assert counted.repeated == [Repeated("Draft", "model", round(seconds_before * 1000, 1))]
    assert figures(counted).get("finished_repeated_late", 0) == late


def test_a_finished_call_that_is_made_again_without_any_harm_is_excused_by_nothing() -> None:
    again = model("1", "Draft", 1.5, 1.9, pid=2)
    assert figures(count([FIRST, again, HAND, LAST], kept=result(again, LAST))) == {"finished_repeated_late": 1}


def test_a_call_in_flight_at_a_kill_is_no_repeated_one() -> None:
    again = model("1", "Draft", 1.5, 1.9, pid=2)
    counted = count([replace(FIRST, end=None), again, HAND, LAST], [harm("kill", 0.5)], result(again, LAST))
    assert (counted.in_flight, counted.repeated) == (["Draft"], [])


def test_a_call_in_flight_that_finished_in_spite_of_the_harm_was_not_made_again() -> None:
    expected = undisturbed([FIRST, HAND, LAST], None, 3)  # it ends with a failure, which holds no answers
    assert count([FIRST, HAND, LAST], [harm("drain", 2.5)], expected=expected).in_flight == []
    again = [FIRST, HAND, replace(LAST, end=None), replace(LAST, name="2.4", start=4, end=5, pid=2)]
    assert count(again, [harm("kill", 2.5)], expected=expected).in_flight == ["Judge"]


def test_a_direct_call_of_an_unfinished_node_may_be_made_again() -> None:
    again = by_hand("2", 2.7, 2.8, pid=2)
    last = model("3", "Judge", 2.8, 3, pid=2)
    counted = count([FIRST, HAND, again, last], [harm("kill", 2.5)], result(FIRST, last))
    assert (counted.hand_in_flight, counted.hand_repeated) == (["Archive"], [])
    assert figures(counted) == {}


@pytest.mark.parametrize(("seconds_before", "late"), [(0.01, 0), (LATE, 1)])
def test_a_direct_call_of_a_node_that_had_finished_may_not_be_made_again(seconds_before: float, late: int) -> None:
    again = by_hand("2", 4, 5, pid=2)
    counted = count([FIRST, HAND, LAST, again], [harm("kill", 3 + seconds_before)], result(FIRST, LAST))
    assert counted.hand_in_flight == []
    assert [each.label for each in counted.hand_repeated] == ["Archive"]
    assert figures(counted).get("hand_repeated", 0) == late


def test_what_a_frozen_worker_ends_when_it_continues_ends_no_node() -> None:
    takeover = harm("takeover", 2.5, ended=3.5)
    ended_late, again, last = (
        replace(LAST, end=3.51),
        by_hand("2", 3.52, 3.6, pid=2),
        model("3", "Judge", 3.6, 4, pid=2),
    )
    counted = count([FIRST, HAND, ended_late, again, last], [takeover], result(FIRST, last))
    assert (counted.hand_in_flight, counted.hand_repeated) == (["Archive"], [])


def of_attempt(call: Call, number: int) -> Call:
    return replace(call, activity="1", attempt=number)


def test_a_replaced_worker_may_begin_one_call_when_it_continues() -> None:
    takeover = harm("takeover", 0.5, ended=1.2)
    attempts = [Attempt(1, "1", 1, 0), Attempt(2, "1", 2, 1.2)]
    first, last = model("1", "Draft", 1.3, 1.6, pid=2), model("3", "Judge", 2.5, 3, pid=2)
    valid = [of_attempt(call, 2) for call in (first, by_hand("2", 2, 2.5, pid=2), last)]
    calls = [of_attempt(replace(FIRST, end=1.25), 1), *valid, of_attempt(model("8", "Draft", 1.4, 1.5), 1)]
    one = count(calls, [takeover], result(first, last), attempts=attempts)
    assert one.stale == ["Draft"]
    assert figures(one, "takeover", [takeover]) == {}
    again = of_attempt(model("9", "Draft", 1.4, 1.5), 1)
    two = count([*calls, again], [takeover], result(first, last), attempts=attempts)
    assert two.stale == ["Draft", "Draft"]
    assert figures(two, "takeover", [takeover]) == {"stale_over_limit": 1}
    killed = count(calls, [harm("kill", 0.5)], result(first, last), attempts=attempts)
    assert figures(killed)["stale_over_limit"] == 1


def test_each_branch_of_a_replaced_worker_may_begin_one_call_that_does_not_ask() -> None:
    attempts = [Attempt(1, "1", 1, 0), Attempt(2, "1", 2, 1.2)]
    takeover = harm("takeover", 0.5, ended=1.2)

    def look_up(name: str, task: str) -> Call:
        return Call(f"1.{name}", "Look up", "task", 1, 1.4, 1.5, task=task, activity="1", attempt=1)

    branches = [look_up("7", "check:1|look_up:3"), look_up("8", "check:2|look_up:4")]
    assert len(count(branches, [takeover], attempts=attempts).stale) == 2
    assert count(branches, [takeover], attempts=attempts).stale_over_limit == []
    more = [*branches, look_up("9", "check:2|look_up:5")]
    assert count(more, [takeover], attempts=attempts).stale_over_limit == ["Look up"]


def test_a_worker_that_is_given_the_phase_again_is_not_stale() -> None:
    attempts = [Attempt(1, "1", 1, 0), Attempt(2, "1", 2, 1.2), Attempt(1, "1", 3, 1.3), Attempt(1, "2", 1, 1.35)]
    again = of_attempt(model("8", "Draft", 1.4, 1.5), 3)
    assert count([again], attempts=attempts).stale == []
    assert count([replace(again, activity="2", attempt=1)], attempts=attempts).stale == [], "after a pause"
    assert count([replace(again, attempt=2)], attempts=attempts).stale == ["Draft"]


def test_calls_that_an_undisturbed_run_rejects_are_not_repeated_ones() -> None:
    """It makes them as well; if the harmed run makes one more, that is the youngest before the harm."""
    once, twice = model("1", "Draft", 0, 1), model("2", "Draft", 1, 2)
    expected = undisturbed([once, twice], result(twice), 2)
    assert count([once, twice], kept=result(twice), expected=expected).repeated == []
    third = model("1", "Draft", 2.1, 3, pid=2)
    found = count([once, twice, third], [harm("kill", 2.01)], result(third), expected)
    assert found.repeated == [Repeated("Draft", "model", 10.0)]


def test_calls_that_the_graph_itself_cuts_off_are_not_in_flight() -> None:
    cut = replace(model("4", "Beside", 1), cut=1.5)
    expected = undisturbed([FIRST, HAND, LAST, cut], result(FIRST, LAST), 3)
    drained = count([FIRST, HAND, LAST, cut], [harm("drain", 1.2)], result(FIRST, LAST), expected)
    assert figures(drained, "drain") == {}
    more = [FIRST, HAND, LAST, cut, replace(cut, name="1.5")]
    assert figures(count(more, [harm("drain", 1.2)], result(FIRST, LAST), expected), "drain") == {"drained_repeated": 1}


def test_a_call_that_is_made_too_often_is_over_its_limit() -> None:
    calls = [FIRST, HAND, LAST, replace(LAST, name="1.4")]
    assert count(calls, kept=result(FIRST, LAST), Judge=2).over_limit == []
    assert figures(count(calls, kept=result(FIRST, LAST), Judge=1))["calls_over_limit"] == 1
