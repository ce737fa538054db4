"""The settings that durable phases need on client, worker and replayer, as one Temporal plugin.

They are part of correctness, not of tuning:

- Temporal's worker holds heartbeats back to 0.8 x the heartbeat timeout, unless told otherwise. Progress would be old,
  and a checkpoint lost: a worker killed after 80 heartbeats resumed from none.
- A worker that dies keeps its workflows' sticky queue for 10 s by default; after a crash every run would wait for it.
- Without a build id the SDK hashes every loaded module at start: seconds of a start that follows a crash.
- Temporal's default data converter cannot carry what phases take and give (`_data_converter.py`).

The plugin also brings the activity by which a workflow learns where a phase stands (`_steering.py`).
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
"""The SDK counts it in whole milliseconds."""
MAX_STICKY_QUEUE_TIMEOUT = timedelta(seconds=2)
THROTTLE_SETTINGS = ("max_heartbeat_throttle_interval", "default_heartbeat_throttle_interval")
SDK_THROTTLE_DEFAULTS = {name: signature(Worker).parameters[name].default for name in THROTTLE_SETTINGS}

_heartbeat_interval: ContextVar[timedelta | None] = ContextVar("durable_heartbeat_interval", default=None)


class DurablePlugin(ClientPlugin, WorkerPlugin):
    """What durable phases need of a client and its workers: `Client.connect(..., plugins=[DurablePlugin()])`.

    Give it to the client. Workers of that client inherit it; a `Worker(..., plugins=[DurablePlugin()])` is for clients
    that are connected elsewhere, with a data converter for pydantic. A replayer takes it too.

    - `build_id` names the worker's code to the server. Left out, it is derived from the files of the loaded modules, in
      some 20 ms. A `build_id` or a `deployment_config` of the worker itself comes first.
    - `interval` is the shortest time between two heartbeats of one activity, at least 1 ms. What a graph finished
      within the last interval before a kill -9 may be repeated. 20 ms suits a server on the same machine; with a
      database on the network, or on Temporal Cloud, where heartbeats are billed, use 200 ms to some seconds.

    What it sets:

    | on | setting | value |
    |---|---|---|
    | client, replayer | payload converter | pydantic's, in place of the default one; the rest of the converter stays |
    | worker | heartbeat throttle intervals | `interval` |
    | worker | `sticky_queue_schedule_to_start_timeout` | 2 s at most |
    | worker | `build_id` | see above |
    | worker with workflows | activities | one more, `durable_standing`, which `finish_or_pause` asks |

    Raises `ValueError` when the client, worker or replayer is made: for a payload converter that cannot carry models of
    pydantic, and for a worker whose own heartbeat throttle intervals are others than `interval`.

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
        next: Callable[[ConnectConfig], Awaitable[ServiceClient]],  # noqa: A002 - theirs
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
        if not config.get("deployment_config"):  # it names the build itself, and the SDK refuses both
            config["build_id"] = config.get("build_id") or self._build_id or self._default_build_id(config)
        self._add_checkpoint_activity(config)
        config["interceptors"] = [*config.get("interceptors", []), _IntervalInterceptor(self._interval)]
        return config

    def _refuse_other_throttles(self, config: WorkerConfig) -> None:
        for name in THROTTLE_SETTINGS:
            given = config.get(name, self._interval)
            if given not in (self._interval, SDK_THROTTLE_DEFAULTS[name]):
                raise ValueError(
                    f"This worker sets {name} to {given!r}, and DurablePlugin sets it to {self._interval!r}. Leave it "
                    "out, and say what it should be by DurablePlugin(interval=...)."
                )

    def _default_build_id(self, config: WorkerConfig) -> str | None:
        """A worker that is versioned by its build id is given it by a person: the SDK says so."""
        return None if config.get("use_worker_versioning") else derive_build_id()

    def _add_checkpoint_activity(self, config: WorkerConfig) -> None:
        activities: list[Callable[..., Any]] = [*config.get("activities", [])]
        if config.get("workflows") and read_running_checkpoint not in activities:
            # A worker of workflows alone must not begin to take activities from the queue: it has none of them.
            config["no_remote_activities"] = config.get("no_remote_activities", False) or not activities
            config["activities"] = [*activities, read_running_checkpoint]

    async def run_worker(self, worker: Worker, next: Callable[[Worker], Awaitable[None]]) -> None:  # noqa: A002 - theirs
        await next(worker)

    def configure_replayer(self, config: ReplayerConfig) -> ReplayerConfig:
        config["data_converter"] = with_pydantic_converter(config.get("data_converter", DataConverter.default))
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
    if (interval := _heartbeat_interval.get()) is None:
        raise ApplicationError(
            "This worker lacks the settings that durable phases need. Connect its client with the plugin: "
            "Client.connect(..., plugins=[DurablePlugin()]).",
            type="MissingPlugin",
            non_retryable=True,
        )
    return interval


class _IntervalInterceptor(Interceptor):
    """Lets a phase see that its worker has the plugin's settings: a worker does not show them."""

    def __init__(self, interval: timedelta) -> None:
        self._interval = interval

    def intercept_activity(self, next: ActivityInboundInterceptor) -> ActivityInboundInterceptor:  # noqa: A002 - theirs
        interval = self._interval

        class Stamped(ActivityInboundInterceptor):
            async def execute_activity(self, input: ExecuteActivityInput) -> Any:  # noqa: A002 - theirs
                _heartbeat_interval.set(interval)
                return await super().execute_activity(input)

        return Stamped(next)
