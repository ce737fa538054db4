"""What a search engine is: its settings, its protocol (where doubles, recordings and budgets sit), and its factory."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from outlast.evidence.errors import Permanent
from outlast.tools.web.engines.hits import Hit


@dataclass(frozen=True, repr=False)
class EngineSettings:
    """What settings give; empty where people set nothing."""

    names: Sequence[str] = ()
    """Of the engines that are installed. Empty: those of Tavily and SearXNG that are set up, or else Wikipedia."""
    tavily_api_key: str = ""
    searxng_url: str = ""
    ncbi_api_key: str = ""
    contact: str = ""
    """An e-mail address for Wikipedia, arXiv and PubMed, which ask who makes so many requests."""
    wikipedia_language: str = "en"


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
