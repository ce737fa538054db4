"""Where an attempt is killed."""

from dataclasses import dataclass
from typing import Literal

from ._world import CallKey, ObservedCall, Site

Moment = Literal["before", "after", "step"]
"""Before a call is made; when its answer is there; at the beginning of a step, and when the result is there."""
RESULT = 1_000_000
"""Stands for the step after the last one: the result is there, and the server has not got it."""


@dataclass(frozen=True)
class KillPoint:
    moment: Moment
    site: Site
    key: CallKey | None = None
    failures: int = 0
    activity: int = 0
    step: int = 0

    def __str__(self) -> str:
        if self.moment != "step":
            return f"{self.moment} {self.site}"
        return "with the result" if self.step == RESULT else f"at step {self.step}"


class KillPlan:
    """Kills at one point, and then again at the next moments of the same kind, so many times in a row."""

    def __init__(self, point: KillPoint | None = None, in_a_row: int = 1) -> None:
        self._point, self._left = point, in_a_row if point else 0
        self._last_step = 0
        self.kills = 0

    @property
    def reached(self) -> bool:
        """Whether there was a kill at all."""
        return self.kills > 0

    def is_at(self, moment: Moment, call: ObservedCall) -> bool:
        """Return whether to kill here, and count the kill."""
        point = self._point
        if point is None or not self._left or point.moment != moment:
            return False
        return self._count(self.reached or (point.key, point.failures) == (call.key, call.failures))

    def is_at_step(self, activity: int, step: int) -> bool:
        """Return whether to kill at the beginning of this step of an activity of the phase, and count the kill."""
        point = self._point
        if point is None or not self._left or point.moment != "step":
            return False
        here = step > self._last_step if self.reached else (point.activity, point.step) == (activity, step)
        self._last_step = step
        return self._count(here)

    def _count(self, here: bool) -> bool:
        if here:
            self.kills += 1
            self._left -= 1
        return here
