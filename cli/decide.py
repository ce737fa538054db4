"""`outlast decide`: a decision from another terminal than the one that watches."""

import json
from typing import Any

from outlast.cli.accepting import accepted
from outlast.cli.deciding import send
from outlast.cli.exits import Exit
from outlast.cli.finding import Handle, find_run
from outlast.cli.output import Output
from outlast.evidence.errors import Permanent
from outlast.orchestration.embedded.connection import connection
from outlast.orchestration.embedded.detached import is_detached, start_keeper
from outlast.orchestration.research.messages import accept_decision
from outlast.orchestration.settings import Settings

ENDINGS = ("reject", "stop")


async def decide(decision: str, run: str, gate: str, note: str, answers: str, *, as_json: bool) -> Exit:
    given = {"decision": decision, "gate": gate or None, "note": note or None, "answers": answers_of(answers)}
    message = accepted(accept_decision, given)
    output, settings = Output(as_json=as_json), Settings()
    async with connection(settings, starts_work=message.decision not in ENDINGS) as client:
        handle = await find_run(client, run)
        said = await send(handle, message)
        output.people.print(f"{handle.id}: {said}")
        if message.decision not in ENDINGS:
            output.people.print(f"The run goes on {kept_going(handle, settings)}.")
    output.document({"run": handle.id, "execution": handle.run_id, "decision": message.decision, "said": said})
    return Exit.DONE


def kept_going(handle: Handle, settings: Settings) -> str:
    """By whom the run is kept going, now that it need not wait; a detached one in the background."""
    if settings.temporal() is not None:
        return "with its workers"
    if is_detached(settings, handle.run_id):
        start_keeper(settings)
        return "in the background"
    return "while `outlast watch` or `outlast up` is there"


def answers_of(typed: str) -> Any:
    try:
        return json.loads(typed) if typed else None
    except ValueError as error:
        raise Permanent(f"--answers is not JSON ({error}). Give an object: --answers '{{\"ID\": ...}}'") from None
