"""The HTTP client of one engine: a complete answer in time, or an error of Outlast that says who can fix it."""

import json
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar

import httpx

from outlast.evidence.errors import NeedsOperator, OutlastError, Permanent, Transient
from outlast.tools.redacting import redact, redact_error
from outlast.tools.retrying import Patience, parse_retry_after, retry
from outlast.tools.web.engines.engine import RefusedQuery
from outlast.tools.web.engines.hits import tidy
from outlast.tools.web.engines.rate_limit import CURRENT_TURN, RateLimiter

Answer = TypeVar("Answer")

USER_AGENT = "Outlast/0.1 (research pipeline{contact})"
"""Wikimedia refuses programs that do not identify themselves."""
SEARCH_PATIENCE = Patience(attempt_timeout=timedelta(seconds=20))
MAX_ANSWER_BYTES = 8_000_000
MAX_REFUSAL_BYTES = 64_000
RETRYABLE_STATUSES = frozenset({408, 409, 421, 425, 429})
QUOTA_STATUSES = frozenset({402, 432, 433})
"""402 is "payment required"; 432 and 433 are Tavily's own: the plan's limit, the pay-as-you-go limit."""
QUOTA_PATTERN = re.compile(r"insufficient_quota|quota|\bcredits?\b|billing|\bspend", re.IGNORECASE)
"""A 429 with such a text does not pass within seconds."""
BAD_QUERY_STATUSES = frozenset({400, 414, 422})
BAD_KEY_PATTERN = re.compile(r"\bapi[ _-]?key\b|credential|unauthori[sz]ed", re.IGNORECASE)
WRONG_SCHEME_PATTERN = re.compile(r"sent to HTTPS port|to an HTTPS server|to an SSL-enabled server", re.IGNORECASE)
"""Texts with a 400 that is not about the query: PubMed's for a bad key; those of nginx, Go and Apache for `http`
instead of `https`."""

MALFORMED_ANSWER_ERRORS = (ValueError, TypeError, LookupError, AttributeError, RecursionError, httpx.InvalidURL)
"""Errors that clients raise for an unexpected answer, for example because the address is wrong."""


@dataclass(frozen=True)
class EngineHints:
    """The engine's name as people know it, and sentences for messages that say what to do."""

    name: str
    key: str = ""
    """What to do if the key is refused: `Set TAVILY_API_KEY to a valid key of app.tavily.com.`"""
    quota: str = ""
    """What to do if the quota is used up."""
    address: str = ""
    """What to do if another server, or none, answers at the address."""


class EngineHttpClient:
    """HTTP with retries, a rate limit and errors of Outlast. Without `transport` it uses the environment's proxies."""

    def __init__(
        self,
        hints: EngineHints,
        *,
        secrets: tuple[str, ...] = (),
        headers: Mapping[str, str] | None = None,
        auth: httpx.BasicAuth | None = None,
        pace: timedelta = timedelta(0),
        patience: Patience = SEARCH_PATIENCE,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self.hints = hints
        self.patience = patience
        try:
            self.http = httpx.AsyncClient(
                headers={"Accept-Encoding": "gzip"}
                | dict(headers or {}),  # a piece of brotli or zstd can unpack to any size
                auth=auth,
                transport=transport,
                timeout=patience.attempt_timeout.total_seconds(),
                event_hooks={"response": [self._raise_for_status]},
            )
        except (ImportError, ValueError, httpx.InvalidURL):  # about a proxy; it may quote a password: not chained
            raise NeedsOperator(
                f"{hints.name} cannot be asked through the proxy that is set: its URL is not usable.",
                "Set HTTPS_PROXY and ALL_PROXY to a URL that begins with http:// or https://, or to nothing.",
            ) from None
        self._secrets = secrets
        self._rate_limiter = RateLimiter(pace)

    async def close(self) -> None:
        await self.http.aclose()

    async def fetch(
        self,
        method: str,
        url: str,
        read: Callable[[bytes], Answer],
        *,
        params: Mapping[str, str | int] | None = None,
        data: Mapping[str, str | int] | None = None,
    ) -> Answer:
        """Return `read(body)`. A ValueError, TypeError or LookupError of `read` counts as a malformed answer."""

        async def attempt() -> Answer:
            async with self.http.stream(method, url, params=params, data=data) as response:
                body = b""
                async for piece in response.aiter_bytes():
                    body += piece
                    if len(body) > MAX_ANSWER_BYTES:
                        raise Permanent(f"{self.hints.name} sent more than {MAX_ANSWER_BYTES // 1_000_000} MB.")
                return read(body)

        return await self.ask(attempt)

    async def ask(self, call: Callable[[], Awaitable[Answer]]) -> Answer:
        """Return the answer of a call that uses `self.http`, retried while that can help. Raises errors of Outlast.

        The call waits for its turn in the queue first; that time does not count as `patience`.
        """
        await self._wait_for_turn()
        is_first = True

        async def wait_for_retry_turn() -> None:
            nonlocal is_first
            if not is_first:
                await self._rate_limiter.acquire()
            is_first = False

        async def attempt() -> Answer:
            try:
                return await call()
            except OutlastError as error:  # raised by a reader of the answer, which may quote the answer
                error.args = tuple(redact(str(argument), self._secrets) for argument in error.args)
                raise
            except (httpx.HTTPError, *MALFORMED_ANSWER_ERRORS) as error:
                failure = self._as_error(error)
            raise failure  # after `except`, so that the library's error, which may quote the key, is not its context

        return await retry(attempt, self.hints.name, self.patience, before=wait_for_retry_turn)

    async def _wait_for_turn(self) -> None:
        """Wait in the queue before the first attempt. Only this wait is the queue's: a retry waits after a failure."""
        turn = CURRENT_TURN.get()
        if turn is not None:
            turn.start_waiting()
        await self._rate_limiter.acquire()
        if turn is not None:
            turn.stop_waiting()

    def _as_error(self, error: Exception) -> OutlastError:
        failure = self._classify_error(error)
        failure.__cause__ = redact_error(error, self._secrets)
        return failure

    def _excerpt(self, text: str) -> str:
        return tidy(redact(text, self._secrets), 200)  # redacted before it is cut: half of a key is not recognised

    def _classify_error(self, error: Exception) -> OutlastError:
        name = self.hints.name
        reason = self._excerpt(str(error)) or type(error).__name__
        match error:
            case httpx.TimeoutException():
                return Transient(f"{name} did not answer in time.")
            case httpx.UnsupportedProtocol() | httpx.InvalidURL() | httpx.LocalProtocolError():
                return Permanent(f"{name} cannot be asked: {reason} {self.hints.address}".rstrip())
            case httpx.TransportError():
                return Transient(f"{name} cannot be reached: {reason}. {self.hints.address}".rstrip())
            case _:
                return Transient(f"{name} sent an answer that cannot be read ({type(error).__name__}: {reason}).")

    async def _raise_for_status(self, response: httpx.Response) -> None:
        """Raise an error of Outlast before the client reads the answer: tavily-python drops status and Retry-After."""
        if response.status_code != 200:
            body = b""
            async for piece in response.aiter_bytes():
                body += piece
                if len(body) > MAX_REFUSAL_BYTES:
                    break
            raise self._as_refusal(response, body[:MAX_REFUSAL_BYTES].decode(errors="replace"))

    def _as_refusal(self, response: httpx.Response, body: str) -> OutlastError:
        detail = self._excerpt(_detail(response, body))
        return classify_refusal(self.hints, response.status_code, response.headers, detail, body)


def classify_refusal(
    hints: EngineHints, status: int, headers: httpx.Headers, detail: str, body: str = ""
) -> OutlastError:
    """Return the error for an answer with another status than 200. `detail` is the part of its text shown to people."""
    name, reason = hints.name, f"{status}: {detail}" if detail else str(status)
    if status in QUOTA_STATUSES or (status == 429 and QUOTA_PATTERN.search(detail)):
        return NeedsOperator(f"{name}'s quota is used up ({reason}).", hints.quota or "Wait, or raise the quota.")
    if status in RETRYABLE_STATUSES or status >= 500:
        return Transient(f"{name} does not answer now ({reason}).", parse_retry_after(headers))
    if status in (401, 403) or (status == 400 and BAD_KEY_PATTERN.search(detail)):
        return Permanent(f"{name} refuses access ({reason}). {hints.key}".rstrip())
    if 300 <= status < 400 or status == 404 or (status == 400 and WRONG_SCHEME_PATTERN.search(body)):
        return Permanent(f"{name} is not at this address ({reason}). {hints.address}".rstrip())
    if status in BAD_QUERY_STATUSES:
        return RefusedQuery(f"{name} does not take this search ({reason}).")
    return Permanent(f"{name} cannot be asked ({reason}).")


def open_http_client(
    name: str,
    contact: str,
    *,
    pace: timedelta,
    patience: Patience,
    transport: httpx.AsyncBaseTransport | None,
    key: str = "",
    secrets: tuple[str, ...] = (),
) -> EngineHttpClient:
    """Open the client of a public engine that wants to know who asks: `contact` is an e-mail address or ""."""
    headers = {"User-Agent": USER_AGENT.format(contact=f"; {contact}" if contact else "")}
    hints = EngineHints(name, key=key)
    return EngineHttpClient(hints, secrets=secrets, headers=headers, pace=pace, patience=patience, transport=transport)


def _detail(response: httpx.Response, text: str) -> str:
    """Return the body's message: the first text under `error`, `detail` or `message`; "" for an HTML page."""
    if response.is_redirect:
        return f"moved to {response.headers.get('location', '')}"
    try:
        body: object = json.loads(text)
    except (ValueError, RecursionError):
        return "" if "<" in text[:200] else text
    return _words(body)


def _words(body: object) -> str:
    if isinstance(body, str):
        return body
    if isinstance(body, dict):
        texts = (_words(body.get(name)) for name in ("error", "detail", "message"))  # pyright: ignore[reportUnknownArgumentType, reportUnknownMemberType]
        return next((text for text in texts if text), "")
    return ""
