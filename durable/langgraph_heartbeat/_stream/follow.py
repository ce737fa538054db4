"""Read the stream of a phase in a client: `follow`.

A client reads the newest heartbeat of an activity, which carries the newest events. For an activity without a workflow,
the server answers as soon as there is a new one. For the activities of a workflow it tells nobody: they are read again
and again, soon after there was something new, and less often while there is nothing.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from typing import Any

from temporalio.api.enums.v1 import ActivityExecutionStatus
from temporalio.api.workflow.v1 import PendingActivityInfo
from temporalio.api.workflowservice.v1 import DescribeActivityExecutionRequest
from temporalio.client import ActivityHandle, Client, WorkflowHandle
from temporalio.converter import ActivitySerializationContext, DataConverter
from temporalio.service import RPCError, RPCStatusCode

from .events import Reader, StreamEvent
from .tail import STREAM, snapshot_in

SHORTEST_PAUSE = timedelta(milliseconds=20)
LONGEST_PAUSE = timedelta(milliseconds=50)
"""Between two questions about the activities of a workflow. A phase that ends waits longer (`_phase_run.py`)."""
MAX_SHARE = 0.5
"""Of the time in which a client waits for an answer, at most, if answers are large or the server is slow."""
RETRY_PAUSE = timedelta(seconds=1)
AWAY = frozenset(
    {
        RPCStatusCode.UNAVAILABLE,
        RPCStatusCode.DEADLINE_EXCEEDED,
        RPCStatusCode.RESOURCE_EXHAUSTED,
        RPCStatusCode.CANCELLED,
    }
)
"""The server cannot be asked now, or the connection to it was cut."""


def follow(
    handle: ActivityHandle[Any] | WorkflowHandle[Any, Any],
    *,
    activity_id: str | None = None,
    activity_type: str | None = None,
) -> AsyncIterator[StreamEvent]:
    """Iterate over what a phase streams while it runs: `async for event in follow(handle):`.

    `handle` is that of an activity, or of a workflow, whose phases are all followed: or the one with this
    `activity_id`, or those of this `activity_type`. The phases were made with `phase_activity(..., stream=("messages",
    ...))`. Iteration ends when the activity, or the workflow, has ended. It raises nothing if that has failed: its
    result does, `await handle.result()`. Several clients may follow the same phase.

    After a crash, a task streams again what it had streamed. These repeats are dropped. Where a repeated task streams
    something else, an event of the mode "restarted" says what to discard. Where events are missing, an event of the
    mode "lost" says so (see `StreamEvent`).

    An event reaches a client within about 40 ms if the worker's server is on the same machine. Elsewhere a worker sends
    at most one heartbeat a second, with all events since the last one: `DurablePlugin(interval=...)` chooses otherwise.
    So that clients read the last events, a phase that streams ends 0.05 s later than otherwise, in a workflow 0.35 s.

    Raises `ValueError` for a phase that was made without `stream=...`, and `RPCError` if there is no such activity or
    workflow. A server that is away is asked again until it answers.

    ```python
    import asyncio
    from datetime import timedelta
    from typing import Any

    from langchain_core.language_models import FakeListChatModel
    from langgraph.graph import START, MessagesState, StateGraph
    from langgraph_heartbeat import CallJournal, DurablePlugin, follow, phase_activity
    from pydantic import BaseModel
    from temporalio.client import Client
    from temporalio.worker import Worker

    model = FakeListChatModel(responses=["Ice is less dense than water."], cache=CallJournal())


    class Conversation(BaseModel):
        messages: list[Any]


    async def answer(state: MessagesState) -> dict[str, Any]:
        return {"messages": [await model.ainvoke(state["messages"])]}


    builder = StateGraph(MessagesState).add_node(answer).add_edge(START, "answer")
    talk = phase_activity("talk", Conversation, Conversation, builder, stream=("messages",))


    async def main() -> None:
        client = await Client.connect("localhost:7233", plugins=[DurablePlugin()])
        async with Worker(client, task_queue="talks", activities=[talk]):
            handle = await client.start_activity(
                talk,
                Conversation(messages=[("user", "Why does ice float?")]),
                id="talk",
                task_queue="talks",
                start_to_close_timeout=timedelta(hours=2),
                heartbeat_timeout=timedelta(seconds=15),
            )
            text = ""
            async for event in follow(handle):
                if event.mode == "messages":
                    chunk, metadata = event.data
                    text += chunk.text
            assert text == "Ice is less dense than water."


    asyncio.run(main())
    ```
    """
    if isinstance(handle, WorkflowHandle):
        return follow_workflow(handle, activity_id, activity_type)
    if activity_id or activity_type:
        raise ValueError("An activity_id or activity_type chooses among the phases of a workflow; this is an activity.")
    return follow_activity(handle)


async def follow_activity(handle: ActivityHandle[Any]) -> AsyncIterator[StreamEvent]:
    client = client_of(handle)
    converter = client.data_converter.with_context(
        ActivitySerializationContext(
            namespace=client.namespace,
            activity_id=handle.id,
            activity_type=None,
            activity_task_queue=None,
            workflow_id=None,
            workflow_type=None,
            is_local=False,
        )
    )
    request = DescribeActivityExecutionRequest(
        namespace=client.namespace,
        activity_id=handle.id,
        run_id=handle.run_id or "",
        include_heartbeat_details=True,
    )
    reader, pause = Reader(handle.id), Pause()
    while True:
        began = time.monotonic()
        try:
            described = await client.workflow_service.describe_activity_execution(request, retry=True)
        except RPCError as error:
            await wait_if_away(error)
            continue
        if described.run_id:  # otherwise nothing has changed for as long as the server lets a question wait
            for event in await read(reader, described.info.heartbeat_details.payloads, converter, handle.id):
                yield event
            if described.info.status != ActivityExecutionStatus.ACTIVITY_EXECUTION_STATUS_RUNNING:
                break
            request.run_id, request.long_poll_token = described.run_id, described.long_poll_token
        if not request.long_poll_token:  # an older server
            await pause.after(time.monotonic() - began, found=False)
    for event in reader.end():
        yield event


async def follow_workflow(
    handle: WorkflowHandle[Any, Any], activity_id: str | None, activity_type: str | None
) -> AsyncIterator[StreamEvent]:
    converter = client_of(handle).data_converter
    running = dict[str, tuple[Reader, bytes]]()
    """The readers of the phases that run, with the heartbeat that they have read."""
    has_ended, pause = False, Pause()
    while not has_ended:
        began, found = time.monotonic(), False
        try:
            described = await handle.describe()
        except RPCError as error:
            await wait_if_away(error)
            continue
        has_ended = described.close_time is not None
        pending = dict[str, PendingActivityInfo]()
        for each in described.raw_description.pending_activities:
            chosen = activity_id in (None, each.activity_id) and activity_type in (None, each.activity_type.name)
            # The id of an activity is its own in one run of its workflow.
            pending |= {f"{described.run_id}/{each.activity_id}": each} if chosen else {}
        for key in [key for key in running if key not in pending]:
            for event in running.pop(key)[0].end():
                yield event
            has_ended = has_ended or activity_id is not None
        for key, each in pending.items():
            reader, known = running.setdefault(key, (Reader(each.activity_id), b""))
            newest = each.last_heartbeat_time.SerializeToString() + bytes([each.attempt % 256])
            if newest != known:
                running[key], found = (reader, newest), True
                details = each.heartbeat_details.payloads
                strict = each.activity_id if activity_id or activity_type else ""
                for event in await read(reader, details, converter, strict):
                    yield event
        if not has_ended:
            await pause.after(time.monotonic() - began, found=found)


class Pause:
    """How long a client waits between two questions: it starts short, and grows while there is nothing new."""

    def __init__(self) -> None:
        self._seconds = SHORTEST_PAUSE.total_seconds()

    async def after(self, asking_seconds: float, *, found: bool) -> None:
        longest = LONGEST_PAUSE.total_seconds()
        self._seconds = SHORTEST_PAUSE.total_seconds() if found else min(self._seconds * 1.5, longest)
        await asyncio.sleep(max(self._seconds, asking_seconds * (1 / MAX_SHARE - 1)))


async def read(reader: Reader, payloads: Sequence[Any], converter: DataConverter, phase: str) -> list[StreamEvent]:
    """Return what is new in heartbeat details; raise `ValueError` if `phase` is one that streams nothing."""
    if not payloads:
        return []
    progress: object = (await converter.decode(payloads[:1]))[0]
    if (tail := snapshot_in(progress)) is not None:
        return list(reader.read(tail))
    if phase and not (isinstance(progress, dict) and STREAM in progress):
        raise ValueError(
            f"The activity {phase} streams nothing, so that it cannot be followed. Name what it streams where it is "
            'made, phase_activity(..., stream=("messages", "custom")), and use the same release in its worker and here.'
        )
    return []


async def wait_if_away(error: RPCError) -> None:
    if error.status not in AWAY:
        raise error
    await asyncio.sleep(RETRY_PAUSE.total_seconds())


def client_of(handle: Any) -> Client:
    """Return the client of a handle, which Temporal's SDK does not expose."""
    return handle._client  # noqa: SLF001
