"""Plan the runs, and the points at which each is harmed. A seed always gives the same plans."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import cycle
from random import Random
from typing import Literal

Harm = Literal["none", "kill", "server_kill", "takeover", "drain"]

HARMS_PER_RUN = (1, 1, 1, 1, 2, 3)
"""The numbers of harms per run to choose from; one harm is the most frequent choice."""


@dataclass(frozen=True)
class Plan:
    harm: Harm
    shape: str
    points: Sequence[float]
    """The time of each harm after the attempt's start, as a share of an undisturbed run's time."""
    calls: Sequence[int] = ()
    """In place of times: each harm comes during the call of this number, counted from 1 over all attempts."""

    @property
    def harms(self) -> int:
        return len(self.calls or self.points)


def plans(counts: Mapping[Harm, int], shapes: Sequence[str], seed: int) -> list[Plan]:
    """Return plans for so many harms of each kind, in a mixed order. Each kind harms all shapes in turn."""
    chance = Random(seed)  # noqa: S311 - a seed makes a campaign repeatable
    planned: list[Plan] = []
    for harm, count in counts.items():
        order = cycle(chance.sample(shapes, len(shapes)))
        left = count
        while left > 0:
            times = min(left, chance.choice(HARMS_PER_RUN)) if harm == "kill" else 1
            planned.append(plan(harm, next(order), times, chance))
            left -= times
    chance.shuffle(planned)
    return planned


def plan(harm: Harm, shape: str, times: int, chance: Random) -> Plan:
    return Plan(harm, shape, [round(chance.uniform(0, 0.95) / times, 3) for _ in range(times)])
