"""The order of a run, told by a conductor without a server, a graph or a clock."""

import asyncio
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from outlast.evidence.budget import Budget
from outlast.evidence.report import Draft, Finding, Findings, Plan, Task
from outlast.orchestration.research.messages import MAX_PARALLEL_TASKS, Ask, Decision, Gate
from outlast.orchestration.research.phase_io import (
    CollectResult,
    InvestigateRequest,
    PlanRequest,
    PublishRequest,
    PublishResult,
    VerifyRequest,
    WriteRequest,
)
from outlast.orchestration.research.phases import Phase, Request, Result
from outlast.orchestration.research.spine import EndedAtGate, ResearchRun, RunIdentity
from tests.orchestration.research.scripted import QUOTE, supported, written

ASK = Ask(question="What is baked?")
STARTED = datetime(2026, 1, 1, tzinfo=UTC)
PUBLISHED = PublishResult(
    report_json="r.json", report_md="r.md", answered=True, documents=1, read=1, claims=1, quotes=1, dropped=0
)


class Scripted:
    """Each phase takes a minute, each gate a day. Decides as it is told, then approves; notes what happens."""

    def __init__(self, *decisions: Decision) -> None:
        self.identity = RunIdentity(run="r", workflow="w", started=STARTED)
        self.waited = timedelta()
        self.happened: list[str] = []
        self.requests: list[Any] = []
        self.failing: dict[str, BaseException] = {}
        self.held: dict[str, asyncio.Event] = {}
        self.stopped: list[str] = []
        self._decisions: Iterator[Decision] = iter(decisions)
        self._now = STARTED

    def now(self) -> datetime:
        return self._now

    def show(self, phase: str = "") -> None:
        del phase

    async def execute(
        self, phase: Phase[Request, Result], request: Callable[[], Request], part: str, about: str
    ) -> Result:
        del about
        asked = request()
        self.requests.append(asked)
        self.happened.append(phase.name if part == phase.name else f"{phase.name} {part}")
        self._now += timedelta(minutes=1)
        try:
            if part in self.held:
                await self.held[part].wait()
        except asyncio.CancelledError:
            await asyncio.sleep(0)  # as a phase that is told to stop, and stops a little later
            self.stopped.append(part)
            raise
        if part in self.failing:
            raise self.failing[part]
        made = self._made(asked)
        assert isinstance(made, phase.result)
        return made

    def _made(self, asked: Any) -> Any:
        match asked:
            case PlanRequest():
                lines = [asked.question, *asked.notes]
                return Plan(tasks=tuple(Task(id=f"t{n}", question=line) for n, line in enumerate(lines, 1)))
            case InvestigateRequest():
                return Findings(
                    task=asked.task, findings=(Finding(quote=QUOTE, strength=1.0),), queries=("q",), read=()
                )
            case WriteRequest():
                return Draft(mode="scripted", sections=tuple(written(asked.investigated)))
            case PublishRequest():
                return PUBLISHED
            case VerifyRequest():
                return Draft(sections=tuple(map(supported, asked.draft)))
            case _:
                return CollectResult(collection="c" * 64, documents=3, skipped=0, model="m")

    async def decide(self, gate: Gate) -> Decision:
        self.happened.append(f"gate({gate})")
        self._now += timedelta(days=1)
        self.waited += timedelta(days=1)
        return next(self._decisions, Decision(decision="approve"))

    async def wait(self, tasks: Sequence[asyncio.Task[None]]) -> object:
        return await asyncio.wait(tasks)


def revise(note: str) -> Decision:
    return Decision(decision="revise", note=note)


async def test_the_order_of_a_run() -> None:
    conductor = Scripted()
    assert await ResearchRun(conductor).publish(ASK) == PUBLISHED
    assert conductor.happened == [
        "collect", "plan", "gate(plan)", "investigate t1", "write", "verify", "gate(report)", "publish",
    ]  # fmt: skip


async def test_a_plan_is_revised_until_it_is_approved_and_a_report_needs_no_other_plan_gate() -> None:
    conductor = Scripted(revise("When?"), Decision(decision="approve"), revise("And in winter?"))
    run = ResearchRun(conductor)
    await run.publish(ASK)
    assert conductor.happened == [
        "collect", "plan", "gate(plan)", "plan", "gate(plan)", "investigate t1", "investigate t2", "write", "verify",
        "gate(report)", "plan", "investigate t3", "write", "verify", "gate(report)", "publish",
    ]  # fmt: skip
    approved = [asked.approved for asked in conductor.requests if isinstance(asked, PlanRequest)]
    assert approved == [[], [], ["What is baked?", "When?"]]
    assert [found.task.id for found in run.investigated] == ["t1", "t2", "t3"]


async def test_a_run_that_approves_itself_asks_nobody() -> None:
    conductor = Scripted()
    await ResearchRun(conductor).publish(Ask(question="What is baked?", approve=True))
    assert not [each for each in conductor.happened if each.startswith("gate")]


@pytest.mark.parametrize(("decisions", "last"), [(0, "gate(plan)"), (1, "gate(report)")])
async def test_a_person_who_rejects_ends_the_run_there(decisions: int, last: str) -> None:
    rejected = Decision(decision="reject", note="not this")
    conductor = Scripted(*[Decision(decision="approve")] * decisions, rejected)
    with pytest.raises(EndedAtGate) as ended:
        await ResearchRun(conductor).publish(ASK)
    assert (ended.value.status, ended.value.note, conductor.happened[-1]) == ("rejected", "not this", last)


async def test_people_are_waited_for_without_being_counted_as_work() -> None:
    run = ResearchRun(Scripted())
    await run.publish(ASK)
    assert run.seconds == dict.fromkeys(["collect", "plan", "investigate", "write", "verify", "publish"], 60.0)


async def test_each_start_of_a_phase_is_funded_with_what_is_left_then() -> None:
    class Twice(Scripted):
        async def execute(self, phase: Any, request: Callable[[], Any], part: str, about: str) -> Any:
            if phase.name == "write":
                self.first = request().budget
                run.spending.steer(Budget(tokens=90_000))
            return await super().execute(phase, request, part, about)

    conductor = Twice()
    run = ResearchRun(conductor)
    run.spending.set_initial_budget(Budget(tokens=9_000))
    await run.publish(ASK)
    [written] = [asked for asked in conductor.requests if isinstance(asked, WriteRequest)]
    assert (conductor.first, written.budget) == (Budget(tokens=6_000), Budget(tokens=60_000))


async def test_where_one_task_fails_the_others_have_stopped_before_the_run_ends() -> None:
    conductor = Scripted(revise("Two?"), revise("Three?"))
    conductor.held = {"t1": asyncio.Event(), "t3": asyncio.Event()}
    conductor.failing["t2"] = EndedAtGate("stopped", "enough")
    with pytest.raises(EndedAtGate):
        await ResearchRun(conductor).publish(ASK)
    assert conductor.stopped == ["t1", "t3"]


async def test_where_a_run_is_cancelled_all_its_tasks_have_stopped_before_it_ends() -> None:
    conductor = Scripted(revise("Two?"))
    conductor.held = {"t1": asyncio.Event(), "t2": asyncio.Event()}
    running = asyncio.create_task(ResearchRun(conductor).publish(ASK))
    async with asyncio.timeout(5):
        while "investigate t2" not in conductor.happened:  # noqa: ASYNC110 - the conductor calls nobody back
            await asyncio.sleep(0)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert sorted(conductor.stopped) == ["t1", "t2"]


async def test_so_many_tasks_are_under_way_at_a_time() -> None:
    conductor = Scripted(*[revise(f"Question {number}?") for number in range(6)])
    conductor.held = {f"t{number}": asyncio.Event() for number in range(1, 8)}
    running = asyncio.create_task(ResearchRun(conductor).publish(ASK))

    def investigating() -> list[str]:
        return [each for each in conductor.happened if each.startswith("investigate")]

    for number in range(1, 8):
        async with asyncio.timeout(5):
            while len(investigating()) < min(MAX_PARALLEL_TASKS + number - 1, 7):  # noqa: ASYNC110 - as above
                await asyncio.sleep(0)
        assert len(investigating()) == min(MAX_PARALLEL_TASKS + number - 1, 7)
        conductor.held[f"t{number}"].set()
    await running


def test_it_imports_neither_temporal_nor_a_graph() -> None:
    heavy = ("temporalio", "langgraph", "langchain_core", "graphs", "tools")
    code = f"import sys, outlast.orchestration.research.spine; print([name for name in {heavy} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
