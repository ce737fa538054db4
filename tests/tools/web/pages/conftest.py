"""A site on loopback, and readers of pages that may read from it and from nowhere else."""

import asyncio
import socket
import ssl
from collections.abc import AsyncGenerator
from datetime import timedelta
from functools import cache

import httpx
import pytest
from obstore.store import ObjectStore

from outlast.tools.ingest.parsing.parsers import ParserPool
from outlast.tools.store.snapshots import Snapshots
from outlast.tools.web.pages import politeness
from outlast.tools.web.pages.fetching import Fetcher
from outlast.tools.web.pages.pages import Pages
from outlast.tools.web.pages.requesting import PageLimits
from outlast.tools.web.pages.resolving import AddressResolver
from outlast.tools.web.pages.transport import CheckedTransport
from outlast.tools.web.pages.urls import ALLOWED_PORTS
from tests.tools.web.pages import site as sites
from tests.tools.web.pages.site import Site

QUICK = PageLimits(wire_bytes=1 << 20, unpacked_bytes=8 << 20, total_time=timedelta(seconds=20))
NO_PAUSE = timedelta()


class Names:
    """A resolver that knows only the given names. `asked` are the names that were looked up."""

    def __init__(self, **known: list[str]) -> None:
        self.known = {name.replace("_", "."): addresses for name, addresses in known.items()}
        self.asked: list[str] = []

    async def __call__(self, name: str) -> list[str]:
        self.asked.append(name)
        if name not in self.known:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return self.known[name]


class Clock:
    """The clock of `politeness` in tests: only a call of `sleep` moves it on, and that returns immediately."""

    Lock = asyncio.Lock

    def __init__(self, now: float) -> None:
        self.now = now
        self.slept: list[float] = []
        """The pauses that were waited for, in seconds."""

    def monotonic(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        if seconds > 0:
            self.slept.append(seconds)
            self.now += seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock(now=0.0)
    monkeypatch.setattr(politeness, "time", clock)
    monkeypatch.setattr(politeness, "asyncio", clock)
    return clock


@cache
def usual_tls() -> ssl.SSLContext:
    """Return the default TLS context of a transport. It is cached, since it reads all of certifi's certificates."""
    return httpx.create_ssl_context(trust_env=False)


def reaching(site: Site, names: Names | None = None) -> AddressResolver:
    return AddressResolver(names or Names(), local_sites=frozenset({("127.0.0.1", site.port)}))


def fetcher_of(
    site: Site,
    names: Names | None = None,
    *,
    limits: PageLimits = QUICK,
    pause: timedelta = NO_PAUSE,
    obey_robots: bool = True,
) -> Fetcher:
    transport = CheckedTransport(reaching(site, names), tls=usual_tls())
    return Fetcher(transport, limits=limits, pause=pause, obey_robots=obey_robots, ports=ALLOWED_PORTS | {site.port})


@pytest.fixture
async def site() -> AsyncGenerator[Site]:
    async with sites.running() as running:
        yield running


@pytest.fixture
async def fetcher(site: Site) -> AsyncGenerator[Fetcher]:
    async with fetcher_of(site) as fetcher:
        yield fetcher


@pytest.fixture
async def pages(fetcher: Fetcher, page_parsers: ParserPool, store: ObjectStore) -> Pages:
    return Pages(fetcher, page_parsers, Snapshots(store))
