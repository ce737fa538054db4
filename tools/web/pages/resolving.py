"""Resolve host names to addresses and check these, so that connections go only to addresses that were checked."""

import asyncio
import socket
from collections.abc import Awaitable, Callable

import httpx

from outlast.tools.web.pages.addresses import describe_non_public
from outlast.tools.web.pages.failures import UnavailablePage, UnreadablePage
from outlast.tools.web.pages.urls import host_of, is_reserved_name, parse_ip_literal, port_of

Resolve = Callable[[str], Awaitable[list[str]]]
"""Resolves a host name to its addresses. Raises `OSError` (`socket.gaierror`) if there are none."""

UNKNOWN_NAME_ERRORS = {socket.EAI_NONAME, getattr(socket, "EAI_NODATA", socket.EAI_NONAME)}


async def resolve_name(name: str) -> list[str]:
    """Resolve a host name to its IP addresses, each once, with the system's resolver."""
    found = await asyncio.get_running_loop().getaddrinfo(name, None, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


class AddressResolver:
    """Resolves and checks host names. `local_sites`, only for tests, are pairs (address, port) that are allowed too."""

    def __init__(self, resolve: Resolve = resolve_name, local_sites: frozenset[tuple[str, int]] = frozenset()) -> None:
        self._resolve = resolve
        self._local_sites = local_sites

    async def resolve_host(self, url: httpx.URL) -> list[str]:
        """Return the addresses of the URL's host after checking that all of them are public.

        Raises UnreadablePage if any address is not public or the name does not exist; UnavailablePage if the lookup
        fails.
        """
        name = host_of(url)
        address = parse_ip_literal(name)
        if address is None and is_reserved_name(name):
            raise UnreadablePage(str(url), f"{name} is a name inside a network, not on the internet")
        addresses = [address] if address is not None else await self._look_up(name, url)
        for each in addresses:
            self._check(each, name, url)
        return addresses

    async def check_host(self, url: httpx.URL) -> None:
        """Check the URL's host as far as possible when a proxy resolves the name itself. Raises UnreadablePage."""
        try:
            await self.resolve_host(url)
        except UnavailablePage:
            return  # behind a proxy, local resolvers often do not know names of the internet
        except UnreadablePage as error:
            if not isinstance(error.__cause__, socket.gaierror):
                raise

    async def _look_up(self, name: str, url: httpx.URL) -> list[str]:
        try:
            addresses = await self._resolve(name)
        except socket.gaierror as error:
            if error.errno in UNKNOWN_NAME_ERRORS:
                raise UnreadablePage(str(url), f"no host is named {name}") from error
            raise UnavailablePage(str(url), f"the name {name} cannot be looked up") from error
        except (OSError, UnicodeError) as error:  # labels that are empty or too long
            raise UnreadablePage(str(url), f"no host can be named {name[:100]}") from error
        if not addresses:
            raise UnreadablePage(str(url), f"no host is named {name}")
        return addresses

    def _check(self, address: str, name: str, url: httpx.URL) -> None:
        if (address, port_of(url)) in self._local_sites:
            return
        try:
            kind = describe_non_public(address)
        except ValueError:
            kind = "not an address"
        if kind is not None:
            subject = address if address == name else f"{name} resolves to {address}, which"
            raise UnreadablePage(str(url), f"{subject} is {kind}")
