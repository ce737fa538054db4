"""A run in this process, for a quick look: the phases of the workflow in its order, without Temporal and without gates.

Nothing of it is kept: a process that dies has answered nothing.
"""

import asyncio
import logging
import time
from collections.abc import Generator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Generic, TypeVar
from uuid import uuid4

from langchain_core.runnables import RunnableConfig
from pydantic import BaseModel

from composition import Bound, Composition
from evidence.errors import Transient
from evidence.report import Draft, Findings, Plan, Task
from orchestration.durable.graphs import compiled, input_of, result_of
from orchestration.messages import TASKS_IN_PARALLEL, Investigation, Planning, Publication, Verification, Writing

log = logging.getLogger(__name__)

WORKFLOW = "ask"
"""What the report says where a durable run has the id of its workflow."""

RECURSION_LIMIT = 1000
"""Steps of a graph."""
MOST_TRIES = 3
"""Of a phase, where what failed may succeed at once: an index that proved damaged is built again by the next try."""

Request = TypeVar("Request", bound=BaseModel)
Result = TypeVar("Result", bound=BaseModel)


async def answer(question: str, collection: str, composition: Composition) -> Publication:
    """What a run that everybody approves of would publish: the answer of a stored collection to `question`.

    Raises Permanent where the question has no word that means something, NeedsOperator where a person must mend
    something first (a full disk, a text that is missing), Transient where trying again did not help.
    """
    started, seconds = datetime.now(UTC), dict[str, float]()
    with timed("plan", seconds):
        plan = await Phase(composition.plan, Plan).run(Planning(question=question, notes=[], collection=collection))
    with timed("investigate", seconds):
        findings = await investigate(plan, collection, Phase(composition.investigate, Findings))
    with timed("write", seconds):
        draft = await Phase(composition.write, Draft).run(Writing(question=question, investigated=findings))
    with timed("verify", seconds):
        verification = Verification(draft=list(draft.sections), collection=collection)
        draft = await Phase(composition.verify, Draft).run(verification)
    return Publication.of(
        question,
        collection,
        findings,
        draft,
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
        tries = 1
        while True:
            try:
                return await self._once(request)
            except Transient as error:
                if tries == MOST_TRIES:
                    raise
                log.warning("%s Trying again.", error)
                tries += 1

    async def _once(self, request: Request) -> Result:
        resources = await self._context(request)
        limits: RunnableConfig = {"recursion_limit": RECURSION_LIMIT}
        state = await self._graph.ainvoke(input_of(self._graph, request), limits, context=resources)
        return self._result.model_validate(result_of(state, self._result))


async def investigate(plan: Plan, collection: str, phase: Phase[Investigation, Findings]) -> list[Findings]:
    """The findings of all tasks, in the order of the plan; as many tasks at a time as in a durable run."""
    free = asyncio.Semaphore(TASKS_IN_PARALLEL)

    async def one(task: Task) -> Findings:
        async with free:
            return await phase.run(Investigation(task=task, collection=collection))

    return await asyncio.gather(*(one(task) for task in plan.tasks))


@contextmanager
def timed(phase: str, seconds: dict[str, float]) -> Generator[None]:
    began = time.perf_counter()
    yield
    seconds[phase] = round(time.perf_counter() - began, 3)
