"""Fetch the bytes of a page safely, even if its address or its site is hostile."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from time import monotonic
from types import TracebackType

import httpx

from outlast.tools.retrying import parse_retry_after
from outlast.tools.web.pages.failures import UnavailablePage, UnreadablePage, display_url
from outlast.tools.web.pages.politeness import HostTurns
from outlast.tools.web.pages.requesting import PageLimits, SiteClient, SiteResponse
from outlast.tools.web.pages.robots import ROBOT_NAME, Robots
from outlast.tools.web.pages.urls import ALLOWED_PORTS, host_of, parse_page_url

HOST_PAUSE = timedelta(seconds=1)
USER_AGENT = f"{ROBOT_NAME}/0.1 (reads pages for research, and robots.txt before)"

UNDECLARED_MEDIA_TYPES = frozenset({"", "application/octet-stream", "binary/octet-stream", "application/x-download"})
MEDIA_TYPES = UNDECLARED_MEDIA_TYPES | {
    "application/pdf",
    "application/x-pdf",
    "application/xhtml+xml",
    "text/html",
    "text/markdown",
    "text/plain",
}
REFUSAL_REASONS = {
    401: "it requires a login",
    402: "it requires a payment",
    403: "its site refuses to show it",
    404: "there is no such page",
    407: "it requires a login",
    410: "the page is gone",
    451: "it is withheld for legal reasons",
}
BUSY_STATUSES = frozenset({408, 409, 425, 429})
REDIRECT_STATUSES = frozenset({301, 302, 303, 307, 308})
ROBOTS_TIMEOUT = timedelta(seconds=20)
CHARSET = re.compile(r"""charset\s*=\s*["']?([\w.:-]{1,40})""", re.IGNORECASE | re.ASCII)


@dataclass(frozen=True)
class FetchedPage:
    """A page as its site sent it: decompressed, but not yet decoded or parsed."""

    url: str
    """The requested address in ASCII, without its fragment."""
    final_url: str
    """The address at which the redirects ended."""
    status: int
    media_type: str
    charset: str
    """The charset of the Content-Type header; "" if it names none."""
    fetched: datetime
    content: bytes


class Fetcher:
    """Fetches pages. Use it with `async with`. Many tasks may use it at once: each host gets one request at a time."""

    def __init__(
        self,
        transport: httpx.AsyncBaseTransport,
        *,
        limits: PageLimits | None = None,
        pause: timedelta = HOST_PAUSE,
        obey_robots: bool = True,
        user_agent: str = USER_AGENT,
        ports: frozenset[int] = ALLOWED_PORTS,
    ) -> None:
        """`transport` must check addresses, as `CheckedTransport` does. `pause` is between two requests to a host."""
        self._transport = transport
        self._limits = limits or PageLimits()
        self._client = SiteClient(transport, user_agent, self._limits)
        self._pause = pause
        self._turns = HostTurns()
        self._robots = Robots(self._fetch_robots_txt, pause) if obey_robots else None
        self._ports = ports

    async def __aenter__(self) -> "Fetcher":
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._transport.aclose()

    async def fetch(self, url: str) -> FetchedPage:
        """Return the page at `url`. Redirects are followed, and each address is checked like the first.

        Raises UnreadablePage if the address is refused here or by the site, or if the content is of a kind that is not
        read; UnavailablePage if another attempt may succeed; NeedsOperator if the proxy fails.
        """
        answer, final = await self._follow_redirects(url, MEDIA_TYPES)
        _check_status(url, answer)
        return FetchedPage(
            url=str(parse_page_url(url, self._ports)),
            final_url=str(final),
            status=answer.status,
            media_type=answer.media_type,
            charset=_charset(answer.headers.get("content-type", "")),
            fetched=datetime.now(UTC),
            content=answer.content,
        )

    async def _follow_redirects(self, page_url: str, media_types: Collection[str]) -> tuple[SiteResponse, httpx.URL]:
        """Return the first answer that is not a redirect, of any status, and its address."""
        url = start = parse_page_url(page_url, self._ports)
        remaining = self._limits.total_time
        try:
            for _ in range(self._limits.redirects + 1):
                answer, remaining = await self._request_page(url, media_types, remaining, is_first=url == start)
                target = self._redirect_target(url, answer)
                if target is None:
                    return answer, url
                url = target
        except (UnreadablePage, UnavailablePage) as error:
            if error.skipped.uri == display_url(str(start)):
                raise
            raise error.reached_from(page_url) from error
        raise UnreadablePage(page_url, f"it redirects more than {self._limits.redirects} times")

    async def _request_page(
        self, url: httpx.URL, media_types: Collection[str], remaining: timedelta, *, is_first: bool
    ) -> tuple[SiteResponse, timedelta]:
        """Return the site's answer and the time that remains after it."""
        pause = await self._robots.pause(url) if self._robots else self._pause
        async with self._turns.turn(host_of(url), pause if is_first else timedelta()):
            started = monotonic()
            answer = await self._client.get(url, remaining, media_types)
            return answer, remaining - timedelta(seconds=monotonic() - started)

    async def _fetch_robots_txt(self, url: httpx.URL) -> SiteResponse:
        remaining = ROBOTS_TIMEOUT
        for _ in range(self._limits.redirects + 1):
            async with self._turns.turn(host_of(url), timedelta(), counts=False):
                started = monotonic()
                answer = await self._client.get(url, remaining)
                remaining -= timedelta(seconds=monotonic() - started)
            target = self._redirect_target(url, answer)
            if target is None:
                return answer
            url = target
        raise UnreadablePage(str(url), f"it redirects more than {self._limits.redirects} times")

    def _redirect_target(self, url: httpx.URL, answer: SiteResponse) -> httpx.URL | None:
        """Return the redirect's target, or None without one. Raises UnreadablePage if the target is not allowed."""
        location = answer.headers.get("location", "").strip()
        if answer.status not in REDIRECT_STATUSES or not location:
            return None
        try:
            target = str(url.join(location))
        except (httpx.InvalidURL, ValueError) as error:
            raise UnreadablePage(location, "its address is malformed") from error
        return parse_page_url(target, self._ports)


def _check_status(url: str, answer: SiteResponse) -> None:
    status = answer.status
    if status in (200, 203):
        return
    if status in BUSY_STATUSES or status >= 500:
        raise UnavailablePage(url, f"its site is out of order or busy ({status})", parse_retry_after(answer.headers))
    raise UnreadablePage(url, f"{REFUSAL_REASONS.get(status, 'its answer is not a page')} ({status})")


def _charset(content_type: str) -> str:
    found = CHARSET.search(content_type)
    return found.group(1) if found else ""
