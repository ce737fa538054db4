"""A workflow with phases beside and after each other, for tests of clients that follow it."""

from datetime import timedelta
from typing import Any

from temporalio import workflow

LIMITS: dict[str, Any] = {
    "start_to_close_timeout": timedelta(minutes=1),
    "heartbeat_timeout": timedelta(seconds=5),
}


@workflow.defn
class TwoPhases:
    @workflow.run
    async def run(self) -> list[Any]:
        one = workflow.start_activity("phase", args=[{"events": 3}], activity_id="one", **LIMITS)
        other = workflow.start_activity("other", args=[{"events": 5}], activity_id="two", **LIMITS)
        both = [(await one)["out"], (await other)["out"]]
        again = await workflow.execute_activity("phase", args=[{"events": 2}], activity_id="three", **LIMITS)
        return [*both, again["out"]]
