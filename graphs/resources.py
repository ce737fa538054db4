"""What graphs ask of the world outside, however it is built: the real thing, a recording, a double in a test."""

from collections.abc import Sequence
from typing import Protocol

from outlast.evidence.sources import SearchResult, Source
from outlast.tools.web.engines.hits import WebResult


class Library(Protocol):
    """A collection that can be searched."""

    @property
    def titles(self) -> Sequence[str]:
        """The titles of its documents, sorted."""
        ...

    async def search(self, queries: Sequence[str]) -> SearchResult:
        """The passages that speak to any of `queries` (words, as people type them), best first."""
        ...


class Snapshots(Protocol):
    async def text(self, snapshot: str) -> str:
        """The stored text of that name; `NeedsOperator` where it is missing or damaged."""
        ...


class Web(Protocol):
    """Search engines, and pages that are read like documents."""

    async def search(self, query: str) -> WebResult:
        """The pages that search engines have for `query`, best first.

        Engines that did not answer are in its `failures`; it raises where none did.
        """
        ...

    async def read(self, url: str) -> Source:
        """The page at `url`, its text stored as a snapshot.

        Raises UnreadablePage and UnavailablePage, whose `skipped` is for the statement of coverage.
        """
        ...

    async def passages(self, pages: Sequence[Source], queries: Sequence[str]) -> SearchResult:
        """Of these pages, the passages that speak to any of `queries`, as a library would find them."""
        ...
