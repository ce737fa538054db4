"""The HTTP transport to a site: it connects to an address that was checked, under the requested host name."""

import ssl

import httpx

from outlast.evidence.errors import NeedsOperator
from outlast.tools.web.pages.resolving import AddressResolver
from outlast.tools.web.pages.urls import host_of

# No connection is reused: for the pool, two names at one address are one host, and the second name would be requested
# over a connection whose certificate was checked for the first.
ONE_REQUEST_A_CONNECTION = httpx.Limits(max_connections=None, max_keepalive_connections=0)


class CheckedTransport(httpx.AsyncBaseTransport):
    """Connects only to what `addresses` allows. With a proxy, the proxy connects, and only the host names are checked.

    The environment is not read. `tls` says which certificates are trusted; None means those of certifi. Raises
    NeedsOperator for an unusable proxy URL.
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
        """Send the request. Raises the errors of `AddressResolver.resolve_host`, and httpx's own errors."""
        if self._proxied:
            await self._addresses.check_host(request.url)
            return await self._send_by_proxy(request)
        addresses = await self._addresses.resolve_host(request.url)
        for address in addresses[:-1]:
            try:
                return await self._inner.handle_async_request(_pin_address(request, address))
            except (httpx.ConnectError, httpx.ConnectTimeout):
                continue  # often an IPv6 address on a machine without an IPv6 connection
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
    """Return the proxy's URL without user name and password. Raises NeedsOperator if the URL is unusable."""
    try:
        url = httpx.URL(proxy)
        is_usable = url.scheme in ("http", "https") and bool(url.host) and 0 < (url.port or 80) < 65_536
    except (httpx.InvalidURL, ValueError):
        is_usable = False
    if not is_usable:
        raise NeedsOperator(
            "The URL of the proxy is not usable.",
            "Set HTTPS_PROXY to a URL that begins with http:// or https://.",
        )
    return str(httpx.URL(proxy).copy_with(username=None, password=None))


def _pin_address(request: httpx.Request, address: str) -> httpx.Request:
    """Return the request with `address` as its host. The Host header stays; the certificate is checked for the name."""
    return httpx.Request(
        request.method,
        request.url.copy_with(host=address),
        headers=request.headers,
        extensions={**request.extensions, "sni_hostname": host_of(request.url)},
    )


def is_certificate_error(error: BaseException) -> bool:
    """Return whether the connection failed because a certificate is not valid."""
    cause: BaseException | None = error
    while cause is not None and not isinstance(cause, ssl.SSLCertVerificationError):
        cause = cause.__cause__ or cause.__context__
    return cause is not None
