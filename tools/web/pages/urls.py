"""Addresses of pages: what one must look like before anything is connected to."""

import re
import socket

import httpx

from outlast.tools.web.pages.addresses import describe_non_public
from outlast.tools.web.pages.failures import UnreadablePage

ALLOWED_PORTS = frozenset({80, 443, 8080, 8443})
DEFAULT_PORTS = {"http": 80, "https": 443}
MAX_URL_CHARACTERS = 2_048
NOT_IN_URLS = re.compile(r"[\x00-\x20\x7f\\\ud800-\udfff]")  # a backslash is a slash to browsers and none to others
CREDENTIALS = re.compile(r"[^/?#]*//[^/?#]*@")
HOST = re.compile(r"[a-z0-9._-]+|[0-9a-f:.]+", re.IGNORECASE)  # no percent signs: not everybody decodes them

# Names that mean something inside a network, whatever they are resolved to there.
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


def parse_page_url(given: str, ports: frozenset[int] = ALLOWED_PORTS) -> httpx.URL:
    """The URL that is meant, without its fragment. Raises UnreadablePage where none of the kind is ever fetched."""
    text = given.strip()
    if len(text) > MAX_URL_CHARACTERS:
        raise UnreadablePage(text, f"its address is longer than {MAX_URL_CHARACTERS:,} characters")
    if NOT_IN_URLS.search(text):
        raise UnreadablePage(text, "its address has characters that no address has")
    try:
        url = httpx.URL(text).copy_with(fragment=None)
        port, host = url.port, url.raw_host.decode("ascii")
        _ = url.host  # what is written in Punycode must be so: others decode it, and would fail later
    except (httpx.InvalidURL, ValueError) as error:
        raise UnreadablePage(text, "its address cannot be understood") from error
    if url.scheme not in DEFAULT_PORTS:
        raise UnreadablePage(text, "only http and https addresses are read")
    if CREDENTIALS.match(text):
        raise UnreadablePage(text, "its address carries a user's name or password")
    if not host:
        raise UnreadablePage(text, "its address names no host")
    if not HOST.fullmatch(host):
        raise UnreadablePage(text, "its address names no host that could be")
    if port is not None and port not in ports:
        raise UnreadablePage(text, f"its address names port {port}, and only {_format_ports(ports)} are asked")
    return url


def port_of(url: httpx.URL) -> int:
    return DEFAULT_PORTS[url.scheme] if url.port is None else url.port


def host_of(url: httpx.URL) -> str:
    """The host as it is asked for: in lower case, without the dot of the root."""
    return url.raw_host.decode("ascii").lower().rstrip(".")


def parse_ip_literal(host: str) -> str | None:
    """The address that the host is, if it is one; also `2130706433`, `0x7f.1`, `0177.0.0.1`, as resolvers read it."""
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
    """Whether the name belongs to inner networks or to nobody: `printer`, `metadata.google.internal`, `x.local`."""
    return "." not in host or any(
        host == each or host.endswith(f".{each}") for each in INTERNAL_SUFFIXES + RESERVED_SUFFIXES
    )


def _format_ports(ports: frozenset[int]) -> str:
    return ", ".join(str(port) for port in sorted(ports))
