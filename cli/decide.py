"""`outlast decide`: a decision from another terminal than the one that watches."""

import json
from functools import partial
from typing import Any

from outlast.cli.exits import Exit
from outlast.cli.output import Output
from outlast.evidence.errors import Permanent
from outlast.orchestration.client.client import Client, Run
from outlast.orchestration.embedded.detached import is_detached, start_keeper
from outlast.orchestration.research.messages import accept_decision, accepted
from outlast.orchestration.settings import Settings

ENDINGS = ("reject", "stop")
TYPED = (
    "Type approve, revise --note TEXT or reject; where something must be fixed, retry or stop; where a graph asks, "
    "answer --answers ANSWERS or stop."
)


async def decide(decision: str, given: str, gate: str, note: str, answers: str, *, as_json: bool) -> Exit:
    sent = {"decision": decision, "gate": gate or None, "note": note or None, "answers": answers_of(answers)}
    message = accepted(partial(accept_decision, accepted=TYPED), sent)
    output, settings = Output(as_json=as_json), Settings()
    async with Client.connect(
        settings=settings, starts_work=message.decision not in ENDINGS, starts_runs=False
    ) as client:
        run = await client.find(given)
        decided = await client.send(run, message)
        output.people.print(f"{run.id}: {decided.said}")
        if message.decision not in ENDINGS:
            output.people.print(f"The run goes on {kept_going(run, settings)}.")
    output.document(
        {
            "run": run.id,
            "execution": run.execution,
            "decision": decided.decision,
            "gates": decided.gates,
            "said": decided.said,
        }
    )
    return Exit.DONE


def kept_going(run: Run, settings: Settings) -> str:
    """By whom the run is kept going, now that it need not wait; a detached one in the background."""
    if settings.temporal() is not None:
        return "with its workers"
    if is_detached(settings, run.execution):
        start_keeper(settings)
        return "in the background"
    return "while `outlast watch` or `outlast up` is there"


def answers_of(typed: str) -> Any:
    try:
        return json.loads(typed) if typed else None
    except ValueError as error:
        raise Permanent(f"--answers is not JSON ({error}). Give an object: --answers '{{\"ID\": ...}}'") from None
