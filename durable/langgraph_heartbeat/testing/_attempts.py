"""One attempt at a phase in this process: its real activity in Temporal's ActivityEnvironment, without a server."""

import asyncio
import dataclasses
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment

from langgraph_heartbeat._plugin import set_pace
from langgraph_heartbeat._publishing.pace import Pace

from ._call_watch import CallWatch
from ._kill_points import RESULT, KillPlan
from ._world import World

HEARTBEAT_TIMEOUT = timedelta(minutes=10)
"""Longer than any attempt in a test, so that nothing depends on the time."""
AT_ONCE = timedelta(0)
RARELY = timedelta(seconds=1)
Details = Sequence[Any]
"""What a heartbeat carries: the progress and the checkpoint."""
Activity = Callable[..., Awaitable[Any]]


class AtOncePace(Pace):
    """Sends each checkpoint at once."""

    def seconds_after(self, size_bytes: int, heartbeat_timeout: timedelta | None = None) -> float:
        del size_bytes, heartbeat_timeout
        return 0.0


def pace_of(*, at_once: bool) -> Pace:
    """Return a pace. A kill sends everything first, so that the heartbeats before it only take time.

    They are needed for checkpoints that are sent in two parts: one that has been put into a store is sent later.
    """
    return AtOncePace(AT_ONCE) if at_once else Pace(RARELY)


@dataclass(frozen=True)
class Ended:
    """How an attempt ended: with an outcome, with a failure, or dead; `details` are those of its last heartbeat."""

    details: Details
    outcome: Any = None
    failure: ApplicationError | None = None
    is_dead: bool = False


class AttemptServer:
    """As much of a client as an attempt asks for: nobody has taken it over, and nobody has paused or reset it."""

    data_converter = pydantic_data_converter

    def __init__(self, receive: Callable[..., None]) -> None:
        self._receive = receive

    def get_async_activity_handle(self, **_: Any) -> "AttemptServer":
        return self

    def get_workflow_handle(self, *_: Any, **__: Any) -> "AttemptServer":
        return self

    async def heartbeat(self, *details: Any, **_: Any) -> None:
        self._receive(*details)

    async def describe(self, **_: Any) -> Any:
        return SimpleNamespace(raw_description=SimpleNamespace(pending_activities=()))


class RunningAttempt:
    """One attempt: `activity_number` counts the phase's activities (each pause begins a new one), `number` attempts."""

    def __init__(
        self,
        world: World,
        plan: KillPlan,
        details: Details,
        *,
        activity_number: int,
        number: int,
        heartbeats_at_once: bool,
    ) -> None:
        self._details: Details = details
        self._pace = pace_of(at_once=heartbeats_at_once)
        self._plan = plan
        self._loop = asyncio.get_running_loop()
        self._died = asyncio.Event()
        self._watch = CallWatch(world, plan, self._die, activity_number)
        self._world, self._activity_number = world, activity_number
        environment = ActivityEnvironment(client=AttemptServer(self._receive))  # pyright: ignore[reportArgumentType]
        environment.payload_converter = pydantic_data_converter.payload_converter
        environment.on_heartbeat = self._receive
        environment.info = dataclasses.replace(
            environment.info,
            activity_id=str(activity_number),
            activity_type="crashes",
            attempt=number,
            heartbeat_details=details,
            heartbeat_timeout=HEARTBEAT_TIMEOUT,
            workflow_id="crashes",
        )
        self._environment = environment

    async def run(self, activity: Activity, arguments: Sequence[Any]) -> Ended:
        """Run the attempt until it ends or is killed. Raises what is no failure of a phase."""

        async def start() -> Any:
            set_pace(self._pace)
            self._watch.activate()
            return await activity(*arguments)

        running = asyncio.ensure_future(self._environment.run(start))
        dying = asyncio.ensure_future(self._died.wait())
        try:
            await asyncio.wait([running, dying], return_when=asyncio.FIRST_COMPLETED)
            if self._watch.is_dead:
                return Ended(as_received(self._details), is_dead=True)
            try:
                outcome = running.result()
                self._world.begin_step(self._activity_number, RESULT)
                is_dead = self._plan.is_at_step(self._activity_number, RESULT)
                return Ended(as_received(self._details), outcome, is_dead=is_dead)
            except ApplicationError as failure:
                return Ended(as_received(self._details), failure=failure)
        finally:
            dying.cancel()
            running.cancel()
            with suppress(BaseException):  # what a dead process still says, nobody hears
                await running

    def _receive(self, *details: Any) -> None:
        """Take a heartbeat, as a server does; the last one of a dead process has been taken."""
        if self._watch.is_dead:
            return
        self._details = details

    def _die(self) -> None:
        self._loop.call_soon_threadsafe(self._died.set)


def as_received(details: Details) -> Details:
    """Return heartbeat details as the next attempt gets them: encoded and decoded."""
    converter = pydantic_data_converter.payload_converter
    return converter.from_payloads(converter.to_payloads(details))
