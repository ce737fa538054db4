import socket
import ssl
from pathlib import Path

import httpx
import pytest

from outlast.evidence.errors import NeedsOperator
from outlast.tools.web.pages.failures import UnavailablePage, UnreadablePage
from outlast.tools.web.pages.fetching import Fetcher
from outlast.tools.web.pages.resolving import AddressResolver
from outlast.tools.web.pages.transport import CheckedTransport
from tests.certificates import self_signed, serving
from tests.tools.web.pages import site as sites
from tests.tools.web.pages.conftest import NO_PAUSE, QUICK, Names, reaching
from tests.tools.web.pages.site import ARTICLE, Site, page


class Wire:
    """Replaces the connections: `asked` are the requests that came so far."""

    def __init__(self, *unreachable: str) -> None:
        self.asked: list[httpx.Request] = []
        self._unreachable = unreachable

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        if request.url.host in self._unreachable:
            raise httpx.ConnectError("no way there", request=request)
        return httpx.Response(200, text="answered")


def transport_over(wire: Wire, names: Names) -> CheckedTransport:
    transport = CheckedTransport(AddressResolver(names))
    transport._inner = httpx.MockTransport(wire)
    return transport


async def ask(transport: CheckedTransport, url: str) -> httpx.Response:
    return await transport.handle_async_request(httpx.Request("GET", url))


async def test_the_address_that_was_checked_is_the_one_that_is_connected_to() -> None:
    names, wire = Names(crane_example=["1.1.1.1"]), Wire()
    await ask(transport_over(wire, names), "https://crane.example/page?q=1")
    [asked] = wire.asked
    assert str(asked.url) == "https://1.1.1.1/page?q=1"
    assert asked.headers["host"] == "crane.example"
    assert asked.extensions["sni_hostname"] == "crane.example"
    assert names.asked == ["crane.example"]


async def test_a_name_that_leads_elsewhere_at_the_second_look_is_checked_again() -> None:
    names, wire = Names(crane_example=["1.1.1.1"]), Wire()
    transport = transport_over(wire, names)
    await ask(transport, "http://crane.example/")
    names.known["crane.example"] = ["127.0.0.1"]
    with pytest.raises(UnreadablePage, match=r"crane\.example resolves to 127\.0\.0\.1, which is this machine"):
        await ask(transport, "http://crane.example/")
    assert [asked.url.host for asked in wire.asked] == ["1.1.1.1"]


async def test_one_address_of_several_condemns_the_name() -> None:
    wire = Wire()
    with pytest.raises(UnreadablePage, match=r"10\.0\.0\.1"):
        await ask(transport_over(wire, Names(crane_example=["1.1.1.1", "10.0.0.1"])), "http://crane.example/")
    assert not wire.asked


async def test_an_address_that_cannot_be_reached_is_not_the_last() -> None:
    wire = Wire("2606:4700::1")
    response = await ask(
        transport_over(wire, Names(crane_example=["2606:4700::1", "1.1.1.1"])), "http://crane.example/"
    )
    assert response.status_code == 200
    assert [str(asked.url) for asked in wire.asked] == ["http://[2606:4700::1]/", "http://1.1.1.1/"]


async def test_none_of_the_addresses_can_be_reached() -> None:
    wire = Wire("1.1.1.1", "1.0.0.1")
    fetcher = Fetcher(transport_over(wire, Names(crane_example=["1.1.1.1", "1.0.0.1"])), obey_robots=False)
    async with fetcher:
        with pytest.raises(UnavailablePage, match="its host cannot be connected to"):
            await fetcher.fetch("http://crane.example/")
    assert len(wire.asked) == 2


@pytest.mark.parametrize(
    ("error", "kind", "why"),
    [
        (socket.gaierror(socket.EAI_NONAME, "x"), UnreadablePage, "no host is named crane.example"),
        (socket.gaierror(socket.EAI_AGAIN, "x"), UnavailablePage, "the name crane.example cannot be looked up"),
        (UnicodeError("label too long"), UnreadablePage, "no host can be named crane.example"),
    ],
)
async def test_names_that_lead_nowhere(error: Exception, kind: type[Exception], why: str) -> None:
    async def failing(_: str) -> list[str]:
        raise error

    with pytest.raises(kind, match=why):
        await ask(CheckedTransport(AddressResolver(failing)), "http://crane.example/")


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A self-signed certificate for crane.example, in one file with its key."""
    return self_signed("crane.example", tmp_path_factory.mktemp("tls") / "crane.pem")


async def test_a_certificate_is_checked_for_the_name_and_not_for_the_address(certificate: Path) -> None:
    server = serving(certificate)
    said: list[str | None] = []
    server.sni_callback = lambda _, name, __: said.append(name)
    trusting = ssl.create_default_context(cafile=str(certificate))
    names = Names(crane_example=["127.0.0.1"], other_example=["127.0.0.1"])
    async with sites.running(server) as site:
        transport = CheckedTransport(reaching(site, names), tls=trusting)
        async with Fetcher(transport, limits=QUICK, pause=NO_PAUSE, ports=frozenset({site.port})) as fetcher:
            fetched = await fetcher.fetch(f"https://crane.example:{site.port}/article")
            assert fetched.content == ARTICLE.encode()
            assert set(said) == {"crane.example"}
            with pytest.raises(UnreadablePage, match="its certificate does not prove that it is this site"):
                await fetcher.fetch(f"https://other.example:{site.port}/article")
    assert {asked.host for asked in site.asked} == {f"crane.example:{site.port}"}


async def test_a_certificate_that_nobody_vouches_for(certificate: Path) -> None:
    async with sites.running(serving(certificate)) as site:
        transport = CheckedTransport(reaching(site, Names(crane_example=["127.0.0.1"])))
        fetcher = Fetcher(transport, limits=QUICK, obey_robots=False, ports=frozenset({site.port}))
        async with fetcher:
            with pytest.raises(UnreadablePage, match="its certificate does not prove that it is this site"):
                await fetcher.fetch(f"https://crane.example:{site.port}/article")
    assert not site.asked


@pytest.fixture
def through_proxy(site: Site) -> Fetcher:
    """A fetcher whose proxy is the site: each request that the site gets has a whole URL."""
    names = Names(inner_example=["10.0.0.1"], crane_example=["1.1.1.1"])
    transport = CheckedTransport(AddressResolver(names), proxy=f"http://somebody:hush@127.0.0.1:{site.port}")
    return Fetcher(transport, limits=QUICK, pause=NO_PAUSE)


async def test_a_proxy_connects(site: Site, through_proxy: Fetcher) -> None:
    async with through_proxy:
        for host in ("crane.example", "known-to-the-proxy-alone.example"):
            site.deeds[f"http://{host}/page"] = page(ARTICLE)
            assert (await through_proxy.fetch(f"http://{host}/page")).content == ARTICLE.encode()
    assert {asked.headers["proxy-authorization"] for asked in site.asked} == {"Basic c29tZWJvZHk6aHVzaA=="}


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("http://inner.example/", r"inner\.example resolves to 10\.0\.0\.1, which is a private address"),
        ("http://169.254.169.254/", "is a link-local address"),
        ("http://0x7f.1/", "is this machine itself"),
        ("http://metadata.google.internal/", "is a name inside a network"),
        ("http://localhost/", "is a name inside a network"),
        ("http://wiki/", "is a name inside a network"),
    ],
)
async def test_a_proxy_is_asked_for_nothing_inside_a_network(
    site: Site, through_proxy: Fetcher, url: str, why: str
) -> None:
    async with through_proxy:
        with pytest.raises(UnreadablePage, match=why):
            await through_proxy.fetch(url)
    assert not site.asked


@pytest.mark.parametrize(
    ("number", "kind", "why"),
    [
        (407, NeedsOperator, r"The proxy requires a login \(407\)"),
        (403, UnreadablePage, r"the proxy refuses to connect to it \(403\)"),
        (502, UnavailablePage, r"the proxy cannot connect to it \(502\)"),
    ],
)
async def test_a_proxy_that_does_not_connect(
    site: Site, through_proxy: Fetcher, number: int, kind: type[Exception], why: str
) -> None:
    site.deeds["crane.example:443"] = sites.status(number)  # the target that CONNECT names
    async with through_proxy:
        with pytest.raises(kind, match=why) as raised:
            await through_proxy.fetch("https://crane.example/")
    assert "hush" not in str(raised.value)


async def test_a_proxy_that_is_not_there() -> None:
    async with sites.running() as gone:
        proxy = f"http://somebody:hush@127.0.0.1:{gone.port}"
    async with Fetcher(CheckedTransport(AddressResolver(Names()), proxy), limits=QUICK) as fetcher:
        with pytest.raises(NeedsOperator, match="The proxy cannot be connected to") as raised:
            await fetcher.fetch("http://crane.example/")
    assert "hush" not in str(raised.value)


@pytest.mark.parametrize(
    "proxy",
    ["socks5://somebody:hush@127.0.0.1:1080", "http://somebody:hush@", "http://somebody:hush@[::1", "hush:3128",
     "http://somebody:hush@proxy.example:99999", "http://somebody:hush@proxy.example:x"],
)  # fmt: skip
def test_a_proxy_of_another_kind(proxy: str) -> None:
    with pytest.raises(NeedsOperator, match=r"URL of the proxy is not usable\. Set HTTPS_PROXY") as raised:
        CheckedTransport(AddressResolver(), proxy)
    assert "hush" not in str(raised.value)


async def test_the_environment_names_no_proxy(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:1")
    fetcher = Fetcher(CheckedTransport(reaching(site)), limits=QUICK, ports=frozenset({site.port}))
    async with fetcher:
        assert (await fetcher.fetch(site.url("/article"))).status == 200
