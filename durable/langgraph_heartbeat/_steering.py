"""Steering without delay: a workflow pauses a running phase, and starts it again from there with other values.

This is workflow code, except for the activity `read_running_checkpoint`, which `DurablePlugin` adds to the workflow's
worker.
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
    """Wait for the result of a phase in workflow code, or pause the phase as soon as `wanted()` is true.

    `running` is the handle from `workflow.start_activity` with `cancellation_type` WAIT_CANCELLATION_COMPLETED.
    `wanted()` is called whenever the workflow's state may have changed, and must have no effects. The worker of the
    workflow needs `DurablePlugin`.

    A phase that is paused stops at its next step, and its calls in flight have 10 s to finish. Then this returns a
    `Paused` without questions, or the result if the phase has finished meanwhile. It raises `ActivityError` if the
    phase fails. If the workflow itself is cancelled, or the task that waits here, the phase stops in the same way, and
    then this raises `CancelledError`. It raises `ValueError` for another `cancellation_type`, and `RuntimeError` if the
    worker has no `DurablePlugin`: Temporal then fails the workflow task, and the workflow goes on once that is fixed.

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
    require_waiting_cancellation(running)
    result = await await_outcome(running, wanted)
    if isinstance(result, Paused) and workflow.cancellation_reason() is not None:
        raise asyncio.CancelledError
    return result


async def await_outcome(running: workflow.ActivityHandle[Result], wanted: Callable[[], bool]) -> Result | Paused:
    try:
        # A handle that is cancelled at the moment in which its activity ends would lose the result. A condition is
        # evaluated only after everything else in the workflow has run.
        await workflow.wait_condition(lambda: running.done() or wanted())
        checkpoint = "" if running.done() else await ask_for_checkpoint(running)
        await workflow.wait_condition(lambda: True)
    except (asyncio.CancelledError, ActivityError) as error:  # a cancelled local activity raises an ActivityError
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
        # It was between two attempts, or its worker has died: Temporal starts no attempt that could return a `Paused`.
        last_details = cause.last_heartbeat_details if isinstance(cause, TimedOut) else ()
        return Paused(questions=[], checkpoint=checkpoint_in(last_details) or checkpoint)


async def ask_for_checkpoint(running: workflow.ActivityHandle[Any]) -> str:
    """Return the checkpoint in the newest heartbeat, before the phase is cancelled: afterwards it may be gone."""
    limit = timedelta(seconds=10)
    try:
        reading = workflow.start_local_activity(
            CHECKPOINT_ACTIVITY, activity_id_of(running), result_type=str, start_to_close_timeout=limit
        )
    except ValueError as error:  # the worker has no such activity
        raise RuntimeError(
            "The worker of this workflow has no DurablePlugin, which brings the activity that finish_or_pause needs to "
            "pause a phase. Connect its client with the plugin, Client.connect(..., plugins=[DurablePlugin()]), or "
            "give the plugin to the worker."
        ) from error
    return await reading


def require_waiting_cancellation(running: workflow.ActivityHandle[Any]) -> None:
    """Raise `ValueError` if a phase that is cancelled would still run while the workflow starts it again."""
    handle: Any = running
    kind = handle._input.cancellation_type  # noqa: SLF001
    if kind != workflow.ActivityCancellationType.WAIT_CANCELLATION_COMPLETED:
        raise ValueError(
            f"finish_or_pause cannot pause an activity whose cancellation_type is {kind.name}: the phase would still "
            "run, and pay, while the workflow starts it again. Start it with "
            "workflow.start_activity(..., cancellation_type="
            "workflow.ActivityCancellationType.WAIT_CANCELLATION_COMPLETED)."
        )


def activity_id_of(running: workflow.ActivityHandle[Any]) -> str:
    """Return the activity's id, which the SDK does not expose; by default it is made from the command's number."""
    handle: Any = running
    return handle._input.activity_id or str(handle._seq)  # noqa: SLF001


@activity.defn(name=CHECKPOINT_ACTIVITY)
async def read_running_checkpoint(activity_id: str) -> str:
    """Return the newest checkpoint of a running activity of this workflow; "" if there is none."""
    info, client = activity.info(), activity.client()
    workflow_id = info.workflow_id or ""
    description = await client.get_workflow_handle(workflow_id, run_id=info.workflow_run_id).describe()
    for pending in description.raw_description.pending_activities:
        if pending.activity_id == activity_id:
            return checkpoint_in(await client.data_converter.decode(pending.heartbeat_details.payloads))
    return ""


def checkpoint_in(details: Any) -> str:
    """Return the checkpoint of heartbeat details, which are `(progress, checkpoint)`; "" if they have none."""
    return as_text(details[1]) if len(details) == 2 and isinstance(details[1], bytes) else ""
