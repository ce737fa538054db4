"""Hostile addresses of pages: none of them makes a request to this machine or to a private network."""

import asyncio
import sys
from collections.abc import AsyncGenerator, Iterator
from ipaddress import IPv4Address
from random import Random

import pytest

from outlast.evidence.errors import Permanent
from outlast.tools.web.pages.addresses import NOT_PUBLIC_4, NOT_PUBLIC_6
from outlast.tools.web.pages.failures import UnreadablePage
from outlast.tools.web.pages.fetching import Fetcher
from outlast.tools.web.pages.resolving import AddressResolver, resolve_name
from outlast.tools.web.pages.transport import CheckedTransport
from outlast.tools.web.pages.urls import ALLOWED_PORTS
from tests.tools.web.pages import site as sites
from tests.tools.web.pages.conftest import NO_PAUSE, QUICK, Names
from tests.tools.web.pages.site import Site

SEED = 20
CLOUDS = ["169.254.169.254", "169.254.170.2", "100.100.100.200", "168.63.129.16", "192.0.0.192", "[fd00:ec2::254]"]
PATHS = ["/", "/latest/meta-data/iam/security-credentials/", "/?next=http://harbour.example/", "/a/../../b", "/#@x"]


def spellings(address: IPv4Address) -> Iterator[str]:
    """Yield the spellings of an IPv4 address that resolvers, browsers and libraries accept."""
    parts, number = address.packed, int(address)
    yield str(address)
    yield str(number)
    yield hex(number)
    yield f"0{number:o}"
    yield ".".join(hex(part) for part in parts)
    yield ".".join(f"0{part:o}" for part in parts)
    yield ".".join(f"{part:03d}" for part in parts)
    yield f"{parts[0]}.{number & 0xFFFFFF}"
    yield f"{parts[0]}.{parts[1]}.{number & 0xFFFF}"
    yield f"{address}."
    yield str(address).replace(".", "\N{IDEOGRAPHIC FULL STOP}")
    yield str(address).replace(".", "%2e")
    yield "".join(chr(ord(each) + 0xFEE0) if each.isdigit() else each for each in str(address))  # full width
    yield f"[::ffff:{address}]"
    yield f"[::{address}]"
    yield f"[64:ff9b::{address}]"
    yield f"[2002:{number >> 16:x}:{number & 0xFFFF:x}::]"
    yield f"[2400:cb00::5efe:{address}]"
    yield f"[0:0:0:0:0:ffff:{number >> 16:x}:{number & 0xFFFF:x}]"


def hosts() -> Iterator[str]:
    for address in ("127.0.0.1", "10.0.0.1", "169.254.169.254", "192.168.0.1"):
        yield from spellings(IPv4Address(address))
    chance = Random(SEED)
    for network in NOT_PUBLIC_4:
        yield str(network[chance.randrange(network.num_addresses)])
    for network in NOT_PUBLIC_6:
        yield f"[{network[chance.randrange(network.num_addresses)]}]"
    yield from CLOUDS
    yield from ["0", "0.0.0.0", "[::]", "[::1]", "[fe80::1%25eth0]", "[fe80::1%eth0]", "127.1", "[::1%lo]"]  # noqa: S104
    yield from ["localhost", "LOCALHOST", "localhost.", "a.localhost", "localhost.localdomain", "ip6-localhost"]
    yield from ["metadata.google.internal", "metadata", "instance-data", "kubernetes.default.svc", "router.lan"]
    yield from ["printer.local", "wiki.corp", "nas.home.arpa", "1.0.0.127.in-addr.arpa", "hidden.onion", "x.internal."]
    yield from ["rebound.example", "mixed.example", "mapped.example", "nothing.example", "odd.example", "alias.example"]
    yield from [
        "localhost%00.example",
        "loc%61lhost",
        "loca\tlhost",
        "local\nhost",
        "a b",
        "..",
        "-",
        "a..b",
        "x" * 300,
    ]
    yield from ["[", "[]", "[::1", "::1]", "[::ffff:]", "[127.0.0.1]", "[v1.x]", "xn--", "xn--a\udcff", "\u2067host"]


def urls(port: int) -> list[str]:
    """Return hostile URLs. `port` is the canary's and is allowed, so that only the check of the address protects it."""
    chance = Random(SEED)
    made: list[str] = []
    for host in hosts():
        made.append(f"http://{host}:{port}{chance.choice(PATHS)}")
        made.append(f"{chance.choice(['http', 'HTTPS', ' https', 'hTTp'])}://{host}{chance.choice(PATHS)}")
    made += [
        f"{scheme}://127.0.0.1:{port}/" for scheme in ("ftp", "gopher", "dict", "ws", "wss", "ldap", "tftp", "jar")
    ]
    made += ["file:///etc/passwd", "file://localhost/etc/passwd", "FILE:/etc/passwd", "data:text/html,<p>x", "//x", ""]
    made += ["javascript:alert(1)", "view-source:http://127.0.0.1/", "http:", "http://", "https:///x", "http:/x", "x"]
    made += [
        "unix:/run/docker.sock",
        "http+unix://%2Frun%2Fdocker.sock/x",
        "about:blank",
        "/etc/passwd",
        "\0",
        "\udcff",
    ]
    for host in (f"127.0.0.1:{port}", "169.254.169.254", "harbour.example"):
        made += [f"http://harbour.example@{host}/", f"http://a:b@{host}/", f"http://@{host}/", f"http://:@{host}/"]
        made += [f"http://harbour.example\\@{host}/", f"http:\\\\{host}\\", f"http://{host}\\.harbour.example/"]
        made += [f"http://harbour.example%40{host}/", f"http://{host}%23.harbour.example/", f"http:////{host}/"]
    made += [
        f"http://harbour.example:{number}/" for number in (0, 1, 21, 22, 25, 110, 6379, 11211, 27017, 65535, 65536)
    ]
    made += ["http://harbour.example:-1/", "http://harbour.example:80x/", "http://harbour.example:\u0668\u0660/"]
    made += [f"http://harbour.example/{'x' * 3_000}", "http://harbour.example/\r\nHost: 127.0.0.1\r\n\r\n"]
    return made


@pytest.fixture
async def canary() -> AsyncGenerator[Site]:
    """A site on this machine that must never get a request."""
    async with sites.running() as running:
        yield running


@pytest.fixture
async def fetcher(canary: Site) -> AsyncGenerator[Fetcher]:
    """A fetcher as in production, except for the canary's port and a resolver with some hostile answers."""
    names = Names(
        rebound_example=["127.0.0.1"],
        mixed_example=["1.1.1.1", "127.0.0.1"],
        mapped_example=["::ffff:127.0.0.1"],
        nothing_example=[],
        odd_example=["not an address"],
        alias_example=["10.0.0.7"],
        localhost=["127.0.0.1"],
    )
    transport = CheckedTransport(AddressResolver(names))
    async with Fetcher(transport, limits=QUICK, pause=NO_PAUSE, ports=ALLOWED_PORTS | {canary.port}) as fetcher:
        yield fetcher


async def test_not_one_of_them_is_fetched(canary: Site, fetcher: Fetcher, capsys: pytest.CaptureFixture[str]) -> None:
    hostile = urls(canary.port)
    assert len(hostile) >= 200
    assert len(set(hostile)) > 0.9 * len(hostile)
    results = [(await asyncio.gather(fetcher.fetch(url), return_exceptions=True))[0] for url in hostile]
    refused = [result for result in results if isinstance(result, UnreadablePage)]
    fetched = len(results) - len(refused)
    with capsys.disabled():
        sys.stdout.write(f"\n{len(hostile)} hostile addresses: {fetched} fetched, {canary.connections} connected to\n")
    assert (fetched, canary.connections) == (0, 0)
    assert all(str(error).isprintable() and "a:b@" not in str(error) for error in refused)


async def test_not_one_of_them_when_a_page_leads_there(canary: Site, capsys: pytest.CaptureFixture[str]) -> None:
    """The same addresses as targets of redirects by a site that may be read, while the canary beside it may not."""
    names = Names(rebound_example=["127.0.0.1"], mixed_example=["1.1.1.1", "127.0.0.1"], alias_example=["10.0.0.7"])
    async with sites.running() as site:
        transport = CheckedTransport(AddressResolver(names, local_sites=frozenset({("127.0.0.1", site.port)})))
        ports = ALLOWED_PORTS | {site.port, canary.port}
        targets = [url for url in urls(canary.port) if url.isascii() and url.isprintable() and "://" in url]
        assert len(targets) >= 200
        async with Fetcher(transport, limits=QUICK, pause=NO_PAUSE, ports=ports) as fetcher:
            for number, target in enumerate(targets):
                site.deeds[f"/{number}"] = sites.redirect(target)
                with pytest.raises(UnreadablePage):
                    await fetcher.fetch(site.url(f"/{number}"))
    with capsys.disabled():
        sys.stdout.write(f"\n{len(targets)} redirects to hostile addresses: {canary.connections} connected to\n")
    assert canary.connections == 0


async def test_the_suite_can_fail(canary: Site) -> None:
    """Without the check of addresses, the canary is reached: so it is this check that protects it."""

    class Unchecked(AddressResolver):
        def _check(self, address: str, name: str, url: object) -> None:
            pass

    transport = CheckedTransport(Unchecked(resolve_name))
    async with Fetcher(transport, limits=QUICK, pause=NO_PAUSE, ports=ALLOWED_PORTS | {canary.port}) as fetcher:
        for host in ("127.0.0.1", "0x7f.1", "2130706433", "127.1"):
            with pytest.raises(Permanent, match="no such page"):
                await fetcher.fetch(f"http://{host}:{canary.port}/")
    assert canary.connections >= 4
