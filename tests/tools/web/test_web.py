"""The web as graphs see it, over real sites and engines on loopback."""

import asyncio
import subprocess
import sys
import threading
from collections.abc import AsyncGenerator, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, nullcontext
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import psutil
import pytest
from obstore.store import ObjectStore

from outlast.evidence.errors import NeedsOperator, Permanent
from outlast.evidence.sources import Collection, Source
from outlast.tools.ingest.parsing.parsers import ParserPool
from outlast.tools.retrieval.library import Library
from outlast.tools.retrying import Patience
from outlast.tools.store.collections import Collections
from outlast.tools.store.snapshots import Snapshots
from outlast.tools.web import web as web_module
from outlast.tools.web.engines.engine import EngineSettings
from outlast.tools.web.engines.engines import Engines
from outlast.tools.web.pages.failures import UnavailablePage, UnreadablePage
from outlast.tools.web.pages.pages import Pages
from outlast.tools.web.pages.urls import ALLOWED_PORTS
from outlast.tools.web.web import MAX_HITS, Web, open_web
from tests.servers import search_engines
from tests.servers.scripted import ScriptedServer, fails
from tests.servers.search_engines import Page
from tests.tools.web.pages import site as sites
from tests.tools.web.pages.conftest import NO_PAUSE, QUICK, fetcher_of, reaching
from tests.tools.web.pages.site import Asked, Site, page, redirect, status

EAGER = Patience(
    total_timeout=timedelta(seconds=20), first_wait=timedelta(seconds=0.01), max_wait=timedelta(seconds=0.05)
)
IMPATIENT = Patience(total_timeout=timedelta(milliseconds=1))
HITS = [Page(f"https://harbour.example/{number}", f"Crane {number}", f"Words about {number}.") for number in range(30)]


class Slow:
    """Sends its page when the test sets `may_go_on`."""

    def __init__(self) -> None:
        self.asked = asyncio.Event()
        self.may_go_on = asyncio.Event()

    async def __call__(self, asked: Asked, writer: asyncio.StreamWriter) -> None:
        self.asked.set()
        await self.may_go_on.wait()
        await sites.DEEDS["/article"](asked, writer)


@pytest.fixture
async def site() -> AsyncGenerator[Site]:
    async with sites.running() as running:
        yield running


def opened(
    store: ObjectStore, site: Site, settings: EngineSettings | None = None, patience: Patience = EAGER
) -> AbstractAsyncContextManager[Web]:
    return open_web(
        store,
        settings or EngineSettings(names=("tavily",)),
        patience=patience,
        pause=NO_PAUSE,
        limits=QUICK,
        addresses=reaching(site),
        ports=ALLOWED_PORTS | {site.port},
    )


@pytest.fixture
async def web(site: Site, store: ObjectStore, page_parsers: ParserPool) -> AsyncGenerator[Web]:
    """The web with the parser processes that all tests share, and without engines."""
    pages = Pages(fetcher_of(site), page_parsers, Snapshots(store))
    async with AsyncExitStack() as stack:
        web = Web(
            Snapshots(store),
            lambda: Engines(()),
            lambda: nullcontext(pages),
            stack,
            patience=EAGER,
            ports=ALLOWED_PORTS | {site.port},
        )
        yield web
        await web.stop_reading()


async def test_engines_are_searched(site: Site, store: ObjectStore) -> None:
    with ScriptedServer(search_engines.searxng(HITS)) as server:
        async with opened(store, site, EngineSettings(searxng_url=server.url)) as web:
            result = await web.search("harbour crane")
    assert [hit.url for hit in result.hits] == [hit.url for hit in HITS[:MAX_HITS]]
    assert result.asked == ("searxng",)
    [asked] = server.requests
    assert asked.fields["q"] == "harbour crane"


async def test_an_engine_that_rests_is_remembered_from_search_to_search(site: Site, store: ObjectStore) -> None:
    """All tasks of a process share its engines: what one task learns about them holds for the next task."""
    with ScriptedServer(lambda _: fails(402, "no credit")) as server:
        async with opened(store, site, EngineSettings(searxng_url=server.url)) as web:
            with pytest.raises(NeedsOperator, match="quota is used up"):
                await web.search("harbour crane")
            server.script = search_engines.searxng(HITS)
            assert (await web.search("harbour crane")).hits
            assert web._engines is not None


@pytest.mark.parametrize(
    ("settings", "what_to_do"),
    [
        (EngineSettings(names=("tavily",)), "Set TAVILY_API_KEY"),
        (EngineSettings(names=("searxng",)), "Set SEARXNG_URL"),
        (EngineSettings(names=("gogle",)), "Set OUTLAST_SEARCH to one or several of arxiv, pubmed"),
    ],
)
async def test_what_is_not_set_up_is_told_at_the_first_search(
    site: Site, store: ObjectStore, settings: EngineSettings, what_to_do: str
) -> None:
    async with opened(store, site, settings) as web:
        with pytest.raises(NeedsOperator) as raised:
            await web.search("harbour crane")
    assert raised.value.what_to_do.startswith(what_to_do)


async def test_where_nobody_asks_for_the_web_nothing_is_opened(store: ObjectStore, site: Site) -> None:
    before, threads = psutil.Process().children(recursive=True), threading.active_count()
    settings = EngineSettings(names=("gogle",), searxng_url="nonsense")
    async with open_web(store, settings, proxy="socks5://nobody.example"):
        assert psutil.Process().children(recursive=True) == before
        assert threading.active_count() == threads
    assert site.connections == 0


async def test_at_its_end_nothing_is_left(store: ObjectStore, site: Site) -> None:
    before = psutil.Process().children(recursive=True)
    async with opened(store, site) as web:
        await web.read(site.url("/article"))
        assert len(psutil.Process().children(recursive=True)) > len(before)
        site.deeds["/slow"] = slow = Slow()
        under_way = asyncio.create_task(web.read(site.url("/slow")))
        await slow.asked.wait()
    assert psutil.Process().children(recursive=True) == before
    with pytest.raises(asyncio.CancelledError):
        await under_way


async def test_a_page_is_a_source(site: Site, store: ObjectStore, web: Web) -> None:
    before = datetime.now(UTC)
    source = await web.read(site.url("/chain#motors"))
    assert (source.uri, source.final_url) == (site.url("/chain"), site.url("/article"))
    assert source.fetched is not None
    assert before <= source.fetched <= datetime.now(UTC)
    assert (await Snapshots(store).text(source.snapshot)).startswith("The harbour crane\n\n")
    assert (await web.read(site.url("/article"))).final_url == ""  # where it was asked for


async def test_an_address_that_many_ask_for_is_fetched_once(site: Site, web: Web) -> None:
    urls = [site.url("/article"), site.url("/article?utm_source=mail"), site.url("/article#motors")]
    sources = await asyncio.gather(*(web.read(url) for url in urls * 10))
    sources.append(await web.read(site.url("/article")))
    assert site.paths() == ["/article"]
    assert len(set(sources)) == 1


async def test_after_some_minutes_it_is_fetched_again(site: Site, web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web_module, "PAGE_CACHE_TTL", timedelta())
    await web.read(site.url("/article"))
    await web.read(site.url("/article"))
    assert site.paths() == ["/article", "/article"]


async def test_the_oldest_are_forgotten(site: Site, store: ObjectStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web_module, "MAX_CACHED_PAGES", 2)
    async with opened(store, site) as web:
        for path in ("/article", "/notes.txt", "/gzip", "/gzip", "/notes.txt", "/article"):
            await web.read(site.url(path))
    assert site.paths() == ["/article", "/notes.txt", "/gzip", "/article"]


async def test_a_failure_is_remembered_for_moments(site: Site, web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(3):
        with pytest.raises(UnreadablePage, match="no such page"):
            await web.read(site.url("/missing"))
    assert site.paths() == ["/missing"]
    monkeypatch.setattr(web_module, "FAILURE_CACHE_TTL", timedelta())
    for _ in range(2):
        with pytest.raises(UnreadablePage):
            await web.read(site.url("/gone"))
    assert site.paths() == ["/missing", "/gone", "/gone"]


async def test_what_is_not_the_page_s_own_doing_is_not_held_against_it(
    site: Site, web: Web, store: ObjectStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def failing(*_: object) -> str:
        raise NeedsOperator("The disk is full.", "Free some space.")

    with monkeypatch.context() as broken:
        broken.setattr(Snapshots, "put", failing)
        with pytest.raises(NeedsOperator):
            await web.read(site.url("/article"))
    assert (await web.read(site.url("/article"))).snapshot


async def test_a_task_that_is_cancelled_takes_the_page_from_nobody(site: Site, web: Web) -> None:
    site.deeds["/slow"] = slow = Slow()
    first, second = (asyncio.create_task(web.read(site.url("/slow"))) for _ in range(2))
    await slow.asked.wait()
    first.cancel()
    slow.may_go_on.set()
    assert (await second).title == "The harbour crane"
    assert site.paths() == ["/slow"]


async def test_a_site_that_is_busy_is_asked_again(site: Site, web: Web) -> None:
    answers = iter([status(503), status(429, Retry_After="0"), sites.cut_off, page("<p>The capstan is of oak.")])

    async def one_after_the_other(asked: Asked, writer: asyncio.StreamWriter) -> None:
        await next(answers)(asked, writer)

    site.deeds["/busy"] = one_after_the_other
    assert (await web.read(site.url("/busy"))).snapshot
    assert site.paths() == ["/busy"] * 4


async def test_a_site_whose_robots_txt_fails_is_not_waited_for_in_vain(site: Site, store: ObjectStore) -> None:
    """It is known when the file may be requested again; if that is too late, there is no second attempt."""
    site.deeds["/robots.txt"] = status(503)
    async with opened(store, site, patience=replace(EAGER, total_timeout=timedelta(seconds=1))) as web:
        with pytest.raises(UnavailablePage, match=r"robots\.txt could not be read"):
            await web.read(site.url("/article"))
    assert [asked.path for asked in site.asked] == ["/robots.txt"]


async def test_a_site_that_stays_busy_is_for_the_coverage(site: Site, store: ObjectStore) -> None:
    site.deeds["/busy"] = status(503)
    async with opened(store, site, patience=IMPATIENT) as web:
        with pytest.raises(UnavailablePage) as raised:
            await web.read(site.url("/busy"))
    assert raised.value.skipped.reason == "its site is out of order or busy (503)"


async def test_what_asking_again_cannot_change_is_asked_once(site: Site, web: Web) -> None:
    for path in ("/missing", "/picture", "/login", "/empty"):
        with pytest.raises(UnreadablePage):
            await web.read(site.url(path))
    assert site.paths() == ["/missing", "/picture", "/login", "/empty"]


@pytest.mark.parametrize(
    "url",
    [
        "http://169.254.169.254/latest/meta-data/",
        "file:///etc/passwd",
        "http://localhost/",
        "ftp://a.example/",
        "",
        "x",
    ],
)
async def test_what_must_not_be_fetched_is_not_whatever_is_remembered(site: Site, web: Web, url: str) -> None:
    with pytest.raises(UnreadablePage):
        await web.read(url)
    await web.read(site.url("/article"))
    with pytest.raises(UnreadablePage, match="contains a user name or a password"):
        await web.read(site.url("/article").replace("//", "//somebody:hush@"))
    site.deeds["/leads"] = redirect("http://10.0.0.1/")
    with pytest.raises(UnreadablePage, match="private address"):
        await web.read(site.url("/leads"))
    assert site.paths() == ["/article", "/leads"]


TEXTS = {
    "lamp": "# Lamp\n\nThe lamp is lit at dusk.\n\n## Oil\n\nRape oil burns in it. Its colour is yellow.\n",
    "ferry": "Ferry\n=====\n\nThe ferry crosses the sound. It carries oil for the lamps in a can.\n",
    "quay": "The quay was built of granite. Two lamps stand on it, and they burn gas.\n",
}
QUERIES = (["oil lamp"], ["what color is the oil?"], ["lamps", "ferry"], ["harbour crane"], [""], [], ["lanp"])


@pytest.fixture
async def sources(store: ObjectStore) -> list[Source]:
    return [
        Source(
            uri=f"https://harbour.example/{name}",
            title=name,
            media_type="text/plain",
            snapshot=await Snapshots(store).put(text),
            bytes_sha256="",
            extractor="plain/1",
        )
        for name, text in TEXTS.items()
    ]


@pytest.mark.parametrize("queries", QUERIES)
async def test_passages_of_pages_are_those_of_a_library(
    web: Web, store: ObjectStore, cache: Path, sources: list[Source], queries: Sequence[str]
) -> None:
    """The same passages, in the same order, with the same scores and the same statistics of the words."""
    collection = await Collections(store).save(Collection(sources=tuple(sources)))
    async with await Library.open(collection, store, cache) as library:
        expected = await library.search(queries)
    assert await web.passages(sources, queries) == expected
    assert await web.passages([*reversed(sources), *sources], queries) == expected  # in any order, each page once


async def test_the_order_of_pages_decides_under_which_address_a_text_is_known(web: Web, sources: list[Source]) -> None:
    mirror = sources[0].model_copy(update={"uri": "https://mirror.example/lamp"})
    for pages in ([sources[0], mirror], [mirror, sources[0]]):
        found = await web.passages(pages, ["oil"])
        assert {passage.uri for passage in found.passages} == {pages[0].uri}


async def test_no_pages_have_no_passages(web: Web) -> None:
    found = await web.passages([], ["oil lamp"])
    assert (found.passages, found.size) == ((), 0)
    assert [(term.word, term.frequency) for term in found.terms] == [("oil", 0), ("lamp", 0)]


async def test_a_page_whose_text_is_gone(web: Web, sources: list[Source]) -> None:
    gone = sources[0].model_copy(update={"snapshot": "0" * 64})
    with pytest.raises(
        NeedsOperator, match=r"The text of https://harbour\.example/lamp .* is not in the object store"
    ) as raised:
        await web.passages([gone], ["oil"])
    assert "in a new run, which reads the page again" in raised.value.what_to_do


async def test_the_event_loop_is_not_held_up_while_passages_are_found(web: Web, store: ObjectStore) -> None:
    """The text is longer than that of any page, and a heartbeat goes on during the search."""
    text = "\n\n".join(f"The lamp number {number} burns oil of the best kind. " * 10 for number in range(4_000))
    source = Source(
        uri="https://harbour.example/lamps",
        title="Lamps",
        media_type="text/plain",
        snapshot=await Snapshots(store).put(text),
        bytes_sha256="",
        extractor="plain/1",
    )
    beats: list[float] = []

    async def beat() -> None:
        while True:
            beats.append(asyncio.get_running_loop().time())
            await asyncio.sleep(0.01)

    beating = asyncio.create_task(beat())
    assert len((await web.passages([source], ["oil lamps"])).passages) == 25
    beating.cancel()
    assert max(later - earlier for earlier, later in pairwise(beats)) < 1


async def test_a_proxy_that_is_none(store: ObjectStore) -> None:
    async with open_web(store, EngineSettings(), proxy="socks5://somebody:hush@127.0.0.1:1080") as web:
        with pytest.raises(NeedsOperator, match="The URL of the proxy is not usable") as raised:
            await web.read("https://harbour.example/")
        with pytest.raises(NeedsOperator):  # and again, as it is
            await web.read("https://harbour.example/")
    assert "hush" not in str(raised.value)
    assert "HTTPS_PROXY" in raised.value.what_to_do


async def test_a_search_needs_words(site: Site, store: ObjectStore) -> None:
    async with opened(store, site, EngineSettings(searxng_url="http://localhost:8080")) as web:
        with pytest.raises(Permanent, match="needs words"):
            await web.search("  ")


@pytest.mark.usefixtures("processes")  # short ones, but slow to start
def test_what_parses_pages_is_loaded_in_parser_processes_alone() -> None:
    heavy = ("trafilatura", "pypdfium2", "langchain_core")
    code = f"import sys, outlast.tools.web.web; print([name for name in {heavy} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
