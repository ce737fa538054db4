import asyncio
import time
from datetime import timedelta

import httpx
import pytest

from outlast.tools.web.pages import robots as robots_module
from outlast.tools.web.pages.failures import UnavailablePage, UnreadablePage
from outlast.tools.web.pages.fetching import Fetcher
from outlast.tools.web.pages.requesting import SiteResponse
from outlast.tools.web.pages.robots import MAX_PAUSE, Robots
from tests.tools.web.pages import site as sites
from tests.tools.web.pages.conftest import Names, fetcher_of
from tests.tools.web.pages.site import ARTICLE, Site, page, redirect, status

PAUSE = timedelta(seconds=1)


def robots_of(text: str) -> Robots:
    async def get(_: httpx.URL) -> SiteResponse:
        return SiteResponse(200, httpx.Headers(), text.encode())

    return Robots(get, PAUSE)


async def is_allowed(text: str, path: str) -> bool:
    try:
        await robots_of(text).pause(httpx.URL(f"http://crane.example{path}"))
    except UnreadablePage:
        return False
    return True


@pytest.mark.parametrize(
    ("text", "path", "allowed"),
    [
        ("", "/page", True),
        ("User-agent: *\nDisallow: /private", "/page", True),
        ("User-agent: *\nDisallow: /private", "/private/page", False),
        ("User-agent: *\nDisallow: /\nAllow: /open", "/open/page", True),
        ("User-agent: *\nDisallow: /\nAllow: /open", "/page", False),
        ("User-agent: outlast\nDisallow: /", "/page", False),
        ("User-agent: Other\nDisallow: /", "/page", True),
        ("User-agent: Other\nUser-agent: Outlast\nDisallow: /page", "/page", False),
        ("User-agent: *\nDisallow: /\n\nUser-agent: Outlast\nDisallow:", "/page", True),
        ("User-agent: *\nDisallow: /*.cgi$", "/a.cgi", False),
        ("User-agent: *\nDisallow: /*?sort=", "/list?sort=up", False),
        ("User-agent: *\nDisallow: /b\N{LATIN SMALL LETTER U WITH DIAERESIS}cher", "/b%C3%BCcher", False),
        ("<html>not found</html>", "/page", True),
        ("\0\xff\xfe", "/page", True),
    ],
)
async def test_rules(text: str, path: str, allowed: bool) -> None:
    assert await is_allowed(text, path) is allowed


async def test_a_pattern_made_to_take_for_ever() -> None:
    text = "User-agent: *\n" + f"Disallow: /{'*a' * 2_000}b$\n" * 50
    began = time.monotonic()
    assert await is_allowed(text, f"/{'a' * 2_000}")
    assert time.monotonic() - began < 10


@pytest.mark.parametrize(
    ("asked", "pause"),
    [
        ("0.1", PAUSE),
        ("3", timedelta(seconds=3)),
        ("86400", MAX_PAUSE),
        ("1e300", MAX_PAUSE),
        ("nan", PAUSE),
        ("-5", PAUSE),
        ("soon", PAUSE),
    ],
)
async def test_a_site_may_ask_for_a_longer_pause(asked: str, pause: timedelta) -> None:
    assert await robots_of(f"User-agent: *\nCrawl-delay: {asked}").pause(httpx.URL("http://crane.example/")) == pause


async def test_what_it_forbids_is_not_asked_for(site: Site, fetcher: Fetcher) -> None:
    site.robots = "User-agent: *\nDisallow: /article"
    with pytest.raises(UnreadablePage, match=r"does not want robots to read it \(robots\.txt\)"):
        await fetcher.fetch(site.url("/article"))
    assert [asked.path for asked in site.asked] == ["/robots.txt"]
    async with fetcher_of(site, obey_robots=False) as careless:
        assert (await careless.fetch(site.url("/article"))).status == 200


async def test_it_holds_for_redirects_too(site: Site, fetcher: Fetcher) -> None:
    site.robots = "User-agent: *\nDisallow: /article"
    with pytest.raises(UnreadablePage, match=r"it redirects to .*/article: its site does not want robots"):
        await fetcher.fetch(site.url("/moved"))
    assert site.paths() == ["/moved"]


async def test_it_is_read_once_for_a_site_and_anew_for_another(site: Site) -> None:
    site.robots = "User-agent: *\nDisallow: /private"
    async with fetcher_of(site, Names(one_example=["127.0.0.1"], two_example=["127.0.0.1"])) as fetcher:
        urls = [site.url("/article", host) for host in ("one.example", "two.example") for _ in range(3)]
        await asyncio.gather(*(fetcher.fetch(url) for url in urls))
    hosts = [asked.host for asked in site.asked if asked.path == "/robots.txt"]
    assert sorted(hosts) == [f"one.example:{site.port}", f"two.example:{site.port}"]


@pytest.mark.parametrize("number", [401, 403, 404, 410, 304])
async def test_a_site_without_one_forbids_nothing(site: Site, fetcher: Fetcher, number: int) -> None:
    site.deeds["/robots.txt"] = status(number)
    assert (await fetcher.fetch(site.url("/article"))).status == 200


@pytest.mark.parametrize("number", [429, 500, 503])
async def test_a_site_that_cannot_show_it_is_left_alone(site: Site, fetcher: Fetcher, number: int) -> None:
    site.deeds["/robots.txt"] = status(number)
    with pytest.raises(UnavailablePage, match=f"its site's robots.txt could not be read: it answers {number}"):
        await fetcher.fetch(site.url("/article"))
    assert site.paths() == []


async def test_one_that_is_somewhere_else(site: Site, fetcher: Fetcher) -> None:
    site.deeds["/robots.txt"] = redirect("/elsewhere.txt")
    site.deeds["/elsewhere.txt"] = page("User-agent: *\nDisallow: /", "text/plain")
    with pytest.raises(UnreadablePage, match="does not want robots"):
        await fetcher.fetch(site.url("/article"))


@pytest.mark.parametrize(
    "deed", [redirect("/robots.txt"), redirect("http://10.0.0.1/"), redirect("file:///etc/passwd")]
)
async def test_one_that_leads_astray_is_none(site: Site, fetcher: Fetcher, deed: sites.Deed) -> None:
    site.deeds["/robots.txt"] = deed
    assert (await fetcher.fetch(site.url("/article"))).content == ARTICLE.encode()


async def test_of_many_sites_those_not_asked_for_longest_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(robots_module, "MAX_SITES", 2)
    asked = list[str]()

    async def get(url: httpx.URL) -> SiteResponse:
        asked.append(url.host)
        return SiteResponse(404, httpx.Headers(), b"")

    robots = Robots(get, PAUSE)
    for host in "a.example b.example a.example c.example a.example b.example".split():
        await robots.pause(httpx.URL(f"http://{host}/"))
    assert asked == ["a.example", "b.example", "c.example", "b.example"]
    assert not robots._locks
