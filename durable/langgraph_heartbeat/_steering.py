"""Steering at once: a workflow stops a phase where it stands, and starts it again with other values.

Workflow code, but for the activity `read_running_checkpoint`, which `DurablePlugin` adds to the workflow's worker.
"""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Any, TypeVar

from temporalio import activity, workflow
from temporalio.exceptions import ActivityError, ApplicationError, is_cancelled_exception
from temporalio.exceptions import TimeoutError as TimedOut

from ._messages import Paused, as_text

Result = TypeVar("Result")

CHECKPOINT_ACTIVITY = "durable_standing"


async def finish_or_pause(running: workflow.ActivityHandle[Result], wanted: Callable[[], bool]) -> Result | Paused:
    """The result of a phase, or where it stands as soon as it is `wanted` to pause. For workflow code.

    `running` is from `workflow.start_activity` with `cancellation_type` WAIT_CANCELLATION_COMPLETED; `wanted()` is
    looked at whenever the workflow's state may have changed, and must have no effects. The worker of the workflow
    needs `DurablePlugin`.

    A phase that is told to pause stops at its next step; calls in flight have 10 s to come home. It then returns a
    `Paused` without questions. One that comes to its end meanwhile has its result. `ActivityError` where it cannot
    succeed, as ever. Where the workflow itself is cancelled, or the task that waits here, the phase stops in the same
    way, and this raises `CancelledError` after it.

    ```python
    import asyncio
    from datetime import timedelta

    from temporalio import workflow
    from temporalio.client import Client
    from temporalio.worker import Worker

    with workflow.unsafe.imports_passed_through():
        from langgraph.graph import START, StateGraph
        from langgraph_heartbeat import DurablePlugin, phase_activity
        from langgraph_heartbeat.workflow import Paused, Resume, finish_or_pause
        from pydantic import BaseModel


    class Count(BaseModel):
        limit: int
        number: int = 0


    async def count(state: Count) -> dict[str, int]:
        await asyncio.sleep(0.1)
        return {"number": state.number + 1}


    builder = StateGraph(Count).add_node(count).add_edge(START, "count")
    builder.add_conditional_edges("count", lambda state: "count" if state.number < state.limit else "__end__")


    @workflow.defn
    class Counting:
        def __init__(self) -> None:
            self.limit: int | None = None

        @workflow.signal
        def stop_at(self, limit: int) -> None:
            self.limit = limit

        @workflow.run
        async def run(self, request: Count) -> Count:
            resume: Resume | None = None
            while True:
                running = workflow.start_activity(
                    "count",
                    args=[request, resume],
                    result_type=Count | Paused,
                    start_to_close_timeout=timedelta(hours=2),
                    heartbeat_timeout=timedelta(seconds=15),
                    cancellation_type=workflow.ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
                )
                result = await finish_or_pause(running, lambda: self.limit is not None)
                if not isinstance(result, Paused):
                    return result
                resume = (resume or Resume()).steered(result, {"limit": self.limit})
                self.limit = None


    async def main() -> None:
        client = await Client.connect("localhost:7233", plugins=[DurablePlugin()])
        activities = [phase_activity("count", Count, Count, builder)]
        async with Worker(client, task_queue="counts", workflows=[Counting], activities=activities):
            handle = await client.start_workflow(Counting.run, Count(limit=600), id="counting", task_queue="counts")
            await handle.signal(Counting.stop_at, 3)
            assert (await handle.result()).number < 600  # a minute of steps


    if __name__ == "__main__":
        asyncio.run(main())
    ```
    """
    result = await await_outcome(running, wanted)
    if isinstance(result, Paused) and workflow.cancellation_reason() is not None:
        raise asyncio.CancelledError
    return result


async def await_outcome(running: workflow.ActivityHandle[Result], wanted: Callable[[], bool]) -> Result | Paused:
    try:
        # Cancelled in the moment in which it ends, a handle would lose its result: a condition is looked at when
        # everything else has come to rest.
        await workflow.wait_condition(lambda: running.done() or wanted())
        checkpoint = "" if running.done() else await ask_for_checkpoint(running)
        await workflow.wait_condition(lambda: True)
    except (asyncio.CancelledError, ActivityError) as error:  # the latter is how a local activity says the same
        running.cancel()
        result = await running
        if isinstance(result, Paused) and is_cancelled_exception(error):
            raise asyncio.CancelledError from None
        return result
    if running.done():
        return await running
    running.cancel()
    try:
        return await running
    except ActivityError as error:
        cause = error.cause
        if isinstance(cause, ApplicationError) and cause.non_retryable:
            raise
        # It was between two attempts, or its worker has died: Temporal does not start it again to be told to pause.
        last_details = cause.last_heartbeat_details if isinstance(cause, TimedOut) else ()
        return Paused(questions=[], checkpoint=checkpoint_in(last_details) or checkpoint)


async def ask_for_checkpoint(running: workflow.ActivityHandle[Any]) -> str:
    """The checkpoint in its newest heartbeat, asked for before it is told to pause: afterwards it may be gone."""
    return await workflow.execute_local_activity(
        CHECKPOINT_ACTIVITY, activity_id_of(running), result_type=str, start_to_close_timeout=timedelta(seconds=10)
    )


def activity_id_of(running: workflow.ActivityHandle[Any]) -> str:
    """Its id, which the SDK makes of its number where none was given, and shows nowhere."""
    handle: Any = running
    return handle._input.activity_id or str(handle._seq)  # noqa: SLF001


@activity.defn(name=CHECKPOINT_ACTIVITY)
async def read_running_checkpoint(activity_id: str) -> str:
    """The newest checkpoint of a running activity of this workflow; empty where there is none."""
    info, client = activity.info(), activity.client()
    workflow_id = info.workflow_id or ""
    described = await client.get_workflow_handle(workflow_id, run_id=info.workflow_run_id).describe()
    for pending in described.raw_description.pending_activities:
        if pending.activity_id == activity_id:
            return checkpoint_in(await client.data_converter.decode(pending.heartbeat_details.payloads))
    return ""


def checkpoint_in(details: Any) -> str:
    """Of heartbeat details, `(progress, checkpoint)`."""
    return as_text(details[1]) if len(details) == 2 and isinstance(details[1], bytes) else ""
