"""What the server knows of a run without a worker: the run's memo and its search attributes.

Lists of runs are read from the memos. People filter runs in Temporal's UI or CLI by the search attributes, if the
server has them.
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
"""The patch that added the memo: runs of older versions write none, because their histories have no such commands."""
MAX_MEMO_QUESTION_CHARACTERS = 1_000
"""Maximum length of the question in the memo."""
MAX_ATTRIBUTE_CHARACTERS = 160
"""Maximum length of the question as a search attribute: the server accepts 2 KiB of JSON, up to 12 a character."""

QUESTION_KEY = SearchAttributeKey.for_text("OutlastQuestion")
PHASE_KEY = SearchAttributeKey.for_keyword("OutlastPhase")
WAITING_FOR_KEY = SearchAttributeKey.for_keyword("OutlastWaitingFor")
SPEND_USD_KEY = SearchAttributeKey.for_float("OutlastSpendUsd")
SEARCH_ATTRIBUTE_KEYS = (QUESTION_KEY, PHASE_KEY, WAITING_FOR_KEY, SPEND_USD_KEY)


class WaitingGate(Value):
    """A gate that waits for a decision."""

    gate: Gate
    subject: str
    """The gate and how often it was opened, such as "plan-2"."""
    deadline: datetime


class VisibilityRecord(Value):
    """The phase and the gates of a run, and its cost when it came there."""

    question: str = ""
    """The first `MAX_MEMO_QUESTION_CHARACTERS` characters of the question."""
    phase: str = "starting"
    """The current phase or gate; of a run that has ended, where it ended."""
    gates: tuple[WaitingGate, ...] = ()
    """The gates that wait for a decision, oldest first."""
    waits: bool = False
    """Whether the run waits for a person, and nothing else is under way."""
    usd: float = 0.0
    """Cost of the finished phases and tasks in US dollars."""
    outcome: OutcomeStatus | None = None

    @classmethod
    def at_start(cls, question: str) -> "VisibilityRecord":
        return cls(question=question[:MAX_MEMO_QUESTION_CHARACTERS])

    @property
    def waiting_for(self) -> str:
        """The subject of the oldest gate that waits; "" if none waits."""
        return self.gates[0].subject if self.gates else ""

    def equals_except_spend(self, other: "VisibilityRecord | None") -> bool:
        """Whether both records are equal apart from the cost."""
        return other is not None and self.model_copy(update={"usd": other.usd}) == other

    def search_attributes(self) -> TypedSearchAttributes:
        """Return all search attributes, so that a server that lacks one of them refuses the start of the run."""
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
    """Writes the record of a run to the server whenever it changes. This is workflow code.

    A server that does not know the search attributes refuses every workflow task that sets them. So they are set only
    if the run was started with them, or if the worker that collected its documents has found them on the server.
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
    """Read the record in the memo of a run. Return None if there is none, or if another version's cannot be read."""
    try:
        return await execution.memo_value(MEMO_KEY, None, type_hint=VisibilityRecord)
    except (ValidationError, ValueError, RuntimeError):
        return None
