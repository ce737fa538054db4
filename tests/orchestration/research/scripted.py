"""Phases without graphs, for tests of the workflow alone: each answers by script and writes down what it was asked."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import uuid4

from langgraph_heartbeat import DurablePlugin
from langgraph_heartbeat.workflow import Paused, Resume
from temporalio import activity
from temporalio.client import Client, WorkflowHandle
from temporalio.worker import Worker

from outlast.evidence.report import Claim, Draft, Finding, Findings, Plan, Section, Task, Verdict
from outlast.evidence.sources import Quote, Source
from outlast.evidence.usage import Usage
from outlast.orchestration.research.messages import Outcome
from outlast.orchestration.research.phase_io import (
    CollectRequest,
    CollectResult,
    InvestigateRequest,
    PlanRequest,
    PublishRequest,
    PublishResult,
    VerifyRequest,
    WriteRequest,
)
from outlast.orchestration.research.workflow import Research

QUOTE = Quote(snapshot="a" * 64, start=0, end=4, text="Rye.")


class Script:
    """Plans a task a line of question and notes; finds one quote a task, except for tasks that ask for "nothing"."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, Any]] = []
        self.resumed: list[tuple[str, Resume | None]] = []
        self.failing: dict[str, Exception] = {}
        self.failing_once: dict[str, Exception] = {}
        self.pausing: dict[str, Paused] = {}
        self.spends: dict[str, Usage] = {}
        self.estimate = Usage()
        self.limited_plan: tuple[str, ...] = ()
        self.untrue: set[str] = set()
        """Questions whose sentences do not stand when they are checked."""
        self.search_attributes = False
        """Whether the worker has found those of Outlast on its server."""
        self.pages: tuple[Source, ...] = ()
        self.held: dict[str, asyncio.Event] = {}
        """Phases that go on until they are let go; told to stop, they pause."""

    def names(self) -> list[str]:
        return [name for name, _ in self.asked]

    def _note(self, name: str, request: Any, resume: Resume | None = None) -> None:
        self.asked.append((name, request))
        self.resumed.append((name, resume))
        if error := self.failing_once.pop(name, None) or self.failing.get(name):
            raise error

    def _spent(self, name: str) -> Usage:
        return self.spends.get(name, Usage())

    async def _hold(self, name: str) -> Paused | None:
        if name in self.pausing:
            return self.pausing.pop(name)
        try:
            while name in self.held and not self.held[name].is_set():
                activity.heartbeat()
                await asyncio.sleep(0.02)
        except asyncio.CancelledError:
            return Paused(questions=[], checkpoint="c3RhbmQ=")
        return None

    def activities(self) -> list[Callable[..., Any]]:
        @activity.defn
        async def collect(request: CollectRequest, resume: Resume | None = None) -> CollectResult:
            self._note("collect", request, resume)
            return CollectResult(collection="c" * 64, documents=3, skipped=1, search_attributes=self.search_attributes)

        @activity.defn
        async def plan(request: PlanRequest, resume: Resume | None = None) -> Plan | Paused:
            self._note("plan", request, resume)
            if paused := await self._hold("plan"):
                return paused
            lines = [request.question, *(line for note in request.notes for line in note.splitlines())]
            tasks = tuple(Task(id=f"t{n}", question=line) for n, line in enumerate(lines, 1))
            return Plan(tasks=tasks, estimate=self.estimate, usage=self._spent("plan"), limited=self.limited_plan)

        @activity.defn
        async def investigate(request: InvestigateRequest, resume: Resume | None = None) -> Findings | Paused:
            self._note("investigate", request, resume)
            if paused := await self._hold("investigate"):
                return paused
            found = () if "nothing" in request.task.question else (Finding(quote=QUOTE, strength=1.0),)
            return Findings(
                task=request.task,
                findings=found,
                queries=(request.task.question,),
                read=(QUOTE.snapshot,),
                pages=self.pages,
                usage=self._spent("investigate"),
            )

        @activity.defn
        async def write(request: WriteRequest, resume: Resume | None = None) -> Draft | Paused:
            self._note("write", request, resume)
            draft = Draft(mode="scripted", usage=self._spent("write"), sections=tuple(written(request.investigated)))
            return await self._hold("write") or draft

        @activity.defn
        async def verify(request: VerifyRequest, resume: Resume | None = None) -> Draft | Paused:
            self._note("verify", request, resume)
            judged = [supported(section) for section in request.draft if section.question not in self.untrue]
            return await self._hold("verify") or Draft(sections=tuple(judged), usage=self._spent("verify"))

        @activity.defn
        async def publish(request: PublishRequest, resume: Resume | None = None) -> PublishResult:
            self._note("publish", request, resume)
            await self._hold("publish")
            claims = sum(1 for _ in request.draft.claims())
            return PublishResult(
                report_json="r.json",
                report_md="r.md",
                answered=bool(claims),
                documents=3,
                read=1,
                claims=claims,
                quotes=claims,
                dropped=0,
            )

        return [collect, plan, investigate, write, verify, publish]


def written(investigated: Iterable[Findings]) -> Iterator[Section]:
    for each in investigated:
        if each.findings:
            question = each.task.question
            yield Section(heading=question, question=question, claims=(Claim(text=QUOTE.text, quotes=(QUOTE,)),))


def supported(section: Section) -> Section:
    claims = tuple(claim.model_copy(update={"verdict": Verdict.SUPPORTED}) for claim in section.claims)
    return section.model_copy(update={"claims": claims})


@asynccontextmanager
async def scripted_run(client: Client, script: Script, ask: Any) -> AsyncIterator[WorkflowHandle[Any, Outcome]]:
    queue = str(uuid4())
    async with Worker(
        client, task_queue=queue, workflows=[Research], activities=script.activities(), plugins=[DurablePlugin("test")]
    ):
        yield await client.start_workflow("Research", ask, id=queue, task_queue=queue, result_type=Outcome)
