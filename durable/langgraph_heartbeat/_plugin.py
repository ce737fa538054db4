"""The settings that durable phases need on the client, the worker and the replayer, as one Temporal plugin.

They are needed for correctness, not for speed alone:

- By default, Temporal's worker holds heartbeats back for 0.8 x the heartbeat timeout. Progress would be old, and
  checkpoints would be lost: the phase of a worker that was killed after 80 heartbeats resumed from none of them.
- The sticky queue of a worker that has died exists for 10 s by default; after a crash every workflow would wait for it.
- Without a build id, the SDK hashes every loaded module, which takes seconds of a start that may follow a crash.
- Temporal's default data converter cannot encode the values of phases (`_data_converter.py`).

The plugin also adds the activity that gives a workflow the checkpoint of a running phase (`_steering.py`).
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from contextvars import ContextVar
from datetime import timedelta
from inspect import signature
from typing import Any

from temporalio.client import ClientConfig, WorkflowHistory
from temporalio.client import Plugin as ClientPlugin
from temporalio.converter import DataConverter
from temporalio.exceptions import ApplicationError
from temporalio.service import ConnectConfig, ServiceClient
from temporalio.worker import (
    ActivityInboundInterceptor,
    ExecuteActivityInput,
    Interceptor,
    Replayer,
    ReplayerConfig,
    Worker,
    WorkerConfig,
    WorkflowReplayResult,
)
from temporalio.worker import Plugin as WorkerPlugin

from ._build_id import derive_build_id
from ._data_converter import require_pydantic_converter, with_pydantic_converter
from ._steering import read_running_checkpoint

DEFAULT_HEARTBEAT_INTERVAL = timedelta(milliseconds=20)
MIN_HEARTBEAT_INTERVAL = timedelta(milliseconds=1)
"""The SDK counts heartbeat intervals in whole milliseconds."""
MAX_STICKY_QUEUE_TIMEOUT = timedelta(seconds=2)
THROTTLE_SETTINGS = ("max_heartbeat_throttle_interval", "default_heartbeat_throttle_interval")
SDK_THROTTLE_DEFAULTS = {name: signature(Worker).parameters[name].default for name in THROTTLE_SETTINGS}

_heartbeat_interval: ContextVar[timedelta | None] = ContextVar("durable_heartbeat_interval", default=None)


class DurablePlugin(ClientPlugin, WorkerPlugin):
    """The settings that durable phases need: `Client.connect(..., plugins=[DurablePlugin()])`.

    Give the plugin to the client; workers of that client inherit it. Use `Worker(..., plugins=[DurablePlugin()])` only
    if the client is connected elsewhere, with a data converter for pydantic. A replayer accepts the plugin too.

    - `build_id` names the worker's code to the server. By default it is derived from the files of the loaded modules,
      in about 20 ms. A `build_id` or a `deployment_config` of the worker itself takes precedence.
    - `interval` is the minimum time between two heartbeats of one activity, at least 1 ms. Work that a graph finished
      within the last interval before a kill -9 may be repeated. 20 ms suits a server on the same machine. Use 200 ms to
      a few seconds if the server's database is on the network, and on Temporal Cloud, where heartbeats are billed.

    What it sets:

    | on | setting | value |
    |---|---|---|
    | client, replayer | payload converter | pydantic's, in place of the default one; the rest of the converter stays |
    | worker | heartbeat throttle intervals | `interval` |
    | worker | `sticky_queue_schedule_to_start_timeout` | at most 2 s |
    | worker | `build_id` | see above |
    | worker with workflows | activities | one more, `durable_standing`, which `finish_or_pause` calls |

    `ValueError` is raised when the client, worker or replayer is made, for a payload converter that cannot encode
    pydantic models, and for a worker that sets other heartbeat throttle intervals than `interval`.

    ```python
    import asyncio
    from datetime import timedelta

    from langgraph_heartbeat import DurablePlugin
    from temporalio.client import Client
    from temporalio.contrib.pydantic import PydanticPayloadConverter


    async def main() -> None:
        plugin = DurablePlugin("release-7", interval=timedelta(milliseconds=200))
        client = await Client.connect("localhost:7233", plugins=[plugin])
        assert client.data_converter.payload_converter_class is PydanticPayloadConverter


    asyncio.run(main())
    ```
    """

    def __init__(self, build_id: str | None = None, *, interval: timedelta = DEFAULT_HEARTBEAT_INTERVAL) -> None:
        if interval < MIN_HEARTBEAT_INTERVAL:
            raise ValueError(f"The interval between heartbeats is at least 1 ms, not {interval!r}.")
        self._build_id = build_id
        self._interval = interval

    def configure_client(self, config: ClientConfig) -> ClientConfig:
        config["data_converter"] = with_pydantic_converter(config["data_converter"])
        return config

    async def connect_service_client(
        self,
        config: ConnectConfig,
        next: Callable[[ConnectConfig], Awaitable[ServiceClient]],  # noqa: A002 - Temporal's name
    ) -> ServiceClient:
        return await next(config)

    def configure_worker(self, config: WorkerConfig) -> WorkerConfig:
        if (client := config.get("client")) is not None:
            require_pydantic_converter(client.config(active_config=True)["data_converter"])
        self._refuse_other_throttles(config)
        config["max_heartbeat_throttle_interval"] = self._interval
        config["default_heartbeat_throttle_interval"] = self._interval
        sticky = config.get("sticky_queue_schedule_to_start_timeout", MAX_STICKY_QUEUE_TIMEOUT)
        config["sticky_queue_schedule_to_start_timeout"] = min(sticky, MAX_STICKY_QUEUE_TIMEOUT)
        if not config.get("deployment_config"):  # it contains a build id, and the SDK refuses two
            config["build_id"] = config.get("build_id") or self._build_id or self._default_build_id(config)
        self._add_checkpoint_activity(config)
        config["interceptors"] = [*config.get("interceptors", []), _IntervalInterceptor(self._interval)]
        return config

    def _refuse_other_throttles(self, config: WorkerConfig) -> None:
        for name in THROTTLE_SETTINGS:
            interval = config.get(name, self._interval)
            if interval not in (self._interval, SDK_THROTTLE_DEFAULTS[name]):
                raise ValueError(
                    f"This worker sets {name} to {interval!r}, and DurablePlugin sets it to {self._interval!r}. Remove "
                    "it from the worker, and choose the interval with DurablePlugin(interval=...)."
                )

    def _default_build_id(self, config: WorkerConfig) -> str | None:
        """Return a derived build id, but None for worker versioning, whose build id the SDK requires from the user."""
        return None if config.get("use_worker_versioning") else derive_build_id()

    def _add_checkpoint_activity(self, config: WorkerConfig) -> None:
        activities: list[Callable[..., Any]] = [*config.get("activities", [])]
        if config.get("workflows") and read_running_checkpoint not in activities:
            # A worker with workflows only must not begin to poll for activities, because it has none of the queue's.
            config["no_remote_activities"] = config.get("no_remote_activities", False) or not activities
            config["activities"] = [*activities, read_running_checkpoint]

    async def run_worker(self, worker: Worker, next: Callable[[Worker], Awaitable[None]]) -> None:  # noqa: A002 - Temporal's name
        await next(worker)

    def configure_replayer(self, config: ReplayerConfig) -> ReplayerConfig:
        config["data_converter"] = with_pydantic_converter(config.get("data_converter", DataConverter.default))
        return config

    def run_replayer(
        self,
        replayer: Replayer,
        histories: AsyncIterator[WorkflowHistory],
        next: Callable[  # noqa: A002 - Temporal's name
            [Replayer, AsyncIterator[WorkflowHistory]],
            AbstractAsyncContextManager[AsyncIterator[WorkflowReplayResult]],
        ],
    ) -> AbstractAsyncContextManager[AsyncIterator[WorkflowReplayResult]]:
        return next(replayer, histories)


def require_plugin() -> timedelta:
    """Return the heartbeat interval of this worker; raise `ApplicationError` if the worker does not have the plugin."""
    if (interval := _heartbeat_interval.get()) is None:
        raise ApplicationError(
            "This worker lacks the settings that durable phases need. Connect its client with the plugin: "
            "Client.connect(..., plugins=[DurablePlugin()]).",
            type="MissingPlugin",
            non_retryable=True,
        )
    return interval


class _IntervalInterceptor(Interceptor):
    """Passes the interval to phases, so that they know that their worker has the plugin; the SDK does not show it."""

    def __init__(self, interval: timedelta) -> None:
        self._interval = interval

    def intercept_activity(self, next: ActivityInboundInterceptor) -> ActivityInboundInterceptor:  # noqa: A002 - Temporal's name
        interval = self._interval

        class IntervalSetter(ActivityInboundInterceptor):
            async def execute_activity(self, input: ExecuteActivityInput) -> Any:  # noqa: A002 - Temporal's name
                _heartbeat_interval.set(interval)
                return await super().execute_activity(input)

        return IntervalSetter(next)
