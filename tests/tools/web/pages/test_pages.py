import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from obstore.store import ObjectStore

from outlast.evidence.errors import OutlastError
from outlast.evidence.sources import Skipped, sha256
from outlast.tools.ingest.parsing.limits import Limits
from outlast.tools.store.snapshots import Snapshots
from outlast.tools.web.pages import pages as pages_module
from outlast.tools.web.pages.failures import UnavailablePage, UnreadablePage, display_url
from outlast.tools.web.pages.pages import Pages, open_pages
from outlast.tools.web.pages.requesting import PageLimits
from outlast.tools.web.pages.urls import ALLOWED_PORTS
from tests.tools.web.pages.conftest import NO_PAUSE, reaching
from tests.tools.web.pages.site import ARTICLE, PAPER, Site, page, redirect

UMLAUTS = "Die Mole ist größer als zuvor."


async def test_a_page_is_a_source_with_a_snapshot(site: Site, pages: Pages, store: ObjectStore) -> None:
    before = datetime.now(UTC)
    read = await pages.read(site.url("/chain#motors"))
    text = await Snapshots(store).text(read.snapshot)
    assert text.startswith("The harbour crane\n\n")
    assert [text[heading.start : heading.end] for heading in read.headings] == [
        "The harbour crane",
        "The motors",
    ]
    assert (read.uri, read.final_url) == (site.url("/chain"), site.url("/article"))
    assert (read.title, read.media_type) == ("The harbour crane", "text/html")
    assert read.bytes_sha256 == sha256(ARTICLE)
    assert before <= read.fetched <= datetime.now(UTC)


@pytest.mark.parametrize("path", ["/paper.pdf", "/paper-as-download"])
async def test_a_pdf_page(site: Site, pages: Pages, store: ObjectStore, path: str) -> None:
    read = await pages.read(site.url(path))
    assert read.media_type == "application/pdf"
    assert read.bytes_sha256 == sha256(PAPER)
    assert read.places is not None
    assert "greenheart" in await Snapshots(store).text(read.snapshot)


async def test_a_page_of_text_is_named_by_its_address(site: Site, pages: Pages) -> None:
    site.deeds["/tide-tables.txt"] = page("High water at six.\n", "text/plain")
    assert (await pages.read(site.url("/tide-tables.txt"))).title == "tide-tables"
    site.deeds["/"] = page("<p>High water at six.")
    assert (await pages.read(site.url("/"))).title == "127.0.0.1"


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("/empty", "it has no text"),
        ("/nothing", "it has no text"),
        ("/login", "it requires a login"),
        ("/scripts", "it has no text without the scripts that it runs in a browser"),
        ("/only-links", "it has only links to other pages, and no text of its own"),
        ("/missing", "there is no such page (404)"),
        ("/picture", "it is image/png, which is not read"),
        ("/hundred-mb", "it is larger than 1 MB"),
    ],
)
async def test_a_page_of_no_use_is_told_for_the_coverage(site: Site, pages: Pages, path: str, why: str) -> None:
    with pytest.raises(UnreadablePage) as raised:
        await pages.read(site.url(path))
    assert raised.value.skipped == Skipped(uri=site.url(path), reason=why)
    assert str(raised.value) == f"The page {site.url(path)} cannot be read: {why}."


async def test_ten_thousand_links(site: Site, pages: Pages, store: ObjectStore) -> None:
    text = await Snapshots(store).text((await pages.read(site.url("/links"))).snapshot)
    assert "The tide gauge at the mole" in text
    assert "Page number" not in text


async def test_a_wall_of_a_login_behind_a_page(site: Site, pages: Pages) -> None:
    site.deeds["/members"] = redirect("/login?next=/members")
    with pytest.raises(UnreadablePage) as raised:
        await pages.read(site.url("/members"))
    why = f"it redirects to {site.url('/login?next=/members')}: it requires a login"
    assert raised.value.skipped == Skipped(uri=site.url("/members"), reason=why)


@pytest.mark.parametrize(
    ("content", "declared"),
    [
        (f"<p>{UMLAUTS}".encode("cp1252"), "text/html; charset=utf-8"),
        (f"<meta charset=iso-8859-1><p>{UMLAUTS}".encode(), "text/html; charset=UTF8"),
        (UMLAUTS.encode("utf-16"), "text/plain; charset=us-ascii"),
        (UMLAUTS.encode(), "text/plain; charset=klingon"),
    ],
)
async def test_a_page_that_declares_another_encoding(
    site: Site, pages: Pages, store: ObjectStore, content: bytes, declared: str
) -> None:
    site.deeds["/umlauts"] = page(content, declared)
    read = await pages.read(site.url("/umlauts"))
    assert (await Snapshots(store).text(read.snapshot)).strip() == UMLAUTS


@pytest.mark.usefixtures("processes")  # short ones, but slow to start
async def test_one_bad_page_does_no_harm_to_others(
    site: Site, store: ObjectStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages_module, "PARSING_LIMITS", Limits(least_seconds=1, seconds_a_mb=0))
    site.deeds["/deep"] = page("<div>" * 100_000)
    site.deeds["/odd"] = page(b"%PDF-1.4\n" + bytes(range(256)) * 50, "application/pdf")
    paths = ["/article", "/deep", "/silence", "/odd", "/paper.pdf", "/loop", "/cut-off", "/notes.txt"]
    opened = open_pages(
        Snapshots(store),
        limits=PageLimits(total_time=timedelta(seconds=3)),
        pause=NO_PAUSE,
        addresses=reaching(site),
        ports=ALLOWED_PORTS | {site.port},
    )
    async with opened as pages:
        results = await asyncio.gather(*(pages.read(site.url(path)) for path in paths), return_exceptions=True)
    told = {path: result for path, result in zip(paths, results, strict=True) if isinstance(result, BaseException)}
    assert told.keys() == {"/deep", "/silence", "/odd", "/loop", "/cut-off"}
    assert "reading it took longer than" in str(told["/deep"])
    assert all(isinstance(error, OutlastError) for error in told.values())
    assert {path for path, error in told.items() if isinstance(error, UnavailablePage)} == {"/silence", "/cut-off"}


async def test_nothing_on_this_machine_without_the_allowance(site: Site, store: ObjectStore) -> None:
    async with open_pages(Snapshots(store), ports=ALLOWED_PORTS | {site.port}) as pages:
        with pytest.raises(UnreadablePage, match=r"127\.0\.0\.1 is this machine itself"):
            await pages.read(site.url("/article"))
    assert site.connections == 0


async def test_the_allowance_is_for_one_port(site: Site, store: ObjectStore) -> None:
    opened = open_pages(Snapshots(store), pause=NO_PAUSE, addresses=reaching(site), ports=ALLOWED_PORTS | {site.port})
    async with opened as pages:
        with pytest.raises(UnreadablePage, match=r"127\.0\.0\.1 is this machine itself"):
            await pages.read("http://127.0.0.1:8080/")


async def test_limits_are_the_callers(site: Site, store: ObjectStore) -> None:
    limits = PageLimits(wire_bytes=100, silence=timedelta(seconds=5))
    opened = open_pages(
        Snapshots(store), limits=limits, pause=NO_PAUSE, addresses=reaching(site), ports=ALLOWED_PORTS | {site.port}
    )
    async with opened as pages:
        with pytest.raises(UnreadablePage, match="it is larger than"):
            await pages.read(site.url("/article"))


@pytest.mark.parametrize(
    ("url", "as_shown"),
    [
        ("http://somebody:hush@crane.example/a@b", "http://crane.example/a@b"),
        ("http://a:b@c@crane.example?x@y", "http://crane.example?x@y"),
        ("http:\\\\a:hush\\b@crane.example", "http:\\\\crane.example"),
        ("//somebody:hush@crane.example/", "//crane.example/"),
        ("http://a@b\\@crane.example/", "http://crane.example/"),
        ("http://crane.example/\r\nx\x1b[31m\u202e", "http://crane.example/\ufffd\ufffdx\ufffd[31m\ufffd"),
        ("x" * 500, "x" * 300 + "..."),
    ],
)
def test_addresses_for_people(url: str, as_shown: str) -> None:
    assert display_url(url) == as_shown
