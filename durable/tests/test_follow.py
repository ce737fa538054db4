"""A client follows phases on a real server: alone, in a workflow, after a kill, slowly, late."""

import asyncio
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any, TypedDict
from uuid import uuid4

import pytest
from langgraph.graph import START, StateGraph
from langgraph.types import StreamWriter
from langgraph_heartbeat import StreamEvent, follow, phase_activity
from langgraph_heartbeat._stream.tail import MAX_EVENTS
from pydantic import BaseModel
from temporalio.client import ActivityFailureError, ActivityHandle, Client, WorkflowHandle
from temporalio.service import RPCError
from temporalio.worker import Worker

from . import streaming_worker
from .phases import Outcome, phase_worker, start
from .streamed import Screen
from .two_phases import LIMITS, TwoPhases


class Request(BaseModel):
    events: int = 3
    fails: bool = False


class State(TypedDict, total=False):
    events: int
    fails: bool
    out: str


async def talk(state: State, writer: StreamWriter) -> dict[str, Any]:
    for number in range(state["events"]):
        writer(number)
        await asyncio.sleep(0)
    if state["fails"]:
        raise ValueError("as asked")
    return {"out": "said"}


def talking() -> StateGraph[Any, Any, Any, Any]:
    return StateGraph(State).add_node(talk).add_edge(START, "talk")


def talker(client: Client, queue: str, **options: Any) -> Worker:
    return phase_worker(client, queue, talking(), Request, stream=("custom",), **options)


async def collected(events: AsyncIterator[StreamEvent]) -> list[StreamEvent]:
    async with asyncio.timeout(60):
        return [each async for each in events]


def said(events: list[StreamEvent]) -> list[Any]:
    return [each.data if each.mode == "custom" else (each.mode, each.data) for each in events]


async def test_the_last_events_are_there_when_the_activity_ends(client: Client) -> None:
    queue = str(uuid4())
    async with talker(client, queue):
        handle = await start(client, queue, Request())
        assert said(await collected(follow(handle))) == [0, 1, 2]
        assert (await handle.result()).out == "said"


async def test_a_client_that_comes_after_the_end_still_reads_them(client: Client) -> None:
    queue = str(uuid4())
    async with talker(client, queue):
        handle = await start(client, queue, Request(events=MAX_EVENTS + 5))
        await handle.result()
        by_id: ActivityHandle[Any] = client.get_activity_handle(handle.id)
        events = await collected(follow(by_id))
    assert said(events)[0][0] == "lost"
    assert said(events)[-1] == MAX_EVENTS + 4
    assert len(events) - 1 + events[0].data == MAX_EVENTS + 5


async def test_several_clients_follow_the_same_phase(client: Client) -> None:
    queue = str(uuid4())
    async with talker(client, queue):
        handle = await start(client, queue, Request())
        one, other = await asyncio.gather(collected(follow(handle)), collected(follow(handle)))
    assert said(one) == said(other) == [0, 1, 2]


async def test_a_phase_that_fails_streams_until_then_and_its_result_raises(client: Client) -> None:
    queue = str(uuid4())
    async with talker(client, queue):
        handle = await start(client, queue, Request(fails=True))
        events = await collected(follow(handle))
        with pytest.raises(ActivityFailureError):
            await handle.result()
    assert {each.mode for each in events} == {"custom"}
    assert said(events) == [0, 1, 2]
    assert {each.attempt for each in events} == {1}


async def test_a_phase_that_is_terminated_has_said_no_last_word(client: Client) -> None:
    queue = str(uuid4())
    begun = asyncio.Event()

    async def hang(state: State, writer: StreamWriter) -> dict[str, Any]:
        writer("begun")
        begun.set()
        await asyncio.Event().wait()
        return {}

    builder = StateGraph(State).add_node(hang).add_edge(START, "hang")
    async with phase_worker(client, queue, builder, Request, stream=("custom",), grace_seconds=0):
        handle = await start(client, queue, Request())
        events = follow(handle)
        first = await anext(events)
        assert first.data == "begun"
        await handle.terminate()
        assert said(await collected(events)) == [("lost", None)]


async def test_a_phase_without_stream_cannot_be_followed(client: Client) -> None:
    queue = str(uuid4())
    async with phase_worker(client, queue, talking(), Request):
        handle = await start(client, queue, Request())
        await handle.result()
        with pytest.raises(ValueError, match=r"streams nothing.*phase_activity"):
            await collected(follow(handle))
    with pytest.raises(ValueError, match="chooses among the phases of a workflow"):
        follow(handle, activity_type="phase")
    with pytest.raises(RPCError, match="not found"):
        await collected(follow(client.get_activity_handle(str(uuid4()))))


async def workflow_of_two(client: Client, queue: str) -> WorkflowHandle[Any, Any]:
    return await client.start_workflow(TwoPhases.run, id=str(uuid4()), task_queue=queue)


async def test_all_phases_of_a_workflow_are_followed_to_its_end(durable_client: Client) -> None:
    queue = str(uuid4())
    async with workers(durable_client, queue):
        handle = await workflow_of_two(durable_client, queue)
        everything, chosen, one = await asyncio.gather(
            collected(follow(handle)),
            collected(follow(handle, activity_type="phase")),
            collected(follow(handle, activity_id="two")),
        )
        assert await handle.result() == ["said"] * 3
    by_activity = {
        name: said([each for each in everything if each.activity_id == name]) for name in ("one", "two", "three")
    }
    assert by_activity == {"one": [0, 1, 2], "two": [0, 1, 2, 3, 4], "three": [0, 1]}
    assert said(chosen) == [0, 1, 2, 0, 1]
    assert said(one) == [0, 1, 2, 3, 4]


def workers(client: Client, queue: str) -> Worker:
    phases = [phase_activity(name, Request, Outcome, talking(), stream=("custom",)) for name in ("phase", "other")]
    return Worker(client, task_queue=queue, workflows=[TwoPhases], activities=phases)


async def test_killed_in_the_middle_of_an_answer_the_client_reads_each_word_once(
    address: str, durable_client: Client, tmp_path: Path
) -> None:
    queue = str(uuid4())

    def spawn() -> "subprocess.Popen[bytes]":
        command = [sys.executable, streaming_worker.__file__, address, queue]
        with (tmp_path / "said").open("ab") as output:
            return subprocess.Popen(command, stdout=output, stderr=output)

    first = spawn()
    try:
        handle = await durable_client.start_activity(
            "talk",
            streaming_worker.Request(),
            id=queue,
            task_queue=queue,
            **{**LIMITS, "heartbeat_timeout": timedelta(seconds=2)},
        )
        screen, second = Screen(), None
        async with asyncio.timeout(90):
            async for event in follow(handle):
                screen.show([event])
                if event.mode == "messages" and event.step == 2 and second is None:
                    first.send_signal(signal.SIGKILL)
                    first.wait()
                    second = spawn()
    finally:
        for process in (first, second):
            if process is not None:
                process.kill()
                process.wait()
    assert screen.lost == []
    assert screen.restarted == 0
    texts = {place: text for place, (text,) in screen.texts().items()}
    words = [[word for _, (word, _) in shown if word] for shown in texts.values()]
    assert words == [[f"{word} " for word in streaming_worker.ANSWER.split(" ")]] * streaming_worker.STEPS
    assert {each.attempt for events in screen.tasks.values() for each in events} == {1, 2}
