"""Make one request to a site within limits. A redirect is returned as an answer and not followed."""

import asyncio
from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta

import httpx

from outlast.evidence.errors import NeedsOperator, OutlastError
from outlast.evidence.sources import Value
from outlast.tools.web.pages.decompressing import ACCEPT_ENCODING, Packed, unpack
from outlast.tools.web.pages.failures import UnavailablePage, UnreadablePage
from outlast.tools.web.pages.transport import is_certificate_error

MB = 1 << 20


class PageLimits(Value):
    """The limits of one page, its redirects included."""

    wire_bytes: int = 32 * MB
    unpacked_bytes: int = 32 * MB
    redirects: int = 5
    total_time: timedelta = timedelta(seconds=60)
    """The total time of all requests; waiting for the turn at a busy host does not count."""
    silence: timedelta = timedelta(seconds=15)
    """The longest time without a connection, or without a byte on it."""


@dataclass(frozen=True)
class SiteResponse:
    """A site's answer. `content` is decompressed, and empty unless the status is 200 to 299."""

    status: int
    headers: httpx.Headers
    content: bytes

    @property
    def media_type(self) -> str:
        """The declared media type in lower case, without parameters; "" if the site declares none."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()


class SiteClient:
    """Sends GET requests to sites with the headers and limits of Outlast."""

    def __init__(self, transport: httpx.AsyncBaseTransport, user_agent: str, limits: PageLimits) -> None:
        self._transport = transport
        self._headers = {
            "User-Agent": user_agent,
            "Accept": "text/html, application/xhtml+xml, application/pdf, text/plain;q=0.8, */*;q=0.1",
            "Accept-Language": "en, *;q=0.5",
            "Accept-Encoding": ACCEPT_ENCODING,
            "Connection": "close",
        }
        self._limits = limits

    async def get(self, url: httpx.URL, time: timedelta, media_types: Collection[str] | None = None) -> SiteResponse:
        """Return the site's answer if it arrives within `time`. The content is read only if the status is 200 to 299.

        Raises UnreadablePage for content that is too large or not of `media_types` (None allows any type), and for
        sites with a forbidden address or an invalid certificate; UnavailablePage if the connection fails or the time is
        over; NeedsOperator if the proxy fails.
        """
        try:
            async with asyncio.timeout(time.total_seconds()):
                return await self._request(url, media_types)
        except TimeoutError as error:
            raise UnavailablePage(str(url), f"it took longer than {_seconds(self._limits.total_time)}") from error
        except httpx.TimeoutException as error:
            raise UnavailablePage(str(url), f"it sent nothing for {_seconds(self._limits.silence)}") from error
        except httpx.ProxyError as error:
            raise _as_proxy_failure(url, str(error)) from error
        except httpx.ConnectError as error:
            if is_certificate_error(error):
                raise UnreadablePage(str(url), "its certificate does not prove that it is this site") from error
            raise UnavailablePage(str(url), "its host cannot be connected to") from error
        except httpx.ProtocolError as error:
            raise UnavailablePage(str(url), "its answer broke off, or is not HTTP") from error
        except httpx.TransportError as error:
            raise UnavailablePage(str(url), "the connection broke off") from error

    async def _request(self, url: httpx.URL, media_types: Collection[str] | None) -> SiteResponse:
        silence = self._limits.silence.total_seconds()
        timeouts = {"connect": silence, "read": silence, "write": silence, "pool": None}
        request = httpx.Request("GET", url, headers=self._headers, extensions={"timeout": timeouts})
        response = await self._transport.handle_async_request(request)
        try:
            answer = SiteResponse(response.status_code, response.headers, b"")
            if not response.is_success:
                return answer
            if media_types is not None and answer.media_type not in media_types:
                raise UnreadablePage(str(url), f"it is {answer.media_type[:60]}, which is not read")
            content = await self._read_content(url, response)
        finally:
            await response.aclose()
        try:
            unpacked = await asyncio.to_thread(
                unpack, content, answer.headers.get("content-encoding", ""), self._limits.unpacked_bytes
            )
        except Packed as error:
            raise UnreadablePage(str(url), str(error)) from error
        return SiteResponse(answer.status, answer.headers, unpacked)

    async def _read_content(self, url: httpx.URL, response: httpx.Response) -> bytes:
        max_bytes = self._limits.wire_bytes
        too_large = UnreadablePage(str(url), f"it is larger than {max_bytes / MB:g} MB")
        declared = response.headers.get("content-length", "")
        if declared.isascii() and declared.isdigit() and len(declared) < 20 and int(declared) > max_bytes:
            raise too_large
        content = bytearray()
        async for piece in response.aiter_raw():
            content += piece
            if len(content) > max_bytes:
                raise too_large
        return bytes(content)


def _as_proxy_failure(url: httpx.URL, message: str) -> OutlastError:
    """Return the error for a proxy's failure. `message` begins with the status of the proxy's answer, if any."""
    status = message[:3]
    if status == "407":
        return NeedsOperator("The proxy requires a login (407).", "Put a user name and a password into its URL.")
    if status == "403":
        return UnreadablePage(str(url), "the proxy refuses to connect to it (403)")
    if status.isdigit():
        return UnavailablePage(str(url), f"the proxy cannot connect to it ({status})")
    return NeedsOperator("The proxy cannot be connected to.", "Check that it runs and that its URL is right.")


def _seconds(time: timedelta) -> str:
    return f"{time.total_seconds():g} s"
