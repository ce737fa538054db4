"""The settings that durable phases need on the client, the worker and the replayer, as one Temporal plugin.

They are needed for correctness, not for speed alone:

- By default, Temporal's worker holds heartbeats back for 0.8 x the heartbeat timeout. Progress would be old, and
  checkpoints would be lost: the phase of a worker that was killed after 80 heartbeats resumed from none of them.
- The sticky queue of a worker that has died exists for 10 s by default; after a crash every workflow would wait for it.
- Without a build id, the SDK hashes every loaded module, which takes seconds of a start that may follow a crash.
- Temporal's default data converter cannot encode the values of phases (`_data_converter.py`).

The plugin also adds the activity that gives a workflow the checkpoint of a running phase (`_steering.py`), and for
RunGraph the one that checks the input of a run (`check.py`).
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from contextvars import ContextVar
from datetime import timedelta
from inspect import signature
from typing import Any, cast

from temporalio.client import Client, ClientConfig, WorkflowHistory
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
from ._publishing.pace import Pace, default_pace
from ._run_graph.check import check_activity, graphs_of
from ._run_graph.run_graph import RunGraph
from ._steering import read_running_checkpoint

MIN_HEARTBEAT_INTERVAL = timedelta(milliseconds=1)
"""The SDK counts heartbeat intervals in whole milliseconds."""
MAX_STICKY_QUEUE_TIMEOUT = timedelta(seconds=2)
THROTTLE_SETTINGS = ("max_heartbeat_throttle_interval", "default_heartbeat_throttle_interval")
SDK_THROTTLE_DEFAULTS = {name: signature(Worker).parameters[name].default for name in THROTTLE_SETTINGS}

_pace: ContextVar[Pace | None] = ContextVar("durable_pace", default=None)


class DurablePlugin(ClientPlugin, WorkerPlugin):
    """The settings that durable phases need: `Client.connect(..., plugins=[DurablePlugin()])`.

    Give the plugin to the client; workers of that client inherit it. Use `Worker(..., plugins=[DurablePlugin()])` only
    if the client is connected elsewhere, with a data converter for pydantic. A replayer accepts the plugin too.

    - `build_id` names the worker's code to the server. By default it is derived from the files of the loaded modules,
      in about 20 ms. A `build_id` or a `deployment_config` of the worker itself takes precedence.
    - `interval` is the minimum time between two heartbeats of one activity, at least 1 ms. Work that a graph finished
      within the last interval before a kill -9, or up to 50 ms before that, may be repeated. By default it is 20 ms if
      the client's server is on the same machine (localhost, 127.0.0.1, ::1 or a unix socket), and 1 s elsewhere: longer
      while more than 16 phases run in the worker, so that it sends at most 16 heartbeats a second, and at most a third
      of the heartbeat timeout. Whatever the interval, a phase sends at most 2.5 MB a second. When an attempt ends, it
      sends everything first. On Temporal Cloud each heartbeat is billed as an Action: an agent that works for 32 s, in
      20 turns of a model call and two tools, sends 33 at 1 s (0.0016 USD at 50 USD a million), 65 at 20 ms, and 8 at
      5 s. The progress of a phase counts them as `beats`. The interval also holds for other activities of the worker.
      What a phase streams to clients (`follow`) travels in heartbeats, and arrives once in this interval.

    What it sets:

    | on | setting | value |
    |---|---|---|
    | client, replayer | payload converter | pydantic's, in place of the default one; the rest of the converter stays |
    | worker | heartbeat throttle intervals | `interval`, or its default |
    | worker | `sticky_queue_schedule_to_start_timeout` | at most 2 s |
    | worker | `build_id` | see above |
    | worker with workflows | activities | one more, `durable_standing`, which `finish_or_pause` calls |
    | worker with RunGraph | activities | one more, `durable_check`, which checks the input of a run |

    `ValueError` is raised when the client, worker or replayer is made, for a payload converter that cannot encode
    pydantic models, for a worker that sets other heartbeat throttle intervals than that, and for a worker with two
    graphs of one name.

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

    def __init__(self, build_id: str | None = None, *, interval: timedelta | None = None) -> None:
        if interval is not None and not isinstance(cast("object", interval), timedelta):
            raise TypeError(f"The interval between heartbeats is a timedelta, not {interval!r}.")
        if interval is not None and interval < MIN_HEARTBEAT_INTERVAL:
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
        pace = self._pace_of(client)
        refuse_other_throttles(config, pace.interval)
        config["max_heartbeat_throttle_interval"] = pace.interval
        config["default_heartbeat_throttle_interval"] = pace.interval
        sticky = config.get("sticky_queue_schedule_to_start_timeout", MAX_STICKY_QUEUE_TIMEOUT)
        config["sticky_queue_schedule_to_start_timeout"] = min(sticky, MAX_STICKY_QUEUE_TIMEOUT)
        if not config.get("deployment_config"):  # it contains a build id, and the SDK refuses two
            config["build_id"] = config.get("build_id") or self._build_id or self._default_build_id(config)
        self._add_activities(config)
        config["interceptors"] = [*config.get("interceptors", []), _PaceInterceptor(pace)]
        return config

    def _pace_of(self, client: Client | None) -> Pace:
        if self._interval is not None:
            return Pace(self._interval)
        return default_pace(client.service_client.config.target_host if client else None)

    def _default_build_id(self, config: WorkerConfig) -> str | None:
        """Return a derived build id, but None for worker versioning, whose build id the SDK requires from the user."""
        return None if config.get("use_worker_versioning") else derive_build_id()

    def _add_activities(self, config: WorkerConfig) -> None:
        activities: list[Callable[..., Any]] = [*config.get("activities", [])]
        graphs, workflows = graphs_of(activities), config.get("workflows") or []
        if not workflows or read_running_checkpoint in activities:
            return
        # A worker with workflows only must not begin to poll for activities, because it has none of the queue's.
        config["no_remote_activities"] = config.get("no_remote_activities", False) or not activities
        added = [check_activity(graphs)] if RunGraph in workflows else []
        config["activities"] = [*activities, read_running_checkpoint, *added]

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


def refuse_other_throttles(config: WorkerConfig, interval: timedelta) -> None:
    for name in THROTTLE_SETTINGS:
        setting = config.get(name, interval)
        if setting not in (interval, SDK_THROTTLE_DEFAULTS[name]):
            raise ValueError(
                f"This worker sets {name} to {setting!r}, and DurablePlugin sets it to {interval!r}. Remove it from "
                "the worker, and choose the interval with DurablePlugin(interval=...)."
            )


def set_pace(pace: Pace) -> None:
    """Let the phases that run in this context send their heartbeats at this pace, as on a worker with the plugin."""
    _pace.set(pace)


def require_plugin() -> Pace:
    """Return the pace of this worker's heartbeats; raise `ApplicationError` if the worker does not have the plugin."""
    if (pace := _pace.get()) is None:
        raise ApplicationError(
            "This worker lacks the settings that durable phases need. Connect its client with the plugin: "
            "Client.connect(..., plugins=[DurablePlugin()]).",
            type="MissingPlugin",
            non_retryable=True,
        )
    return pace


class _PaceInterceptor(Interceptor):
    """Passes the worker's pace to phases, so that they know that it has the plugin; the SDK does not show it."""

    def __init__(self, pace: Pace) -> None:
        self._pace = pace

    def intercept_activity(self, next: ActivityInboundInterceptor) -> ActivityInboundInterceptor:  # noqa: A002 - Temporal's name
        pace = self._pace

        class PaceSetter(ActivityInboundInterceptor):
            async def execute_activity(self, input: ExecuteActivityInput) -> Any:  # noqa: A002 - Temporal's name
                _pace.set(pace)
                return await super().execute_activity(input)

        return PaceSetter(next)
