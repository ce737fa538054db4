"""Who reasons in all phases: what a package registers to take part, and what it is given."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from outlast.evidence.errors import NeedsOperator
from outlast.evidence.usage import Usage
from outlast.graphs.costs import NO_COSTS, Costs
from outlast.graphs.investigate import Investigator
from outlast.graphs.plan import Planner
from outlast.graphs.verify import Verifier
from outlast.graphs.write import Writer
from outlast.tools.extensions import Extension

if TYPE_CHECKING:
    from langchain_core.language_models.chat_models import BaseChatModel


REASONER_MEMBERS = ("mode", "questions", "queries", "read", "enough", "select", "sections", "judge", "rewrite")


@runtime_checkable
class Reasoner(Planner, Investigator, Writer, Verifier, Protocol):
    """Whoever reasons in all phases. `mode` is the line by which reports say how they were made.

    One whose calls cost something has the methods of `outlast.graphs.costs.Costs` too.
    """

    @property
    def mode(self) -> str: ...


@dataclass(frozen=True)
class Models:
    """The chat models of the settings, with Outlast's time limits, retries and journal; None where none is set.

    `agent_task` is what an agent is expected to spend on a task, where one investigates in the reasoner's place.
    """

    main: "BaseChatModel | None" = None
    cheap: "BaseChatModel | None" = None
    agent_task: Usage | None = None

    @property
    def needed(self) -> "BaseChatModel":
        """The main model, for a reasoner that cannot do without. Raises NeedsOperator."""
        if self.main is None:
            raise NeedsOperator("This reasoner needs a model.", "Set OUTLAST_MODEL, such as openai:gpt-5-mini.")
        return self.main


class ReasonerFactory(Protocol):
    """What a package registers in the group `outlast.reasoners`, under the name by which people choose the reasoner."""

    def __call__(self, models: Models, /) -> Reasoner:
        """Calls nothing yet. Raises NeedsOperator where something must be set first, with what to set."""
        ...


def open_reasoner(extension: Extension, models: Models) -> Reasoner:
    """Raises NeedsOperator where it is not set up, or its package is broken."""
    reasoner = extension.open(models)
    if not isinstance(reasoner, Reasoner):
        missing = ", ".join(name for name in REASONER_MEMBERS if not hasattr(reasoner, name))
        raise extension.as_broken(f"opens a {type(reasoner).__name__}, which is no Reasoner: it lacks {missing}")
    return reasoner


def costs_of(reasoner: Reasoner) -> Costs:
    """Nothing where it does not say."""
    return reasoner if isinstance(reasoner, Costs) else NO_COSTS
