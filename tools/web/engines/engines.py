"""Several search engines as one: asked at once, merged; one that fails is recorded and leaves the others' results."""

import asyncio
import logging
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta

from outlast.evidence.errors import LimitReached, NeedsOperator, OutlastError, Permanent, Transient
from outlast.tools.redacting import redact, redacted
from outlast.tools.retrying import deadline
from outlast.tools.web.engines.engine import RefusedQuery, SearchEngine
from outlast.tools.web.engines.hits import EngineFailure, Hit, WebResult, tidy
from outlast.tools.web.engines.merging import merge
from outlast.tools.web.engines.rate_limit import TURN, Turn

log = logging.getLogger(__name__)

WHOLE = timedelta(seconds=120)
"""The others' results wait for the slowest engine: so long at most, its own patience, queue and all."""
LATE = timedelta(seconds=15)
"""How long after the first results: one that is down and tried again should not hold up the others for a minute.

It counts from the engine's turn where that comes later. arXiv is asked once in three seconds, so the sixteenth of the
searches that several tasks make at once waits 45 s: that is no slowness of arXiv's, and no reason to let it rest.
"""
QUEUE = timedelta(seconds=60)
"""How long after the first results an engine's turn may come."""
REST = timedelta(seconds=30)
"""An engine that failed all through its patience would hold up each search; it is left alone for a while."""
LONGEST_REST = timedelta(minutes=5)
SHOWN_CHARACTERS = 100
"""Of a query."""


@dataclass(frozen=True)
class _Resting:
    until: float
    error: Transient


class Engines:
    def __init__(
        self,
        engines: Sequence[SearchEngine],
        *,
        whole: timedelta = WHOLE,
        late: timedelta = LATE,
        queue: timedelta = QUEUE,
        rest: timedelta = REST,
    ) -> None:
        if not engines:
            raise Permanent("No search engine is set up. Set OUTLAST_SEARCH, such as OUTLAST_SEARCH=wikipedia,arxiv.")
        self._engines = tuple(engines)
        self._whole = whole
        self._late = late
        self._queue = queue
        self._rest = rest
        self._resting = dict[str, _Resting]()

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(engine.name for engine in self._engines)

    async def search(self, query: str, most: int) -> WebResult:
        """The `most` best hits of all engines; those that did not answer, or take no such query, are in `failures`.

        Raises only where no engine answered at all, not even that it does not take `query`: NeedsOperator where a
        person can help, else Transient, else what the first one raised. Permanent for an empty query.
        """
        if not query.strip() or most < 1:
            raise Permanent("A search needs words to search for, and at least one hit to look for.")
        resting = self._still_resting()
        asked = [engine for engine in self._engines if engine.name not in resting]
        answers = await self._answers(asked, query, most)
        lists = [answer for answer in answers if not isinstance(answer, OutlastError)]
        errors = resting | {
            engine.name: answer
            for engine, answer in zip(asked, answers, strict=True)
            if isinstance(answer, OutlastError)
        }
        is_refused = any(isinstance(error, RefusedQuery) for error in errors.values())
        if not lists and not is_refused:  # who takes no such query has answered: there is nothing for it
            raise _together(errors)
        return WebResult(
            hits=merge(lists, most),
            asked=tuple(engine.name for engine in asked),
            failures=tuple(EngineFailure(engine=name, reason=_reason(error, query)) for name, error in errors.items()),
        )

    async def close(self) -> None:
        for engine in self._engines:
            await engine.close()

    def _rests(self, engine: SearchEngine, error: Transient) -> Transient:
        pause = min(max(self._rest, error.retry_after or self._rest), LONGEST_REST)
        self._resting[engine.name] = _Resting(time.monotonic() + pause.total_seconds(), error)
        return error

    def _still_resting(self) -> dict[str, OutlastError]:
        now = time.monotonic()
        return {
            name: Transient(str(resting.error), timedelta(seconds=resting.until - now))
            for name, resting in self._resting.items()
            if resting.until > now
        }

    async def _answers(self, asked: Sequence[SearchEngine], query: str, most: int) -> list[list[Hit] | OutlastError]:
        """In the order of the engines. As soon as one has results, the others have a while left."""
        turns = [Turn() for _ in asked]
        asking = [
            asyncio.create_task(self._answer(engine, query, most, turn))
            for engine, turn in zip(asked, turns, strict=True)
        ]
        try:
            for first in asyncio.as_completed(asking):
                if not isinstance(await first, OutlastError):
                    break
            await asyncio.gather(*(self._wait(task, turn) for task, turn in zip(asking, turns, strict=True)))
            return [
                task.result() if task.done() else self._failed(engine, turn, Transient(f"{engine.name} was too slow."))
                for engine, task, turn in zip(asked, asking, turns, strict=True)
            ]
        finally:
            for task in asking:
                task.cancel()
            await asyncio.gather(*asking, return_exceptions=True)

    async def _wait(self, task: asyncio.Task[list[Hit] | OutlastError], turn: Turn) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(self._queue.total_seconds()):
                await turn.wait()
            await asyncio.wait([task], timeout=self._late.total_seconds())

    def _failed(self, engine: SearchEngine, turn: Turn, error: Transient) -> Transient:
        """It rests, unless its queue was too long: of the engine itself nothing is known then."""
        if turn.is_waiting:
            return Transient(f"{engine.name} was not asked: too many other searches were waiting for it.")
        return self._rests(engine, error)

    async def _answer(self, engine: SearchEngine, query: str, most: int, turn: Turn) -> list[Hit] | OutlastError:
        TURN.set(turn)  # of this task
        try:
            async with deadline(self._whole, engine.name):
                hits = await engine.search(query, most)
        except Transient as error:
            return self._failed(engine, turn, error)
        except OutlastError as error:
            return error
        except Exception as error:  # an engine's own flaw must not cost the others' results
            log.exception("The search engine %s failed.", engine.name, exc_info=redacted(error))
            return Permanent(redact(f"{engine.name} failed unexpectedly ({type(error).__name__}: {error})."))
        finally:
            turn.come()
        self._resting.pop(engine.name, None)
        return hits


def _reason(error: OutlastError, query: str) -> str:
    """Which query it was is said where that was the reason."""
    return f"{error} It was: {tidy(redact(query), SHOWN_CHARACTERS)}" if isinstance(error, RefusedQuery) else str(error)


def _together(errors: dict[str, OutlastError]) -> OutlastError:
    """One error for all: of the kind after which most can be done."""
    if len(errors) == 1:
        return next(iter(errors.values()))
    for error in errors.values():
        if isinstance(error, NeedsOperator):
            return error
    said = "No search engine answered. " + " ".join(str(error) for error in errors.values())
    waits = [error.retry_after for error in errors.values() if isinstance(error, Transient)]
    if waits:
        return Transient(said, min((wait for wait in waits if wait), default=None))
    limits = [error for error in errors.values() if isinstance(error, LimitReached)]
    return limits[0] if limits else Permanent(said)
