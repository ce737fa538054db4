"""The graph of each phase of the research, and the resources that it needs from outside, without Temporal.

worker.py makes durable activities of these graphs; in_process.py runs them directly.
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
from outlast.tools.retrieval.encoder.encoder import open_encoder
from outlast.tools.retrieval.encoder.sentence_vectors import SentenceVectors
from outlast.tools.retrieval.library_cache import LibraryCache
from outlast.tools.store.collections import CollectionTexts

if TYPE_CHECKING:
    from langchain_core.language_models.chat_models import BaseChatModel

Request = TypeVar("Request", bound=BaseModel)


EXTRACTIVE = "extractive"
"""The name of the reasoner that spends nothing."""


def build_composition(store: ObjectStore, settings: Settings, web: Web | None = None) -> "Composition":
    """Build the composition with the reasoner and the models of the settings, or with rules if they name none.

    It calls no model. Raises Permanent for an invalid name or address, and NeedsOperator for a missing key or package
    and for a reasoner that is unknown, not set up, or of a broken package.
    """
    if settings.investigator == "agent" and not settings.model:
        raise NeedsOperator("An agent needs a model.", "Set OUTLAST_MODEL, or leave OUTLAST_INVESTIGATOR out.")
    models, agent = models_of(settings), None
    if settings.investigator == "agent" and models.main is not None:
        from outlast.graphs.agent import compile_agent, estimate_task_usage  # noqa: PLC0415 - agents of LangChain take a second to import

        agent, models = compile_agent(models.main), replace(models, agent_task=estimate_task_usage(models.main))
    models = replace(models, comparison=sentence_comparison(settings))
    name = reasoner_name(settings)
    if (extension := find_extensions(REASONER_GROUP).get(name)) is None:
        installed = ", ".join(find_extensions(REASONER_GROUP))
        raise NeedsOperator(
            f"There is no reasoner {name!r}.", f"Set OUTLAST_REASONER to one of {installed}, or to nothing."
        )
    reasoner = open_reasoner(extension, models)
    label = "" if name == EXTRACTIVE and agent is None else settings.model or name
    return Composition(store, settings.cache, reasoner, web=web, costs=costs_of(reasoner), agent=agent, model=label)


def sentence_comparison(settings: Settings) -> SentenceVectors | None:
    """Return what compares sentences by their meaning; None if this machine has no sentence encoder."""
    encoder = open_encoder(settings.encoder_folder) if settings.encoder_folder else None
    return SentenceVectors(encoder, settings.cache) if encoder else None


def reasoner_name(settings: Settings) -> str:
    return settings.reasoner.strip().lower() or ("model" if settings.model else EXTRACTIVE)


def models_of(settings: Settings) -> Models:
    """Return the models of the settings, with a journal that remembers their finished calls."""
    if not settings.model:
        return Models()
    from outlast.tools.models.chat_models import chat_model  # noqa: PLC0415 - models' clients take a second to import

    cache = CallJournal()

    def open_model(name: str) -> "BaseChatModel":
        return chat_model(name, base_url=settings.base_url(name), cache=cache)

    return Models(open_model(settings.model), open_model(settings.cheap_model) if settings.cheap_model else None)


def open_web_search(settings: Settings, store: ObjectStore) -> AbstractAsyncContextManager[Web]:
    """Return the web with the search engines of the settings. No connection is opened before a run needs it."""
    from outlast.tools.web.web import open_web  # noqa: PLC0415 - `outlast ask` without the web starts faster

    return open_web(store, settings.engines, proxy=settings.proxy)


@dataclass(frozen=True)
class BoundGraph(Generic[Request]):
    """A graph and the function that makes its run context (what it needs from outside) for one request."""

    graph: GraphLike
    context: Callable[[Request], Awaitable[object]]


class Composition:
    """The graphs of all phases with their resources. `mode` is the line in reports that says how they were made."""

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
        """Bind the graphs to their resources.

        `model` is the name of the model that reasons, or of a reasoner that may spend money; "" if rules reason.
        `agent` is from `outlast.graphs.agent.compile_agent`, and investigates in place of graphs/investigate.py.
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
        """Raise NeedsOperator if the run began with a model and this worker has none, or the other way round.

        Another worker must not continue a run of a model by rules, and must not make a run by rules spend money.
        """
        if request.model and not self.model:
            raise NeedsOperator(
                f"This run uses {reasoner_label(request.model)}, and this worker has none.",
                f"Start the worker with {setting_for(request.model)}, and go on.",
            )
        if self.model and not request.model:
            raise NeedsOperator(
                f"This run uses rules, at no cost, and this worker has {reasoner_label(self.model)}.",
                f"Start the worker without {setting_for(self.model)}, and go on; or ask again to start a run with it.",
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
    """Return "the model NAME" for a name `provider:model`, and "the reasoner NAME" for a reasoner without a model."""
    return f"the model {model}" if ":" in model else f"the reasoner {model}"


def setting_for(model: str) -> str:
    return "OUTLAST_MODEL" if ":" in model else f"OUTLAST_REASONER={model}"
