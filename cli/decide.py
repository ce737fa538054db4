"""`outlast decide`: a decision from another terminal than the one that watches."""

import json
from typing import Any

from cli.accepting import accepted
from cli.deciding import send
from cli.exits import Exit
from cli.runs import find_run
from cli.terminal import console
from evidence.errors import Permanent
from orchestration.connection import connection
from orchestration.messages import accept_decision
from orchestration.settings import Settings


async def decide(decision: str, run: str, gate: str, note: str, answers: str) -> Exit:
    given = {"decision": decision, "gate": gate or None, "note": note or None, "answers": answers_of(answers)}
    message = accepted(accept_decision, given)
    settings = Settings()
    async with connection(settings) as client:
        handle = await find_run(client, run)
        console().print(f"{handle.id}: {await send(handle, message)}")
    if settings.temporal() is None:
        console().print("The run goes on while `outlast watch` or `outlast up` is there.")
    return Exit.DONE


def answers_of(typed: str) -> Any:
    try:
        return json.loads(typed) if typed else None
    except ValueError as error:
        raise Permanent(f"--answers is not JSON ({error}). Give an object: --answers '{{\"ID\": ...}}'") from None
