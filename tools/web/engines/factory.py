"""The search engines that people name, with what they set for them."""

from outlast.evidence.errors import NeedsOperator
from outlast.tools.web.engines.engine import SearchEngine
from outlast.tools.web.engines.engines import Engines
from outlast.tools.web.engines.searxng import Searxng
from outlast.tools.web.engines.settings import EngineSettings
from outlast.tools.web.engines.tavily import Tavily

NAMES = ("tavily", "searxng", "wikipedia", "arxiv", "pubmed")


def open_engines(settings: EngineSettings) -> Engines:
    """Connects to nothing yet. Raises NeedsOperator for an unknown name, and for a missing key or address."""
    names = [name.strip().lower() for name in settings.names if name.strip()] or _usual(settings)
    for name in names:
        if name not in NAMES:
            raise NeedsOperator(
                f"There is no search engine {name!r}.",
                f"Set OUTLAST_SEARCH to one or several of {', '.join(NAMES)}, and start the worker again.",
            )
    return Engines([_open(name, settings) for name in dict.fromkeys(names)])


def _usual(settings: EngineSettings) -> list[str]:
    given = [("tavily", settings.tavily_api_key), ("searxng", settings.searxng_url)]
    return [name for name, value in given if value.strip()] or ["wikipedia"]


def _open(name: str, settings: EngineSettings) -> SearchEngine:
    if name == "tavily":
        return Tavily(settings.tavily_api_key)
    if name == "searxng":
        return Searxng(settings.searxng_url)
    from outlast.tools.web.engines import community  # noqa: PLC0415 - half a second, for nothing where these are not chosen

    if name == "wikipedia":
        return community.Wikipedia(contact=settings.contact, language=settings.wikipedia_language)
    if name == "arxiv":
        return community.Arxiv(contact=settings.contact)
    return community.Pubmed(contact=settings.contact, api_key=settings.ncbi_api_key)
