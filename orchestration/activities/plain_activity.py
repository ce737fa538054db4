"""A row of the phase table that has no graph: a function, with the heartbeats and failures of every phase."""

from collections.abc import Awaitable, Callable
from typing import Any

from langgraph_heartbeat import heartbeats
from langgraph_heartbeat.workflow import Resume
from temporalio import activity

from outlast.evidence.errors import OutlastError
from outlast.orchestration.activities.failures import as_failure
from outlast.orchestration.research.phases import Phase, Request, Result


def plain_activity(
    row: Phase[Request, Result], work: Callable[[Request], Awaitable[Result]]
) -> Callable[..., Awaitable[Result]]:
    @activity.defn(name=row.name)
    async def run(given: Any, resume: Resume | None = None) -> Result:
        del resume  # a function begins anew; what it has done is named by its content
        async with heartbeats(row.name):
            try:
                return await work(row.request.model_validate(given))
            except OutlastError as error:
                raise as_failure(error) from error

    return run
