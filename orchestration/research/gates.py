"""Gates: points where a person decides. This is workflow code: it waits by durable timers.

A decision arrives as an update, which has a result, or as a signal, which has none. Several gates may be open at once:
tasks that are investigated in parallel can each ask something, or need an operator.
"""

import asyncio
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from langgraph_heartbeat.workflow import Question
from temporalio import workflow

from outlast.orchestration.research.messages import (
    DecidedGate,
    Decision,
    DecisionResult,
    DecisionWord,
    Gate,
    OpenGate,
    bad_input,
)

GATE_TIMEOUT = timedelta(days=3)

ACCEPTED_DECISIONS: dict[Gate, tuple[DecisionWord, ...]] = {
    "plan": ("approve", "revise", "reject"),
    "report": ("approve", "revise", "reject"),
    "operator": ("retry", "stop"),
    "questions": ("answer", "stop"),
}

DECISIONS_FOR_ALL_GATES: tuple[DecisionWord, ...] = ("retry", "stop")
"""Decisions that apply to all open gates that accept them: one repair usually fixes the cause of all of them."""

DECISION_PHRASES: dict[DecisionWord, str] = {
    "approve": "is approved",
    "revise": "is sent back with your note",
    "reject": "is rejected",
    "retry": "is tried again",
    "stop": "is stopped",
    "answer": "is answered",
}


class Gates:
    """The gates of a run: which are open, and what was decided."""

    def __init__(self) -> None:
        self.last: Gate | None = None
        """The gate that was opened last."""
        self._open: dict[str, OpenGate] = {}
        self._decided: dict[str, Decision] = {}
        self._counts: dict[Gate, int] = {}
        self._waiting_since: datetime | None = None
        self._waited = timedelta()

    @property
    def waited(self) -> timedelta:
        """Total time during which at least one gate was open."""
        present_wait = workflow.now() - self._waiting_since if self._waiting_since else timedelta()
        return self._waited + present_wait

    @property
    def open(self) -> tuple[OpenGate, ...]:
        """The gates that wait for a decision, oldest first."""
        return tuple(gate for subject, gate in self._open.items() if subject not in self._decided)

    def open_gate(self, gate: Gate, about: str = "", questions: Sequence[Question] = ()) -> OpenGate:
        """Open a gate. `about` is the problem for an operator to fix, or the name of the phase that asks."""
        self._counts[gate] = self._counts.get(gate, 0) + 1
        self.last = gate
        subject = f"{gate}-{self._counts[gate]}"
        deadline = workflow.now() + GATE_TIMEOUT
        opened = OpenGate(gate=gate, subject=subject, deadline=deadline, about=about, questions=list(questions))
        self._open[subject] = opened
        self._waiting_since = self._waiting_since or workflow.now()
        return opened

    async def wait(self, gate: OpenGate) -> Decision | None:
        """Wait for a decision, and close the gate. Return None if nobody decides before the deadline."""
        try:
            await workflow.wait_condition(
                lambda: gate.subject in self._decided,
                timeout=gate.deadline - workflow.now(),
                timeout_summary=f"{gate.subject} waits for a decision",
            )
        except TimeoutError:
            self._close(gate)
            return None
        except asyncio.CancelledError:
            self._close(gate)
            raise
        # No `finally`: when a worker drops the run from its memory, it closes this coroutine outside of the workflow's
        # event loop, where asking for the time is an error.
        self._close(gate)
        return self._decided.pop(gate.subject)

    def _close(self, gate: OpenGate) -> None:
        del self._open[gate.subject]
        if not self._open:
            self._waited, self._waiting_since = self.waited, None

    def matching_gates(self, decision: Decision) -> list[OpenGate]:
        """Return the gates that this decision applies to. Raises `BadInput` if there are none, and says what fits."""
        candidates = list(self.open)
        if not candidates:
            raise bad_input("No gate is open: nothing waits for a decision now.")
        if decision.gate is not None:
            candidates = [gate for gate in candidates if gate.gate == decision.gate]
            if not candidates:
                raise bad_input(f'The gate "{decision.gate}" is not open. {open_gates_sentence(self.open)}')
        if decision.subject is not None:
            candidates = [gate for gate in candidates if gate.subject == decision.subject]
            if not candidates:
                open_subjects = ", ".join(gate.subject for gate in self.open)
                raise bad_input(f"{decision.subject} is not open now. {open_subjects} is: look again, then decide.")
        matching = [gate for gate in candidates if decision.decision in ACCEPTED_DECISIONS[gate.gate]]
        if not matching:
            accepted = ", ".join(ACCEPTED_DECISIONS[candidates[0].gate])
            raise bad_input(f'"{decision.decision}" does not fit {candidates[0].subject}, which accepts: {accepted}.')
        if decision.decision == "answer":
            matching = gates_that_asked(matching, decision)
        return matching if decision.decision in DECISIONS_FOR_ALL_GATES else matching[:1]

    def decide(self, decision: Decision) -> DecisionResult:
        """Record the decision at the gates that it matches, which wakes whatever waits there."""
        gates = self.matching_gates(decision)
        self._decided |= {gate.subject: decision for gate in gates}
        return DecisionResult(
            decision=decision.decision,
            gates=tuple(DecidedGate(gate=gate.gate, subject=gate.subject) for gate in gates),
            by=decision.by,
            said=f"{', '.join(gate.subject for gate in gates)} {DECISION_PHRASES[decision.decision]}.",
        )


def open_gates_sentence(gates: Sequence[OpenGate]) -> str:
    names = " and ".join(f'"{name}"' for name in dict.fromkeys(gate.gate for gate in gates))
    return f"The gate {names} is."


def gates_that_asked(gates: Iterable[OpenGate], decision: Decision) -> list[OpenGate]:
    """Return the gates that asked every question that the decision answers. Raises `BadInput` if there are none."""
    answered = set(decision.answers or {})
    matching = [gate for gate in gates if answered and answered <= {question.id for question in gate.questions}]
    if not matching:
        question_ids = ", ".join(question.id for gate in gates for question in gate.questions)
        raise bad_input(f"Give the answers by the ids of the open questions: {question_ids}.")
    return matching
