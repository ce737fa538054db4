"""What a search engine is to the rest: the seam where doubles, recordings and budgets sit."""

from typing import Protocol

from outlast.evidence.errors import Permanent
from outlast.tools.web.engines.hits import Hit


class RefusedQuery(Permanent):
    """An engine does not take this one query. It may take others, so it costs the query, and nothing else."""


class SearchEngine(Protocol):
    @property
    def name(self) -> str:
        """As people choose it: `tavily`."""
        ...

    async def search(self, query: str, most: int) -> list[Hit]:
        """At most `most` hits, best first, ranks from 1. Nothing found is an empty list, never an error.

        Raises RefusedQuery where the engine takes no such query; Transient, Permanent or NeedsOperator where it did not
        answer. Keys are never in the message.
        """
        ...

    async def close(self) -> None: ...
