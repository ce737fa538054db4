"""What a search engine is to the rest: the seam where doubles, recordings and budgets sit."""

from typing import Protocol, runtime_checkable

from outlast.evidence.errors import Permanent
from outlast.tools.web.engines.hits import Hit
from outlast.tools.web.engines.settings import EngineSettings


class RefusedQuery(Permanent):
    """An engine does not take this one query. It may take others, so it costs the query, and nothing else."""


@runtime_checkable
class SearchEngine(Protocol):
    @property
    def name(self) -> str:
        """As people choose it: `tavily`."""
        ...

    async def search(self, query: str, max_hits: int) -> list[Hit]:
        """At most `most` hits, best first, ranks from 1. Nothing found is an empty list, never an error.

        Raises RefusedQuery where the engine takes no such query; Transient, Permanent or NeedsOperator where it did not
        answer. Keys are never in the message.
        """
        ...

    async def close(self) -> None: ...


class EngineFactory(Protocol):
    """What a package registers in the group `outlast.engines`, under the name by which people choose the engine."""

    def __call__(self, settings: EngineSettings, /) -> SearchEngine:
        """Connects to nothing yet. Raises NeedsOperator where a key or an address is missing, with what to set."""
        ...
