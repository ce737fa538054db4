"""What goes wrong in the world, by a seed: the same request fails the same way whenever it comes."""

import threading
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from random import Random

TRANSIENT = (
    "429 with seconds",
    "429 with a date",
    "429 with junk",
    "500",
    "503",
    "reset",
    "malformed",
    "short",
    "drip",
)
GARBLED = "garbled"
"""An answer of the model that is paid for and cut in two: no JSON."""
QUOTA = "quota"
DOWN = "down"


@dataclass
class Faults:
    """`share` of all requests fail, from 0 to 1. The switches may be turned while the world is up."""

    seed: int = 0
    share: float = 0.0
    garbled: float = 0.0
    """The share of the model's answers that are cut in two."""
    pause: timedelta = timedelta(seconds=1)
    """For which a 429 asks, to the second."""
    quota_exhausted: bool = False
    is_down: bool = False
    _asked: Counter[str] = field(default_factory=Counter)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def next(self, kind: str, request: str) -> str:
        """The fault with which this request fails; "" where it is answered. `request` is what tells it from others."""
        if self.is_down:
            return DOWN
        if self.quota_exhausted and kind == "model":
            return QUOTA
        if not self.share and not self.garbled:
            return ""
        with self._lock:
            self._asked[request] += 1
            chance = Random(f"{self.seed} {self._asked[request]} {request}")
        if chance.random() < self.share:
            return chance.choice(TRANSIENT)
        return GARBLED if kind == "model" and chance.random() < self.garbled else ""

    def retry_after(self, fault: str) -> str:
        """What a 429 says of when to come back."""
        if fault == "429 with seconds":
            return f"{self.pause.total_seconds():.0f}"
        if fault == "429 with a date":
            return format_datetime(datetime.now(UTC) + self.pause, usegmt=True)
        return "when the moon is full"
