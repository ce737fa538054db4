"""The search engine: its settings, its protocol, which test doubles and recordings implement too, and its factory."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from outlast.evidence.errors import Permanent
from outlast.tools.web.engines.hits import Hit


@dataclass(frozen=True, repr=False)
class EngineSettings:
    """The settings of search engines; empty if people set nothing."""

    names: Sequence[str] = ()
    """The names of installed engines. If empty: Tavily and SearXNG if they are set up, or else Wikipedia."""
    tavily_api_key: str = ""
    searxng_url: str = ""
    ncbi_api_key: str = ""
    contact: str = ""
    """An e-mail address for Wikipedia, arXiv and PubMed, which ask automatic clients to identify themselves."""
    wikipedia_language: str = "en"


class RefusedQuery(Permanent):
    """An engine refuses this query. It may accept others, so only this query is lost."""


@runtime_checkable
class SearchEngine(Protocol):
    """A search engine: finds web pages for a query."""

    @property
    def name(self) -> str:
        """The name by which people choose the engine: `tavily`."""
        ...

    async def search(self, query: str, max_hits: int) -> list[Hit]:
        """Return at most `max_hits` hits, best first, with ranks from 1. If nothing is found, the list is empty.

        Raises RefusedQuery if the engine refuses the query; Transient, Permanent or NeedsOperator if it did not answer.
        Their messages never contain keys.
        """
        ...

    async def close(self) -> None: ...


class EngineFactory(Protocol):
    """The function that a package registers in the group `outlast.engines`, under the name of the engine."""

    def __call__(self, settings: EngineSettings, /) -> SearchEngine:
        """Create the engine without connecting. Raises NeedsOperator, with what to set, if a setting is missing."""
        ...
