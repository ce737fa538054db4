"""A decision that nobody can take: the server is there, and no worker."""

from datetime import timedelta
from uuid import uuid4

import pytest
from temporalio import workflow
from temporalio.client import Client
from temporalio.worker import Worker

from outlast.evidence.errors import NeedsOperator, Permanent
from outlast.orchestration.client import decide as deciding
from outlast.orchestration.client.history import read_history
from outlast.orchestration.research.messages import Decision, Outcome
from outlast.orchestration.settings import Settings
from tests.orchestration.research.runs import at_gate
from tests.orchestration.research.scripted import Script, scripted_run


async def test_a_silent_worker_is_told_of(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deciding, "UPDATE_TIMEOUT", timedelta(seconds=1))
    queue = str(uuid4())
    handle = await client.start_workflow("Research", "What?", id=queue, task_queue=queue, result_type=Outcome)
    with pytest.raises(NeedsOperator, match=r"The worker of this folder does not answer: it is still starting"):
        await deciding.decide(handle, Decision(decision="approve"), Settings())
    monkeypatch.setenv("TEMPORAL_ADDRESS", "elsewhere:7233")
    with pytest.raises(NeedsOperator, match=r"No worker answers\. Start one: outlast worker"):
        await deciding.decide(handle, Decision(decision="approve"), Settings())
    await handle.terminate()
    monkeypatch.undo()
    with pytest.raises(Permanent, match="has ended: there is nothing to decide"):
        await deciding.decide(handle, Decision(decision="approve"), Settings())


async def test_a_decision_is_signed_by_who_sits_here(client: Client) -> None:
    async with scripted_run(client, Script(), "What is baked?") as handle:
        await at_gate(handle, "plan-1")
        await deciding.decide(handle, Decision(decision="reject"), Settings())
        await handle.result()
        history = await read_history((await handle.fetch_history()).events, client.data_converter)
    [gate] = [step for step in history.steps if step.gate]
    assert gate.decision
    assert (gate.decision.decision, gate.decision.by) == ("reject", deciding.current_user())


@workflow.defn(name="Research", sandboxed=False)
class Earlier:
    """As workers of before answer: with a line for people."""

    @workflow.run
    async def run(self, _: str) -> None:
        await workflow.wait_condition(lambda: False)

    @workflow.update
    async def decide(self, _: dict[str, str]) -> str:
        return "plan-1 is approved."


async def test_an_answer_of_another_version_is_told_of(client: Client) -> None:
    queue = str(uuid4())
    async with Worker(client, task_queue=queue, workflows=[Earlier]):
        handle = await client.start_workflow("Research", "What?", id=queue, task_queue=queue, result_type=Outcome)
        with pytest.raises(NeedsOperator, match="answers in the format of another version of Outlast"):
            await deciding.decide(handle, Decision(decision="approve"), Settings())
        await handle.terminate()
