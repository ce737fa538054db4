"""Where a run stands, as the server knows it without a worker: in the memo of the run, and in its search attributes.

Whoever lists runs reads the memo; whoever filters them in Temporal's UI, or by the CLI of Temporal, uses the search
attributes, where the server has them.
"""

from datetime import datetime

from pydantic import ValidationError
from temporalio import workflow
from temporalio.client import WorkflowExecution
from temporalio.common import SearchAttributeKey, SearchAttributePair, SearchAttributeUpdate, TypedSearchAttributes

with workflow.unsafe.imports_passed_through():
    from outlast.evidence.sources import Value
    from outlast.orchestration.research.messages import Ending, Gate

MEMO = "outlast"
"""The key of the memo."""
PATCH = "standing"
"""Runs from before tell nothing: their histories have no such commands."""
QUESTION_CHARACTERS = 1_000
"""Of the question in the memo."""
ATTRIBUTE_CHARACTERS = 160
"""Of the question as a search attribute: the server takes 2 KiB of JSON, and a character may be 12 bytes of that."""

QUESTION = SearchAttributeKey.for_text("OutlastQuestion")
PHASE = SearchAttributeKey.for_keyword("OutlastPhase")
WAITING_FOR = SearchAttributeKey.for_keyword("OutlastWaitingFor")
SPEND_USD = SearchAttributeKey.for_float("OutlastSpendUsd")
ATTRIBUTES = (QUESTION, PHASE, WAITING_FOR, SPEND_USD)


class Waiting(Value):
    """A gate that waits for a decision."""

    gate: Gate
    subject: str
    """What is to be decided, such as "plan-2"."""
    deadline: datetime


class Standing(Value):
    """Where a run stands, and what it has spent when it came there."""

    question: str = ""
    """Its first `QUESTION_CHARACTERS` characters."""
    phase: str = "starting"
    """The phase or the gate where the run stands; of a run that has ended, where it ended."""
    gates: tuple[Waiting, ...] = ()
    """Those that wait for a decision, oldest first."""
    waits: bool = False
    """For a person, with nothing else under way."""
    usd: float = 0.0
    """What the phases and tasks that have finished cost, in US dollars."""
    outcome: Ending | None = None

    @classmethod
    def at_start(cls, question: str) -> "Standing":
        return cls(question=question[:QUESTION_CHARACTERS])

    @property
    def waiting_for(self) -> str:
        """The subject of the oldest gate that waits; "" where none does."""
        return self.gates[0].subject if self.gates else ""

    def is_where(self, other: "Standing | None") -> bool:
        """Whether both stand at the same place, whatever they have spent."""
        return other is not None and self.model_copy(update={"usd": other.usd}) == other

    def attributes(self) -> TypedSearchAttributes:
        """The same for those who filter: all of them, so that a server that lacks one refuses the start of the run."""
        return TypedSearchAttributes(
            [
                SearchAttributePair(QUESTION, self.question[:ATTRIBUTE_CHARACTERS]),
                SearchAttributePair(PHASE, self.phase),
                SearchAttributePair(WAITING_FOR, self.waiting_for),
                SearchAttributePair(SPEND_USD, self.usd),
            ]
        )

    def updates(self) -> list[SearchAttributeUpdate[str] | SearchAttributeUpdate[float]]:
        waiting = WAITING_FOR.value_set(self.waiting_for) if self.gates else WAITING_FOR.value_unset()
        question = QUESTION.value_set(self.question[:ATTRIBUTE_CHARACTERS])
        return [question, PHASE.value_set(self.phase), waiting, SPEND_USD.value_set(self.usd)]


class Telling:
    """Tells the server where the run stands whenever that changes. Workflow code.

    A server that does not know the search attributes would let no task of the workflow end that sets them. So they are
    set only in a run that was started with them, or where the worker that collected its documents has found them.
    """

    def __init__(self) -> None:
        self.told = Standing()
        self.has_attributes = False
        self._has_told = False

    def tell(self, now: Standing) -> None:
        if not workflow.patched(PATCH) or (self._has_told and now.is_where(self.told)):
            return
        self.told, self._has_told = now, True
        workflow.upsert_memo({MEMO: now})
        if self.has_attributes or QUESTION in workflow.info().typed_search_attributes:
            workflow.upsert_search_attributes(now.updates())


async def standing_of(execution: WorkflowExecution) -> Standing | None:
    """What its memo says; None where it says nothing, or what only another version of Outlast knows."""
    try:
        return await execution.memo_value(MEMO, None, type_hint=Standing)
    except (ValidationError, ValueError, RuntimeError):
        return None
