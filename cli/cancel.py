"""`outlast cancel`: a run ended by a person."""

from outlast.cli.exits import Exit
from outlast.cli.output import Output
from outlast.evidence.text import command
from outlast.orchestration.client.cancel import refuse_long
from outlast.orchestration.client.client import Client
from outlast.orchestration.client.find import the_only_one
from outlast.orchestration.settings import Settings


async def cancel(given: str, reason: str, *, as_json: bool) -> Exit:
    refuse_long(reason)
    output = Output(as_json=as_json)
    async with Client.connect(settings=Settings(), starts_work=False, starts_runs=False) as client:
        run = await client.find(given or (await the_only_one(client.temporal, "outlast cancel RUN")).id)
        status = (await client.cancel(run, reason)).status
    if status == "cancelled":
        output.people.print(
            f"The run {run.id} is cancelled. What it has made stays in its history: {command('show', run.id)}"
        )
    else:
        output.people.print(f"The run {run.id} was quicker: it is {status}.")
    output.document({"run": run.id, "execution": run.execution, "status": status})
    return Exit.DONE
