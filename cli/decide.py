"""`outlast decide`, `outlast steer` and `outlast cancel`: what a person decides about a run.

A decision is an option of the command, an answer to a prompt in the terminal, or a command to type in another terminal.
"""

import asyncio
import json
import sys
from collections.abc import Sequence
from functools import partial
from typing import Any, cast

from langgraph_heartbeat import Question
from rich.console import Console

from outlast.cli.exits import Exit
from outlast.cli.output import Output
from outlast.cli.terminal import show_command, show_markdown
from outlast.evidence.budget import Budget
from outlast.evidence.errors import Permanent
from outlast.evidence.text import one_line, shell_command
from outlast.orchestration.client.cancel import refuse_long_reason
from outlast.orchestration.client.client import Client, Run
from outlast.orchestration.client.find import find_only_open_run
from outlast.orchestration.embedded.detached import is_detached, start_detached
from outlast.orchestration.research.gates import ACCEPTED_DECISIONS
from outlast.orchestration.research.messages import Decision, Gate, OpenGate, accept_decision, validate_message
from outlast.orchestration.settings import Settings

ENDING_DECISIONS = ("reject", "stop")

DECISION_USAGE = (
    "Type approve, revise --note TEXT or reject. At the gate operator, type retry or stop; at the gate questions, "
    "answer --answers ANSWERS or stop."
)

DECISION_KEYS = {"a": "approve", "r": "revise", "x": "reject", "t": "retry", "s": "stop"}

GATE_PROMPTS: dict[Gate, str] = {
    "plan": "[a]pprove, [r]evise or [x] reject? ",
    "report": "[a]pprove, [r]evise or [x] reject? ",
    "operator": "[t] try again or [s]top? ",
}


async def decide(decision: str, run_id: str, gate: str, note: str, answers: str, *, as_json: bool) -> Exit:
    fields = {"decision": decision, "gate": gate or None, "note": note or None, "answers": parse_answers(answers)}
    message = validate_message(partial(accept_decision, accepted=DECISION_USAGE), fields)
    output, settings = Output(as_json=as_json), Settings()
    async with Client.connect(
        settings=settings, starts_work=message.decision not in ENDING_DECISIONS, starts_runs=False
    ) as client:
        run = await client.find(run_id)
        result = await client.send(run, message)
        output.people.print(f"{run.id}: {result.said}")
        if message.decision not in ENDING_DECISIONS:
            output.people.print(f"The run goes on {keep_run_going(run, settings)}.")
    output.document(
        {
            "run": run.id,
            "execution": run.execution,
            "decision": result.decision,
            "gates": result.gates,
            "said": result.said,
        }
    )
    return Exit.DONE


def parse_answers(typed: str) -> Any:
    """Parse the JSON of `--answers`; None if it is not given."""
    try:
        return json.loads(typed) if typed else None
    except ValueError as error:
        raise Permanent(f"--answers is not JSON ({error}). Give an object: --answers '{{\"ID\": ...}}'") from None


def keep_run_going(run: Run, settings: Settings) -> str:
    """Start the background process of a detached run again, and return what keeps the run going."""
    if settings.temporal() is not None:
        return "with its workers"
    if is_detached(settings, run.execution):
        start_detached(settings)
        return "in the background"
    return "while `outlast watch` or `outlast up` is running"


def show_gate(console: Console, gate: OpenGate, run: str, details: str) -> None:
    """Print what the gate asks, and the commands that decide, where nobody can be asked to type an answer."""
    show_gate_text(console, gate, details)
    show_commands(console, gate, run)


def show_gate_text(console: Console, gate: OpenGate, details: str) -> None:
    """Print what the gate asks; `details` if the run's worker is of an older version, which gives no text."""
    show_markdown(console, gate.text or details)


def show_commands(console: Console, gate: OpenGate, run: str) -> None:
    for line in commands_for(gate, run):
        show_command(console, line)
    console.print("Waiting for a decision. Type one of these in another terminal.")


def commands_for(gate: OpenGate, run: str) -> list[str]:
    """Return the commands to type in another terminal; people replace TEXT."""
    options = {"revise": ("--note", "TEXT"), "answer": ("--answers", answers_template(gate))}
    return [
        shell_command("decide", word, *options.get(word, ()), "--run", run) for word in ACCEPTED_DECISIONS[gate.gate]
    ]


def answers_template(gate: OpenGate) -> str:
    """Return the JSON of `--answers` with TEXT as the answer to each question."""
    return json.dumps({question.id: "TEXT" for question in gate.questions})


async def ask_for_decision(console: Console, gate: OpenGate) -> Decision:
    """Ask until a valid decision is typed. This is cancelled when somebody decides elsewhere."""
    if gate.questions:
        return await ask_questions(console, gate.questions)
    while True:
        console.print(GATE_PROMPTS[gate.gate], end="")
        line = (await read_line()).strip()
        chosen = DECISION_KEYS.get(line.lower(), line.lower())
        if chosen in ACCEPTED_DECISIONS[gate.gate] and chosen != "revise":
            return Decision.model_validate({"decision": chosen})
        if chosen not in ACCEPTED_DECISIONS[gate.gate]:
            console.print(f'"{line}" is not a decision here. Type one of: {", ".join(ACCEPTED_DECISIONS[gate.gate])}.')
        else:
            console.print("What should change? One line, then Enter: ", end="")
            if note := (await read_line()).strip():
                return Decision(decision="revise", note=note)


async def ask_questions(console: Console, questions: Sequence[Question]) -> Decision:
    answers: dict[str, Any] = {}
    for question in questions:
        console.print(question_text(question.value))
        if question.refused:
            console.print(f"Your last answer was refused: {one_line(question.refused)}")
        console.print("Your answer: ", end="")
        answers[question.id] = parse_typed_answer((await read_line()).strip())
    return Decision(decision="answer", answers=answers)


def question_text(value: Any) -> str:
    """Return a graph's question for people: its text, or a line for each of its parts."""
    if isinstance(value, dict):
        parts = cast("dict[str, Any]", value)
        return "\n".join(f"{name.replace('_', ' ')}: {question_text(part)}" for name, part in parts.items())
    if isinstance(value, list):
        return "\n".join(question_text(part) for part in cast("list[Any]", value))
    return str(value)


def parse_typed_answer(typed: str) -> Any:
    """Return the value of an answer: parsed if it is JSON, otherwise the text itself."""
    try:
        return json.loads(typed)
    except ValueError:
        return typed


async def read_line() -> str:
    """Read a line of the terminal, without a thread that would still wait for it after this is cancelled."""
    loop, arrived = asyncio.get_running_loop(), asyncio.Event()
    loop.add_reader(sys.stdin.fileno(), arrived.set)
    try:
        await arrived.wait()
    finally:
        loop.remove_reader(sys.stdin.fileno())
    line = sys.stdin.readline()
    if not line:
        raise Permanent("The input ended without a decision. Decide from a terminal: outlast watch")
    return line


async def steer(run_id: str, budget: Budget, *, at_once: bool, as_json: bool) -> Exit:
    limits = dict(budget.limits())
    if not limits:
        raise Permanent("There is no budget. Give what the run may spend in total: --budget-usd N, --budget-tokens N.")
    output = Output(as_json=as_json)
    async with Client.connect(settings=Settings(), starts_work=False, starts_runs=False) as client:
        run = await client.find(run_id)
        result = await client.steer(run, budget, at_once=at_once)
        output.people.print(f"{run.id}: {result.said}")
    output.document({"run": run.id, "execution": run.execution, "budget": limits, "said": result.said})
    return Exit.DONE


async def cancel(run_id: str, reason: str, *, as_json: bool) -> Exit:
    refuse_long_reason(reason)
    output = Output(as_json=as_json)
    async with Client.connect(settings=Settings(), starts_work=False, starts_runs=False) as client:
        run = await client.find(run_id or (await find_only_open_run(client.temporal, "outlast cancel RUN")).id)
        status = (await client.cancel(run, reason)).status
    if status == "cancelled":
        output.people.print(
            f"The run {run.id} is cancelled. Its results so far stay in its history: {shell_command('show', run.id)}"
        )
    else:
        output.people.print(f"The run {run.id} ended before it could be cancelled: it is {status}.")
    output.document({"run": run.id, "execution": run.execution, "status": status})
    return Exit.DONE
