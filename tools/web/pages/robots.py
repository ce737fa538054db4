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
from outlast.tools.web.pages.requesting import SiteResponse
from outlast.tools.web.pages.urls import port_of

ROBOT_NAME = "Outlast"
MAX_ROBOTS_BYTES = 500 << 10  # what the RFC asks to read at least
RULES_TTL = timedelta(hours=24)
FAILURE_TTL = timedelta(seconds=10)
MAX_PAUSE = timedelta(seconds=10)
MAX_SITES = 1_000

FetchRobotsTxt = Callable[[httpx.URL], Awaitable[SiteResponse]]
"""Asks for a robots.txt, redirects followed. Raises what `Fetcher.fetch` does."""


@dataclass(frozen=True)
class _Rules:
    """Of one site. `failure` says why nobody knows them; then the site is left alone."""

    until: float
    parsed: Protego | None = None
    failure: str = ""


class Robots:
    def __init__(self, fetch_robots_txt: FetchRobotsTxt, pause: timedelta) -> None:
        """`pause` is between two requests to a host where its site does not ask for a longer one."""
        self._fetch_robots_txt = fetch_robots_txt
        self._pause = pause
        self._cached_rules: TLRUCache[str, _Rules] = TLRUCache(MAX_SITES, lambda _, rules, __: rules.until)
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
        if not rules.parsed.can_fetch(str(url), ROBOT_NAME):
            raise UnreadablePage(str(url), "its site does not want robots to read it (robots.txt)")
        delay = rules.parsed.crawl_delay(ROBOT_NAME) or 0.0
        longest = MAX_PAUSE.total_seconds()
        return max(self._pause, timedelta(seconds=min(delay, longest) if delay > 0 else 0))  # it may be a nan

    async def _rules(self, url: httpx.URL) -> _Rules:
        site = f"{url.scheme}://{url.netloc.decode('ascii')}:{port_of(url)}"
        lock = self._locks.setdefault(site, asyncio.Lock())
        async with lock:
            if (rules := self._cached_rules.get(site)) is None:
                rules = self._cached_rules[site] = await self._fetch_rules(url)
            return rules

    async def _fetch_rules(self, url: httpx.URL) -> _Rules:
        now = time.monotonic()
        try:
            answer = await self._fetch_robots_txt(url.copy_with(raw_path=b"/robots.txt"))
        except UnavailablePage as error:
            return _Rules(now + FAILURE_TTL.total_seconds(), failure=error.skipped.reason)
        except UnreadablePage:  # a loop of redirects, a film: to the RFC there are no rules then
            return _Rules(now + RULES_TTL.total_seconds())
        if answer.status == 429 or answer.status >= 500:
            return _Rules(now + FAILURE_TTL.total_seconds(), failure=f"it answers {answer.status}")
        if not 200 <= answer.status < 300:
            return _Rules(now + RULES_TTL.total_seconds())
        text = answer.content[:MAX_ROBOTS_BYTES].decode("utf-8", "replace")
        return _Rules(now + RULES_TTL.total_seconds(), parsed=await asyncio.to_thread(Protego.parse, text))
