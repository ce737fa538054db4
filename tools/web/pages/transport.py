"""The way to a site: to an address that was checked, under the name that was asked for."""

import ssl

import httpx

from outlast.evidence.errors import NeedsOperator
from outlast.tools.web.pages.resolving import AddressResolver
from outlast.tools.web.pages.urls import host_of

# No connection is used twice: to the pool, two names at one address are one host, and the second would be asked over a
# connection whose certificate was checked for the first.
ONE_REQUEST_A_CONNECTION = httpx.Limits(max_connections=None, max_keepalive_connections=0)


class CheckedTransport(httpx.AsyncBaseTransport):
    """Connects to nothing but what `addresses` lets through; with a proxy, the proxy connects, and names are checked.

    Nothing of the environment is read. `tls` says which certificates are trusted; None: what certifi lists. Raises
    NeedsOperator for a proxy that can be none.
    """

    def __init__(self, addresses: AddressResolver, proxy: str | None = None, tls: ssl.SSLContext | None = None) -> None:
        if proxy is not None:
            check_proxy(proxy)
        self._addresses = addresses
        self._proxied = proxy is not None
        self._inner = httpx.AsyncHTTPTransport(
            verify=httpx.create_ssl_context(trust_env=False) if tls is None else tls,
            limits=ONE_REQUEST_A_CONNECTION,
            proxy=proxy,
            trust_env=False,
        )

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Raises UnreadablePage and UnavailablePage as `AddressResolver.of` does, and httpx's own errors."""
        if self._proxied:
            await self._addresses.check_host(request.url)
            return await self._send_by_proxy(request)
        addresses = await self._addresses.resolve_host(request.url)
        for address in addresses[:-1]:
            try:
                return await self._inner.handle_async_request(_pin_address(request, address))
            except (httpx.ConnectError, httpx.ConnectTimeout):
                continue  # often an IPv6 address, and there is no way to it from here
        return await self._inner.handle_async_request(_pin_address(request, addresses[-1]))

    async def _send_by_proxy(self, request: httpx.Request) -> httpx.Response:
        try:
            return await self._inner.handle_async_request(request)
        except (httpx.ConnectError, httpx.ConnectTimeout) as error:
            if is_certificate_error(error):
                raise
            raise httpx.ProxyError("no connection", request=request) from error

    async def aclose(self) -> None:
        await self._inner.aclose()


def check_proxy(proxy: str) -> str:
    """Where the proxy is, without a name and a password. Raises NeedsOperator where that is no URL of a known kind."""
    try:
        url = httpx.URL(proxy)
        usable = url.scheme in ("http", "https") and bool(url.host) and 0 < (url.port or 80) < 65_536
    except (httpx.InvalidURL, ValueError):
        usable = False
    if not usable:
        raise NeedsOperator(
            "The proxy that is set is of no kind that is known.",
            "Set HTTPS_PROXY to a URL that begins with http:// or https://.",
        )
    return str(httpx.URL(proxy).copy_with(username=None, password=None))


def _pin_address(request: httpx.Request, address: str) -> httpx.Request:
    """The same request to that address. Its Host header is there already; certificates are checked for the name."""
    return httpx.Request(
        request.method,
        request.url.copy_with(host=address),
        headers=request.headers,
        extensions={**request.extensions, "sni_hostname": host_of(request.url)},
    )


def is_certificate_error(error: BaseException) -> bool:
    """Whether there is no connection because a certificate does not hold."""
    at: BaseException | None = error
    while at is not None and not isinstance(at, ssl.SSLCertVerificationError):
        at = at.__cause__ or at.__context__
    return at is not None
