"""Count the calls that a harmed run has lost, and the calls that it has made twice."""

import json
import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bench.crash.calls import NAME, Attempt, Call, names_in
from bench.crash.harm import HarmDone
from bench.crash.limits import MAX_STALE_PER_TAKEOVER


@dataclass(frozen=True)
class Undisturbed:
    """The result and the calls of a graph that is not harmed."""

    result: str
    answers: int
    """The number of calls that the result is made of."""
    labels: Counter[str]
    unused: Counter[str]
    """Finished calls that the result does not show: the graph has rejected their answers, or made others of them."""
    cut: int
    """The number of calls that the graph itself cut off, because a node beside them raised."""
    companions: Mapping[str, Counter[str]]
    """For each direct call, all calls of its node: when they have finished, the node has."""
    seconds: float
    """The time from the start of its attempt to its result."""


@dataclass(frozen=True)
class Repeated:
    """A call that had finished and was made again, so that its first answer is not in the result."""

    label: str
    kind: str
    finished_ms_before: float | None
    """How long before the next harm it, or the node of a direct call, had finished; None if no harm came after it."""


@dataclass(frozen=True)
class CallCounts:
    differs: str
    """How the result differs from that of the undisturbed run; empty if it is the same."""
    lost: list[str]
    """Calls that the result of an undisturbed run is made of and that never finished here."""
    in_flight: list[str]
    """Calls in flight at a harm, which had to be made again."""
    repeated: list[Repeated]
    hand_in_flight: list[str]
    """Direct calls that were made again because their node had not finished, so that nothing remembers them."""
    hand_repeated: list[Repeated]
    """Direct calls that were made again although their node had finished."""
    stale: list[str]
    """Calls that a worker began after a later attempt had begun, which has taken its place."""
    stale_over_limit: list[str]
    """Those of them that are too many; see `limits.MAX_STALE_PER_TAKEOVER`."""
    over_limit: list[str]
    """Calls that were made more often than their graph may make them, with how often they were made."""


def undisturbed(calls: Sequence[Call], result: Any, seconds: float) -> Undisturbed:
    text = json.dumps(result)
    kept = set(names_in(text))
    finished = [call for call in calls if call.end is not None]
    return Undisturbed(
        result=NAME.sub("", text),
        answers=len(kept),
        labels=Counter(call.label for call in finished),
        unused=Counter(call.label for call in finished if call.kind != "hand" and call.name not in kept),
        cut=sum(call.cut is not None for call in calls),
        companions={
            hand.label: Counter(call.label for call in finished if call.task == hand.task)
            for hand in finished
            if hand.kind == "hand"
        },
        seconds=seconds,
    )


@dataclass(frozen=True)
class Observed:
    """A harmed run. `result` is None if it did not end as it must."""

    calls: Sequence[Call]
    attempts: Sequence[Attempt]
    harms: Sequence[HarmDone]
    result: Any


def count_calls(observed: Observed, expected: Undisturbed, limits: Mapping[str, int]) -> CallCounts:
    calls, harms, text = observed.calls, observed.harms, json.dumps(observed.result)
    kept = set(names_in(text))
    finished = [call for call in calls if call.end is not None]
    stale = [call for call in calls if is_stale(call, observed.attempts)]
    again = [call for call in calls if call.name not in kept and call.kind != "hand" and call not in stale]
    in_flight = [call for call in again if was_in_flight(call, harms)]
    rest = [call for call in again if call not in in_flight and call.end is not None]
    counting = [call for call in calls if call not in stale and not ended_in_vain(call, harms)]
    unfinished, by_hand = repeated_by_hand(counting, harms, expected)
    return CallCounts(
        differs=difference(text, kept, {call.name for call in finished}, expected),
        lost=sorted((expected.labels - expected.unused - Counter(call.label for call in finished)).elements()),
        in_flight=made_again(without_expected_cuts(in_flight, expected.cut), calls, expected.labels),
        repeated=repeated(rest, harms, expected),
        hand_in_flight=unfinished,
        hand_repeated=by_hand,
        stale=[call.label for call in stale],
        stale_over_limit=stale_over_limit(stale, sum(harm.harm == "takeover" for harm in harms)),
        over_limit=calls_over_limit(calls, limits),
    )


def made_again(in_flight: Iterable[Call], calls: Iterable[Call], expected: Counter[str]) -> list[str]:
    """Return the labels of the calls in flight that were made again.

    A call may also have finished in spite of the harm, and a run that ends with a failure shows none in its result.
    """
    surplus = Counter(call.label for call in calls) - expected
    return sorted((Counter(call.label for call in in_flight) & surplus).elements())


def difference(text: str, kept: set[str], finished: set[str], expected: Undisturbed) -> str:
    if NAME.sub("", text) != expected.result:
        return f"{NAME.sub('', text)} instead of {expected.result}"
    if kept - finished:
        return "it holds answers of calls that have not finished"
    if len(kept) != expected.answers:
        return f"it is made of {len(kept)} calls instead of {expected.answers}"
    return ""


def repeated(calls: Sequence[Call], harms: Sequence[HarmDone], expected: Undisturbed) -> list[Repeated]:
    """Leave out as many calls of a label as an undisturbed run makes without showing them in its result.

    The oldest are left out: after a harm, a graph makes the youngest calls again.
    """
    candidates = [Repeated(call.label, call.kind, ms_before_harm(call.end, harms)) for call in calls]
    unused = expected.unused.copy()
    found: list[Repeated] = []
    for each in sorted(candidates, key=lambda each: -age(each)):
        if unused[each.label]:
            unused[each.label] -= 1
        else:
            found.append(each)
    return found


def age(each: Repeated) -> float:
    return math.inf if each.finished_ms_before is None else each.finished_ms_before


def repeated_by_hand(
    calls: Sequence[Call], harms: Sequence[HarmDone], expected: Undisturbed
) -> tuple[list[str], list[Repeated]]:
    """Return the direct calls that were made again: before their node had finished, and after that.

    Nothing can remember the first ones, and the documentation says so.
    """
    before: list[str] = []
    after: list[Repeated] = []
    for label, companions in expected.companions.items():
        end = node_end(calls, companions)
        for call in [call for call in calls if call.kind == "hand" and call.label == label][expected.labels[label] :]:
            if end is None or call.start < end:
                before.append(label)
            else:
                causes = [harm for harm in harms if harm.time <= call.start]
                after.append(Repeated(label, "hand", ms_before_harm(end, causes)))
    return before, after


def node_end(calls: Sequence[Call], companions: Counter[str]) -> float | None:
    """Return when the last of a node's calls had finished; None if one never did."""
    ends = {label: sorted(call.end for call in calls if call.label == label and call.end) for label in companions}
    if any(len(ends[label]) < count for label, count in companions.items()):
        return None
    return max(ends[label][count - 1] for label, count in companions.items())


def calls_over_limit(calls: Iterable[Call], limits: Mapping[str, int]) -> list[str]:
    made = Counter(call.label for call in calls)
    return [f"{label}: {made[label]}" for label, limit in limits.items() if made[label] > limit]


def was_in_flight(call: Call, harms: Iterable[HarmDone]) -> bool:
    """Return whether a harm came during a call. A call that has neither an end nor a cut died with its process."""
    until = call.end or call.cut or math.inf
    return until == math.inf or any(call.start <= harm.time < until for harm in harms)


def ended_in_vain(call: Call, harms: Iterable[HarmDone]) -> bool:
    """Return whether a frozen worker ended this call only when it continued, and another worker had its phase."""
    return any(harm.harm == "takeover" and call.pid == harm.pid and (call.end or 0) > harm.time for harm in harms)


def without_expected_cuts(calls: Sequence[Call], expected: int) -> list[Call]:
    cut = [call for call in calls if call.cut is not None][:expected]
    return [call for call in calls if call not in cut]


def is_stale(call: Call, attempts: Iterable[Attempt]) -> bool:
    return any(
        later.activity == call.activity and later.number > call.attempt and later.time < call.start
        for later in attempts
    )


def stale_over_limit(stale: Iterable[Call], takeovers: int) -> list[str]:
    begun = Counter[str]()
    over: list[str] = []
    for call in stale:
        branch = branch_of(call)
        begun[branch] += 1
        if begun[branch] > takeovers * MAX_STALE_PER_TAKEOVER:
            over.append(call.label)
    return over


def branch_of(call: Call) -> str:
    """Return the task of the graph that makes a call which does not ask; "" for all calls that ask."""
    if call.kind == "task":  # it has a task of its own, inside that of its node
        return call.task.rpartition("|")[0]
    return call.task if call.kind == "hand" else ""


def ms_before_harm(moment: float | None, harms: Iterable[HarmDone]) -> float | None:
    if moment is None:
        return None
    times = [harm.time for harm in harms if harm.time >= moment]
    return round((min(times) - moment) * 1000, 1) if times else None
