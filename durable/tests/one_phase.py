"""A workflow with one phase, for tests of what the server does to activities of workflows."""

from datetime import timedelta
from typing import Any

from temporalio import workflow


@workflow.defn
class OnePhase:
    @workflow.run
    async def run(self, heartbeat_seconds: float) -> Any:
        return await workflow.execute_activity(
            "phase",
            args=[{}, None],
            activity_id="phase",
            start_to_close_timeout=timedelta(minutes=2),
            heartbeat_timeout=timedelta(seconds=heartbeat_seconds),
        )
