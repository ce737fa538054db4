"""One suite over what LangChain can search with, as engines: wrappers of langchain-community, a tool, retrievers.

All speak real HTTP to a scripted server; the wrappers are langchain-community's own, with their own clients.
"""

import asyncio
import subprocess
import sys
import traceback
import warnings
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from typing import Any

import httpx
import pytest
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever

from outlast.evidence.errors import NeedsOperator, Permanent, Transient
from outlast.tools.web.engines.engine import RefusedQuery
from outlast.tools.web.engines.langchain_engine import LangchainEngine
from tests.servers import search_engines
from tests.servers.scripted import EMPTY, MALFORMED, RESET, SILENT, Reply, Script, ScriptedServer, fails
from tests.servers.search_engines import Page
from tests.tools.web.engines.scripted import QUICK

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)  # says that langchain-community is archived, which is known
    from langchain_community.tools.searx_search.tool import SearxSearchResults
    from langchain_community.utilities import BingSearchAPIWrapper, BraveSearchWrapper, SearxSearchWrapper

KEY = "key-0123456789abcdef"
PAGES = [
    Page(f"https://harbour.example/{number}", f"Tide & wind {number}", f"Tides <came> late, {number} times.")
    for number in range(4)
]


class Shelf(BaseRetriever):
    """A retriever as people write them: a function from a text to documents."""

    url: str
    token: str = KEY

    def _get_relevant_documents(self, query: str, *, run_manager: Any) -> list[Document]:
        del run_manager
        answer = httpx.get(f"{self.url}/search", params={"q": query, "format": "json"})
        return documents(answer)


class AwaitedShelf(Shelf):
    async def _aget_relevant_documents(self, query: str, *, run_manager: Any) -> list[Document]:
        del run_manager
        async with httpx.AsyncClient() as client:
            return documents(await client.get(f"{self.url}/search", params={"q": query, "format": "json"}))


def documents(answer: httpx.Response) -> list[Document]:
    answer.raise_for_status()
    return [
        Document(one["content"], metadata={"source": one["url"], "title": one["title"]})
        for one in answer.json()["results"]
    ]


def searx(url: str) -> SearxSearchWrapper:
    return SearxSearchWrapper(searx_host=f"{url}/search", params={"format": "json"})


KINDS: dict[str, tuple[Callable[[str], object], Callable[[Sequence[Page]], Script]]] = {
    "searx": (searx, search_engines.searxng),
    "bing": (
        lambda url: BingSearchAPIWrapper(bing_subscription_key=KEY, bing_search_url=f"{url}/v7.0/search"),
        search_engines.bing,
    ),
    "brave": (lambda url: BraveSearchWrapper(api_key=KEY, base_url=f"{url}/web/search"), search_engines.brave),
    "tool": (lambda url: SearxSearchResults(wrapper=searx(url), num_results=10), search_engines.searxng),
    "retriever": (lambda url: Shelf(url=url), search_engines.searxng),
    "awaited retriever": (lambda url: AwaitedShelf(url=url), search_engines.searxng),
}
TELLING = ["bing", "brave", "retriever", "awaited retriever"]
"""Whose errors tell the status of an answer; Searx's wrapper shows its text alone."""


class Setting:
    def __init__(self, kind: str, server: ScriptedServer) -> None:
        make, self.script = KINDS[kind]
        self.server = server
        self.engine = LangchainEngine("harbour", make(server.url), key="Set HARBOUR_KEY.", patience=QUICK)
        self.knows(PAGES)

    def knows(self, pages: Sequence[Page]) -> None:
        self.server.script = self.script(pages)


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    with ScriptedServer(lambda _: EMPTY) as server:
        yield server


@pytest.fixture(params=KINDS)
async def setting(request: pytest.FixtureRequest, server: ScriptedServer) -> AsyncIterator[Setting]:
    setting = Setting(request.param, server)
    yield setting
    await setting.engine.close()


@pytest.fixture(params=TELLING)
async def telling(request: pytest.FixtureRequest, server: ScriptedServer) -> AsyncIterator[Setting]:
    setting = Setting(request.param, server)
    yield setting
    await setting.engine.close()


async def test_hits_with_their_addresses(setting: Setting) -> None:
    hits = await setting.engine.search("tides and wind", 10)
    assert [hit.url for hit in hits] == [page.url for page in PAGES]
    assert [hit.title for hit in hits] == [page.title for page in PAGES]
    assert [hit.snippet for hit in hits] == [page.snippet for page in PAGES]
    assert [hit.rank for hit in hits] == [1, 2, 3, 4]
    assert {hit.engine for hit in hits} == {"harbour"}
    assert setting.server.requests[0].fields["q"] == "tides and wind"


async def test_no_more_than_asked_for(setting: Setting) -> None:
    assert [hit.url for hit in await setting.engine.search("tides", 2)] == [page.url for page in PAGES[:2]]


async def test_nothing_found_is_no_error(setting: Setting) -> None:
    setting.knows(())
    assert await setting.engine.search("tides", 5) == []


@pytest.mark.parametrize("fault", [fails(503), fails(429), RESET, MALFORMED], ids=["503", "429", "reset", "malformed"])
async def test_what_passes_is_tried_again(setting: Setting, fault: Reply) -> None:
    setting.server.faults.append(fault)
    assert len(await setting.engine.search("tides", 5)) == 4
    assert len(setting.server.requests) == 2


@pytest.mark.parametrize("fault", [fails(500), RESET, MALFORMED], ids=["500", "reset", "malformed"])
async def test_what_lasts_is_transient_and_never_an_empty_list(setting: Setting, fault: Reply) -> None:
    setting.server.faults += [fault] * 1_000
    with pytest.raises(Transient):
        await setting.engine.search("tides", 5)
    assert len(setting.server.requests) > 2


@pytest.mark.parametrize(
    ("status", "kind", "said"),
    [
        (401, Permanent, r"refuses access \(401.*Set HARBOUR_KEY"),
        (404, Permanent, "not at this address"),
        (400, RefusedQuery, "does not take this search"),
        (402, NeedsOperator, "quota is used up"),
    ],
)
async def test_what_will_not_pass_is_asked_once_and_shows_no_key(
    telling: Setting, status: int, kind: type[Exception], said: str
) -> None:
    telling.server.faults.append(fails(status, f"No. You sent {KEY}."))
    with pytest.raises(kind, match=f"(?s){said}") as caught:
        await telling.engine.search(f"tides {KEY}", 5)  # the query, and so the address in their errors, has it
    assert type(caught.value) is kind
    assert len(telling.server.requests) == 1
    assert KEY not in "".join(traceback.format_exception(caught.value))


async def test_a_search_can_be_cancelled_and_the_next_one_works(setting: Setting) -> None:
    setting.server.faults.append(SILENT)
    search = asyncio.create_task(setting.engine.search("tides", 5))
    assert await asyncio.to_thread(setting.server.arrived.wait, 30)
    search.cancel()
    with pytest.raises(asyncio.CancelledError):
        await search
    assert len(await setting.engine.search("tides", 5)) == 4


def test_the_adapter_needs_no_langchain_community() -> None:
    code = (
        "import sys; sys.modules['langchain_community'] = None\n"
        "from outlast.tools.web.engines.langchain_engine import LangchainEngine\n"
        "class Own:\n    def run(self, query): return []\n"
        "print(LangchainEngine('own', Own()).name)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "own\n"
