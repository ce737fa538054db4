"""Several search engines as one: asked together, results merged. The failure of one is recorded, and the rest count."""

import asyncio
import logging
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta

from outlast.evidence.errors import LimitReached, NeedsOperator, OutlastError, Permanent, Transient
from outlast.tools.redacting import redact, redact_error
from outlast.tools.retrying import deadline
from outlast.tools.web.engines.engine import RefusedQuery, SearchEngine
from outlast.tools.web.engines.hits import EngineFailure, Hit, WebResult, tidy
from outlast.tools.web.engines.merging import merge
from outlast.tools.web.engines.rate_limit import CURRENT_TURN, Turn

log = logging.getLogger(__name__)

TOTAL_TIMEOUT = timedelta(seconds=120)
"""The longest that the other engines' results wait for the slowest engine, its retries and its queue included."""
STRAGGLER_TIMEOUT = timedelta(seconds=15)
"""How long the other engines may take after the first results: an engine that is down must not delay them for a minute.

It counts from the engine's turn in its queue if that comes later. arXiv is asked once every three seconds, so the
sixteenth of the searches that several tasks make at once waits 45 s: arXiv is not slow then, and needs no cooldown.
"""
QUEUE_TIMEOUT = timedelta(seconds=60)
"""How long after the first results an engine's turn may come."""
COOLDOWN = timedelta(seconds=30)
"""How long an engine is not asked after it failed through all its retries, since it would delay each search."""
MAX_COOLDOWN = timedelta(minutes=5)
MAX_SHOWN_QUERY_CHARACTERS = 100
"""The length to which a query is cut in a message."""


@dataclass(frozen=True)
class _Cooldown:
    until: float
    error: Transient


class Engines:
    """The search engines of a process. It remembers which of them failed, and does not ask them for a while."""

    def __init__(
        self,
        engines: Sequence[SearchEngine],
        *,
        total_timeout: timedelta = TOTAL_TIMEOUT,
        straggler_timeout: timedelta = STRAGGLER_TIMEOUT,
        queue_timeout: timedelta = QUEUE_TIMEOUT,
        cooldown: timedelta = COOLDOWN,
    ) -> None:
        if not engines:
            raise Permanent("No search engine is set up. Set OUTLAST_SEARCH, such as OUTLAST_SEARCH=wikipedia,arxiv.")
        self._engines = tuple(engines)
        self._total_timeout = total_timeout
        self._straggler_timeout = straggler_timeout
        self._queue_timeout = queue_timeout
        self._cooldown = cooldown
        self._cooldowns = dict[str, _Cooldown]()

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(engine.name for engine in self._engines)

    async def search(self, query: str, max_hits: int) -> WebResult:
        """Return the best `max_hits` hits of all engines. `failures` has the engines that failed or refused the query.

        Raises only if no engine answered at all, not even that it refuses `query`: NeedsOperator if a person can help,
        else Transient, else what the first engine raised. Raises Permanent for an empty query.
        """
        if not query.strip() or max_hits < 1:
            raise Permanent("A search needs words to search for, and at least one hit to look for.")
        errors_in_cooldown = self._errors_in_cooldown()
        asked = [engine for engine in self._engines if engine.name not in errors_in_cooldown]
        answers = await self._ask_all(asked, query, max_hits)
        lists = [answer for answer in answers if not isinstance(answer, OutlastError)]
        errors = errors_in_cooldown | {
            engine.name: answer
            for engine, answer in zip(asked, answers, strict=True)
            if isinstance(answer, OutlastError)
        }
        is_refused = any(isinstance(error, RefusedQuery) for error in errors.values())
        if not lists and not is_refused:  # a refused query counts as an answer: the engine has nothing for it
            raise _combine_errors(errors)
        return WebResult(
            hits=merge(lists, max_hits),
            asked=tuple(engine.name for engine in asked),
            failures=tuple(
                EngineFailure(engine=name, reason=_failure_reason(error, query)) for name, error in errors.items()
            ),
        )

    async def close(self) -> None:
        for engine in self._engines:
            await engine.close()

    def _start_cooldown(self, engine: SearchEngine, error: Transient) -> Transient:
        pause = min(max(self._cooldown, error.retry_after or self._cooldown), MAX_COOLDOWN)
        self._cooldowns[engine.name] = _Cooldown(time.monotonic() + pause.total_seconds(), error)
        return error

    def _errors_in_cooldown(self) -> dict[str, OutlastError]:
        now = time.monotonic()
        return {
            name: Transient(str(cooldown.error), timedelta(seconds=cooldown.until - now))
            for name, cooldown in self._cooldowns.items()
            if cooldown.until > now
        }

    async def _ask_all(
        self, asked: Sequence[SearchEngine], query: str, max_hits: int
    ) -> list[list[Hit] | OutlastError]:
        """Return each engine's answer, in the order of `asked`. After the first results the others' time is limited."""
        turns = [Turn() for _ in asked]
        tasks = [
            asyncio.create_task(self._ask_one(engine, query, max_hits, turn))
            for engine, turn in zip(asked, turns, strict=True)
        ]
        try:
            for answer in asyncio.as_completed(tasks):
                if not isinstance(await answer, OutlastError):
                    break
            await asyncio.gather(*(self._wait(task, turn) for task, turn in zip(tasks, turns, strict=True)))
            return [
                task.result()
                if task.done()
                else self._record_failure(engine, turn, Transient(f"{engine.name} was too slow."))
                for engine, task, turn in zip(asked, tasks, turns, strict=True)
            ]
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _wait(self, task: asyncio.Task[list[Hit] | OutlastError], turn: Turn) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(self._queue_timeout.total_seconds()):
                await turn.wait()
            await asyncio.wait([task], timeout=self._straggler_timeout.total_seconds())

    def _record_failure(self, engine: SearchEngine, turn: Turn, error: Transient) -> Transient:
        """Start the engine's cooldown, unless the search still waited in its queue: then the engine has not failed."""
        if turn.is_waiting:
            return Transient(f"{engine.name} was not asked: too many other searches were waiting for it.")
        return self._start_cooldown(engine, error)

    async def _ask_one(self, engine: SearchEngine, query: str, max_hits: int, turn: Turn) -> list[Hit] | OutlastError:
        CURRENT_TURN.set(turn)  # for this task only
        try:
            async with deadline(self._total_timeout, engine.name):
                hits = await engine.search(query, max_hits)
        except Transient as error:
            return self._record_failure(engine, turn, error)
        except OutlastError as error:
            return error
        except Exception as error:  # an engine's own bug must not cost the others' results
            log.exception("The search engine %s failed.", engine.name, exc_info=redact_error(error))
            return Permanent(redact(f"{engine.name} failed unexpectedly ({type(error).__name__}: {error})."))
        finally:
            turn.stop_waiting()
        self._cooldowns.pop(engine.name, None)
        return hits


def _failure_reason(error: OutlastError, query: str) -> str:
    """Return the reason for people, with the query if the query was the reason."""
    return (
        f"{error} It was: {tidy(redact(query), MAX_SHOWN_QUERY_CHARACTERS)}"
        if isinstance(error, RefusedQuery)
        else str(error)
    )


def _combine_errors(errors: dict[str, OutlastError]) -> OutlastError:
    """Return one error for all engines, of the kind about which most can be done."""
    if len(errors) == 1:
        return next(iter(errors.values()))
    for error in errors.values():
        if isinstance(error, NeedsOperator):
            return error
    message = "No search engine answered. " + " ".join(str(error) for error in errors.values())
    waits = [error.retry_after for error in errors.values() if isinstance(error, Transient)]
    if waits:
        return Transient(message, min((wait for wait in waits if wait), default=None))
    limits = [error for error in errors.values() if isinstance(error, LimitReached)]
    return limits[0] if limits else Permanent(message)
