"""What a run must answer for: what its report says, what it says it has spent, and how much was asked for it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain

from bench.faults.crew import Kill
from bench.faults.run import RunEnding
from outlast.evidence.report import Report
from tests.servers.world.ledger import Call
from tests.servers.world.world import World

FRESH_SECONDS = 3
"""An answer that was sent so shortly before a kill need not have reached the run's checkpoint."""


def errors_in(report: Report, world: World) -> list[str]:
    """Claims and quotes that the world does not say."""
    texts = chain.from_iterable((claim.text, *(quote.text for quote in claim.quotes)) for claim in report.claims())
    return [text for text in dict.fromkeys(texts) if not world.says(text)]


def count_calls(calls: Iterable[Call], run: str) -> int:
    """Calls to the model and to search engines, whatever came of them."""
    return sum(call.run == run and call.kind != "page" for call in calls)


@dataclass(frozen=True)
class Spent:
    """Of the model alone."""

    calls: int = 0
    tokens: int = 0

    def plus(self, other: "Spent") -> "Spent":
        return Spent(self.calls + other.calls, self.tokens + other.tokens)


def find_uncounted(ended: RunEnding, calls: Iterable[Call], kills: Sequence[Kill]) -> tuple[Spent, bool]:
    """What the model's server has answered and the report's usage does not have; and whether that is excused.

    The answers under way at a kill are excused: any of them may have been counted, or none.
    """
    if ended.report is None:
        return Spent(), True
    paid = [call for call in calls if call.run == ended.topic and call.kind == "model" and call.tokens]
    reported = ended.report.usage
    missing = Spent(len(paid) - reported.calls, sum(call.tokens for call in paid) - reported.tokens)
    lost = [call for call in paid if any(under_way(call, kill) for kill in kills)]
    return missing, missing in sums([Spent(1, call.tokens) for call in lost])


def under_way(call: Call, kill: Kill) -> bool:
    return call.begun <= kill.gone and kill.sent <= call.ended + FRESH_SECONDS


def sums(parts: Iterable[Spent]) -> set[Spent]:
    """Of any of the parts."""
    possible = {Spent()}
    for part in parts:
        possible |= {part.plus(known) for known in possible}
    return possible
