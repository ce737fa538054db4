"""`outlast steer` and `outlast cancel`: what a run may spend is changed, or the run is ended, while it is under way."""

from outlast.cli.exits import Exit
from outlast.cli.output import Output
from outlast.evidence.budget import Budget
from outlast.evidence.errors import Permanent
from outlast.evidence.text import shell_command
from outlast.orchestration.client.cancel import refuse_long_reason
from outlast.orchestration.client.client import Client
from outlast.orchestration.client.find import find_only_open_run
from outlast.orchestration.settings import Settings


async def steer(given: str, budget: Budget, *, at_once: bool, as_json: bool) -> Exit:
    limits = dict(budget.limits())
    if not limits:
        raise Permanent("Say what the run may spend in all: --budget-usd N, --budget-tokens N.")
    output = Output(as_json=as_json)
    async with Client.connect(settings=Settings(), starts_work=False, starts_runs=False) as client:
        run = await client.find(given)
        said = (await client.steer(run, budget, at_once=at_once)).said
        output.people.print(f"{run.id}: {said}")
    output.document({"run": run.id, "execution": run.execution, "budget": limits, "said": said})
    return Exit.DONE


async def cancel(given: str, reason: str, *, as_json: bool) -> Exit:
    refuse_long_reason(reason)
    output = Output(as_json=as_json)
    async with Client.connect(settings=Settings(), starts_work=False, starts_runs=False) as client:
        run = await client.find(given or (await find_only_open_run(client.temporal, "outlast cancel RUN")).id)
        status = (await client.cancel(run, reason)).status
    if status == "cancelled":
        output.people.print(
            f"The run {run.id} is cancelled. What it has made stays in its history: {shell_command('show', run.id)}"
        )
    else:
        output.people.print(f"The run {run.id} was quicker: it is {status}.")
    output.document({"run": run.id, "execution": run.execution, "status": status})
    return Exit.DONE
