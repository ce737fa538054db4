"""Paid calls are bounded where no checkpoint arrives, none can be used, or the failure itself cannot be told."""

import operator
import os
from collections.abc import Callable
from datetime import timedelta
from typing import Annotated, Any, TypedDict
from uuid import uuid4

import pytest
from langgraph.graph import START, StateGraph
from langgraph.types import interrupt
from langgraph_heartbeat import _failures
from langgraph_heartbeat._failures import MAX_FRUITLESS_ATTEMPTS, MAX_RETRY_DELAY
from langgraph_heartbeat._messages import Paused, Stuck
from pydantic import BaseModel
from temporalio.client import ActivityFailureError, Client
from temporalio.exceptions import ApplicationError

from .phases import phase_worker, start


class Asked(BaseModel):
    count: int = 1


class State(TypedDict):
    count: int
    out: Annotated[list[Any], operator.add]


class Nothing(BaseModel):
    pass


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Twelve attempts, whose delays would take eight minutes."""
    monkeypatch.setattr(_failures, "MAX_RETRY_DELAY", timedelta(milliseconds=1))
    assert timedelta(milliseconds=1) < MAX_RETRY_DELAY


class Lost:
    """A store for checkpoints that is away, or forgets."""

    def __init__(self, *, takes: bool) -> None:
        self._takes = takes

    async def put(self, content: bytes) -> str:
        if not self._takes:
            raise OSError("the bucket is away")
        return "key"

    async def get(self, key: str) -> bytes:
        raise LookupError(key)


async def stuck_of(client: Client, graph: Any, **options: Any) -> Stuck:
    queue = str(uuid4())
    async with phase_worker(client, queue, graph, Asked, Nothing, **options):
        with pytest.raises(ActivityFailureError) as failed:
            await (await start(client, queue, {}, result=Nothing)).result()
    stuck = Stuck.of(failed.value)
    assert stuck, failed.value.cause
    return stuck


def paying(paid: list[str], then: Callable[[], Any]) -> StateGraph[Any, Any, Any, Any]:
    async def call(_: State) -> dict[str, Any]:
        paid.append("call")
        return {"out": [os.urandom(600_000).hex()]}

    async def use(_: State) -> dict[str, Any]:
        return {"out": [then()]}

    return StateGraph(State).add_sequence([call, use]).add_edge(START, "call")


def fail() -> None:
    raise ValueError("use fails")


@pytest.mark.parametrize("takes", [False, True], ids=["put raises", "get finds nothing"])
@pytest.mark.parametrize("then", [fail, lambda: interrupt("ok?")], ids=["a failure", "a question"])
async def test_a_store_for_checkpoints_that_is_away_is_no_reason_to_pay_for_ever(
    client: Client, takes: bool, then: Callable[[], Any]
) -> None:
    paid = list[str]()
    graph = paying(paid, then)
    if takes and then is not fail:
        queue = str(uuid4())
        async with phase_worker(client, queue, graph, Asked, Nothing, checkpoints=Lost(takes=takes)):
            assert isinstance(await (await start(client, queue, {}, result=Nothing)).result(), Paused)
        return
    stuck = await stuck_of(client, graph, checkpoints=Lost(takes=takes))
    assert stuck.kind == "Stuck"
    assert len(paid) <= MAX_FRUITLESS_ATTEMPTS + 1


async def test_workers_with_different_graphs_do_not_pay_for_ever(client: Client) -> None:
    """Neither can use the checkpoint of the other: each starts from the beginning, and what it gains is lost."""
    paid = list[str]()

    async def call(_: State) -> dict[str, Any]:
        paid.append("call")
        return {"out": ["answer"]}

    async def use(_: State) -> dict[str, Any]:
        raise ValueError

    async def more(_: State) -> dict[str, Any]:
        return {}

    short = StateGraph(State).add_sequence([call, use]).add_edge(START, "call")
    long = StateGraph(State).add_sequence([call, use, more]).add_edge(START, "call")
    queue, address = str(uuid4()), client.service_client.config.target_host
    other = await Client.connect(address, data_converter=client.data_converter)
    async with (
        phase_worker(client, queue, short, Asked, Nothing),
        phase_worker(other, queue, long, Asked, Nothing),
    ):
        with pytest.raises(ActivityFailureError) as failed:
            await (await start(client, queue, {}, result=Nothing)).result()
    stuck = Stuck.of(failed.value)
    assert stuck
    assert stuck.kind == "Stuck"
    assert len(paid) <= MAX_FRUITLESS_ATTEMPTS + 1


class Unreadable(Exception):
    def __str__(self) -> str:
        raise RuntimeError("no message")


class OwnBaseError(BaseException):
    """Not an Exception."""


def with_cause() -> None:
    raise RuntimeError("clean") from ValueError("\ud83d")


def raising(error: BaseException) -> Callable[[], None]:
    def then() -> None:
        raise error

    return then


@pytest.mark.parametrize(
    "then",
    [
        raising(ValueError("no city named \ud83d")),
        with_cause,
        raising(Unreadable()),
        raising(BaseExceptionGroup("several", [OwnBaseError("one")])),
        raising(OwnBaseError("own")),
    ],
    ids=["half a character", "in a cause", "no message", "group", "own base"],
)
async def test_an_error_that_cannot_be_told_as_it_is_is_stuck_all_the_same(
    client: Client, then: Callable[[], None]
) -> None:
    calls = 0

    async def node(_: State) -> dict[str, Any]:
        nonlocal calls
        calls += 1
        then()
        return {}

    stuck = await stuck_of(client, StateGraph(State).add_node(node).add_edge(START, "node"))
    assert (stuck.kind, calls) == ("Stuck", 3)


@pytest.mark.parametrize(
    "made",
    [
        lambda: ApplicationError("\ud83d", type="Own", non_retryable=True),
        lambda: ApplicationError("final", type=5, non_retryable=True),  # pyright: ignore[reportArgumentType]
        lambda: ApplicationError(None, type="Own", non_retryable=True),  # pyright: ignore[reportArgumentType]
        lambda: ApplicationError("late", next_retry_delay=timedelta.max, non_retryable=True),
        lambda: ApplicationError("five", next_retry_delay=5, non_retryable=True),  # pyright: ignore[reportArgumentType]
    ],
)
async def test_what_as_failure_returns_is_made_fit_to_be_sent(client: Client, made: Callable[[], Exception]) -> None:
    calls = 0

    async def node(_: State) -> dict[str, Any]:
        nonlocal calls
        calls += 1
        raise ValueError

    graph = StateGraph(State).add_node(node).add_edge(START, "node")
    await stuck_of(client, graph, as_failure=lambda _: made())
    assert calls == 1
