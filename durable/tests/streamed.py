"""Phases that stream, run in this process for tests: what each heartbeat carries, and what a client makes of events."""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import replace
from datetime import timedelta
from typing import Any

from langchain_core.messages import BaseMessage
from langgraph_heartbeat import _plugin
from langgraph_heartbeat._publishing.pace import Pace
from langgraph_heartbeat._stream.events import Reader, StreamEvent
from langgraph_heartbeat._stream.tail import snapshot_in
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.testing import ActivityEnvironment

from .streaming_worker import until_sent

Details = tuple[Any, ...]


class Unpaced(Pace):
    """Lets a phase send each change at once."""

    def seconds_after(self, size_bytes: int, heartbeat_timeout: timedelta | None = None) -> float:
        return 0.0


class Server:
    """The server of one attempt: it keeps each heartbeat as it would send it to a client."""

    data_converter = pydantic_data_converter

    def __init__(self) -> None:
        self.beats: list[Details] = []
        self._kept = asyncio.Event()

    async def until_said(self, text: str) -> None:
        """Wait until the heartbeats have all words of a text that a model is saying."""
        while text not in said_in(self.beats):
            self._kept.clear()
            await self._kept.wait()

    def get_async_activity_handle(self, *, task_token: bytes) -> "Server":
        assert task_token
        return self

    async def heartbeat(self, *details: Any) -> None:
        self.keep(*details)

    def keep(self, *details: Any) -> None:
        converter = self.data_converter.payload_converter
        self.beats.append(tuple(converter.from_payloads(converter.to_payloads(details))))
        self._kept.set()


async def attempted(
    run: Callable[..., Awaitable[Any]], request: Any, before: Details = (), number: int = 1, *, slowly: bool = False
) -> tuple[list[Details], Any]:
    """Run an attempt that begins with the heartbeat `before`; return its heartbeats and its outcome.

    With `slowly`, models wait after each word until a heartbeat has it.
    """
    server = Server()
    environment = ActivityEnvironment(client=server)  # pyright: ignore[reportArgumentType] - as much of one as is used
    environment.on_heartbeat = server.keep
    environment.info = replace(
        environment.info,
        workflow_id=None,
        activity_run_id="run",
        heartbeat_timeout=timedelta(seconds=30),
        heartbeat_details=list(before),
        attempt=number,
    )

    async def paced() -> Any:
        _plugin._pace.set(Unpaced(timedelta(0)))
        until_sent.set(server.until_said if slowly else None)
        return await run(request)

    return server.beats, await environment.run(paced)


def read_all(reader: Reader, beats: Iterable[Details]) -> list[StreamEvent]:
    events = list[StreamEvent]()
    for progress, *_ in beats:
        if tail := snapshot_in(progress):
            events += reader.read(tail)
    return events


def said_in(beats: Iterable[Details]) -> set[str]:
    """Return what each message says that was streamed until now."""
    texts = defaultdict[tuple[str, str | None], str](str)
    for event in read_all(Reader("phase"), beats):
        if event.mode == "messages":
            texts[event.task, event.data[0].id] += event.data[0].text
    return set(texts.values())


class Screen:
    """A client that shows what each task has streamed, and discards what it is told to."""

    def __init__(self) -> None:
        self.tasks: defaultdict[str, list[StreamEvent]] = defaultdict(list)
        self.restarted = 0
        self.lost: list[int | None] = []

    def show(self, events: Iterable[StreamEvent]) -> "Screen":
        for event in events:
            if event.mode == "lost":
                self.lost.append(event.data)
            elif event.mode != "restarted":
                self.tasks[event.task].append(event)
            else:
                self.restarted += 1
                self._discard(event)
        return self

    def _discard(self, restarted: StreamEvent) -> None:
        for task, shown in list(self.tasks.items()):
            if task == restarted.task or (not restarted.task and shown[0].step >= restarted.step):
                del self.tasks[task]

    def texts(self) -> dict[tuple[int, str], list[list[Any]]]:
        """Return what is shown, by the step and the node; tasks of equal nodes in the order of what they show."""
        shown = defaultdict[tuple[int, str], list[list[Any]]](list)
        for events in self.tasks.values():
            first = events[0]
            shown[first.step, "/".join([*(each.partition(":")[0] for each in first.namespace), first.node])].append(
                [[each.mode, plainly(each.data)] for each in events]
            )
        return {place: sorted(tasks, key=repr) for place, tasks in shown.items()}

    def ids_of_messages(self) -> list[set[str | None]]:
        """Return the ids of the message chunks of each task."""
        ids = [{each.data[0].id for each in events if each.mode == "messages"} for events in self.tasks.values()]
        return [each for each in ids if each]


def plainly(data: Any) -> Any:
    """Return data without what differs from attempt to attempt: the ids of messages and of tasks, and metadata."""
    if isinstance(data, BaseMessage):
        return data.text
    if isinstance(data, list | tuple):
        return [plainly(each) for each in data]
    if isinstance(data, dict):
        return {key: plainly(each) for key, each in data.items() if key not in ("id", "metadata", "langgraph_step")}
    return data
