"""How a run has ended: for people, for programs, and as an exit code."""

from collections.abc import Mapping
from typing import Any

from temporalio.client import WorkflowFailureError
from temporalio.exceptions import ApplicationError, CancelledError, TerminatedError
from temporalio.exceptions import TimeoutError as TimedOutError

from outlast.cli.exits import Exit
from outlast.cli.exporting import Exported, Exports, Format, print_report
from outlast.cli.finding import Handle
from outlast.cli.output import Output
from outlast.cli.summary import document, tell
from outlast.orchestration.research.messages import Outcome
from outlast.orchestration.settings import Settings


async def finish(
    outcome: Outcome, handle: Handle, exports: Exports, settings: Settings, output: Output, *, form: Format | None
) -> Exit:
    """Write the report's folder, and tell. With `form`, stdout gets that file of the report."""
    if outcome.report is None:
        output.people.print(f"The run {handle.id} is {outcome.status} at the gate {outcome.gate}.")
        output.people.print(f"Its plan and its draft are kept in its history: outlast show {handle.id}")
        output.document(document_of(handle, outcome, None))
        return Exit.NOT_PUBLISHED
    exported = await exports.export(outcome.report, handle.id)
    tell(output.people, exported, settings)
    output.document(document_of(handle, outcome, exported))
    if form is not None:
        print_report(exported, form)
    return Exit.DONE


def finish_without(error: WorkflowFailureError, handle: Handle, output: Output) -> Exit:
    """Tell of a run that ended without an outcome."""
    status, reason, code = ending_of(error)
    was = "was " if status in {"cancelled", "terminated"} else ""
    output.people.print(f"The run {handle.id} {was}{status}. {reason}", style="red")
    output.document(document_of_failure(handle, status, reason))
    return code


def ending_of(error: WorkflowFailureError) -> tuple[str, str, Exit]:
    """The status of a run that has no outcome, why, and the exit code."""
    match error.cause:
        case CancelledError():
            return "cancelled", "What it has made stays in its history.", Exit.NOT_PUBLISHED
        case TerminatedError() as cause:
            return "terminated", cause.message, Exit.FAILED
        case ApplicationError() as cause:
            return "failed", cause.message, Exit.FAILED
        case TimedOutError() as cause:
            return "timed out", cause.message, Exit.FAILED
        case cause:
            return "failed", str(cause), Exit.FAILED


def document_of(handle: Handle, outcome: Outcome, exported: Exported | None) -> Mapping[str, Any]:
    return {
        "run": handle.id,
        "execution": handle.run_id,
        "status": outcome.status,
        "gate": outcome.gate,
        "note": outcome.note,
        "report": document(exported) if exported else None,
    }


def document_of_failure(handle: Handle, status: str, reason: str) -> Mapping[str, Any]:
    return {"run": handle.id, "execution": handle.run_id, "status": status, "reason": reason, "report": None}
