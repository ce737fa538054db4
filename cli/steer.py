"""`outlast steer`: what a run may spend, changed while it is under way."""

from outlast.cli.deciding import update
from outlast.cli.exits import Exit
from outlast.cli.finding import find_run
from outlast.cli.output import Output
from outlast.evidence.budget import Budget
from outlast.evidence.errors import Permanent
from outlast.orchestration.embedded.connection import connection
from outlast.orchestration.settings import Settings


async def steer(run: str, budget: Budget, *, at_once: bool, as_json: bool) -> Exit:
    limits = dict(budget.limits())
    if not limits:
        raise Permanent("Say what the run may spend in all: --budget-usd N, --budget-tokens N.")
    output, settings = Output(as_json=as_json), Settings()
    async with connection(settings) as client:
        handle = await find_run(client, run)
        said = await update(handle, "steer", {"budget": limits, "at_once": at_once})
        output.people.print(f"{handle.id}: {said}")
    output.document({"run": handle.id, "execution": handle.run_id, "budget": limits, "said": said})
    return Exit.DONE
