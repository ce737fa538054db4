"""What graphs ask of the world outside, however it is built: the real thing, a recording, a double in a test."""

from collections.abc import Sequence
from typing import Protocol

from evidence.sources import SearchResult


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
