"""Open the search engines that people name in the settings. They are found by the entry points of packages."""

from outlast.evidence.errors import NeedsOperator
from outlast.tools.extensions import ENGINE_GROUP, Extension, find_extensions
from outlast.tools.web.engines.engine import EngineSettings, SearchEngine
from outlast.tools.web.engines.engines import Engines


def open_engines(settings: EngineSettings) -> Engines:
    """Open the engines; nothing connects yet. Raises NeedsOperator for an unknown name and a missing key or address."""
    registered = find_extensions(ENGINE_GROUP)
    names = [name.strip().lower() for name in settings.names if name.strip()] or _default_names(settings)
    for name in names:
        if name not in registered:
            raise NeedsOperator(
                f"There is no search engine {name!r}.",
                f"Set OUTLAST_SEARCH to one or several of {', '.join(registered)}, and start the worker again.",
            )
    return Engines([open_engine(registered[name], settings) for name in dict.fromkeys(names)])


def open_engine(extension: Extension, settings: EngineSettings) -> SearchEngine:
    """Open one engine. Raises NeedsOperator if a setting is missing or its package is broken."""
    engine = extension.open(settings)
    if not isinstance(engine, SearchEngine):
        raise extension.as_broken(f"opens a {type(engine).__name__}, which is not a SearchEngine")
    return engine


def _default_names(settings: EngineSettings) -> list[str]:
    settings_by_engine = [("tavily", settings.tavily_api_key), ("searxng", settings.searxng_url)]
    return [name for name, value in settings_by_engine if value.strip()] or ["wikipedia"]
