"""What reads of a phase's store need of the store behind it and of its embedding model.

A read is a generator: it yields what it `Needs`, and gets it sent. So the same code serves synchronous and asynchronous
callers, and the reads of a batch ask together.
"""

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, field
from typing import Any

from langgraph.store.base import Op


@dataclass
class Needs:
    """What a read needs: operations of the store behind, and embeddings of texts and of queries."""

    ops: list[Op] = field(default_factory=list[Op])
    texts: list[str] = field(default_factory=list[str])
    queries: list[str] = field(default_factory=list[str])


@dataclass
class Got:
    results: list[Any]
    texts: list[list[float]]
    queries: list[list[float]]


Reading = Generator[Needs, Got, Any]
"""It returns the answer of a read."""


def together(readings: Sequence[Reading]) -> Generator[Needs, Got, list[Any]]:
    """Run several reads in step, so that all of them ask the store behind in one batch."""
    answers: list[Any] = [None] * len(readings)
    waiting: dict[int, Needs] = {}

    def advance(index: int, resume: Callable[[], Needs]) -> None:
        try:
            waiting[index] = resume()
        except StopIteration as done:
            waiting.pop(index, None)
            answers[index] = done.value

    for index, reading in enumerate(readings):
        advance(index, lambda reading=reading: next(reading))
    while waiting:
        asked = list(waiting.items())
        got = yield Needs(
            [op for _, needs in asked for op in needs.ops],
            [text for _, needs in asked for text in needs.texts],
            [query for _, needs in asked for query in needs.queries],
        )
        results, texts, queries = iter(got.results), iter(got.texts), iter(got.queries)
        for index, needs in asked:
            part = Got(
                [next(results) for _ in needs.ops],
                [next(texts) for _ in needs.texts],
                [next(queries) for _ in needs.queries],
            )
            advance(index, lambda index=index, part=part: readings[index].send(part))
    return answers
