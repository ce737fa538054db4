"""What a search engine is to the rest: the seam where doubles, recordings and budgets sit."""

from typing import Protocol

from tools.search.hits import Hit


class SearchEngine(Protocol):
    @property
    def name(self) -> str:
        """As people choose it: `tavily`."""
        ...

    async def search(self, query: str, most: int) -> list[Hit]:
        """At most `most` hits, best first, ranks from 1. Nothing found is an empty list, never an error.

        Raises Transient, Permanent or NeedsOperator where the engine did not answer; keys are never in the message.
        """
        ...

    async def close(self) -> None: ...
