"""Workflows that steer their one phase: the limit may be raised while it runs."""

from datetime import timedelta
from typing import Annotated, Any

from pydantic import Field
from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from langgraph_heartbeat._messages import Paused, Resume
    from langgraph_heartbeat._steering import finish_or_pause

PAUSED_OR_NOT: Any = Annotated[Paused | dict[str, Any], Field(union_mode="left_to_right")]


@workflow.defn
class Steered:
    def __init__(self) -> None:
        self._update: dict[str, Any] | None = None
        self._pauses: list[Paused] = []

    @workflow.signal
    def steer(self, update: dict[str, Any]) -> None:
        self._update = update

    @workflow.query
    def pauses(self) -> list[Paused]:
        return self._pauses

    @workflow.run
    async def run(self, request: dict[str, Any], heartbeat_seconds: float) -> Any:
        resume: Resume | None = None
        while True:
            running = workflow.start_activity(
                "phase",
                args=[request, resume],
                result_type=PAUSED_OR_NOT,
                start_to_close_timeout=timedelta(minutes=2),
                heartbeat_timeout=timedelta(seconds=heartbeat_seconds),
                cancellation_type=workflow.ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
            )
            result = await finish_or_pause(running, lambda: self._update is not None)
            if not isinstance(result, Paused):
                return result
            self._pauses.append(result)
            resume = (resume or Resume()).steered(result, self._update or {})
            self._update = None


@workflow.defn
class Impatient:
    """It does not wait until the phase that it pauses has stopped."""

    @workflow.run
    async def run(self, cancellation: int) -> Any:
        running = workflow.start_activity(
            "phase",
            args=[{}, None],
            start_to_close_timeout=timedelta(minutes=2),
            heartbeat_timeout=timedelta(seconds=10),
            cancellation_type=workflow.ActivityCancellationType(cancellation),
        )
        return await finish_or_pause(running, lambda: False)
