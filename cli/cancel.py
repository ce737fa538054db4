"""`outlast cancel`: a run ended by a person. Its phases stop; what it has made stays in its history."""

import asyncio
from datetime import timedelta

from temporalio.client import Client, WorkflowExecutionStatus, WorkflowFailureError

from outlast.cli.exits import Exit
from outlast.cli.finding import START_ONE, Handle, find_run, open_runs
from outlast.cli.outcomes import ending_of
from outlast.cli.output import Output
from outlast.cli.person import person
from outlast.evidence.errors import NeedsOperator, Permanent
from outlast.orchestration.embedded.connection import connection
from outlast.orchestration.settings import Settings

PATIENCE = timedelta(seconds=60)
"""A worker that is alive stops a phase within seconds; one that is dead is noticed by its silence."""
LONGEST_REASON = 1_000


async def cancel(run: str, reason: str, *, as_json: bool) -> Exit:
    if len(reason) > LONGEST_REASON:
        raise Permanent(f"The reason has {len(reason)} characters; at most {LONGEST_REASON} are kept. Shorten it.")
    output, settings = Output(as_json=as_json), Settings()
    async with connection(settings) as client:
        handle = await find_run(client, run) if run else await the_only_one(client)
        described = await handle.describe()
        if described.status is not WorkflowExecutionStatus.RUNNING:
            raise Permanent(f"The run {handle.id} has ended already: outlast show {handle.id}")
        await handle.cancel(reason=f"{reason} ({person()})" if reason else person())
        try:
            async with asyncio.timeout(PATIENCE.total_seconds()):
                status = (await handle.result()).status
        except WorkflowFailureError as error:
            status, *_ = ending_of(error)
        except TimeoutError:
            raise NeedsOperator(
                f"The run {handle.id} is told to stop, but no worker answers.", "Start one: outlast worker"
            ) from None
    if status == "cancelled":
        kept = f"What it has made stays in its history: outlast show {handle.id}"
        output.people.print(f"The run {handle.id} is cancelled. {kept}")
    else:
        output.people.print(f"The run {handle.id} was quicker: it is {status}.")
    output.document({"run": handle.id, "execution": handle.run_id, "status": status})
    return Exit.DONE


async def the_only_one(client: Client) -> Handle:
    """Nobody loses a run for having named none."""
    match await open_runs(client):
        case []:
            raise Permanent(f"No run is under way. {START_ONE}")
        case [only]:
            return only
        case several:
            names = ", ".join(handle.id for handle in several[:10])
            raise Permanent(f"Several runs are under way: {names}. Say which: outlast cancel RUN")
