import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from outlast.evidence.sources import Skipped
from outlast.tools.web.pages import fetching
from outlast.tools.web.pages.failures import UnavailablePage, UnreadablePage
from outlast.tools.web.pages.fetching import Fetcher
from outlast.tools.web.pages.requesting import PageLimits
from tests.tools.web.pages import site as sites
from tests.tools.web.pages.conftest import Clock, Names, fetcher_of
from tests.tools.web.pages.site import ARTICLE, PAPER, Site, page, redirect, send, status


async def reason(fetcher: Fetcher, url: str, kind: type[UnreadablePage | UnavailablePage] = UnreadablePage) -> str:
    with pytest.raises(kind) as raised:
        await fetcher.fetch(url)
    assert "\n" not in str(raised.value)
    assert raised.value.skipped == Skipped(uri=url, reason=raised.value.skipped.reason)
    return raised.value.skipped.reason


async def test_what_is_known_of_a_page(site: Site, fetcher: Fetcher) -> None:
    before = datetime.now(UTC)
    fetched = await fetcher.fetch(site.url("/article#motors"))
    assert fetched.content == ARTICLE.encode()
    assert (fetched.status, fetched.media_type, fetched.charset) == (200, "text/html", "utf-8")
    assert fetched.url == fetched.final_url == site.url("/article")
    assert before <= fetched.fetched <= datetime.now(UTC)


async def test_it_says_who_it_is_and_carries_nothing_along(site: Site, fetcher: Fetcher) -> None:
    site.deeds["/cookie"] = page(ARTICLE, Set_Cookie="who=you; Path=/")
    await fetcher.fetch(site.url("/cookie"))
    await fetcher.fetch(site.url("/article"))
    for asked in site.asked:
        assert asked.headers["user-agent"].startswith("Outlast/")
        assert asked.host == f"127.0.0.1:{site.port}"
        assert not {"cookie", "authorization", "referer", "proxy-authorization"} & asked.headers.keys()


@pytest.mark.parametrize("way", ["gzip", "deflate", "raw-deflate", "br", "zstd", "twice"])
async def test_compressed_pages(site: Site, fetcher: Fetcher, way: str) -> None:
    assert (await fetcher.fetch(site.url(f"/{way}"))).content == ARTICLE.encode()


async def test_redirects_are_followed(site: Site, fetcher: Fetcher) -> None:
    fetched = await fetcher.fetch(site.url("/chain"))
    assert fetched.url == site.url("/chain")
    assert fetched.final_url == site.url("/article")
    assert site.paths() == ["/chain", "/moved", "/article"]


async def test_a_loop_of_redirects_ends(site: Site, fetcher: Fetcher) -> None:
    assert await reason(fetcher, site.url("/loop")) == "it redirects more than 5 times"
    assert site.paths() == ["/loop"] * 6


@pytest.mark.parametrize(
    ("location", "why"),
    [
        ("http://10.0.0.1/", "10.0.0.1 is a private address"),
        ("http://169.254.169.254/latest/", "169.254.169.254 is a link-local address, where clouds keep their secrets"),
        ("//[::1]/", "::1 is this machine itself"),
        ("file:///etc/passwd", "only http and https addresses are read"),
        ("http://user:secret@harbour.example/", "its address contains a user name or a password"),
        ("http://harbour.example:22/", "its address names port 22"),
        ("http://inner.example/", "inner.example resolves to 10.1.2.3, which is a private address"),
        ("gopher://harbour.example/", "only http and https addresses are read"),
    ],
)
async def test_every_redirect_is_checked_like_the_first(site: Site, location: str, why: str) -> None:
    site.deeds["/away"] = redirect(location)
    async with fetcher_of(site, Names(inner_example=["10.1.2.3"], harbour_example=["127.0.0.1"])) as fetcher:
        told = await reason(fetcher, site.url("/away"))
    assert told.startswith("it redirects to ")
    assert why in told
    assert "secret@" not in told
    assert site.paths() == ["/away"]


async def test_the_second_redirect_is_checked_too(site: Site, fetcher: Fetcher) -> None:
    site.deeds["/first"] = redirect("/second")
    site.deeds["/second"] = redirect("http://192.168.1.1/admin")
    assert await reason(fetcher, site.url("/first")) == (
        "it redirects to http://192.168.1.1/admin: 192.168.1.1 is a private address"
    )


@pytest.mark.parametrize(
    ("number", "why"),
    [
        (401, "it requires a login (401)"),
        (403, "its site refuses to show it (403)"),
        (404, "there is no such page (404)"),
        (410, "the page is gone (410)"),
        (451, "it is withheld for legal reasons (451)"),
        (204, "its answer is not a page (204)"),
        (206, "its answer is not a page (206)"),
        (302, "its answer is not a page (302)"),
        (418, "its answer is not a page (418)"),
    ],
)
async def test_pages_that_are_not_there(site: Site, fetcher: Fetcher, number: int, why: str) -> None:
    site.deeds["/page"] = status(number)
    assert await reason(fetcher, site.url("/page")) == why


@pytest.mark.parametrize("number", [408, 425, 429, 500, 502, 503, 504, 520])
async def test_another_try_may_succeed(site: Site, fetcher: Fetcher, number: int) -> None:
    site.deeds["/page"] = status(number, Retry_After="7")
    with pytest.raises(UnavailablePage, match=f"out of order or busy \\({number}\\)") as raised:
        await fetcher.fetch(site.url("/page"))
    assert raised.value.retry_after == timedelta(seconds=7)


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("/picture", "it is image/png, which is not read"),
        ("/hundred-mb", "it is larger than 1 MB"),
        ("/endless", "it is larger than 1 MB"),
    ],
)
async def test_what_is_not_read(site: Site, fetcher: Fetcher, path: str, why: str) -> None:
    assert await reason(fetcher, site.url(path)) == why


@pytest.mark.parametrize("path", ["/hundred-mb", "/endless"])
async def test_a_page_of_a_hundred_megabytes(site: Site, path: str) -> None:
    """The default limits apply whether or not the site declares the size beforehand."""
    async with fetcher_of(site, limits=PageLimits()) as fetcher:
        assert await reason(fetcher, site.url(path)) == "it is larger than 32 MB"


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("/cut-off", "its answer broke off, or is not HTTP"),
        ("/no-http", "its answer broke off, or is not HTTP"),
    ],
)
async def test_broken_sites(site: Site, fetcher: Fetcher, path: str, why: str) -> None:
    assert await reason(fetcher, site.url(path), UnavailablePage) == why


@pytest.mark.parametrize("path", ["/drip", "/drip-headers", "/silence"])
async def test_slow_sites(site: Site, path: str) -> None:
    async with fetcher_of(site, limits=PageLimits(total_time=timedelta(seconds=0.3))) as fetcher:
        assert await reason(fetcher, site.url(path), UnavailablePage) == "it took longer than 0.3 s"


async def test_silence_ends_before_the_whole_time_does(site: Site) -> None:
    limits = PageLimits(total_time=timedelta(seconds=30), silence=timedelta(seconds=0.2))
    async with fetcher_of(site, limits=limits, obey_robots=False) as fetcher:
        told = await reason(fetcher, site.url("/silence"), UnavailablePage)
    assert told == "it sent nothing for 0.2 s"


async def test_the_time_is_that_of_all_redirects_together(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock(now=0.0)
    monkeypatch.setattr(fetching, "monotonic", clock.monotonic)

    async def slowly(_: object, writer: asyncio.StreamWriter) -> None:
        clock.now += 400
        send(writer, 302, {"Location": f"/slowly?{len(site.asked)}", "Content-Length": "0"}, b"")

    site.deeds["/slowly"] = slowly
    async with fetcher_of(site, limits=PageLimits(total_time=timedelta(seconds=1000))) as fetcher:
        told = await reason(fetcher, site.url("/slowly"), UnavailablePage)
    assert told.startswith(f"it redirects to {site.url('/slowly?')}")
    assert told.endswith(": it took longer than 1000 s")
    assert len(site.paths()) == 3


@pytest.mark.parametrize(
    ("bomb", "encoding"), [(sites.gzip_bomb, "gzip"), (sites.brotli_bomb, "br"), (sites.zstd_bomb, "zstd")]
)
async def test_bombs(site: Site, fetcher: Fetcher, bomb: object, encoding: str) -> None:
    assert callable(bomb)
    packed = bomb()
    assert isinstance(packed, bytes)
    assert len(packed) < 1 << 20  # of 100 MB
    site.deeds["/bomb"] = page(packed, Content_Encoding=encoding)
    told = await reason(fetcher, site.url("/bomb"))
    assert told in (
        "it unpacks to more than 200 times its size, as no page does",
        "it is larger than 8 MB when unpacked",
    )


async def test_nobody_listens(site: Site) -> None:
    async with sites.running() as gone:
        port = gone.port
    site.port = port
    async with fetcher_of(site, obey_robots=False) as fetcher:
        assert await reason(fetcher, site.url("/"), UnavailablePage) == "its host cannot be connected to"


async def test_one_request_at_a_time_to_a_host(site: Site, fetcher: Fetcher) -> None:
    async def slowly(asked: sites.Asked, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(0.02)
        await page(PAPER, "application/pdf")(asked, writer)

    site.deeds["/slow"] = slowly
    await asyncio.gather(*(fetcher.fetch(site.url(f"/slow?{number}")) for number in range(8)))
    assert site.most_busy == 1
    assert len(site.paths()) == 8


async def test_several_hosts_at_a_time(site: Site) -> None:
    arrived = asyncio.Barrier(4)

    async def together(asked: sites.Asked, writer: asyncio.StreamWriter) -> None:
        await arrived.wait()  # would wait for ever if the requests came one after the other
        await page(ARTICLE)(asked, writer)

    site.deeds["/together"] = together
    names = Names(**{f"host{number}_example": ["127.0.0.1"] for number in range(4)})
    async with fetcher_of(site, names) as fetcher:
        urls = [site.url("/together", f"host{number}.example") for number in range(4)]
        assert len(await asyncio.gather(*(fetcher.fetch(url) for url in urls))) == 4


async def test_a_pause_between_two_requests(site: Site, clock: Clock) -> None:
    async with fetcher_of(site, pause=timedelta(seconds=2)) as fetcher:
        await fetcher.fetch(site.url("/chain"))
        assert clock.slept == []  # neither robots.txt nor a redirect is waited for
        await fetcher.fetch(site.url("/article"))
        assert clock.slept == [2]


async def test_cancelled_while_it_reads(site: Site, fetcher: Fetcher) -> None:
    came = asyncio.Event()

    async def silence(asked: sites.Asked, writer: asyncio.StreamWriter) -> None:
        came.set()
        await sites.silence(asked, writer)

    site.deeds["/silence"] = silence
    reading = asyncio.create_task(fetcher.fetch(site.url("/silence")))
    await came.wait()
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    assert (await fetcher.fetch(site.url("/article"))).status == 200  # the host is free again
