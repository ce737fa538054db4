"""The workflow around a phase: it starts the phase and answers its questions."""

from datetime import timedelta
from typing import Any

from temporalio import workflow
from temporalio.common import RetryPolicy

HEARTBEAT_TIMEOUT = timedelta(seconds=3)


@workflow.defn
class Shaped:
    @workflow.run
    async def run(self, shape: str, queue: str, request: dict[str, Any]) -> dict[str, Any]:
        resume: dict[str, Any] = {}
        while True:
            result: dict[str, Any] = await workflow.execute_activity(
                shape,
                args=[request, resume],
                task_queue=queue,
                start_to_close_timeout=timedelta(minutes=5),
                heartbeat_timeout=HEARTBEAT_TIMEOUT,
                retry_policy=RetryPolicy(initial_interval=timedelta(milliseconds=100)),
            )
            if result.get("outcome") != "paused":
                return result
            answers = {each["id"]: f"{each['value']} Yes." for each in result["questions"]}
            resume = {"checkpoint": result["checkpoint"], "answers": answers}
