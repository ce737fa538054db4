"""`outlast steer`: what a run may spend, changed while it is under way."""

from outlast.cli.exits import Exit
from outlast.cli.output import Output
from outlast.evidence.budget import Budget
from outlast.evidence.errors import Permanent
from outlast.orchestration.client.client import Client
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
