"""Whose turn it is: which answer of a script a call gets.

Outside of crash tests, the calls of a model get the answers of its script in the order in which they come. In a crash
test, the model stands for a service that outlives the crash: a call that is made again gets the answer that it got, or
would have got, and the calls after it get theirs. So there the observer of the calls says whose turn it is.
"""

import threading
from collections import Counter
from contextvars import ContextVar
from typing import Protocol

current_call: ContextVar["TakingTurns | None"] = ContextVar("testing_current_call", default=None)
"""The call of a model that is under way in this context, if a crash test observes it."""


class TakingTurns(Protocol):
    """A call that knows which answers it gets."""

    def turn(self, turns: "Turns", lane: str) -> int:
        """Return the index of the answer for this call."""
        ...


class Turns:
    """Counts the calls of one script; a script has a lane for each list of answers that it goes through."""

    def __init__(self, script: str) -> None:
        self.script = script
        """What the script says. A model that is made anew, as after a crash, says the same."""
        self._counts: Counter[str] = Counter()
        self._lock = threading.Lock()

    def take(self, lane: str = "") -> int:
        """Return the index, from 0, of the answer that the current call gets."""
        if call := current_call.get():
            return call.turn(self, lane)
        with self._lock:
            self._counts[lane] += 1
            return self._counts[lane] - 1
