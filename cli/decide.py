"""`outlast decide`: a decision from another terminal than the one that watches."""

from cli.accepting import accepted
from cli.deciding import send
from cli.exits import Exit
from cli.runs import find_run
from cli.terminal import console
from orchestration.connection import connection
from orchestration.messages import accept_decision
from orchestration.settings import Settings


async def decide(decision: str, run: str, gate: str, note: str) -> Exit:
    given = {"decision": decision, "gate": gate or None, "note": note or None}
    message = accepted(accept_decision, given)
    settings = Settings()
    async with connection(settings) as client:
        handle = await find_run(client, run)
        console().print(await send(handle, message), markup=False)
    if settings.temporal() is None:
        console().print("The run goes on while `outlast watch` or `outlast up` is there.", markup=False)
    return Exit.DONE
