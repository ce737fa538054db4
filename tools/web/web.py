"""The web as graphs see it: searched by engines, read page by page, its passages found as those of documents are."""

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
"""So long a page is not fetched again, whoever asks."""
FAILURE_CACHE_TTL = timedelta(seconds=30)
MAX_CACHED_PAGES = 500
"""Pages that are remembered; not their texts, but where those are."""

# A page is one of many, so it is not tried for as long as others are. Fetching and parsing have time limits of their
# own; waiting for one's turn at a busy host has none, and is no failure of the page.
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
    """The web while the block lasts; at its end nothing of it is left.

    Nothing is opened before it is used: no connection, no parser process, and no setting is looked at. `proxy` is its
    URL: it connects, and names are checked here. `addresses` and `ports` are for tests that read from this machine.
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
"""A page that is being read, or was."""


def expiry_of(_: str, done: ReadTask, now: float) -> float:
    """On the clock of this process. What is not the page's own doing is not held against it."""
    failure = None if done.cancelled() else done.exception()
    if done.cancelled() or (failure and not isinstance(failure, UnreadablePage | UnavailablePage)):
        return now
    return now + (FAILURE_CACHE_TTL if failure else PAGE_CACHE_TTL).total_seconds()


class Web:
    """Made by `open_web`, once a process: its tasks share pages, and the politeness towards a host."""

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
        """`engines` and `pages` are called when first needed; what they open is closed with `stack`."""
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
        """The pages that search engines have for `query`, best first.

        Engines that failed, or take no such query, are in `failures`. Raises NeedsOperator where an engine that was
        named is not known or not set up, and where a person must help before any answers (a quota, a key); Transient
        where none answers for a while; Permanent for an empty query.
        """
        return await (await self._ensure_engines()).search(query, MAX_HITS)

    async def read(self, url: str) -> Source:
        """The page at `url`, its text stored as a snapshot. For some minutes one address is fetched once.

        Raises UnreadablePage and UnavailablePage, which say why; NeedsOperator where the proxy, the object store or
        this machine must be seen to.
        """
        address = str(parse_page_url(url, self._ports))
        key = page_key(address)
        reading = self._running_reads.get(key) or self._finished_reads.get(key)
        if reading is None:
            reading = self._running_reads[key] = asyncio.create_task(self._read_page(address))
            reading.add_done_callback(partial(self._remember, key))
        # Shielded: a task that is cancelled while it waits must not take the page from its neighbours.
        return await asyncio.shield(reading)

    async def passages(self, pages: Sequence[Source], queries: Sequence[str]) -> SearchResult:
        """Of these pages, the passages that speak to any of `queries`, as a library would find them.

        Raises NeedsOperator where the text of one is not in the object store any more.
        """
        by_snapshot = {page.snapshot: page for page in reversed(pages)}  # the first of several with the same text
        sources = [by_snapshot[snapshot] for snapshot in sorted(by_snapshot)]
        texts = await asyncio.gather(*(self._snapshots.text(source.snapshot, source.uri) for source in sources))
        return await asyncio.to_thread(search_pages, list(zip(sources, texts, strict=True)), queries)

    async def stop_reading(self) -> None:
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


def search_pages(read: Sequence[tuple[Source, str]], queries: Sequence[str]) -> SearchResult:
    """What an index of these sources alone has for `queries`."""
    searched = PassageSearch(*build_memory_index(read), load_thesaurus())
    try:
        return searched.search(queries)
    finally:
        searched.close()
