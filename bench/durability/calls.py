"""What a model or a tool answers in this bench: always the same for the same question, after a while, and written down.

The log is how a call is known to have begun and ended, also in a process that was killed: appended line by line, which
a killed process cannot take back. Times are those of the machine's monotonic clock, the same in all processes.
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
    """Words as common as those of a language, so that it compresses like prose."""
    words = random.Random(key).choices(WORDS, COMMONNESS, k=size_bytes // 2)  # noqa: S311 - words, no secrets
    return f"{key} {' '.join(words)}"[:size_bytes]


@dataclass(frozen=True)
class Calls:
    """`seconds` is the mean of what a call takes; `spread` 0.5 is between half of it and one and a half."""

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
