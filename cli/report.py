"""`outlast report`: the report of a run that has ended, written to a folder again."""

from pathlib import Path

from temporalio.client import WorkflowExecutionStatus, WorkflowFailureError

from outlast.cli.exits import Exit
from outlast.cli.exporting import Exports, format_of
from outlast.cli.finding import find_run
from outlast.cli.outcomes import finish, finish_without
from outlast.cli.output import Output
from outlast.evidence.errors import Permanent
from outlast.orchestration.embedded.connection import connection
from outlast.orchestration.settings import Settings


async def report(given: str, out: Path | None, wanted: str, *, as_json: bool) -> Exit:
    """The same folder, and the same last words, as at the end of the run."""
    form = format_of(wanted, as_json=as_json)
    output, settings = Output(as_json=as_json, is_taken=form is not None), Settings()
    async with connection(settings) as client:
        handle = await find_run(client, given)
        if (await handle.describe()).status is WorkflowExecutionStatus.RUNNING:
            raise Permanent(f"The run {handle.id} has not ended yet. Follow it: outlast watch {handle.id}")
        try:
            outcome = await handle.result()
        except WorkflowFailureError as error:
            return finish_without(error, handle, output)
    return await finish(outcome, handle, Exports(settings, out), settings, output, form=form)
