"""The conductor of a run in this process: graphs run without Temporal, and every gate approves.

Nothing of the run is stored: if the process dies, its work is lost.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Generic, TypeVar
from uuid import uuid4

from langgraph_heartbeat import phase_function
from pydantic import BaseModel

from outlast.composition import BoundGraph, Composition
from outlast.evidence.budget import Budget
from outlast.evidence.errors import Transient
from outlast.evidence.report import Draft, Findings, Plan
from outlast.evidence.usage import Usage, add_usages
from outlast.orchestration.research.messages import Decision, Gate, parse_ask
from outlast.orchestration.research.phase_io import (
    InvestigateRequest,
    PlanRequest,
    PublishRequest,
    VerifyRequest,
    WriteRequest,
)
from outlast.orchestration.research.phases import INVESTIGATE, PLAN, VERIFY, WRITE, Phase
from outlast.orchestration.research.spine import ResearchRun, RunIdentity
from outlast.tools.models.metering import metered

log = logging.getLogger(__name__)

IN_PROCESS_WORKFLOW_ID = "ask"
"""The workflow id in the report of a run in this process."""

MAX_PHASE_TRIES = 3
"""Maximum number of tries of a phase after transient failures: the next try rebuilds, for example, a damaged index."""

PhaseRequest = TypeVar("PhaseRequest", bound=PlanRequest | InvestigateRequest | WriteRequest | VerifyRequest)
PhaseResult = TypeVar("PhaseResult", bound=Plan | Findings | Draft)
Request = TypeVar("Request", bound=BaseModel)
Result = TypeVar("Result", bound=BaseModel)


async def answer(
    question: str, collection: str, composition: Composition, *, web: bool = False, budget: Budget | None = None
) -> PublishRequest:
    """Answer `question` from a stored collection, and return what a run with every gate approved would publish.

    With `web`, the web is searched too. Raises Permanent if the question has no meaningful word, NeedsOperator if a
    person must fix something first (a full disk, a missing text), and Transient if retries did not help.
    """
    run = ResearchRun(InProcessConductor(composition))
    run.spending.set_initial_budget(budget or Budget())
    return await run.answer(parse_ask({"question": question, "web": web}), collection, composition.model)


class InProcessConductor:
    """Conducts a run in this process; it implements `Conductor` of `outlast.orchestration.research.spine`."""

    def __init__(self, composition: Composition) -> None:
        self._graphs: Mapping[str, RetriedPhase[Any, Any]] = {
            PLAN.name: RetriedPhase(PLAN, composition.plan),
            INVESTIGATE.name: RetriedPhase(INVESTIGATE, composition.investigate),
            WRITE.name: RetriedPhase(WRITE, composition.write),
            VERIFY.name: RetriedPhase(VERIFY, composition.verify),
        }
        self._began = time.perf_counter()
        self.identity = RunIdentity(run=str(uuid4()), workflow=IN_PROCESS_WORKFLOW_ID, started=datetime.now(UTC))
        self.waited = timedelta()

    def now(self) -> datetime:
        """Return the time by a monotonic clock, which nobody can set during the run."""
        return self.identity.started + timedelta(seconds=time.perf_counter() - self._began)

    def show(self, phase: str = "") -> None:
        """Do nothing, because nobody watches a run in this process."""

    async def execute(
        self, phase: Phase[Request, Result], request: Callable[[], Request], part: str, about: str
    ) -> Result:
        del part, about
        return await self._graphs[phase.name].run(request())

    async def decide(self, gate: Gate) -> Decision:
        return Decision(decision="approve", gate=gate)

    async def wait(self, tasks: Sequence[asyncio.Task[None]]) -> object:
        return await asyncio.wait(tasks)


class RetriedPhase(Generic[PhaseRequest, PhaseResult]):
    """Runs a phase's graph from a request to its result, and retries it after transient failures."""

    def __init__(self, phase: Phase[PhaseRequest, PhaseResult], bound: BoundGraph[PhaseRequest]) -> None:
        self._run_once = phase_function(phase.request, phase.result, bound.graph, bound.context)

    async def run(self, request: PhaseRequest) -> PhaseResult:
        """Return the result, whose usage includes the usage of failed tries."""
        tries, spent = 1, Usage()
        while True:
            with metered() as meter:
                try:
                    result = await self._run_once(request)
                except Transient as error:
                    if tries == MAX_PHASE_TRIES:
                        raise
                    log.warning("%s The phase is tried again.", error)
                else:
                    return result.model_copy(update={"usage": add_usages(result.usage, spent)})
            tries, spent = tries + 1, add_usages(spent, meter.usage)
            request = request.model_copy(update={"budget": request.budget.remaining(meter.usage)})
