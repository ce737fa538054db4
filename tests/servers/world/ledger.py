"""What the world's servers were asked, and what they answered: by this, what a report says it spent is checked."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

ANSWERED = "answered"


@dataclass(frozen=True)
class Call:
    """`run` is the name of the topic that it was about, "" where it names none; times are seconds of `time.time()`.

    `outcome` is `answered`, or the name of the fault that came instead; `what` is the form or the search engine. Tokens
    are of answers alone: a call that failed has none.
    """

    run: str
    kind: Literal["model", "search", "page"]
    what: str
    begun: float
    ended: float
    outcome: str = ANSWERED
    input_tokens: int = 0
    output_tokens: int = 0
    request: str = ""
    """Of the model: the same for the same messages in the same form."""

    @property
    def tokens(self) -> int:
        return self.input_tokens + self.output_tokens


class Ledger:
    """Written by the servers' threads; `calls` only grows."""

    def __init__(self, runs: frozenset[str]) -> None:
        self.calls: list[Call] = []
        self._runs = runs

    def run_in(self, text: str) -> str:
        """The first run that is named in a text."""
        for word in text.replace(".", " ").replace("?", " ").split():
            if (name := word.strip(",;:'\"()[]").capitalize()) in self._runs:
                return name
        return ""

    def of(self, run: str, *kinds: str) -> Iterator[Call]:
        return (call for call in list(self.calls) if call.run == run and (not kinds or call.kind in kinds))

    def paid(self, run: str) -> list[Call]:
        """The calls to the model that were answered, and so must be paid."""
        return [call for call in self.of(run, "model") if call.tokens]
