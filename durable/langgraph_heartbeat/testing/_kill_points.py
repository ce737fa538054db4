"""Where an attempt is killed."""

from dataclasses import dataclass
from typing import Literal

from ._world import CallKey, ObservedCall, Site

Moment = Literal["before", "after", "step"]
"""Before a call is made; after it was answered, and before anything was made of its answer; when a step is saved."""


@dataclass(frozen=True)
class KillPoint:
    moment: Moment
    site: Site
    key: CallKey | None = None
    failures: int = 0
    activity: int = 0
    step: int = 0

    def __str__(self) -> str:
        return f"after step {self.step}" if self.moment == "step" else f"{self.moment} {self.site}"


class KillPlan:
    """Kills at one point, and then again at the next moments of the same kind, so many times in a row."""

    def __init__(self, point: KillPoint | None = None, in_a_row: int = 1) -> None:
        self._point, self._left = point, in_a_row if point else 0
        self.kills = 0
        self._activity, self._first_step = 0, 0

    @property
    def is_at_calls(self) -> bool:
        return self._point is not None and self._point.moment != "step"

    @property
    def reached(self) -> bool:
        """Whether there was a kill at all."""
        return self.kills > 0

    def begin_attempt(self, activity: int, restored_step: int) -> None:
        self._activity, self._first_step = activity, restored_step

    def is_at(self, moment: Moment, call: ObservedCall) -> bool:
        """Return whether to kill here, and count the kill."""
        point = self._point
        if point is None or not self._left or point.moment != moment:
            return False
        return self._count(self.reached or (point.key, point.failures) == (call.key, call.failures))

    def is_at_step(self, step: int) -> bool:
        """Return whether to kill now that this step is saved, and count the kill."""
        point = self._point
        if point is None or not self._left or point.moment != "step":
            return False
        if self.reached:
            return self._count(step > self._first_step)
        return self._count(point.activity == self._activity and step >= point.step)

    def _count(self, here: bool) -> bool:
        if here:
            self.kills += 1
            self._left -= 1
        return here
