"""The web as graphs use it: engines search it, pages are read singly, and their passages are found as in documents."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from datetime import timedelta
from functools import partial

from cachetools import TLRUCache
from obstore.store import ObjectStore

from outlast.evidence.sources import SearchResult, Source
from outlast.tools.retrieval.passage_index import build_memory_index
from outlast.tools.retrieval.passage_search import PassageSearch
from outlast.tools.retrieval.thesaurus.synonyms import load_thesaurus
from outlast.tools.retrying import Patience, retry
from outlast.tools.store.snapshots import Snapshots
from outlast.tools.web.engines.canonical import page_key
from outlast.tools.web.engines.engine import EngineSettings
from outlast.tools.web.engines.engines import Engines
from outlast.tools.web.engines.factory import open_engines
from outlast.tools.web.engines.hits import WebResult
from outlast.tools.web.pages.failures import UnavailablePage, UnreadablePage
from outlast.tools.web.pages.fetching import HOST_PAUSE
from outlast.tools.web.pages.pages import Pages, open_pages
from outlast.tools.web.pages.requesting import PageLimits
from outlast.tools.web.pages.resolving import AddressResolver
from outlast.tools.web.pages.urls import ALLOWED_PORTS, parse_page_url

MAX_HITS = 10
PAGE_CACHE_TTL = timedelta(minutes=10)
"""For this long a page is not fetched again."""
FAILURE_CACHE_TTL = timedelta(seconds=30)
MAX_CACHED_PAGES = 500
"""The maximum number of remembered sources of pages; the cache does not hold their texts."""

# A page is one of many, so it is retried for a shorter time than other calls. Fetching and parsing have time limits of
# their own; waiting for a turn at a busy host has none, and is not a failure of the page.
PAGE_PATIENCE = Patience(total_timeout=timedelta(seconds=30), attempt_timeout=timedelta(hours=1))


@asynccontextmanager
async def open_web(
    store: ObjectStore,
    settings: EngineSettings,
    *,
    proxy: str | None = None,
    patience: Patience = PAGE_PATIENCE,
    pause: timedelta = HOST_PAUSE,
    limits: PageLimits | None = None,
    addresses: AddressResolver | None = None,
    ports: frozenset[int] = ALLOWED_PORTS,
) -> AsyncGenerator["Web"]:
    """Open the web for this block; at its end, all connections and parser processes are closed.

    Connections, parser processes and engines are opened at their first use; only then are settings checked. `proxy` is
    a proxy's URL: the proxy connects, and host names are checked here. `addresses` and `ports` are for tests that read
    from this machine.
    """
    snapshots = Snapshots(store)
    pages = partial(open_pages, snapshots, proxy=proxy, pause=pause, limits=limits, addresses=addresses, ports=ports)
    async with AsyncExitStack() as stack:
        web = Web(snapshots, partial(open_engines, settings), pages, stack, patience=patience, ports=ports)
        try:
            yield web
        finally:
            await web.stop_reading()


ReadTask = asyncio.Task[Source]
"""The task that reads a page, running or finished."""


def expiry_of(_: str, done: ReadTask, now: float) -> float:
    """Return until when a finished read is cached, on this process's clock. Failures unrelated to the page are not."""
    failure = None if done.cancelled() else done.exception()
    if done.cancelled() or (failure and not isinstance(failure, UnreadablePage | UnavailablePage)):
        return now
    return now + (FAILURE_CACHE_TTL if failure else PAGE_CACHE_TTL).total_seconds()


class Web:
    """Searches and reads the web. `open_web` creates it once per process: tasks share pages and the turns at hosts."""

    def __init__(
        self,
        snapshots: Snapshots,
        engines: Callable[[], Engines],
        pages: Callable[[], AbstractAsyncContextManager[Pages]],
        stack: AsyncExitStack,
        *,
        patience: Patience,
        ports: frozenset[int],
    ) -> None:
        """`engines` and `pages` are called when first needed; `stack` closes what they open."""
        self._snapshots = snapshots
        self._open_engines = engines
        self._open_pages = pages
        self._stack = stack
        self._patience = patience
        self._ports = ports
        self._opening = asyncio.Lock()
        self._engines: Engines | None = None
        self._pages: Pages | None = None
        self._running_reads: dict[str, ReadTask] = {}
        self._finished_reads: TLRUCache[str, ReadTask] = TLRUCache(MAX_CACHED_PAGES, expiry_of)

    async def search(self, query: str) -> WebResult:
        """Return the pages that search engines find for `query`, best first.

        `failures` has the engines that failed or refused the query. Raises NeedsOperator if an engine in the settings
        is unknown or not set up, or if no engine can answer before a person helps (a quota, a key); Transient if no
        engine answers at present; Permanent for an empty query.
        """
        return await (await self._ensure_engines()).search(query, MAX_HITS)

    async def read(self, url: str) -> Source:
        """Return the page at `url` as a source, its text stored as a snapshot. Results are cached for some minutes.

        Raises UnreadablePage and UnavailablePage, which say why; NeedsOperator if a person must repair the proxy, the
        object store or this machine.
        """
        address = str(parse_page_url(url, self._ports))
        key = page_key(address)
        reading = self._running_reads.get(key) or self._finished_reads.get(key)
        if reading is None:
            reading = self._running_reads[key] = asyncio.create_task(self._read_page(address))
            reading.add_done_callback(partial(self._remember, key))
        # Shielded, because other tasks may wait for the same page when this one is cancelled.
        return await asyncio.shield(reading)

    async def passages(self, pages: Sequence[Source], queries: Sequence[str]) -> SearchResult:
        """Return the passages of these pages that match any of `queries`, found as in a library of documents.

        Raises NeedsOperator if the text of a page is no longer in the object store.
        """
        by_snapshot = {page.snapshot: page for page in reversed(pages)}  # the first of several with the same text
        sources = [by_snapshot[snapshot] for snapshot in sorted(by_snapshot)]
        texts = await asyncio.gather(*(self._snapshots.text(source.snapshot, source.uri) for source in sources))
        return await asyncio.to_thread(search_pages, list(zip(sources, texts, strict=True)), queries)

    async def stop_reading(self) -> None:
        """Cancel all running reads and wait until they have ended."""
        tasks = list(self._running_reads.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _remember(self, key: str, done: ReadTask) -> None:
        del self._running_reads[key]
        self._finished_reads[key] = done

    async def _read_page(self, url: str) -> Source:
        pages = await self._ensure_pages()
        return await retry(lambda: pages.read(url), f"The page {url}", self._patience)

    async def _ensure_engines(self) -> Engines:
        async with self._opening:
            if self._engines is None:
                self._engines = await asyncio.to_thread(self._open_engines)  # some engines' libraries load for a second
                self._stack.push_async_callback(self._engines.close)
            return self._engines

    async def _ensure_pages(self) -> Pages:
        async with self._opening:
            if self._pages is None:
                self._pages = await self._stack.enter_async_context(self._open_pages())
            return self._pages


def search_pages(pages: Sequence[tuple[Source, str]], queries: Sequence[str]) -> SearchResult:
    """Search an index of only these sources, given with their texts."""
    passage_search = PassageSearch(*build_memory_index(pages), load_thesaurus())
    try:
        return passage_search.search(queries)
    finally:
        passage_search.close()
