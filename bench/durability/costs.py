"""The costs of steps, from rounds in which each peer runs once: medians of the differences within a round.

A row is one run of a peer: its round, its steps (`nodes`), and the wall and processor seconds of all of them.
"""

from collections.abc import Sequence
from statistics import median
from typing import Any

BASELINE, BARE = "heartbeats only", "bare"


class Costs:
    """The costs of one load, compared with those of the peer `baseline`."""

    def __init__(self, rows: Sequence[dict[str, Any]], baseline: str = BASELINE) -> None:
        self._baseline = baseline
        self.nodes: int = rows[0]["nodes"]
        self._rows = {(row["peer"], row["round"]): row for row in rows}
        self._rounds = sorted({row["round"] for row in rows})

    def seconds(self, peer: str) -> float:
        return median(self._each(peer, "seconds"))

    def over_bare(self, peer: str) -> float:
        return self._over(peer, BARE)

    def over_heartbeats(self, peer: str) -> float:
        return self._over(peer, BASELINE)

    def a_step(self, peer: str) -> float:
        """Return how many seconds longer a step takes than the baseline's."""
        return median(self._more(peer, "seconds"))

    def range_of(self, peer: str) -> tuple[float, float]:
        more = self._more(peer, "seconds")
        return min(more), max(more)

    def processor(self, peer: str) -> float:
        """Return the processor seconds of the worker per step, in total."""
        return median(self._each(peer, "cpu_seconds")) / self.nodes

    def processor_more(self, peer: str) -> float:
        return median(self._more(peer, "cpu_seconds"))

    def _each(self, peer: str, name: str) -> list[float]:
        return [self._rows[peer, number][name] for number in self._rounds]

    def _more(self, peer: str, name: str) -> list[float]:
        pairs = zip(self._each(peer, name), self._each(self._baseline, name), strict=True)
        return [(its - baseline) / self.nodes for its, baseline in pairs]

    def _over(self, peer: str, other: str) -> float:
        pairs = zip(self._each(peer, "seconds"), self._each(other, "seconds"), strict=True)
        return median(its / others for its, others in pairs)
