"""Make one run, from its question to its end."""

import asyncio
import time
from dataclasses import dataclass
from datetime import timedelta

from obstore.store import ObjectStore
from temporalio.client import Client, WorkflowFailureError, WorkflowHandle
from temporalio.exceptions import ApplicationError
from temporalio.service import RPCError

from outlast.evidence.errors import LimitReached, NeedsOperator, Permanent, Transient
from outlast.evidence.report import Report
from outlast.orchestration.research.messages import TASK_QUEUE, WORKFLOW_TYPE, Ask, Outcome, Status
from outlast.tools.store.objects import get

RUN_TIMEOUT_SECONDS = 300
"""Many times the duration of a run with faults; a run that has not ended then is stuck."""
EXPLAINED_FAILURES = frozenset(kind.__name__ for kind in (Transient, Permanent, NeedsOperator, LimitReached))
"""The types of failures that say what has failed and what can be done."""


@dataclass(frozen=True)
class RunEnding:
    """The end of a run. `reason` says why there is no report; `explained` is whether people are told this reason."""

    topic: str
    seconds: float
    report: Report | None = None
    reason: str = ""
    explained: bool = True
    is_stuck: bool = False


async def run_research(client: Client, store: ObjectStore, topic: str, ask: Ask, name: str) -> RunEnding:
    began = time.monotonic()
    handle: WorkflowHandle[object, Outcome] = await client.start_workflow(
        WORKFLOW_TYPE, ask, id=name, task_queue=TASK_QUEUE, result_type=Outcome
    )
    try:
        async with asyncio.timeout(RUN_TIMEOUT_SECONDS):
            outcome = await handle.result(rpc_timeout=timedelta(seconds=RUN_TIMEOUT_SECONDS))
    except WorkflowFailureError as error:
        return failed_ending(topic, time.monotonic() - began, error.cause)
    except (TimeoutError, RPCError):
        return await unfinished_ending(topic, time.monotonic() - began, handle)
    seconds = time.monotonic() - began
    if outcome.report is None:
        return RunEnding(topic, seconds, reason=f"{outcome.status}: {outcome.note}")
    report = Report.model_validate_json(await get(store, outcome.report.report_json))
    return RunEnding(topic, seconds, report=report)


def failed_ending(topic: str, seconds: float, cause: BaseException | None) -> RunEnding:
    message = " ".join(str(cause).split())
    explained = isinstance(cause, ApplicationError) and cause.type in EXPLAINED_FAILURES
    return RunEnding(topic, seconds, reason=message[:300], explained=explained)


async def unfinished_ending(topic: str, seconds: float, handle: WorkflowHandle[object, Outcome]) -> RunEnding:
    """Return the ending of a run that takes too long: it waits for an operator and says why, or it is stuck."""
    try:
        status = await handle.query("status", result_type=Status, rpc_timeout=timedelta(seconds=10))
    except RPCError as error:
        return RunEnding(topic, seconds, reason=f"no worker answers: {error}", is_stuck=True)
    finally:
        await handle.terminate("it took too long")
    about = next((gate.about for gate in status.gates if gate.gate == "operator"), "")
    if about:
        return RunEnding(topic, seconds, reason=about)
    return RunEnding(topic, seconds, reason=f"still at {status.phase}", is_stuck=True)
