"""The answers of models and tools in this bench: the same for the same question, after a delay, and logged.

The log shows that a call has begun and ended, also in a process that was killed, because each line is appended at once.
Times are those of the machine's monotonic clock, which is the same in all processes.
"""

import asyncio
import json
import os
import random
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

_syllables = [first + vowel + last for first in "bdfklmnprstv" for vowel in "aeiou" for last in "nrst"]
_chance = random.Random(1)  # noqa: S311 - words, no secrets
WORDS = ["".join(_chance.choices(_syllables, k=_chance.choice((1, 1, 2, 2, 3)))) for _ in range(2000)]
COMMONNESS = [1 / (rank + 1) for rank in range(len(WORDS))]


@lru_cache(maxsize=8192)
def text(key: str, size_bytes: int) -> str:
    """Return words as frequent as those of a language, so that the text compresses like prose."""
    words = random.Random(key).choices(WORDS, COMMONNESS, k=size_bytes // 2)  # noqa: S311 - words, no secrets
    return f"{key} {' '.join(words)}"[:size_bytes]


@dataclass(frozen=True)
class Calls:
    """`seconds` is the mean duration of a call; with `spread` 0.5, a call takes 0.5 to 1.5 times as long."""

    answer_bytes: int = 1024
    seconds: float = 0.0
    spread: float = 0.0
    log: Path | None = None

    async def answer(self, key: str) -> str:
        self._note("began", key)
        if self.seconds:
            await asyncio.sleep(self.seconds * random.SystemRandom().uniform(1 - self.spread, 1 + self.spread))
        self._note("ended", key)
        return text(key, self.answer_bytes)

    def _note(self, what: str, key: str) -> None:
        if self.log is not None:
            line = json.dumps({"what": what, "key": key, "at": time.monotonic()})
            file = os.open(self.log, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
            os.write(file, line.encode() + b"\n")
            os.close(file)


@dataclass(frozen=True)
class LoggedCall:
    what: str
    key: str
    at: float


def read_log(log: Path) -> Iterator[LoggedCall]:
    if log.exists():
        for line in log.read_text().splitlines():
            yield LoggedCall(**json.loads(line))
