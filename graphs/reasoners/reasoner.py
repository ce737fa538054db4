"""The protocol of a reasoner for all phases, and how a package registers one."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from outlast.evidence.errors import NeedsOperator
from outlast.evidence.usage import Usage
from outlast.graphs.costs import NO_COSTS, Costs
from outlast.graphs.investigate import Investigator
from outlast.graphs.plan import Planner
from outlast.graphs.reasoners.likeness import SentenceComparison
from outlast.graphs.verify import Verifier
from outlast.graphs.write import Writer
from outlast.tools.extensions import Extension

if TYPE_CHECKING:
    from langchain_core.language_models.chat_models import BaseChatModel


REASONER_MEMBERS = ("mode", "questions", "queries", "read", "enough", "select", "sections", "judge", "rewrite")


@runtime_checkable
class Reasoner(Planner, Investigator, Writer, Verifier, Protocol):
    """Reasons in all phases. `mode` is the line of the report that says how it was made.

    A reasoner whose calls cost something has the methods of `outlast.graphs.costs.Costs` too.
    """

    @property
    def mode(self) -> str: ...


@dataclass(frozen=True)
class Models:
    """The chat models of the settings, with Outlast's time limits, retries and journal; None if none is set.

    `agent_task` is about what an agent spends on a task, if an agent investigates instead of the reasoner.
    `comparison` is the sentence encoder of this machine; None if it has none.
    """

    main: "BaseChatModel | None" = None
    cheap: "BaseChatModel | None" = None
    agent_task: Usage | None = None
    comparison: SentenceComparison | None = None

    @property
    def needed(self) -> "BaseChatModel":
        """The main model, for a reasoner that needs one. Raises NeedsOperator if none is set."""
        if self.main is None:
            raise NeedsOperator("This reasoner needs a model.", "Set OUTLAST_MODEL, such as openai:gpt-5-mini.")
        return self.main


class ReasonerFactory(Protocol):
    """The entry point of a package in the group `outlast.reasoners`; its name is the one that people choose."""

    def __call__(self, models: Models, /) -> Reasoner:
        """Make the reasoner without calling a model. Raises NeedsOperator if a setting is missing, with its name."""
        ...


def open_reasoner(extension: Extension, models: Models) -> Reasoner:
    """Open the reasoner of a package. Raises NeedsOperator if it is not set up, or if its package is broken."""
    reasoner = extension.open(models)
    if not isinstance(reasoner, Reasoner):
        missing = ", ".join(name for name in REASONER_MEMBERS if not hasattr(reasoner, name))
        raise extension.as_broken(f"opens a {type(reasoner).__name__}, which is not a Reasoner: it lacks {missing}")
    return reasoner


def costs_of(reasoner: Reasoner) -> Costs:
    """Return the costs of a reasoner; nothing if it does not estimate any."""
    return reasoner if isinstance(reasoner, Costs) else NO_COSTS
