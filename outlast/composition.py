"""The research, put together without Temporal: the graph of each phase, and what that graph needs from outside.

worker.py makes durable activities of it; in_process.py runs it as it stands.
"""

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Generic, TypeVar

from langgraph_heartbeat import CallJournal, GraphLike
from obstore.store import ObjectStore
from pydantic import BaseModel

from outlast.evidence.errors import NeedsOperator
from outlast.graphs import investigate, plan, verify, write
from outlast.graphs.costs import NO_COSTS, Costs
from outlast.graphs.reasoners.extractive import ExtractiveReasoner
from outlast.graphs.reasoners.reasoner import Models, Reasoner, costs_of, open_reasoner
from outlast.graphs.resources import Web
from outlast.orchestration.research.phase_io import (
    InvestigateRequest,
    PlanRequest,
    ReasoningRequest,
    VerifyRequest,
    WriteRequest,
)
from outlast.orchestration.settings import Settings
from outlast.tools.extensions import REASONER_GROUP, find_extensions
from outlast.tools.retrieval.library_cache import LibraryCache
from outlast.tools.store.collections import CollectionTexts

if TYPE_CHECKING:
    from langchain_core.language_models.chat_models import BaseChatModel

Request = TypeVar("Request", bound=BaseModel)


EXTRACTIVE = "extractive"
"""The name of the reasoner that spends nothing."""


def build_composition(store: ObjectStore, settings: Settings, web: Web | None = None) -> "Composition":
    """With the reasoner and the models that the settings name; with rules where they name none. No model is called.

    Raises Permanent for a name or an address that cannot be one, NeedsOperator for a missing key or package, and for a
    reasoner that is not known, not set up, or of a package that is broken.
    """
    if settings.investigator == "agent" and not settings.model:
        raise NeedsOperator("An agent needs a model.", "Set OUTLAST_MODEL, or leave OUTLAST_INVESTIGATOR out.")
    models, agent = models_of(settings), None
    if settings.investigator == "agent" and models.main is not None:
        from outlast.graphs.agent import compile_agent, estimate_task_usage  # noqa: PLC0415 - agents of LangChain take a second to import

        agent, models = compile_agent(models.main), replace(models, agent_task=estimate_task_usage(models.main))
    name = reasoner_name(settings)
    if (extension := find_extensions(REASONER_GROUP).get(name)) is None:
        known = ", ".join(find_extensions(REASONER_GROUP))
        raise NeedsOperator(
            f"There is no reasoner {name!r}.", f"Set OUTLAST_REASONER to one of {known}, or to nothing."
        )
    reasoner = open_reasoner(extension, models)
    label = "" if name == EXTRACTIVE and agent is None else settings.model or name
    return Composition(store, settings.cache, reasoner, web=web, costs=costs_of(reasoner), agent=agent, model=label)


def reasoner_name(settings: Settings) -> str:
    return settings.reasoner.strip().lower() or ("model" if settings.model else EXTRACTIVE)


def models_of(settings: Settings) -> Models:
    """Those that the settings name, with a journal in which finished calls are found again."""
    if not settings.model:
        return Models()
    from outlast.tools.models.chat_models import chat_model  # noqa: PLC0415 - models' clients take a second to import

    cache = CallJournal()

    def named(name: str) -> "BaseChatModel":
        return chat_model(name, base_url=settings.base_url(name), cache=cache)

    return Models(named(settings.model), named(settings.cheap_model) if settings.cheap_model else None)


def open_web_search(settings: Settings, store: ObjectStore) -> AbstractAsyncContextManager[Web]:
    """The web with the engines of the settings. Nothing is opened before a run asks for it."""
    from outlast.tools.web.web import open_web  # noqa: PLC0415 - `outlast ask` without it is quick

    return open_web(store, settings.engines, proxy=settings.proxy)


@dataclass(frozen=True)
class BoundGraph(Generic[Request]):
    """A graph with what it needs from outside, its run context, for one request."""

    graph: GraphLike
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
        costs: Costs = NO_COSTS,
        agent: GraphLike | None = None,
        model: str = "",
    ) -> None:
        """`model` is the name of the one that reasons, or of a reasoner that may spend; "" where rules do.

        `agent` is one of `outlast.graphs.agent.compile_agent`: it investigates, in place of graphs/investigate.py.
        """
        self.store = store
        self.model = model
        self._reasoner = reasoner or ExtractiveReasoner()
        self._web = web
        self._costs = costs
        self._libraries = LibraryCache(store, cache)
        self.mode = self._reasoner.mode
        self.plan = BoundGraph(plan.builder, self._plan_resources)
        self.investigate: BoundGraph[InvestigateRequest] = BoundGraph(investigate.builder, self._investigate_resources)
        self.write = BoundGraph(write.builder, self._write_resources)
        self.verify = BoundGraph(verify.builder, self._verify_resources)
        if agent is not None:
            self.investigate = self._bound_agent(agent)
            self.mode = f"{self.mode}; an agent investigates"

    def _bound_agent(self, agent: GraphLike) -> BoundGraph[InvestigateRequest]:
        from outlast.graphs.agent_state import Resources  # noqa: PLC0415 - agents of LangChain take a second to import

        async def resources(request: InvestigateRequest) -> Resources:
            library, texts = (
                await self._libraries.open(request.collection),
                CollectionTexts(self.store, request.collection),
            )
            return Resources(library, self._web, texts)

        return BoundGraph(agent, resources)

    def _refuse_other_reasoning(self, request: ReasoningRequest) -> None:
        """A run that began with a model must not go on by rules because somebody has started another worker.

        And one that began with rules must not begin to spend.
        """
        if request.model and not self.model:
            raise NeedsOperator(
                f"This run is done with {reasoner_label(request.model)}, and this worker has none.",
                f"Start the worker with {setting_for(request.model)}, and go on.",
            )
        if self.model and not request.model:
            raise NeedsOperator(
                f"This run is done by rules, at no cost, and this worker has {reasoner_label(self.model)}.",
                f"Start the worker without {setting_for(self.model)}, and go on; or ask again, for a run with it.",
            )

    async def _plan_resources(self, request: PlanRequest) -> plan.Resources:
        self._refuse_other_reasoning(request)
        return plan.Resources(self._reasoner, await self._libraries.open(request.collection), self._costs)

    async def _investigate_resources(self, request: InvestigateRequest) -> investigate.Resources:
        self._refuse_other_reasoning(request)
        library = await self._libraries.open(request.collection)
        return investigate.Resources(self._reasoner, library, self._web, self._costs)

    async def _write_resources(self, request: WriteRequest) -> write.Resources:
        self._refuse_other_reasoning(request)
        return write.Resources(self._reasoner, self._costs, self.mode)

    async def _verify_resources(self, request: VerifyRequest) -> verify.Resources:
        self._refuse_other_reasoning(request)
        return verify.Resources(self._reasoner, CollectionTexts(self.store, request.collection), self._costs)


def reasoner_label(model: str) -> str:
    """Models are named `provider:model`; a reasoner without one by its own name."""
    return f"the model {model}" if ":" in model else f"the reasoner {model}"


def setting_for(model: str) -> str:
    return "OUTLAST_MODEL" if ":" in model else f"OUTLAST_REASONER={model}"
