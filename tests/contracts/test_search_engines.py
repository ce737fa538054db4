"""One suite over every search engine, spoken to over real HTTP, and over the double that other tests use."""

import asyncio
import traceback
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from outlast.evidence.errors import NeedsOperator, OutlastError, Permanent, Transient
from outlast.tools.retrying import Patience
from outlast.tools.web.engines.arxiv import Arxiv
from outlast.tools.web.engines.engine import RefusedQuery, SearchEngine
from outlast.tools.web.engines.pubmed import Pubmed
from outlast.tools.web.engines.searxng import Searxng
from outlast.tools.web.engines.tavily import Tavily
from outlast.tools.web.engines.wikipedia import Wikipedia
from tests.servers import search_engines
from tests.servers.scripted import (
    CUT,
    DRIP,
    EMPTY,
    MALFORMED,
    RESET,
    SILENT,
    Reply,
    Rerouted,
    Script,
    ScriptedServer,
    fails,
)
from tests.servers.search_engines import Page
from tests.tools.web.engines.scripted import QUICK, ScriptedEngine

PAGES = tuple(
    Page(
        f"https://harbour.example/{name}", f"The {name} of Grey Point", f"What is known of the {name}: it is old & wet."
    )
    for name in ("lighthouse", "ferry", "bakery", "lamp", "pier")
)
SETTLED = replace(QUICK, total_timeout=timedelta(seconds=30), attempt_timeout=timedelta(seconds=0.5))
KEY = "tvly-dev-0123456789abcdef"
FAULTS: dict[str, Reply] = {
    "408": fails(408),
    "429": fails(429, {"detail": {"error": "Too many requests."}}),
    "429 and when": fails(429, Retry_After="0.05"),
    "429 and junk": fails(429, Retry_After="in a moment"),
    "500": fails(500, "<html>Internal error</html>"),
    "503": fails(503),
    "reset": RESET,
    "cut": CUT,
    "drip": DRIP,
    "silent": SILENT,
    "malformed": MALFORMED,
    "empty": EMPTY,
    "not an object": Reply(b"[1, 2]"),
    "null": Reply(b"null"),
    "nested without end": Reply(b"[" * 100_000),
}


class Setting(ABC):
    """An engine and the other side of it."""

    engine: SearchEngine

    @abstractmethod
    def knows(self, pages: Sequence[Page]) -> None: ...

    @abstractmethod
    def fail(self, reply: Reply, times: int = 1) -> None: ...

    @property
    @abstractmethod
    def calls(self) -> int: ...

    @abstractmethod
    async def called(self) -> None:
        """Until it is."""


class Served(Setting):
    def __init__(
        self, server: ScriptedServer, script: Callable[[Sequence[Page]], Script], engine: SearchEngine
    ) -> None:
        self.engine = engine
        self._server = server
        self._script = script

    def knows(self, pages: Sequence[Page]) -> None:
        self._server.script = self._script(pages)

    def fail(self, reply: Reply, times: int = 1) -> None:
        self._server.faults += [reply] * times

    @property
    def calls(self) -> int:
        return len(self._server.requests)

    async def called(self) -> None:
        assert await asyncio.to_thread(self._server.arrived.wait, 30)


class Doubled(Setting):
    def __init__(self, patience: Patience) -> None:
        self._engine = ScriptedEngine(patience=patience)
        self.engine = self._engine

    def knows(self, pages: Sequence[Page]) -> None:
        self._engine.pages = pages

    def fail(self, reply: Reply, times: int = 1) -> None:
        error: OutlastError | None = Transient("It does not answer now.")
        if reply.way == "silent":
            error = None
        elif reply.status in (400, 422):
            error = RefusedQuery("It does not take this search.")
        elif reply.status in (401, 403, 404, 405):
            error = Permanent("It refuses.")
        elif reply.status == 402:
            error = NeedsOperator("Its quota is used up.", "Raise it.")
        self._engine.faults += [error] * times

    @property
    def calls(self) -> int:
        return len(self._engine.queries)

    async def called(self) -> None:
        await self._engine.arrived.wait()


def _setting(name: str, server: ScriptedServer, patience: Patience) -> Setting:
    there = Rerouted(server.url)
    match name:
        case "tavily":
            return Served(server, search_engines.tavily, Tavily(KEY, address=server.url, patience=patience))
        case "searxng":
            return Served(server, search_engines.searxng, Searxng(server.url, patience=patience))
        case "wikipedia":
            return Served(server, search_engines.wikipedia, Wikipedia(patience=patience, transport=there))
        case "arxiv":
            return Served(server, search_engines.arxiv, Arxiv(pace=timedelta(0), patience=patience, transport=there))
        case "pubmed":
            pubmed = Pubmed(api_key=KEY, pace=timedelta(0), patience=patience, transport=there)
            return Served(server, search_engines.pubmed, pubmed)
        case _:
            return Doubled(patience)


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    with ScriptedServer(lambda _: EMPTY) as server:
        yield server


ENGINES = ["tavily", "searxng", "wikipedia", "arxiv", "pubmed", "scripted"]


@pytest.fixture(params=ENGINES)
async def setting(request: pytest.FixtureRequest, server: ScriptedServer) -> AsyncIterator[Setting]:
    setting = _setting(request.param, server, SETTLED)
    setting.knows(PAGES)
    yield setting
    await setting.engine.close()


@pytest.fixture(params=ENGINES)
async def hasty(request: pytest.FixtureRequest, server: ScriptedServer) -> AsyncIterator[Setting]:
    """Its patience ends soon."""
    setting = _setting(request.param, server, QUICK)
    yield setting
    await setting.engine.close()


async def test_hits_are_numbered_in_the_order_of_the_engine(setting: Setting) -> None:
    hits = await setting.engine.search("What is at Grey Point?", 10)
    assert [hit.rank for hit in hits] == [1, 2, 3, 4, 5]
    assert [hit.title for hit in hits] == [page.title for page in PAGES]
    assert [hit.snippet for hit in hits] == [page.snippet for page in PAGES]
    assert {hit.engine for hit in hits} == {setting.engine.name}
    assert all(hit.url.startswith(("https://", "http://arxiv.org/abs/")) for hit in hits)
    assert len({hit.url for hit in hits}) == 5


async def test_no_more_than_asked_for(setting: Setting) -> None:
    hits = await setting.engine.search("Grey Point", 2)
    assert [hit.title for hit in hits] == [page.title for page in PAGES[:2]]


async def test_nothing_found_is_no_error(setting: Setting) -> None:
    setting.knows(())
    assert await setting.engine.search("Grey Point", 5) == []


@pytest.mark.parametrize("fault", FAULTS)
async def test_what_passes_is_tried_again(setting: Setting, fault: str) -> None:
    await setting.engine.search("Grey Point", 5)
    undisturbed = setting.calls
    setting.fail(FAULTS[fault])
    hits = await setting.engine.search("Grey Point", 5)
    assert len(hits) == 5
    assert setting.calls == undisturbed * 2 + 1  # the failed call again, nothing else


@pytest.mark.parametrize("fault", ["500", "reset", "malformed", "429"])
async def test_what_lasts_ends_as_transient_and_never_as_an_empty_list(hasty: Setting, fault: str) -> None:
    hasty.fail(FAULTS[fault], times=1_000)
    with pytest.raises(Transient):
        await hasty.engine.search("Grey Point", 5)
    assert hasty.calls > 2


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 422])
async def test_what_will_not_pass_is_asked_once(setting: Setting, status: int) -> None:
    setting.fail(fails(status, {"error": f"No. You sent {KEY}."}))
    with pytest.raises(Permanent) as caught:
        await setting.engine.search("Grey Point", 5)
    assert setting.calls == 1
    assert not isinstance(caught.value, NeedsOperator)
    assert isinstance(caught.value, RefusedQuery) == (status in (400, 422))
    assert KEY not in "".join(traceback.format_exception(caught.value))


async def test_a_used_up_quota_is_for_a_person(setting: Setting) -> None:
    setting.fail(fails(402))
    with pytest.raises(NeedsOperator) as caught:
        await setting.engine.search("Grey Point", 5)
    assert setting.calls == 1
    assert caught.value.what_to_do


async def test_a_search_can_be_cancelled_and_the_next_one_works(setting: Setting) -> None:
    setting.fail(SILENT)
    search = asyncio.create_task(setting.engine.search("Grey Point", 5))
    await setting.called()
    search.cancel()
    with pytest.raises(asyncio.CancelledError):
        await search
    assert len(await setting.engine.search("Grey Point", 5)) == 5


async def test_many_at_once(setting: Setting) -> None:
    lists = await asyncio.gather(*(setting.engine.search(f"Grey Point {number}", 5) for number in range(12)))
    assert [len(hits) for hits in lists] == [5] * 12
