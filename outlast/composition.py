"""The research, put together without Temporal: the graph of each phase, and what that graph needs from outside.

worker.py makes durable activities of it; in_process.py runs it as it stands.
"""

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

from langgraph_heartbeat import AnyGraph, CallJournal
from obstore.store import ObjectStore
from pydantic import BaseModel

from outlast.evidence.errors import NeedsOperator
from outlast.graphs import investigate, plan, verify, write
from outlast.graphs.costs import FREE, Costs
from outlast.graphs.investigate import Investigator
from outlast.graphs.plan import Planner
from outlast.graphs.reasoners.extractive import ExtractiveReasoner
from outlast.graphs.resources import Web
from outlast.graphs.verify import Verifier
from outlast.graphs.write import Writer
from outlast.orchestration.research.phase_io import Investigation, Planning, Reasoning, Verification, Writing
from outlast.orchestration.settings import Settings
from outlast.tools.retrieval.library_cache import Libraries
from outlast.tools.store.texts import Texts

if TYPE_CHECKING:
    from langchain_core.language_models.chat_models import BaseChatModel

Request = TypeVar("Request", bound=BaseModel)


class Reasoner(Planner, Investigator, Writer, Verifier, Protocol):
    """Whoever reasons in all phases. `mode` is the line by which reports say how they were made."""

    @property
    def mode(self) -> str: ...


def composed(store: ObjectStore, settings: Settings, web: Web | None = None) -> "Composition":
    """With the models that the settings name; with rules where they name none. No model is called.

    Raises Permanent for a name or an address that cannot be one, NeedsOperator for a missing key or package.
    """
    if not settings.model:
        if settings.investigator == "agent":
            raise NeedsOperator("An agent needs a model.", "Set OUTLAST_MODEL, or leave OUTLAST_INVESTIGATOR out.")
        return Composition(store, settings.cache, web=web)
    from outlast.graphs.reasoners.model import ModelReasoner  # noqa: PLC0415 - models' clients take a second to import
    from outlast.tools.models.chat_models import chat_model  # noqa: PLC0415

    cache = CallJournal()

    def named(name: str) -> "BaseChatModel":
        return chat_model(name, base_url=settings.base_url(name), cache=cache)

    model, cheap = named(settings.model), named(settings.cheap_model) if settings.cheap_model else None
    agent = a_task = None
    if settings.investigator == "agent":
        from outlast.graphs.agent import compiled, of_a_task  # noqa: PLC0415

        agent, a_task = compiled(model), of_a_task(model)
    reasoner = ModelReasoner(model, cheap, a_task=a_task)
    return Composition(store, settings.cache, reasoner, web=web, costs=reasoner, agent=agent, model=settings.model)


def searching(settings: Settings, store: ObjectStore) -> AbstractAsyncContextManager[Web]:
    """The web with the engines of the settings. Nothing is opened before a run asks for it."""
    from outlast.tools.web.web import open_web  # noqa: PLC0415 - `outlast ask` without it is quick

    return open_web(store, settings.engines, proxy=settings.proxy)


@dataclass(frozen=True)
class Bound(Generic[Request]):
    """A graph with what it needs from outside, its run context, for one request."""

    graph: AnyGraph
    context: Callable[[Request], Awaitable[object]]


class Composition:
    """Every phase that has a graph, bound. `mode` is the line by which reports say how they were made."""

    def __init__(
        self,
        store: ObjectStore,
        cache: Path,
        reasoner: Reasoner | None = None,
        *,
        web: Web | None = None,
        costs: Costs = FREE,
        agent: AnyGraph | None = None,
        model: str = "",
    ) -> None:
        """`model` is the name of the one that reasons; "" where rules do.

        `agent` is one of `outlast.graphs.agent.compiled`: it investigates, in place of graphs/investigate.py.
        """
        self.store = store
        self.model = model
        self._reasoner = reasoner or ExtractiveReasoner()
        self._web = web
        self._costs = costs
        self._libraries = Libraries(store, cache)
        self.mode = self._reasoner.mode
        self.plan = Bound(plan.builder, self._planning)
        self.investigate: Bound[Investigation] = Bound(investigate.builder, self._investigation)
        self.write = Bound(write.builder, self._writing)
        self.verify = Bound(verify.builder, self._verification)
        if agent is not None:
            self.investigate = self._bound_agent(agent)
            self.mode = f"{self.mode}; an agent investigates"

    def _bound_agent(self, agent: AnyGraph) -> Bound[Investigation]:
        from outlast.graphs.agent_state import Resources  # noqa: PLC0415 - agents of LangChain take a second to import

        async def resources(request: Investigation) -> Resources:
            library, texts = await self._libraries.open(request.collection), Texts(self.store, request.collection)
            return Resources(library, self._web, texts)

        return Bound(agent, resources)

    def _refuse_other_reasoning(self, request: Reasoning) -> None:
        """A run that began with a model must not go on by rules because somebody has started another worker.

        And one that began with rules must not begin to spend.
        """
        if request.model and not self.model:
            raise NeedsOperator(
                f"This run is done with the model {request.model}, and this worker has none.",
                "Start the worker with OUTLAST_MODEL, and go on.",
            )
        if self.model and not request.model:
            raise NeedsOperator(
                f"This run is done by rules, at no cost, and this worker has the model {self.model}.",
                "Start the worker without OUTLAST_MODEL, and go on; or ask again, for a run with the model.",
            )

    async def _planning(self, request: Planning) -> plan.Resources:
        self._refuse_other_reasoning(request)
        return plan.Resources(self._reasoner, await self._libraries.open(request.collection), self._costs)

    async def _investigation(self, request: Investigation) -> investigate.Resources:
        self._refuse_other_reasoning(request)
        library = await self._libraries.open(request.collection)
        return investigate.Resources(self._reasoner, library, self._web, self._costs)

    async def _writing(self, request: Writing) -> write.Resources:
        self._refuse_other_reasoning(request)
        return write.Resources(self._reasoner, self._costs, self.mode)

    async def _verification(self, request: Verification) -> verify.Resources:
        self._refuse_other_reasoning(request)
        return verify.Resources(self._reasoner, Texts(self.store, request.collection), self._costs)
