"""A run in this process, for a quick look: the phases of the workflow in its order, without Temporal and without gates.

Nothing of it is kept: a process that dies has answered nothing.
"""

import asyncio
import logging
import time
from collections.abc import Generator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar
from uuid import uuid4

from langchain_core.runnables import RunnableConfig
from langgraph_heartbeat import compiled, input_of, result_of

from outlast.composition import Bound, Composition
from outlast.evidence.budget import Budget
from outlast.evidence.errors import Transient
from outlast.evidence.report import Draft, Findings, Plan, Task
from outlast.evidence.usage import Usage, added
from outlast.orchestration.research.budgeting import Spending, granted
from outlast.orchestration.research.messages import TASKS_IN_PARALLEL
from outlast.orchestration.research.phase_io import Investigation, Planning, Publication, Verification, Writing
from outlast.tools.models.metering import metered

log = logging.getLogger(__name__)

WORKFLOW = "ask"
"""What the report says where a durable run has the id of its workflow."""

RECURSION_LIMIT = 1000
"""Steps of a graph."""
MOST_TRIES = 3
"""Of a phase, where what failed may succeed at once: an index that proved damaged is built again by the next try."""

Request = TypeVar("Request", bound=Planning | Investigation | Writing | Verification)
Result = TypeVar("Result", bound=Plan | Findings | Draft)


async def answer(
    question: str, collection: str, composition: Composition, *, web: bool = False, budget: Budget | None = None
) -> Publication:
    """What a run that everybody approves of would publish: the answer of a stored collection to `question`.

    With `web`, the web is searched too. Raises Permanent where the question has no word that means something,
    NeedsOperator where a person must mend something first (a full disk, a text that is missing), Transient where trying
    again did not help.
    """
    started, seconds, spending = datetime.now(UTC), dict[str, float](), Spending(budget or Budget())

    began = time.perf_counter()

    def worked() -> float:
        return time.perf_counter() - began

    def funds(phase: str) -> dict[str, Any]:
        spending.begin(worked())
        return granted(spending.allowance(phase, worked()), datetime.now(UTC))

    with timed("plan", seconds):
        planning = Planning(
            model=composition.model,
            question=question,
            notes=[],
            collection=collection,
            web=web,
            whole=spending.budget,
            **funds("plan"),
        )
        plan = await Phase(composition.plan, Plan).run(planning)
    spending.count("plan", plan.usage)
    with timed("investigate", seconds):
        phase, free = Phase(composition.investigate, Findings), asyncio.Semaphore(TASKS_IN_PARALLEL)
        spending.begin(worked())
        spending.divide(len(plan.tasks))

        async def investigate(task: Task) -> Findings:
            async with free:
                part = granted(spending.promise(task.id, worked()), datetime.now(UTC))
                request = Investigation(task=task, collection=collection, web=web, model=composition.model, **part)
                found = await phase.run(request)
            spending.settle(task.id, found.usage)
            return found

        findings = await asyncio.gather(*map(investigate, plan.tasks))
    with timed("write", seconds):
        writing = Writing.of(question, findings, composition.model).model_copy(update=funds("write"))
        draft = await Phase(composition.write, Draft).run(writing)
    spending.count("write", draft.usage)
    with timed("verify", seconds):
        verification = Verification(
            draft=list(draft.sections), collection=collection, model=composition.model, **funds("verify")
        )
        verified = await Phase(composition.verify, Draft).run(verification)
    spending.count("verify", verified.usage)
    return Publication.of(
        question,
        collection,
        findings,
        verified.verified_from(draft),
        plan=plan,
        usage=spending.phases,
        budget=spending.budget,
        run=str(uuid4()),
        workflow=WORKFLOW,
        started=started,
        published=datetime.now(UTC),
        seconds=seconds,
    )


class Phase(Generic[Request, Result]):
    """A graph, compiled once, as a function from a request to its validated result."""

    def __init__(self, bound: Bound[Request], result: type[Result]) -> None:
        self._graph = compiled(bound.graph)
        self._context = bound.context
        self._result = result

    async def run(self, request: Request) -> Result:
        """What a try that failed has spent is spent all the same."""
        tries, spent = 1, Usage()
        while True:
            with metered() as meter:
                try:
                    result = await self._once(request)
                except Transient as error:
                    if tries == MOST_TRIES:
                        raise
                    log.warning("%s Trying again.", error)
                else:
                    return result.model_copy(update={"usage": added(result.usage, spent)})
            tries, spent = tries + 1, added(spent, meter.usage)
            request = request.model_copy(update={"budget": request.budget.left(meter.usage)})

    async def _once(self, request: Request) -> Result:
        resources = await self._context(request)
        limits: RunnableConfig = {"recursion_limit": RECURSION_LIMIT}
        state = await self._graph.ainvoke(input_of(self._graph, request), limits, context=resources)
        return self._result.model_validate(result_of(state, self._result))


@contextmanager
def timed(phase: str, seconds: dict[str, float]) -> Generator[None]:
    began = time.perf_counter()
    yield
    seconds[phase] = round(time.perf_counter() - began, 3)
