"""A decision that nobody can take: the server is there, and no worker."""

from datetime import timedelta
from uuid import uuid4

import pytest
from temporalio.client import Client

from outlast.cli import deciding
from outlast.cli.history import story_of
from outlast.cli.person import person
from outlast.evidence.errors import NeedsOperator, Permanent
from outlast.orchestration.research.messages import Decision, Outcome
from tests.orchestration.research.runs import at_gate
from tests.orchestration.research.scripted import Script, scripted_run


async def test_a_silent_worker_is_told_of(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deciding, "PATIENCE", timedelta(seconds=1))
    queue = str(uuid4())
    handle = await client.start_workflow("Research", "What?", id=queue, task_queue=queue, result_type=Outcome)
    with pytest.raises(NeedsOperator, match=r"No worker answers\. Start one: outlast worker"):
        await deciding.send(handle, Decision(decision="approve"))
    await handle.terminate()
    monkeypatch.undo()
    with pytest.raises(Permanent, match="has ended: there is nothing to decide"):
        await deciding.send(handle, Decision(decision="approve"))


async def test_a_decision_is_signed_by_who_sits_here(client: Client) -> None:
    async with scripted_run(client, Script(), "What is baked?") as handle:
        await at_gate(handle, "plan-1")
        await deciding.send(handle, Decision(decision="reject"))
        await handle.result()
        story = await story_of((await handle.fetch_history()).events, client.data_converter)
    [gate] = [step for step in story.steps if step.subject]
    assert gate.decision
    assert (gate.decision.decision, gate.decision.by) == ("reject", person())
