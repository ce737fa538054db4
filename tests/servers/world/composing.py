"""The research put together for this world: its model, its engines, and pages that may be read from its site alone."""

from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path

from langgraph_heartbeat import CallJournal
from obstore.store import ObjectStore

from outlast.composition import Composition
from outlast.graphs.agent import compile_agent
from outlast.graphs.reasoners.model import ModelReasoner
from outlast.orchestration.settings import Settings
from outlast.tools.models.chat_models import chat_model
from outlast.tools.retrying import Patience
from outlast.tools.store.snapshots import Snapshots
from outlast.tools.web.engines.engines import Engines
from outlast.tools.web.engines.searxng import Searxng
from outlast.tools.web.engines.tavily import Tavily
from outlast.tools.web.pages.pages import open_pages
from outlast.tools.web.pages.resolving import AddressResolver
from outlast.tools.web.pages.urls import ALLOWED_PORTS
from outlast.tools.web.web import Web
from tests.servers.world.engines import TAVILY_KEY
from tests.servers.world.world import World

HERE = "127.0.0.1"
CALLS = Patience(attempt_timeout=timedelta(seconds=8))
"""As the default, but that what drips is given up soon."""
PAGES = Patience(total_timeout=timedelta(seconds=5), attempt_timeout=timedelta(seconds=30))


@dataclass(frozen=True)
class Site:
    """Where the pages are; `tavily` is the address of the other engine's server."""

    port: int
    tavily: str


async def here(name: str) -> list[str]:
    """Every name leads to this machine, where nothing but the site's port may be reached."""
    del name
    return [HERE]


def settings_in(world: World, home: Path, investigator: str) -> Settings:
    """Those of a worker that is to live in this world, in this process."""
    return Settings(
        home=home,
        model="openai:world",
        openai_base_url=world.model_url,
        searxng_url=world.searxng_url,
        tavily_api_key=TAVILY_KEY,
        investigator=investigator,
    )


def composed(store: ObjectStore, settings: Settings, web: Web) -> Composition:
    """As composition.py does it, with shorter patience."""
    model = chat_model(settings.model, base_url=settings.base_url(settings.model), patience=CALLS, cache=CallJournal())
    reasoner = ModelReasoner(model)
    agent = compile_agent(model) if settings.investigator == "agent" else None
    return Composition(store, settings.cache, reasoner, web=web, costs=reasoner, agent=agent, model=settings.model)


@asynccontextmanager
async def searching(site: Site, settings: Settings, store: ObjectStore) -> AsyncGenerator[Web]:
    """The engines of this world, and pages without a pause between them. The site's port is open, no other."""
    snapshots, ports = Snapshots(store), ALLOWED_PORTS | {site.port}
    addresses = AddressResolver(here, local_sites=frozenset({(HERE, site.port)}))
    pages = partial(open_pages, snapshots, pause=timedelta(), addresses=addresses, ports=ports)

    def engines() -> Engines:
        given = settings.engines
        tavily = Tavily(given.tavily_api_key, address=site.tavily, patience=CALLS)
        return Engines([Searxng(given.searxng_url, patience=CALLS), tavily])

    async with AsyncExitStack() as stack:
        web = Web(snapshots, engines, pages, stack, patience=PAGES, ports=ports)
        try:
            yield web
        finally:
            await web.stop_reading()
