"""The web as graphs see it: searched by engines, read page by page, its passages found as those of documents are."""

import asyncio
import math
from collections import OrderedDict
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from time import monotonic

from obstore.store import ObjectStore

from outlast.evidence.sources import SearchResult, Source
from outlast.tools.retrieval.passage_index import index_of
from outlast.tools.retrieval.passage_search import PassageSearch
from outlast.tools.retrieval.thesaurus.synonyms import thesaurus
from outlast.tools.retrying import Patience, retry
from outlast.tools.store.snapshots import Snapshots
from outlast.tools.web.engines.canonical import canonical
from outlast.tools.web.engines.engines import Engines
from outlast.tools.web.engines.factory import open_engines
from outlast.tools.web.engines.hits import WebResult
from outlast.tools.web.engines.settings import EngineSettings
from outlast.tools.web.pages.failures import UnavailablePage, UnreadablePage
from outlast.tools.web.pages.fetching import PAUSE
from outlast.tools.web.pages.pages import Pages, open_pages
from outlast.tools.web.pages.requesting import PageLimits
from outlast.tools.web.pages.resolving import Addresses
from outlast.tools.web.pages.urls import PORTS, page_url

MOST_HITS = 10
KEPT_FOR = timedelta(minutes=10)
"""So long a page is not fetched again, whoever asks."""
FAILURE_KEPT_FOR = timedelta(seconds=30)
MOST_KEPT = 500
"""Pages that are remembered; not their texts, but where those are."""

# A page is one of many, so it is not tried for as long as others are. Fetching and parsing have time limits of their
# own; waiting for one's turn at a busy host has none, and is no failure of the page.
PAGE_PATIENCE = Patience(whole=timedelta(seconds=30), attempt=timedelta(hours=1))


@asynccontextmanager
async def open_web(
    store: ObjectStore,
    settings: EngineSettings,
    *,
    proxy: str | None = None,
    patience: Patience = PAGE_PATIENCE,
    pause: timedelta = PAUSE,
    limits: PageLimits | None = None,
    addresses: Addresses | None = None,
    ports: frozenset[int] = PORTS,
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


@dataclass
class _Reading:
    """A page that is being read, or was a while ago. `until` is on the clock of this process."""

    task: asyncio.Task[Source]
    until: float = math.inf

    def remember(self, task: asyncio.Task[Source]) -> None:
        """How long, now that it is done: what is not the page's own doing is not held against it."""
        failure = None if task.cancelled() else task.exception()
        if task.cancelled() or (failure and not isinstance(failure, UnreadablePage | UnavailablePage)):
            self.until = -math.inf
        else:
            self.until = monotonic() + (FAILURE_KEPT_FOR if failure else KEPT_FOR).total_seconds()


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
        self._to_engines = engines
        self._to_pages = pages
        self._stack = stack
        self._patience = patience
        self._ports = ports
        self._opening = asyncio.Lock()
        self._engines: Engines | None = None
        self._pages: Pages | None = None
        self._readings: OrderedDict[str, _Reading] = OrderedDict()

    async def search(self, query: str) -> WebResult:
        """The pages that search engines have for `query`, best first.

        Engines that failed, or take no such query, are in `failures`. Raises NeedsOperator where an engine that was
        named is not known or not set up, and where a person must help before any answers (a quota, a key); Transient
        where none answers for a while; Permanent for an empty query.
        """
        return await (await self._opened_engines()).search(query, MOST_HITS)

    async def read(self, url: str) -> Source:
        """The page at `url`, its text stored as a snapshot. For some minutes one address is fetched once.

        Raises UnreadablePage and UnavailablePage, which say why; NeedsOperator where the proxy, the object store or
        this machine must be seen to.
        """
        asked = str(page_url(url, self._ports))
        key = canonical(asked)
        known = self._readings.get(key)
        if known is None or known.until < monotonic():
            known = self._readings[key] = _Reading(asyncio.create_task(self._read(asked)))
            known.task.add_done_callback(known.remember)
            self._readings.move_to_end(key)
            self._forget_oldest()
        # Shielded: a task that is cancelled while it waits must not take the page from its neighbours.
        return await asyncio.shield(known.task)

    async def passages(self, pages: Sequence[Source], queries: Sequence[str]) -> SearchResult:
        """Of these pages, the passages that speak to any of `queries`, as a library would find them.

        Raises NeedsOperator where the text of one is not in the object store any more.
        """
        by_snapshot = {page.snapshot: page for page in reversed(pages)}  # the first of several with the same text
        sources = [by_snapshot[snapshot] for snapshot in sorted(by_snapshot)]
        texts = await asyncio.gather(*(self._snapshots.text(source.snapshot, source.uri) for source in sources))
        return await asyncio.to_thread(found_in, list(zip(sources, texts, strict=True)), queries)

    async def stop_reading(self) -> None:
        tasks = [reading.task for reading in self._readings.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _read(self, url: str) -> Source:
        pages = await self._opened_pages()
        return await retry(lambda: pages.read(url), f"The page {url}", self._patience)

    async def _opened_engines(self) -> Engines:
        async with self._opening:
            if self._engines is None:
                self._engines = await asyncio.to_thread(self._to_engines)  # some engines' libraries load for a second
                self._stack.push_async_callback(self._engines.close)
            return self._engines

    async def _opened_pages(self) -> Pages:
        async with self._opening:
            if self._pages is None:
                self._pages = await self._stack.enter_async_context(self._to_pages())
            return self._pages

    def _forget_oldest(self) -> None:
        if len(self._readings) > MOST_KEPT:
            done = next((key for key, reading in self._readings.items() if reading.task.done()), None)
            if done is not None:
                del self._readings[done]


def found_in(read: Sequence[tuple[Source, str]], queries: Sequence[str]) -> SearchResult:
    """What an index of these sources alone has for `queries`."""
    searched = PassageSearch(*index_of(read), thesaurus())
    try:
        return searched.search(queries)
    finally:
        searched.close()
