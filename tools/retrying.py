"""Retry calls that cost money or leave the machine: at the call itself, so that its sibling calls are undisturbed."""

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
"""A longer wait that a server asks for is cut to this."""


@dataclass(frozen=True)
class Patience:
    """How long one call may take, and how long it is retried. A failure that lasts longer is left to Temporal."""

    total_timeout: timedelta = timedelta(seconds=60)
    """Counted from the start of the first attempt; about this long after it, no further attempt starts."""
    attempt_timeout: timedelta = timedelta(seconds=30)
    """From the start of an attempt to the last byte of its answer."""
    first_wait: timedelta = timedelta(seconds=0.5)
    """The wait before the second attempt. It doubles with each attempt; a random jitter of up to this much is added."""
    max_wait: timedelta = timedelta(seconds=15)
    """The longest wait between two attempts, unless the server asks for a longer one."""


DEFAULT_PATIENCE = Patience()


async def retry(
    call: Callable[[], Awaitable[Answer]],
    subject: str,
    patience: Patience = DEFAULT_PATIENCE,
    *,
    before: Callable[[], Awaitable[object]] | None = None,
) -> Answer:
    """Return the answer of `call`, which is repeated while it raises Transient and `patience` allows.

    If a server says when to come back (`Transient.retry_after`), the next attempt starts then; if that is too late for
    `patience`, its Transient is raised at once. `subject` begins the message of a timeout: `Tavily`. `before` is
    awaited ahead of each attempt, for waiting in a queue, and does not count as the attempt's time. Raises what the
    last attempt raised; an attempt that takes too long raises Transient.
    """
    started = time.monotonic()

    def backoff(error: Exception) -> bool | timedelta:
        if not isinstance(error, Transient):
            return False
        if error.retry_after is None:
            return True
        if time.monotonic() - started + error.retry_after.total_seconds() > patience.total_timeout.total_seconds():
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
            async with deadline(patience.attempt_timeout, subject):
                return await call()
    raise AssertionError("stamina's loop ends with an answer or an error")


@asynccontextmanager
async def deadline(limit: timedelta, subject: str) -> AsyncGenerator[None]:
    """Limit the total time of the block to `limit`: a server that sends a byte now and then does not extend it.

    Raises Transient when the limit is reached, and for a timeout of the call's own. `subject` begins its message.
    """
    try:
        async with asyncio.timeout(limit.total_seconds()):
            yield
    except TimeoutError as error:
        raise Transient(f"{subject} did not answer within {limit.total_seconds():g} s.") from error


def parse_retry_after(headers: Mapping[str, str]) -> timedelta | None:
    """Return how long the server asks to wait: `Retry-After` in seconds or as a date, or `retry-after-ms`.

    Return None if the headers say nothing, or nothing sensible. The wait is at most `MAX_RETRY_AFTER`.
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
