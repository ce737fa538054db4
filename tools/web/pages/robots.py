"""What sites ask of robots in their robots.txt (RFC 9309)."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from weakref import WeakValueDictionary

import httpx
from cachetools import TLRUCache
from protego import Protego

from outlast.tools.web.pages.failures import UnavailablePage, UnreadablePage
from outlast.tools.web.pages.requesting import Answer
from outlast.tools.web.pages.urls import port_of

ROBOT = "Outlast"
MOST_BYTES = 500 << 10  # what the RFC asks to read at least
KEPT_FOR = timedelta(hours=24)
FAILURE_KEPT_FOR = timedelta(seconds=10)
LONGEST_PAUSE = timedelta(seconds=10)
MOST_SITES = 1_000

Get = Callable[[httpx.URL], Awaitable[Answer]]
"""Asks for a robots.txt, redirects followed. Raises what `Fetcher.fetch` does."""


@dataclass(frozen=True)
class _Rules:
    """Of one site. `failure` says why nobody knows them; then the site is left alone."""

    until: float
    parsed: Protego | None = None
    failure: str = ""


class Robots:
    def __init__(self, get: Get, pause: timedelta) -> None:
        """`pause` is between two requests to a host where its site does not ask for a longer one."""
        self._get = get
        self._pause = pause
        self._known: TLRUCache[str, _Rules] = TLRUCache(MOST_SITES, lambda _, rules, __: rules.until)
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        """Of the sites whose rules are asked for just now: who does, or waits, holds the lock in a variable."""

    async def pause(self, url: httpx.URL) -> timedelta:
        """How long to leave the host alone before the page is asked for, which it allows.

        Raises UnreadablePage where it does not, UnavailablePage where its robots.txt cannot be had just now.
        """
        rules = await self._rules(url)
        if rules.failure:
            again = timedelta(seconds=max(0.0, rules.until - time.monotonic()))
            raise UnavailablePage(str(url), f"its site's robots.txt could not be read: {rules.failure}", again)
        if rules.parsed is None:
            return self._pause
        if not rules.parsed.can_fetch(str(url), ROBOT):
            raise UnreadablePage(str(url), "its site does not want robots to read it (robots.txt)")
        asked = rules.parsed.crawl_delay(ROBOT) or 0.0
        longest = LONGEST_PAUSE.total_seconds()
        return max(self._pause, timedelta(seconds=min(asked, longest) if asked > 0 else 0))  # it may be a nan

    async def _rules(self, url: httpx.URL) -> _Rules:
        site = f"{url.scheme}://{url.netloc.decode('ascii')}:{port_of(url)}"
        lock = self._locks.setdefault(site, asyncio.Lock())
        async with lock:
            if (known := self._known.get(site)) is None:
                known = self._known[site] = await self._asked(url)
            return known

    async def _asked(self, url: httpx.URL) -> _Rules:
        now = time.monotonic()
        try:
            answer = await self._get(url.copy_with(raw_path=b"/robots.txt"))
        except UnavailablePage as error:
            return _Rules(now + FAILURE_KEPT_FOR.total_seconds(), failure=error.skipped.reason)
        except UnreadablePage:  # a loop of redirects, a film: to the RFC there are no rules then
            return _Rules(now + KEPT_FOR.total_seconds())
        if answer.status == 429 or answer.status >= 500:
            return _Rules(now + FAILURE_KEPT_FOR.total_seconds(), failure=f"it answers {answer.status}")
        if not 200 <= answer.status < 300:
            return _Rules(now + KEPT_FOR.total_seconds())
        text = answer.content[:MOST_BYTES].decode("utf-8", "replace")
        return _Rules(now + KEPT_FOR.total_seconds(), parsed=await asyncio.to_thread(Protego.parse, text))
