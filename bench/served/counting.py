"""Compare a run whose worker was killed with an undisturbed one: its result, and the calls that were made again."""

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bench.served.calls import Call, Kind

CHANCE = re.compile(
    r"[0-9a-f]{8}(?:-?[0-9a-f]{4}){3}-?[0-9a-f]{12}|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)?"
)
"""What differs between any two runs: random ids and times."""


@dataclass(frozen=True)
class Undisturbed:
    result: str
    """JSON in which random ids and times are numbered in the order of their appearance."""
    calls: Counter[str]
    seconds: float
    """The time from the beginning of its first call to the end of its last one."""


@dataclass(frozen=True)
class Repeated:
    """A call that had finished and was made again."""

    label: str
    kind: Kind
    finished_ms_before: float | None
    """How long before the next kill it had finished; None if no kill came after it, which nothing excuses."""


@dataclass(frozen=True)
class CallCounts:
    differs: str = ""
    """How the result differs; empty if it is equal."""
    lost: Sequence[str] = ()
    """Calls of the undisturbed run that never finished here."""
    in_flight: Sequence[str] = ()
    """Calls that a kill cut off."""
    repeated: Sequence[Repeated] = ()


def undisturbed(calls: Sequence[Call], result: Any) -> Undisturbed:
    """Return what a harmed run is compared with; raise `ValueError` if its calls cannot be told apart."""
    counted = Counter(call.label for call in calls)
    if unclear := [label for label, times in counted.items() if times > 1]:
        raise ValueError(f"the undisturbed run makes these calls more than once: {', '.join(unclear)}")
    if unfinished := [call.label for call in calls if call.end is None]:
        raise ValueError(f"these calls of the undisturbed run have not finished: {', '.join(unfinished)}")
    seconds = max(call.end or call.start for call in calls) - min(call.start for call in calls)
    return Undisturbed(comparable(result), counted, seconds)


def comparable(result: Any) -> str:
    """Return the result as JSON in which what chance and time have made is numbered."""
    numbers: dict[str, str] = {}
    text = json.dumps(result, sort_keys=True)
    return CHANCE.sub(lambda found: numbers.setdefault(found[0], f"<{len(numbers) + 1}>"), text)


def count_calls(calls: Sequence[Call], kills: Sequence[float], result: Any, expected: Undisturbed) -> CallCounts:
    in_flight = [call for call in calls if was_in_flight(call, kills)]
    finished = [call for call in calls if call.end is not None and call not in in_flight]
    text = comparable(result)
    return CallCounts(
        differs="" if text == expected.result else f"{text} instead of {expected.result}",
        lost=sorted((expected.calls - Counter(call.label for call in finished)).elements()),
        in_flight=[call.label for call in in_flight],
        repeated=[
            Repeated(call.label, call.kind, ms_before_kill(call.end or call.start, kills))
            for call in superseded(finished, expected.calls)
        ],
    )


def was_in_flight(call: Call, kills: Iterable[float]) -> bool:
    """Return whether a call has no end, or a kill came during it: the model's server hears of that a little later."""
    return call.end is None or any(call.start <= kill < call.end for kill in kills)


def superseded(finished: Sequence[Call], expected: Mapping[str, int]) -> list[Call]:
    """Return the finished calls that were made again. A call that was not expected is one of them."""
    last = {call.label: call for call in sorted(finished, key=lambda call: call.end or call.start)}
    return [call for call in finished if call is not last[call.label] or call.label not in expected]


def ms_before_kill(moment: float, kills: Sequence[float]) -> float | None:
    later = [kill for kill in kills if kill >= moment]
    return round((min(later) - moment) * 1000, 1) if later else None
