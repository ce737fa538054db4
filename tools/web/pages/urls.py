"""Check the URL of a page before anything connects to it."""

import re
import socket

import httpx

from outlast.tools.web.pages.addresses import describe_non_public
from outlast.tools.web.pages.failures import UnreadablePage

ALLOWED_PORTS = frozenset({80, 443, 8080, 8443})
DEFAULT_PORTS = {"http": 80, "https": 443}
MAX_URL_CHARACTERS = 2_048
NOT_IN_URLS = re.compile(r"[\x00-\x20\x7f\\\ud800-\udfff]")  # a backslash is a slash in browsers only
CREDENTIALS = re.compile(r"[^/?#]*//[^/?#]*@")
HOST = re.compile(r"[a-z0-9._-]+|[0-9a-f:.]+", re.IGNORECASE)  # no percent signs: not every program decodes them

# Names that are meant for use inside a network, whatever they resolve to there.
INTERNAL_SUFFIXES = (
    "localhost",
    "local",
    "localdomain",
    "internal",
    "intranet",
    "corp",
    "home",
    "lan",
    "private",
    "home.arpa",
)
RESERVED_SUFFIXES = ("test", "invalid", "onion", "alt", "arpa")


def parse_page_url(page_url: str, ports: frozenset[int] = ALLOWED_PORTS) -> httpx.URL:
    """Parse the URL and remove its fragment. Raises UnreadablePage for a URL that is never fetched, and says why."""
    text = page_url.strip()
    if len(text) > MAX_URL_CHARACTERS:
        raise UnreadablePage(text, f"its address is longer than {MAX_URL_CHARACTERS:,} characters")
    if NOT_IN_URLS.search(text):
        raise UnreadablePage(text, "its address has characters that are not allowed in a URL")
    try:
        url = httpx.URL(text).copy_with(fragment=None)
        port, host = url.port, url.raw_host.decode("ascii")
        _ = url.host  # raises for invalid Punycode, which would fail later, where it is decoded
    except (httpx.InvalidURL, ValueError) as error:
        raise UnreadablePage(text, "its address is malformed") from error
    if url.scheme not in DEFAULT_PORTS:
        raise UnreadablePage(text, "only http and https addresses are read")
    if CREDENTIALS.match(text):
        raise UnreadablePage(text, "its address contains a user name or a password")
    if not host:
        raise UnreadablePage(text, "its address names no host")
    if not HOST.fullmatch(host):
        raise UnreadablePage(text, "its address names an impossible host")
    if port is not None and port not in ports:
        raise UnreadablePage(text, f"its address names port {port}, and only {_format_ports(ports)} are allowed")
    return url


def port_of(url: httpx.URL) -> int:
    """Return the URL's port, or the default port of its scheme."""
    return DEFAULT_PORTS[url.scheme] if url.port is None else url.port


def host_of(url: httpx.URL) -> str:
    """Return the host in lower case, without the final dot of the DNS root."""
    return url.raw_host.decode("ascii").lower().rstrip(".")


def parse_ip_literal(host: str) -> str | None:
    """Return the host as an IP address if it is one, also in the forms that resolvers accept, such as `0x7f.1`.

    Other such forms of 127.0.0.1 are `2130706433` and `0177.0.0.1`. Return None for a host name.
    """
    bare = host.strip("[]")
    try:
        describe_non_public(bare)
    except ValueError:
        pass
    else:
        return bare
    try:
        return socket.inet_ntoa(socket.inet_aton(bare))
    except OSError:
        return None


def is_reserved_name(host: str) -> bool:
    """Return whether the name is internal to networks or reserved: `printer`, `metadata.google.internal`, `x.local`."""
    return "." not in host or any(
        host == suffix or host.endswith(f".{suffix}") for suffix in INTERNAL_SUFFIXES + RESERVED_SUFFIXES
    )


def _format_ports(ports: frozenset[int]) -> str:
    return ", ".join(str(port) for port in sorted(ports))
