"""The heartbeats of one attempt: `(progress, checkpoint)`.

`progress` is a small dict that people read in the Temporal UI; `checkpoint` is what a later attempt resumes from. If
the phase streams, its newest events are under the key "stream" of the progress.
"""

import asyncio
import math
import time
from collections import Counter
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from typing import Any, cast

from temporalio import activity
from temporalio.client import AsyncActivityCancelledError, AsyncActivityHandle
from temporalio.exceptions import ApplicationError
from temporalio.service import RPCError, RPCStatusCode

from ._call_log.doing import Doing
from ._call_log.phase_summary import PhaseSummary
from ._spending import Spent
from ._stream.tail import STREAM, StreamTail

FENCE_RETRY_SECONDS = 0.5
DELIVERY_SECONDS = 0.05
"""How long a heartbeat may be under way, at most, while the server answers."""


class Heartbeats:
    """Sends all heartbeats of an attempt; no other code may, because details without a checkpoint would erase it."""

    def __init__(self, phase: str, *, streams: bool = False) -> None:
        details = activity.info().heartbeat_details
        self.restored: bytes = details[1] if len(details) == 2 and isinstance(details[1], bytes) else b""
        progress = details[0] if details else None
        self.restored_progress = cast("dict[str, Any]", progress) if isinstance(progress, dict) else {}
        """The progress of the attempt before, which tells what that one has spent."""
        self.progress = AttemptProgress(phase, activity.info().attempt, Spent.in_progress(self.restored_progress))
        self.progress.continue_counts(self.restored_progress)
        self._checkpoint = self.restored
        self._timeout = (activity.info().heartbeat_timeout or timedelta(minutes=1)).total_seconds()
        self._alive = self._sent = time.monotonic()
        self._beat = -math.inf
        self._may_be_taken_over = False
        self.stream = StreamTail.after(self.restored_progress, activity.info().attempt) if streams else None
        """The streamed events that heartbeats carry; None if the phase streams nothing."""
        self.by_id: AsyncActivityHandle | None = None
        """Set when the server refuses the token of this attempt, because an operator has reset it."""

    @property
    def newest_checkpoint(self) -> bytes:
        """The checkpoint that heartbeats carry now."""
        return self._checkpoint

    @property
    def size_bytes(self) -> int:
        """The size of what a heartbeat carries now, apart from the progress."""
        return len(self._checkpoint) + (self.stream.size_bytes if self.stream else 0)

    @property
    def seconds_since_beat(self) -> float:
        """How long ago the SDK was given a heartbeat, after which it holds the next one back for its interval."""
        return time.monotonic() - self._beat

    def beat(self) -> None:
        if self.by_id is None:
            activity.heartbeat(*self._details())
            self._beat = time.monotonic()

    async def beat_by_id(self) -> None:
        """Send the newest heartbeat by the activity's id, if the server refuses the token of this attempt."""
        if self.by_id is not None:
            with suppress(AsyncActivityCancelledError):  # it repeats that the activity was reset
                await self.by_id.heartbeat(*self._details())

    def _details(self) -> tuple[Mapping[str, Any], bytes]:
        """Count a heartbeat and return what it carries."""
        self._sent = time.monotonic()
        self.progress.count_beat(self.size_bytes)
        progress = self.progress.as_dict()
        return ({**progress, STREAM: self.stream.as_dict()} if self.stream else progress), self._checkpoint

    def checkpoint(self, checkpoint: bytes) -> None:
        self._checkpoint = checkpoint
        self.beat()

    async def fence(self) -> bool:
        """Ask the server whether this attempt is still valid, before its first call; return False without an answer.

        A worker that was frozen may continue an attempt that another worker has taken over; then this raises
        `ApplicationError`. An ordinary heartbeat is not acknowledged; this one is.
        """
        handle = activity.client().get_async_activity_handle(task_token=activity.info().task_token)
        try:
            await handle.heartbeat(*self._details())
        except AsyncActivityCancelledError:
            pass  # the next heartbeat reports it to the SDK, which then cancels this attempt in its own way
        except RPCError as error:
            if error.status is RPCStatusCode.NOT_FOUND:
                raise ApplicationError("This attempt has been taken over by another.", type="Fenced") from error
            return False
        return True

    async def send_last(self) -> None:
        """Let the server have the newest heartbeat as the last one of the attempt, if it answers now.

        An earlier one that the SDK has just sent may arrive after one that is sent here: so this sends another one.
        """
        self.beat()  # in place of one that the SDK may hold back, and would send later
        with suppress(ApplicationError):  # the server refuses the outcome too
            await self.fence()
            await asyncio.sleep(DELIVERY_SECONDS)
            await self.fence()

    async def acknowledged(self) -> None:
        """Return once the server has acknowledged a heartbeat with the newest checkpoint."""
        acknowledged = await self.fence()
        while not acknowledged:
            await asyncio.sleep(FENCE_RETRY_SECONDS)
            acknowledged = await self.fence()

    async def guard(self) -> None:
        """Ask the server before a call or a step if no heartbeat was sent for as long as the heartbeat timeout.

        A process that was frozen continues in the middle of its attempt, and may first have to connect again: so the
        question is repeated until the server answers.
        """
        while self.is_in_doubt():
            if await self.fence():
                self._may_be_taken_over = False
            else:
                await asyncio.sleep(FENCE_RETRY_SECONDS)

    def is_in_doubt(self) -> bool:
        """Return whether another attempt may have replaced this one: no heartbeat was sent for long enough."""
        self._check_silence()
        return self._may_be_taken_over

    def _check_silence(self) -> None:
        now = time.monotonic()
        self._may_be_taken_over = self._may_be_taken_over or now - self._alive >= self._timeout
        self._alive = now

    async def repeat(self, seconds: float) -> None:
        """Send a heartbeat whenever none was sent for so many seconds.

        This is on the event loop, on purpose: a node that blocks the loop must not look alive for ever.
        """
        while True:
            await asyncio.sleep(self._sent + seconds - time.monotonic())
            self._check_silence()
            if time.monotonic() - self._sent >= seconds:
                self.beat()
                with suppress(RPCError):  # the next one may arrive
                    await self.beat_by_id()


class AttemptProgress:
    """The progress of an attempt, by the names of the graph's nodes."""

    def __init__(self, phase: str, attempt: int, spent: Spent | None = None) -> None:
        self._phase = phase
        self._attempt = attempt
        self._running: Counter[str] = Counter()
        self._finished: Counter[str] = Counter()
        self._last = "started"
        self.step = 0
        self.spent: Callable[[], Spent] = lambda: spent or Spent()
        """Returns what the phase has spent by now, over all its attempts."""
        self.fruitless = 0
        """Number of attempts in a row that made no progress."""
        self.beats = 0
        """Number of heartbeats, of all attempts. If the server is slow, some are replaced by newer ones on the way."""
        self.checkpoint_bytes = 0
        """What they carried, of all attempts."""
        self.unremembered: Callable[[], Mapping[str, int]] = dict
        """Returns how many answers of models a crash would cost again by now, by model, node and reason."""
        self.doing = Doing()
        self.retries: Callable[[], int] = int
        """Returns how many calls were made once more because they had failed."""
        self.summary: Callable[[], PhaseSummary | None] = lambda: None
        """Returns what the phase has done, if its caller wants to know."""
        self.metrics: Mapping[str, Any] = {}
        """The graph's own figures, read from its state."""

    def continue_counts(self, earlier: Mapping[str, Any]) -> None:
        """Continue the counts of heartbeats where the progress of the attempt before had them."""
        if isinstance(fruitless := earlier.get("without progress"), int):
            self.fruitless = fruitless
        beats, kib = earlier.get("beats"), earlier.get("kib")
        if isinstance(beats, int) and isinstance(kib, int):
            self.beats, self.checkpoint_bytes = self.beats + beats, self.checkpoint_bytes + kib * 1024

    def count_beat(self, checkpoint_bytes: int) -> None:
        self.beats += 1
        self.checkpoint_bytes += checkpoint_bytes

    def graph_started(self) -> None:
        self._running.clear()
        self.doing.clear()

    def task_started(self, task: str, node: str) -> None:
        self._running[node] += 1
        self.doing.task_started(task, node)

    def task_finished(self, task: str, node: str, *, failed: bool) -> None:
        self.doing.task_finished(task)
        self._running[node] -= 1
        self._finished[node] += 1
        self._last = f"{node} failed" if failed else f"{node} finished"

    def record_event(self, event: str) -> None:
        self._last = "".join(character if character.isprintable() else "?" for character in event)

    @property
    def running(self) -> list[str]:
        return sorted(+self._running)

    def as_dict(self) -> Mapping[str, Any]:
        return {
            **self.metrics,
            "phase": self._phase,
            "attempt": self._attempt,
            "step": self.step,
            "finished": dict(self._finished),
            "running": dict(+self._running),
            **self.spent().as_progress(),
            "beats": self.beats,
            "kib": self.checkpoint_bytes // 1024,
            "last": self._last,
            **({"doing": doing} if (doing := self.doing.lines()) else {}),
            **({"retries": retries} if (retries := self.retries()) else {}),
            **({"without progress": self.fruitless} if self.fruitless else {}),
            **({"not remembered": unremembered} if (unremembered := self.unremembered()) else {}),
        }


@asynccontextmanager
async def heartbeats(phase: str) -> AsyncGenerator[None]:
    """Send a phase's heartbeats from an activity without a graph: `async with heartbeats("name"):` around its work.

    They are sent from the event loop, at the beginning and after each third of the heartbeat timeout. They carry the
    progress that phases show in Temporal's UI, and no checkpoint: a later attempt starts from the beginning. Code that
    blocks the event loop stops them. Raises `ApplicationError`, of type "BadRequest" and not retryable, if the activity
    has no heartbeat timeout.

    ```python
    import asyncio
    from datetime import timedelta

    from langgraph_heartbeat import heartbeats
    from temporalio import activity
    from temporalio.client import Client
    from temporalio.worker import Worker


    @activity.defn
    async def publish(report: str) -> int:
        async with heartbeats("publish"):
            await asyncio.sleep(0.1)  # stands for a slow upload
            return len(report)


    async def main() -> None:
        client = await Client.connect("localhost:7233")
        async with Worker(client, task_queue="reports", activities=[publish]):
            characters = await client.execute_activity(
                publish,
                "It floats.",
                id="publish",
                task_queue="reports",
                start_to_close_timeout=timedelta(hours=1),
                heartbeat_timeout=timedelta(seconds=15),
            )
        assert characters == 10


    asyncio.run(main())
    ```
    """
    async with start_heartbeats(phase):
        yield


@asynccontextmanager
async def start_heartbeats(phase: str, *, streams: bool = False) -> AsyncGenerator[Heartbeats]:
    """Send heartbeats from the beginning of an attempt to its end, with the events of its stream if it `streams`."""
    timeout = activity.info().heartbeat_timeout
    if not timeout:
        message = f"The phase {phase} needs a heartbeat timeout: without it a dead worker is noticed too late."
        raise ApplicationError(message, type="BadRequest", non_retryable=True)
    beats = Heartbeats(phase, streams=streams)
    beats.beat()
    repeating = asyncio.create_task(beats.repeat(timeout.total_seconds() / 3))
    try:
        yield beats
    finally:
        repeating.cancel()
        with suppress(asyncio.CancelledError):
            await repeating


def own_origin() -> str:
    """Return a text that no other activity has, in this run of its workflow or another; its attempts share it."""
    info = activity.info()
    return f"{info.workflow_id}/{info.workflow_run_id}/{info.activity_id}/{info.activity_run_id}"


def own_thread() -> str:
    """Return a thread that no other phase has: nodes may keep what belongs to a conversation under its id."""
    info = activity.info()
    return f"{info.workflow_id}/{info.activity_id}" if info.workflow_id else info.activity_id
