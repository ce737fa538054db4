"""Paid and outside calls, tried again where that can help: at the call, so that its siblings go on undisturbed."""

import asyncio
import email.utils
import math
import random
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TypeVar

import stamina

from outlast.evidence.errors import Transient

Answer = TypeVar("Answer")

MAX_RETRY_AFTER = timedelta(days=1)
"""A server that asks for more is not believed."""


@dataclass(frozen=True)
class Patience:
    """How long a call may take, and how long it is tried again. What outlasts `whole` is for Temporal."""

    total_timeout: timedelta = timedelta(seconds=60)
    """From the first attempt's beginning; about that long after it, no further attempt begins."""
    attempt_timeout: timedelta = timedelta(seconds=30)
    """From an attempt's beginning to the last byte of its answer."""
    first_wait: timedelta = timedelta(seconds=0.5)
    """Doubled at each attempt, with as much again by chance."""
    max_wait: timedelta = timedelta(seconds=15)


DEFAULT_PATIENCE = Patience()


async def retry(
    call: Callable[[], Awaitable[Answer]],
    what: str,
    patience: Patience = DEFAULT_PATIENCE,
    *,
    before: Callable[[], Awaitable[object]] | None = None,
) -> Answer:
    """The answer of `call`, which is made again as long as it raises Transient and patience lasts.

    Where a server says when to come back (`Transient.retry_after`), that is when; where that is later than patience
    lasts, its Transient is raised at once. `what` names the called one in messages: `Tavily`. `before` is awaited ahead
    of each attempt and not counted as its time: for waiting in a queue. Raises what the last attempt raised; an attempt
    that takes too long is a Transient.
    """
    begun = time.monotonic()

    def backoff(error: Exception) -> bool | timedelta:
        if not isinstance(error, Transient):
            return False
        if error.retry_after is None:
            return True
        if time.monotonic() - begun + error.retry_after.total_seconds() > patience.total_timeout.total_seconds():
            return False
        return error.retry_after + random.random() * patience.first_wait  # noqa: S311 - not all callers at one moment

    attempts = stamina.retry_context(
        on=backoff,
        attempts=None,
        timeout=patience.total_timeout,
        wait_initial=patience.first_wait,
        wait_max=patience.max_wait,
        wait_jitter=patience.first_wait,
    )
    async for attempt in attempts:
        with attempt:
            if before is not None:
                await before()
            async with deadline(patience.attempt_timeout, what):
                return await call()
    raise AssertionError("stamina ends with an answer or an error")


@asynccontextmanager
async def deadline(limit: timedelta, what: str) -> AsyncGenerator[None]:
    """Ends what is inside after `limit`, as a whole: a server that sends a byte now and then is no reason to wait.

    Raises Transient then, and for a timeout of the call's own.
    """
    try:
        async with asyncio.timeout(limit.total_seconds()):
            yield
    except TimeoutError as error:
        raise Transient(f"{what} did not answer within {limit.total_seconds():g} s.") from error


def parse_retry_after(headers: Mapping[str, str]) -> timedelta | None:
    """When the server says that one may come back: `Retry-After` in seconds or as a date, or `retry-after-ms`.

    None where it does not say, or says nothing sensible; a day at most.
    """
    value_by_name = {name.lower(): value.strip() for name, value in headers.items()}
    if (milliseconds := _number(value_by_name.get("retry-after-ms", ""))) is not None:
        return _cap_wait(milliseconds / 1000)
    value = value_by_name.get("retry-after", "")
    if (seconds := _number(value)) is not None:
        return _cap_wait(seconds)
    try:
        date = email.utils.parsedate_to_datetime(value)
    except (ValueError, IndexError, OverflowError):
        return None
    moment = date if date.tzinfo else date.replace(tzinfo=UTC)
    return _cap_wait(max(0.0, (moment - datetime.now(UTC)).total_seconds()))


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) and number >= 0 else None


def _cap_wait(seconds: float) -> timedelta:
    return timedelta(seconds=min(seconds, MAX_RETRY_AFTER.total_seconds()))
