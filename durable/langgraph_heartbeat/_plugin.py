"""The worker settings that durable phases need, as a Temporal plugin: `Worker(..., plugins=[DurablePlugin()])`.

They are part of correctness, not of tuning:

- Temporal's worker holds heartbeats back to 0.8 x the heartbeat timeout, unless told otherwise. Progress would be old,
  and a checkpoint lost: a worker killed after 80 heartbeats resumed from none.
- A worker that dies keeps its workflows' sticky queue for 10 s by default; after a crash every run would wait for it.
- Without a build id the SDK hashes every loaded module at start: seconds of a start that follows a crash.

It also brings the activity by which a workflow learns where a phase stands (steering.py).
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from contextvars import ContextVar
from datetime import timedelta
from typing import Any

from temporalio.client import WorkflowHistory
from temporalio.exceptions import ApplicationError
from temporalio.worker import (
    ActivityInboundInterceptor,
    ExecuteActivityInput,
    Interceptor,
    Plugin,
    Replayer,
    ReplayerConfig,
    Worker,
    WorkerConfig,
    WorkflowReplayResult,
)

from ._steering import standing

HEARTBEAT_INTERVAL = timedelta(milliseconds=20)
STICKY_QUEUE_TIMEOUT = timedelta(seconds=2)

_interval: ContextVar[timedelta | None] = ContextVar("durable_heartbeat_interval", default=None)


class DurablePlugin(Plugin):
    """`interval` is the shortest time between two heartbeats of one activity; `build_id` names the worker's code."""

    def __init__(self, build_id: str, interval: timedelta = HEARTBEAT_INTERVAL) -> None:
        self._build_id = build_id
        self._interval = interval

    def configure_worker(self, config: WorkerConfig) -> WorkerConfig:
        config["max_heartbeat_throttle_interval"] = self._interval
        config["default_heartbeat_throttle_interval"] = self._interval
        config["sticky_queue_schedule_to_start_timeout"] = STICKY_QUEUE_TIMEOUT
        config["build_id"] = config.get("build_id") or self._build_id
        if config.get("workflows"):
            activities: list[Callable[..., Any]] = [*config.get("activities", [])]
            # A worker of workflows alone must not begin to take activities from the queue: it has none of them.
            config["no_remote_activities"] = config.get("no_remote_activities", False) or not activities
            config["activities"] = [*activities, standing]
        config["interceptors"] = [*config.get("interceptors", []), _Stamp(self._interval)]
        return config

    async def run_worker(self, worker: Worker, next: Callable[[Worker], Awaitable[None]]) -> None:  # noqa: A002 - theirs
        await next(worker)

    def configure_replayer(self, config: ReplayerConfig) -> ReplayerConfig:
        return config

    def run_replayer(
        self,
        replayer: Replayer,
        histories: AsyncIterator[WorkflowHistory],
        next: Callable[  # noqa: A002 - theirs
            [Replayer, AsyncIterator[WorkflowHistory]],
            AbstractAsyncContextManager[AsyncIterator[WorkflowReplayResult]],
        ],
    ) -> AbstractAsyncContextManager[AsyncIterator[WorkflowReplayResult]]:
        return next(replayer, histories)


def require_plugin() -> timedelta:
    """The heartbeat interval of this worker; a failure that says what is missing where the plugin is not there."""
    if (interval := _interval.get()) is None:
        raise ApplicationError(
            "This worker lacks the settings that durable phases need: Worker(..., plugins=[DurablePlugin(...)]).",
            type="MissingPlugin",
            non_retryable=True,
        )
    return interval


class _Stamp(Interceptor):
    """Lets a phase see that its worker has the plugin's settings: a worker does not show them."""

    def __init__(self, interval: timedelta) -> None:
        self._interval = interval

    def intercept_activity(self, next: ActivityInboundInterceptor) -> ActivityInboundInterceptor:  # noqa: A002 - theirs
        interval = self._interval

        class Stamped(ActivityInboundInterceptor):
            async def execute_activity(self, input: ExecuteActivityInput) -> Any:  # noqa: A002 - theirs
                _interval.set(interval)
                return await super().execute_activity(input)

        return Stamped(next)
