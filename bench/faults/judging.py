"""Check a run: the text of its report, the usage that it reports, and the number of its calls."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain

from bench.faults.crew import Kill
from bench.faults.run import RunEnding
from outlast.evidence.report import Report
from tests.servers.world.ledger import Call
from tests.servers.world.world import World

FRESH_SECONDS = 3
"""An answer that was sent in this time before a kill may not have reached the run's checkpoint."""


def errors_in(report: Report, world: World) -> list[str]:
    """Return claims and quotes of a report that are not in the world."""
    texts = chain.from_iterable((claim.text, *(quote.shown for quote in claim.quotes)) for claim in report.claims())
    return [text for text in dict.fromkeys(texts) if not world.says(text)]


def count_calls(calls: Iterable[Call], run: str) -> int:
    """Count a run's calls to the model and to search engines, with the failed ones."""
    return sum(call.run == run and call.kind != "page" for call in calls)


@dataclass(frozen=True)
class Spent:
    """Calls and tokens of the model."""

    calls: int = 0
    tokens: int = 0

    def plus(self, other: "Spent") -> "Spent":
        return Spent(self.calls + other.calls, self.tokens + other.tokens)


def find_uncounted(ended: RunEnding, calls: Iterable[Call], kills: Sequence[Kill]) -> tuple[Spent, bool]:
    """Return the answers of the model's server that the report's usage does not count, and whether that is excused.

    Answers in flight at a kill are excused: any of them may have been counted or not.
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
    """Return the sums of all subsets of the parts."""
    possible = {Spent()}
    for part in parts:
        possible |= {part.plus(other) for other in possible}
    return possible
