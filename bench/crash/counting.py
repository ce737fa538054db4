"""Count the calls that a harmed run has lost, and the calls that it has made twice."""

import json
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from bench.crash.calls import Call
from bench.crash.harm import HarmDone

NAME = re.compile(r" <(\d+\.\d+)>")
"""The name of a call in its answer."""


@dataclass(frozen=True)
class Undisturbed:
    """The result and the calls of a graph that is not harmed."""

    result: str
    answers: int
    labels: Counter[str]
    seconds: float
    """The time from the start of its attempt to its result."""


@dataclass(frozen=True)
class Repeated:
    """A call that had finished and was made again, so that its first answer is not in the result."""

    label: str
    kind: str
    finished_ms_before: float | None
    """How long before the next harm it had finished; None if no harm came after it."""


@dataclass(frozen=True)
class CallCounts:
    differs: str
    """How the result differs from that of the undisturbed run; empty if it is the same."""
    lost: list[str]
    """Calls that an undisturbed run makes and that never finished here."""
    in_flight: list[str]
    """Calls in flight at a harm, which had to be made again."""
    repeated: list[Repeated]
    hand_repeated: list[str]
    """Finished calls that were made again because nothing remembers them: direct calls in an unfinished node."""
    stale: list[str]
    """Calls that a frozen worker began after it continued, when another worker had its phase."""


def undisturbed(calls: Iterable[Call], result: Any, seconds: float) -> Undisturbed:
    text = json.dumps(result)
    return Undisturbed(NAME.sub("", text), len(names_in(text)), Counter(call.label for call in calls), seconds)


def count_calls(calls: Sequence[Call], harms: Sequence[HarmDone], result: Any, expected: Undisturbed) -> CallCounts:
    """Count the calls of a run; `result` is None if it failed."""
    text = json.dumps(result)
    kept = names_in(text)
    finished = Counter(call.label for call in calls if call.end is not None)
    again = [call for call in calls if call.name not in kept and call.kind != "hand"]
    stale = [call for call in again if any(is_stale(call, harm) for harm in harms)]
    in_flight = [call for call in again if call.end is None or any(under_way(call, harm.time) for harm in harms)]
    hand_in_flight = [call.label for call in calls if call.kind == "hand" and call.end is None]
    rest = [call for call in again if call not in stale and call not in in_flight]
    hand = Counter(call.label for call in calls if call.kind == "hand" and call.end is not None)
    return CallCounts(
        differs=difference(text, kept, finished_names(calls), expected),
        lost=sorted((expected.labels - finished).elements()),
        in_flight=[call.label for call in in_flight if call not in stale] + hand_in_flight,
        repeated=[Repeated(call.label, call.kind, ms_before_harm(call, harms)) for call in rest],
        hand_repeated=sorted((hand - expected.labels).elements()),
        stale=[call.label for call in stale],
    )


def difference(text: str, kept: set[str], finished: set[str], expected: Undisturbed) -> str:
    if NAME.sub("", text) != expected.result:
        return f"{NAME.sub('', text)} instead of {expected.result}"
    if kept - finished:
        return "it holds answers of calls that have not finished"
    if len(kept) != expected.answers:
        return f"it is made of {len(kept)} calls instead of {expected.answers}"
    return ""


def names_in(text: str) -> set[str]:
    return set(NAME.findall(text))


def finished_names(calls: Iterable[Call]) -> set[str]:
    return {call.name for call in calls if call.end is not None}


def under_way(call: Call, moment: float) -> bool:
    return call.start <= moment and (call.end is None or call.end > moment)


def is_stale(call: Call, harm: HarmDone) -> bool:
    return harm.harm == "takeover" and call.pid == harm.pid and call.start > harm.ended


def ms_before_harm(call: Call, harms: Iterable[HarmDone]) -> float | None:
    assert call.end is not None  # noqa: S101 - only finished calls are asked about
    times = [harm.time for harm in harms if harm.time >= call.end]
    return round((min(times) - call.end) * 1000, 1) if times else None
