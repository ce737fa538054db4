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
    from outlast.orchestration.research.messages import Gate, OutcomeStatus

MEMO_KEY = "outlast"
"""The key of the memo."""
MEMO_PATCH_ID = "standing"
"""Runs from before tell nothing: their histories have no such commands."""
MAX_MEMO_QUESTION_CHARACTERS = 1_000
"""Of the question in the memo."""
MAX_ATTRIBUTE_CHARACTERS = 160
"""Of the question as a search attribute: the server takes 2 KiB of JSON, and a character may be 12 bytes of that."""

QUESTION_KEY = SearchAttributeKey.for_text("OutlastQuestion")
PHASE_KEY = SearchAttributeKey.for_keyword("OutlastPhase")
WAITING_FOR_KEY = SearchAttributeKey.for_keyword("OutlastWaitingFor")
SPEND_USD_KEY = SearchAttributeKey.for_float("OutlastSpendUsd")
SEARCH_ATTRIBUTE_KEYS = (QUESTION_KEY, PHASE_KEY, WAITING_FOR_KEY, SPEND_USD_KEY)


class WaitingGate(Value):
    """A gate that waits for a decision."""

    gate: Gate
    subject: str
    """What is to be decided, such as "plan-2"."""
    deadline: datetime


class VisibilityRecord(Value):
    """Where a run stands, and what it has spent when it came there."""

    question: str = ""
    """Its first `MAX_MEMO_QUESTION_CHARACTERS` characters."""
    phase: str = "starting"
    """The phase or the gate where the run stands; of a run that has ended, where it ended."""
    gates: tuple[WaitingGate, ...] = ()
    """Those that wait for a decision, oldest first."""
    waits: bool = False
    """For a person, with nothing else under way."""
    usd: float = 0.0
    """What the phases and tasks that have finished cost, in US dollars."""
    outcome: OutcomeStatus | None = None

    @classmethod
    def at_start(cls, question: str) -> "VisibilityRecord":
        return cls(question=question[:MAX_MEMO_QUESTION_CHARACTERS])

    @property
    def waiting_for(self) -> str:
        """The subject of the oldest gate that waits; "" where none does."""
        return self.gates[0].subject if self.gates else ""

    def equals_except_spend(self, other: "VisibilityRecord | None") -> bool:
        """Whether both stand at the same place, whatever they have spent."""
        return other is not None and self.model_copy(update={"usd": other.usd}) == other

    def search_attributes(self) -> TypedSearchAttributes:
        """The same for those who filter: all of them, so that a server that lacks one refuses the start of the run."""
        return TypedSearchAttributes(
            [
                SearchAttributePair(QUESTION_KEY, self.question[:MAX_ATTRIBUTE_CHARACTERS]),
                SearchAttributePair(PHASE_KEY, self.phase),
                SearchAttributePair(WAITING_FOR_KEY, self.waiting_for),
                SearchAttributePair(SPEND_USD_KEY, self.usd),
            ]
        )

    def search_attribute_updates(self) -> list[SearchAttributeUpdate[str] | SearchAttributeUpdate[float]]:
        waiting = WAITING_FOR_KEY.value_set(self.waiting_for) if self.gates else WAITING_FOR_KEY.value_unset()
        question = QUESTION_KEY.value_set(self.question[:MAX_ATTRIBUTE_CHARACTERS])
        return [question, PHASE_KEY.value_set(self.phase), waiting, SPEND_USD_KEY.value_set(self.usd)]


class VisibilityWriter:
    """Tells the server where the run stands whenever that changes. Workflow code.

    A server that does not know the search attributes would let no task of the workflow end that sets them. So they are
    set only in a run that was started with them, or where the worker that collected its documents has found them.
    """

    def __init__(self) -> None:
        self.written = VisibilityRecord()
        self.has_search_attributes = False
        self._has_written = False

    def write(self, record: VisibilityRecord) -> None:
        if not workflow.patched(MEMO_PATCH_ID) or (self._has_written and record.equals_except_spend(self.written)):
            return
        self.written, self._has_written = record, True
        workflow.upsert_memo({MEMO_KEY: record})
        if self.has_search_attributes or QUESTION_KEY in workflow.info().typed_search_attributes:
            workflow.upsert_search_attributes(record.search_attribute_updates())


async def read_record(execution: WorkflowExecution) -> VisibilityRecord | None:
    """What its memo says; None where it says nothing, or what only another version of Outlast knows."""
    try:
        return await execution.memo_value(MEMO_KEY, None, type_hint=VisibilityRecord)
    except (ValidationError, ValueError, RuntimeError):
        return None
