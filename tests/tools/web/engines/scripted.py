"""A search engine that answers what a test tells it, without a server: the double that graphs' tests use."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import timedelta

from outlast.evidence.errors import OutlastError
from outlast.tools.retrying import Patience, retry
from outlast.tools.web.engines.hits import Hit, RawHit, rank_hits
from tests.servers.search_engines import Page

QUICK = Patience(
    total_timeout=timedelta(seconds=0.4),
    attempt_timeout=timedelta(seconds=10),
    first_wait=timedelta(seconds=0.01),
    max_wait=timedelta(seconds=0.02),
)
"""Short times for tests."""


class ScriptedEngine:
    """Answers with `pages`, or with the pages of `by_query` for a query in it.

    The first calls meet `faults`, one each: the exception is raised; None means that the call never ends.
    """

    def __init__(
        self,
        pages: Sequence[Page] = (),
        *,
        name: str = "scripted",
        by_query: Mapping[str, Sequence[Page]] | None = None,
        faults: Sequence[Exception | None] = (),
        patience: Patience = QUICK,
    ) -> None:
        self.name = name
        self.pages = pages
        self.by_query = by_query or {}
        self.faults = list(faults)
        self.patience = patience
        self.queries: list[str] = []
        self.arrived = asyncio.Event()
        """Set at the first call."""
        self.closed = False

    async def search(self, query: str, max_hits: int) -> list[Hit]:
        async def call() -> list[Hit]:
            self.queries.append(query)
            self.arrived.set()
            if self.faults:
                raise self.faults.pop(0) or await _never()
            pages = self.by_query.get(query, self.pages)
            return rank_hits(self.name, [RawHit(page.url, page.title, page.snippet) for page in pages], max_hits)

        return await retry(call, self.name, self.patience)

    async def close(self) -> None:
        self.closed = True


async def _never() -> Exception:
    return await asyncio.get_running_loop().create_future()


def failing(error: OutlastError, name: str = "failing", times: int = 1_000) -> ScriptedEngine:
    """Return an engine that raises `error` at its first `times` calls."""
    return ScriptedEngine(name=name, faults=[error] * times)
