"""The graph's own figures in the progress of its heartbeats."""

import math
import operator
from collections.abc import Mapping
from typing import Annotated, Any, TypedDict
from uuid import uuid4

import pytest
from langgraph.graph import START, StateGraph
from langgraph_heartbeat._progress_metrics import MAX_METRICS_BYTES, ProgressMetrics
from pydantic import BaseModel
from temporalio.client import Client

from .phases import phase_worker, progress_of, start, until
from .test_life import Calls


class Usage(BaseModel):
    usd: float


class Bought(BaseModel):
    count: int = 2


class State(TypedDict):
    count: int
    usage: Annotated[list[Usage], operator.add]
    out: Any


def usd(values: dict[str, Any]) -> Mapping[str, Any]:
    return {"usd": sum(each.usd for each in values.get("usage", ())), "phase": "hidden"}


def buying(calls: Calls) -> StateGraph[Any, Any, Any, Any]:
    """Return a graph: `first` spends 0.25; `second` fails if the test says so, and waits."""

    async def first(state: State) -> dict[str, Any]:
        await calls.call("first")
        return {"usage": [Usage(usd=0.25)]}

    async def second(state: State) -> dict[str, Any]:
        await calls.call("second")
        await calls.gate.wait()
        return {"out": len(state["usage"])}

    builder = StateGraph(State)
    builder.add_node(first)
    builder.add_node(second)
    builder.add_edge(START, "first")
    builder.add_edge("first", "second")
    return builder


async def test_they_show_in_heartbeats_and_after_a_failure_too(client: Client) -> None:
    calls, queue = Calls(), str(uuid4())
    calls.failing["second"] = [ConnectionError("cut")]
    async with phase_worker(client, queue, buying(calls), Bought, progress=usd):
        handle = await start(client, queue, {})

        async def shows() -> bool:
            progress, _ = await progress_of(client, handle)
            return (progress.get("usd"), progress.get("attempt")) == (0.25, 2)

        await until(shows)
        progress, checkpoint = await progress_of(client, handle)
        assert progress["phase"] == "phase"  # the graph's figures do not overwrite the library's
        assert checkpoint.startswith(b"OUTL")
        calls.gate.set()
        await handle.result()


def fails(_: dict[str, Any]) -> Mapping[str, Any]:
    raise ZeroDivisionError("by nothing")


@pytest.mark.parametrize(
    ("of", "reason"),
    [
        (fails, "ZeroDivisionError: by nothing"),
        (lambda _: {"usd": Usage(usd=1)}, "TypeError"),
        (lambda _: {"usd": math.nan}, "ValueError"),
        (lambda _: {"text": "x" * MAX_METRICS_BYTES}, "a heartbeat has room for 1024"),
    ],
)
def test_without_them_a_phase_goes_on_and_the_log_says_so_once(
    of: Any, reason: str, caplog: pytest.LogCaptureFixture
) -> None:
    figures = ProgressMetrics("write", of)
    assert [figures.read({}) for _ in range(3)] == [{}, {}, {}]
    [record] = caplog.records
    assert "The heartbeats of write do not carry the graph's own figures" in record.getMessage()
    assert reason in record.getMessage()


def test_they_are_read_from_the_newest_values() -> None:
    figures = ProgressMetrics("write", usd)
    assert figures.read({"usage": [Usage(usd=1)]})["usd"] == 1
    assert figures.read({"usage": [Usage(usd=2)]})["usd"] == 2
