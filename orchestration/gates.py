"""Gates: points where a person decides. Workflow code: it waits on Temporal's clock, and survives everything.

One gate is open at a time. A decision arrives as an update (which answers the person at once) or as a signal.
"""

from datetime import timedelta

from temporalio import workflow

from orchestration.messages import Decision, Gate, OpenGate, bad_input

PATIENCE = timedelta(days=3)


class Gates:
    def __init__(self) -> None:
        self.open: OpenGate | None = None
        self.last: Gate | None = None
        self._decided: Decision | None = None
        self._counts: dict[Gate, int] = {}

    def open_for(self, gate: Gate) -> OpenGate:
        self._counts[gate] = self._counts.get(gate, 0) + 1
        self._decided = None
        self.last = gate
        self.open = OpenGate(gate=gate, subject=f"{gate}-{self._counts[gate]}", deadline=workflow.now() + PATIENCE)
        return self.open

    async def wait(self, gate: OpenGate) -> Decision | None:
        """Wait for a decision; None where nobody decided in time."""
        try:
            await workflow.wait_condition(
                lambda: self._decided is not None,
                timeout=gate.deadline - workflow.now(),
                timeout_summary=f"{gate.subject} waits for a decision",
            )
        except TimeoutError:
            return None
        finally:
            self.open = None
        return self._decided

    def refuse(self, decision: Decision) -> OpenGate:
        """The gate that this decision is for; `BadInput` where it cannot be taken now, saying what can."""
        if self.open is None or self._decided is not None:
            raise bad_input("No gate is open: nothing waits for a decision now.")
        if decision.gate is not None and decision.gate != self.open.gate:
            raise bad_input(f'The gate "{decision.gate}" is not open. The gate "{self.open.gate}" is.')
        if decision.subject is not None and decision.subject != self.open.subject:
            raise bad_input(
                f"{decision.subject} is not what is shown now. {self.open.subject} is: look again, then decide."
            )
        return self.open

    def decide(self, decision: Decision) -> str:
        """Take the decision; returns what happened, for people."""
        gate = self.refuse(decision)
        self._decided = decision
        done = {"approve": "approved", "revise": "sent back with your note", "reject": "rejected"}[decision.decision]
        return f"{gate.subject} is {done}."
