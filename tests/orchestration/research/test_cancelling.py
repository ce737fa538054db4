"""A run that a person cancels: its phases stop, then it ends; what has come out stays."""

import asyncio
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from langgraph_heartbeat import DurablePlugin
from temporalio import activity
from temporalio.client import Client, WorkflowFailureError
from temporalio.exceptions import CancelledError
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Worker

from outlast.evidence.report import Finding, Findings, Plan, Task
from outlast.orchestration.research.messages import Outcome
from outlast.orchestration.research.phase_io import InvestigateRequest, PlanRequest, PublishRequest, PublishResult
from outlast.orchestration.research.workflow import Research
from tests.orchestration.research.runs import Handle, at_gate, status
from tests.orchestration.research.scripted import QUOTE, Script, scripted_run


async def is_cancelled(handle: Handle) -> None:
    with pytest.raises(WorkflowFailureError) as failed:
        await handle.result()
    assert isinstance(failed.value.cause, CancelledError)


@pytest.mark.parametrize("gate", ["plan-1", "report-1"])
async def test_a_run_is_cancelled_at_a_gate(skipping: WorkflowEnvironment, gate: str) -> None:
    async with scripted_run(skipping.client, Script(), "What is baked?") as handle:
        await at_gate(handle, "plan-1")
        if gate == "report-1":
            await handle.execute_update("decide", "approve")
            await at_gate(handle, gate)
        await handle.cancel(reason="enough")
        await is_cancelled(handle)
        seen = await status(handle)
    assert seen.phase == "cancelled"
    assert seen.details == "Cancelled. What it has made stays in its history."


class Slow(Script):
    """Plans three tasks; the activities that are named here go on until they are let go, or cancelled."""

    def __init__(self, *slow: str, obeys: bool = True) -> None:
        super().__init__()
        self.slow = slow
        self.obeys = obeys
        self.begun: list[str] = []
        self.stopped: list[str] = []
        self.let_go = asyncio.Event()

    async def _wait(self, name: str) -> None:
        if name not in self.slow:
            return
        self.begun.append(name)
        try:
            while not self.let_go.is_set():
                activity.heartbeat()
                await asyncio.sleep(0.02)
        except asyncio.CancelledError:
            await asyncio.sleep(0.2)  # as a graph that publishes where it stands
            self.stopped.append(name)
            if self.obeys:
                raise

    def activities(self) -> list[Callable[..., Any]]:
        @activity.defn
        async def plan(request: PlanRequest, resume: Any = None) -> Plan:
            await self._wait("plan")
            return Plan(tasks=tuple(Task(id=f"t{n}", question=f"Question {n}?") for n in range(1, 4)))

        @activity.defn
        async def investigate(request: InvestigateRequest, resume: Any = None) -> Findings:
            await self._wait("investigate")
            found = (Finding(quote=QUOTE, strength=1.0),)
            return Findings(task=request.task, findings=found, queries=("q",), read=(QUOTE.snapshot,))

        @activity.defn
        async def publish(request: PublishRequest, resume: Any = None) -> PublishResult:
            await self._wait("publish")
            return PublishResult(
                report_json="r.json",
                report_md="r.md",
                answered=True,
                documents=3,
                read=1,
                claims=1,
                quotes=1,
                dropped=0,
            )

        replaced = {"plan", "investigate", "publish"}
        kept = [each for each in super().activities() if each.__name__ not in replaced]
        return [*kept, plan, investigate, publish]

    async def until_begun(self, count: int) -> None:
        async with asyncio.timeout(60):
            while len(self.begun) < count:  # noqa: ASYNC110
                await asyncio.sleep(0.02)


async def started(client: Client, queue: str) -> Handle:
    asked = {"question": "What is baked?", "approve": True}
    return await client.start_workflow("Research", asked, id=queue, task_queue=queue, result_type=Outcome)


def worker(client: Client, script: Script, queue: str) -> Worker:
    activities = script.activities()
    return Worker(
        client, task_queue=queue, workflows=[Research], activities=activities, plugins=[DurablePlugin("test")]
    )


async def test_the_run_ends_when_the_last_of_its_phases_has_stopped(client: Client) -> None:
    script, queue = Slow("investigate"), str(uuid4())
    async with worker(client, script, queue):
        handle = await started(client, queue)
        await script.until_begun(3)
        await handle.cancel()
        await is_cancelled(handle)
        assert script.stopped == ["investigate"] * 3


async def test_a_phase_that_comes_to_its_end_all_the_same_does_not_make_the_run_go_on(client: Client) -> None:
    script, queue = Slow("plan", obeys=False), str(uuid4())
    async with worker(client, script, queue):
        handle = await started(client, queue)
        await script.until_begun(1)
        await handle.cancel()
        await is_cancelled(handle)
    assert script.stopped == ["plan"]
    assert "write" not in script.names()


async def test_a_report_that_comes_out_all_the_same_stays(client: Client) -> None:
    script, queue = Slow("publish", obeys=False), str(uuid4())
    async with worker(client, script, queue):
        handle = await started(client, queue)
        await script.until_begun(1)
        await handle.cancel()
        assert (await handle.result()).status == "published"
