"""The rules for robots that sites publish in their robots.txt (RFC 9309)."""

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
MAX_ROBOTS_BYTES = 500 << 10  # the minimum that the RFC requires to be read
RULES_TTL = timedelta(hours=24)
FAILURE_TTL = timedelta(seconds=10)
MAX_PAUSE = timedelta(seconds=10)
MAX_SITES = 1_000

FetchRobotsTxt = Callable[[httpx.URL], Awaitable[SiteResponse]]
"""Fetches a robots.txt and follows redirects. Raises the errors of `Fetcher.fetch`."""


@dataclass(frozen=True)
class _Rules:
    """The rules of one site. If `failure` says why they could not be read, no page of the site is fetched."""

    until: float
    parsed: Protego | None = None
    failure: str = ""


class Robots:
    """The rules of the sites, each read once and cached."""

    def __init__(self, fetch_robots_txt: FetchRobotsTxt, pause: timedelta) -> None:
        """`pause` is the time between two requests to a host, unless its site asks for a longer time."""
        self._fetch_robots_txt = fetch_robots_txt
        self._pause = pause
        self._cached_rules: TLRUCache[str, _Rules] = TLRUCache(MAX_SITES, lambda _, rules, __: rules.until)
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        """The locks of sites whose rules are being fetched. Each task that holds or awaits a lock keeps it alive."""

    async def pause(self, url: httpx.URL) -> timedelta:
        """Return how long to pause before the page is requested, if its site allows robots to read it.

        Raises UnreadablePage if it does not, UnavailablePage if its robots.txt cannot be read at present.
        """
        rules = await self._rules(url)
        if rules.failure:
            retry_after = timedelta(seconds=max(0.0, rules.until - time.monotonic()))
            raise UnavailablePage(str(url), f"its site's robots.txt could not be read: {rules.failure}", retry_after)
        if rules.parsed is None:
            return self._pause
        if not rules.parsed.can_fetch(str(url), ROBOT_NAME):
            raise UnreadablePage(str(url), "its site does not want robots to read it (robots.txt)")
        delay = rules.parsed.crawl_delay(ROBOT_NAME) or 0.0
        max_delay = MAX_PAUSE.total_seconds()
        return max(self._pause, timedelta(seconds=min(delay, max_delay) if delay > 0 else 0))  # `delay` may be NaN

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
        except UnreadablePage:  # a loop of redirects, a video: by the RFC, there are no rules then
            return _Rules(now + RULES_TTL.total_seconds())
        if answer.status == 429 or answer.status >= 500:
            return _Rules(now + FAILURE_TTL.total_seconds(), failure=f"it answers {answer.status}")
        if not 200 <= answer.status < 300:
            return _Rules(now + RULES_TTL.total_seconds())
        text = answer.content[:MAX_ROBOTS_BYTES].decode("utf-8", "replace")
        return _Rules(now + RULES_TTL.total_seconds(), parsed=await asyncio.to_thread(Protego.parse, text))
