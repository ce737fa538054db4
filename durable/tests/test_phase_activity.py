"""Phases as activities on a real server: small graphs, run as standalone activities."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Any, TypedDict
from uuid import uuid4

import pytest
from langgraph.graph import END, START, StateGraph
from langgraph.runtime import Runtime
from langgraph_heartbeat._failures import retry_delay
from langgraph_heartbeat._messages import Resume
from langgraph_heartbeat._phase_activity import phase_activity
from langgraph_heartbeat._plugin import DurablePlugin
from pydantic import BaseModel
from temporalio.client import ActivityFailureError, ActivityHandle, Client
from temporalio.exceptions import ApplicationError
from temporalio.worker import Worker

from .errors import Busy, NeedsPerson, Refused, as_failure
from .phases import start


class Request(BaseModel):
    number: int
    aside: str = "a field that the graph does not know"


class Result(BaseModel):
    number: int
    steps: list[str]


class State(TypedDict):
    number: int
    steps: Annotated[list[str], list.__add__]


@dataclass
class Step:
    """What the node `double` does besides its work."""

    call: Callable[[], Awaitable[None]]


async def double(state: State, runtime: Runtime[Step]) -> dict[str, Any]:
    await runtime.context.call()
    return {"number": state["number"] * 2, "steps": ["double"]}


async def increase(state: State) -> dict[str, Any]:
    return {"number": state["number"] + 1, "steps": ["increase"]}


builder = StateGraph(State, context_schema=Step)
builder.add_node(double)
builder.add_node(increase)
builder.add_edge(START, "double")
builder.add_edge("double", "increase")
builder.add_edge("increase", END)


async def nothing() -> None:
    pass


@asynccontextmanager
async def phase(
    client: Client,
    step: Callable[[], Awaitable[None]] = nothing,
    given: Any = None,
    *,
    plugin: bool = True,
    heartbeat_seconds: float | None = 5,
) -> AsyncIterator[ActivityHandle[Result]]:
    async def context(_: Request) -> Step:
        return Step(step)

    queue = str(uuid4())
    run = phase_activity("arithmetic", Request, Result, builder, context, as_failure=as_failure)
    plugins = [DurablePlugin("test")] if plugin else []
    async with Worker(client, task_queue=queue, activities=[run], plugins=plugins):
        yield await client.start_activity(
            "arithmetic",
            {"number": 3} if given is None else given,
            id=queue,
            task_queue=queue,
            result_type=Result,
            start_to_close_timeout=timedelta(minutes=1),
            heartbeat_timeout=None if heartbeat_seconds is None else timedelta(seconds=heartbeat_seconds),
        )


async def failure(handle: ActivityHandle[Result]) -> ApplicationError:
    with pytest.raises(ActivityFailureError) as failed:
        await handle.result()
    assert isinstance(failed.value.cause, ApplicationError)
    return failed.value.cause


async def test_the_request_is_the_input_and_the_last_state_the_result(client: Client) -> None:
    async with phase(client) as handle:
        assert await handle.result() == Result(number=7, steps=["double", "increase"])


async def test_what_fails_before_the_graph_begins_is_tried_again_with_the_input(client: Client) -> None:
    """Such a failure leaves a record and no checkpoint: by heartbeats, and by an operator's resume."""
    failures: list[Exception] = [Busy("not yet"), NeedsPerson("It is full. Make room."), Busy("not yet")]

    async def context(_: Request) -> Step:
        if failures:
            raise failures.pop(0)
        return Step(nothing)

    queue = str(uuid4())
    run = phase_activity("arithmetic", Request, Result, builder, context, as_failure=as_failure)
    async with Worker(client, task_queue=queue, activities=[run], plugins=[DurablePlugin("test")]):
        needing = await failure(await start(client, queue, Request(number=3), name="arithmetic", result=Result))
        assert needing.type == "NeedsPerson"
        resume = Resume.model_validate(needing.details[0])
        mended = await start(client, queue, Request(number=3), resume, name="arithmetic", result=Result)
        assert await mended.result() == Result(number=7, steps=["double", "increase"])
    assert failures == []


async def test_it_beats_with_progress_and_checkpoint_while_a_node_works(client: Client) -> None:
    reached, go_on = asyncio.Event(), asyncio.Event()

    async def wait() -> None:
        reached.set()
        await go_on.wait()

    async with phase(client, wait) as handle:
        await reached.wait()
        progress, checkpoint = await details(client, handle, lambda progress: progress["running"] == {"double": 1})
        assert (progress["phase"], progress["attempt"], progress["finished"]) == ("arithmetic", 1, {})
        assert checkpoint.startswith(b"OUTL")
        go_on.set()
        await handle.result()


async def details(client: Client, handle: ActivityHandle[Result], wanted: Callable[[Any], bool]) -> list[Any]:
    """Return the newest heartbeat details as soon as they fulfil the condition."""
    async with asyncio.timeout(60):
        while True:
            described = await handle.describe(include_heartbeat_details=True)
            payloads = described.raw_info.heartbeat_details.payloads
            decoded = await client.data_converter.decode(payloads)
            if decoded and wanted(decoded[0]):
                return decoded
            await asyncio.sleep(0.02)


async def test_a_node_that_takes_longer_than_the_heartbeat_timeout_is_alive(client: Client) -> None:
    attempts = 0

    async def slow() -> None:
        nonlocal attempts
        attempts += 1
        await asyncio.sleep(5)

    async with phase(client, slow, heartbeat_seconds=4) as handle:
        assert (await handle.result()).number == 7
    assert attempts == 1


async def test_a_transient_error_is_retried_when_it_says(client: Client) -> None:
    began: list[float] = []

    async def first_fails() -> None:
        began.append(asyncio.get_running_loop().time())
        if len(began) == 1:
            raise Busy("busy", retry_after=timedelta(seconds=2))

    async with phase(client, first_fails) as handle:
        assert (await handle.result()).number == 7
    assert began[1] - began[0] >= 1.9


async def test_what_is_not_ours_is_retried_too(client: Client) -> None:
    attempts = 0

    async def first_fails() -> None:
        nonlocal attempts
        attempts += 1
        if attempts == 1:
            raise ZeroDivisionError

    async with phase(client, first_fails) as handle:
        assert (await handle.result()).number == 7
    assert attempts == 2


@pytest.mark.parametrize(
    ("error", "message", "kind"),
    [
        (Refused("Name another file."), "Name another file.", "Refused"),
        (NeedsPerson("The key is refused. Set another."), "The key is refused. Set another.", "NeedsPerson"),
    ],
)
async def test_what_cannot_succeed_is_tried_once(client: Client, error: Exception, message: str, kind: str) -> None:
    attempts = 0

    async def fails() -> None:
        nonlocal attempts
        attempts += 1
        raise error

    async with phase(client, fails) as handle:
        failed = await failure(handle)
    assert (failed.message, failed.type, failed.non_retryable, attempts) == (message, kind, True, 1)


async def test_a_worker_without_the_plugin_says_so_at_once(client: Client) -> None:
    async with phase(client, plugin=False) as handle:
        failed = await failure(handle)
    assert "plugins=[DurablePlugin" in failed.message
    assert failed.non_retryable


async def test_a_phase_without_a_heartbeat_timeout_is_refused(client: Client) -> None:
    async with phase(client, heartbeat_seconds=None) as handle:
        assert "needs a heartbeat timeout" in (await failure(handle)).message


@pytest.mark.parametrize("given", [{"number": "three"}, [], 17])
async def test_a_request_of_another_shape_is_refused(client: Client, given: Any) -> None:
    async with phase(client, given=given) as handle:
        assert "is not a Request" in (await failure(handle)).message


@pytest.mark.parametrize(("fruitless", "seconds"), [(0, 1), (1, 2), (3, 8), (6, 60), (10_000, 60)])
def test_attempts_wait_longer_while_they_come_no_further_and_a_minute_at_most(fruitless: int, seconds: int) -> None:
    assert retry_delay(fruitless) == timedelta(seconds=seconds)
