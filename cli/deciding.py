"""A decision asked of the person at the terminal."""

import asyncio
import json
import sys
from collections.abc import Sequence
from typing import Any

from langgraph_heartbeat import Question
from rich.console import Console

from outlast.evidence.errors import Permanent
from outlast.orchestration.research.gates import ACCEPTED
from outlast.orchestration.research.messages import Decision, Gate, OpenGate

KEYS = {"a": "approve", "r": "revise", "x": "reject", "t": "retry", "s": "stop"}
PROMPTS: dict[Gate, str] = {
    "plan": "[a]pprove, [r]evise or [x] reject? ",
    "report": "[a]pprove, [r]evise or [x] reject? ",
    "operator": "[t] try again or [s]top? ",
}


async def ask(console: Console, gate: OpenGate) -> Decision:
    """Ask until the answer is one. Cancelled when somebody decides elsewhere."""
    if gate.questions:
        return await ask_questions(console, gate.questions)
    while True:
        console.print(PROMPTS[gate.gate], end="")
        line = (await read_line()).strip()
        chosen = KEYS.get(line.lower(), line.lower())
        if chosen in ACCEPTED[gate.gate] and chosen != "revise":
            return Decision.model_validate({"decision": chosen})
        if chosen in ACCEPTED[gate.gate]:
            console.print("What should change? One line, then Enter: ", end="")
            if note := (await read_line()).strip():
                return Decision(decision="revise", note=note)


async def ask_questions(console: Console, questions: Sequence[Question]) -> Decision:
    answers: dict[str, Any] = {}
    for question in questions:
        console.print(f"{question.value} (JSON, or plain text): ", end="")
        answers[question.id] = value_of((await read_line()).strip())
    return Decision(decision="answer", answers=answers)


def value_of(typed: str) -> Any:
    """JSON where it is JSON, else the text itself."""
    try:
        return json.loads(typed)
    except ValueError:
        return typed


async def read_line() -> str:
    """A line of the terminal, without a thread that would go on waiting for it after this is cancelled."""
    loop, arrived = asyncio.get_running_loop(), asyncio.Event()
    loop.add_reader(sys.stdin.fileno(), arrived.set)
    try:
        await arrived.wait()
    finally:
        loop.remove_reader(sys.stdin.fileno())
    line = sys.stdin.readline()
    if not line:
        raise Permanent("The input ended. Decide with: outlast decide approve|revise|reject")
    return line
