"""The protocols by which graphs reach the world outside: the real thing, a recording, or a double in a test."""

from collections.abc import Sequence
from typing import Protocol

from outlast.evidence.sources import SearchResult, Source
from outlast.tools.web.engines.hits import WebResult


class Library(Protocol):
    """A collection of documents that can be searched."""

    @property
    def titles(self) -> Sequence[str]:
        """The titles of its documents, sorted."""
        ...

    async def search(self, queries: Sequence[str]) -> SearchResult:
        """Return the passages that match any of `queries` (words, as people type them), best first."""
        ...


class Snapshots(Protocol):
    """The store of snapshots."""

    async def text(self, snapshot: str) -> str:
        """Return the stored text of a snapshot. Raises `NeedsOperator` if it is missing or damaged."""
        ...


class Web(Protocol):
    """Search engines, and pages that are read like documents."""

    async def search(self, query: str) -> WebResult:
        """Return the pages that search engines find for `query`, best first.

        Engines that did not answer are in `failures` of the result. Raises if no engine answered.
        """
        ...

    async def read(self, url: str) -> Source:
        """Read the page at `url` and store its text as a snapshot.

        Raises UnreadablePage or UnavailablePage, whose `skipped` goes into the coverage of the report.
        """
        ...

    async def passages(self, pages: Sequence[Source], queries: Sequence[str]) -> SearchResult:
        """Return the passages of `pages` that match any of `queries`, found as a `Library` finds them."""
        ...
