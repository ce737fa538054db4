"""bench/durability measures conversations on a real server, here with the peers that need nothing beside Outlast."""

import sys
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from temporalio.client import Client, WorkflowExecutionStatus, WorkflowHandle

from bench.durability import messages, runs
from bench.durability.calls import Calls
from bench.durability.conversations import MESSAGE_BYTES
from bench.durability.crew import yard
from bench.durability.orders import Order, PeerName
from bench.durability.runs import Place, station
from bench.durability.work import Result, Work
from outlast.orchestration.embedded import dev_server

PEERS: tuple[PeerName, ...] = ("bare", "in memory", "heartbeats only", "outlast", "outlast, 1 s")
STEPS, START = 4, 20


@pytest.fixture
async def place(ports: dev_server.Ports, client: Client, tmp_path: Path) -> AsyncIterator[Place]:
    async with yard(tmp_path, PEERS) as crew:
        yield Place(client, ports.address, crew, tmp_path)


async def test_each_peer_reaches_the_same_result_and_each_round_measures_its_steps(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(messages.PEERS, "messages", ("bare", "in memory", "outlast"))
    rows = [row async for row in messages.measure_steps(place, Work("messages", STEPS, messages=START), rounds=2)]
    assert sorted((row["round"], row["peer"]) for row in rows) == [
        (number, peer) for number in (1, 2) for peer in ("bare", "in memory", "outlast")
    ]
    assert {row["nodes"] for row in rows} == {STEPS - 1}
    assert all(row["seconds"] > 0 and row["cpu_seconds"] > 0 for row in rows)


async def test_a_peer_with_another_result_is_named(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(messages.PEERS, "messages", ("bare", "in memory"))
    order = Place.order
    shorter = Work("messages", STEPS - 1, messages=START)

    def order_less_in_memory(self: Place, peer: PeerName, work: Work, calls: Calls) -> Order:
        return order(self, peer, shorter if peer == "in memory" else work, calls)

    monkeypatch.setattr(Place, "order", order_less_in_memory)
    rows = [row async for row in messages.measure_steps(place, Work("messages", STEPS, messages=START), rounds=1)]
    assert [row for row in rows if "cannot" in row] == [{"peer": "in memory", "cannot": "its result is wrong"}]
    assert {row["peer"] for row in rows if "round" in row} == {"bare"}


async def test_heartbeats_are_those_that_reached_the_server(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(messages, "CALL_SECONDS", 0.3)
    peers: tuple[PeerName, ...] = ("heartbeats only", "outlast", "outlast, 1 s")
    rows = await messages.count_sent(place, Work("messages", STEPS, messages=START), peers)
    only, often, seldom = rows
    assert [row["peer"] for row in rows] == list(peers)
    for row in rows:
        assert row["actions"] == 2 + row["heartbeats"]  # the workflow and the activity
    assert 1 <= only["heartbeats"] <= 1 + only["seconds"] / 10  # it beats every third of the timeout of 30 s
    assert often["heartbeats"] >= STEPS
    assert 1 <= seldom["heartbeats"] <= often["heartbeats"]
    assert seldom["heartbeats"] <= 2 + seldom["seconds"]  # the SDK sends one a second
    if sys.platform == "linux":
        assert 0 < only["sent_bytes"] < often["sent_bytes"]


async def test_a_run_without_end_is_ended_and_says_its_last_failure(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[WorkflowHandle[Any, Result]] = []

    async def start_and_keep(client: Client, order: Order) -> WorkflowHandle[Any, Result]:
        started.append(await runs.start(client, order))
        return started[-1]

    monkeypatch.setattr(messages, "start", start_and_keep)
    monkeypatch.setattr(messages, "RUN_TIMEOUT_SECONDS", 5)
    order = place.order("heartbeats only", Work("messages", STEPS, messages=START), Calls(MESSAGE_BYTES))
    async with station(place, order) as worker:
        with_another_workflow = replace(worker, order=replace(order, peer="activity a node"))
        with pytest.raises(messages.CannotError, match="ByNode is not registered"):
            await messages.run_to_result(with_another_workflow)
    assert [(await each.describe()).status for each in started] == [WorkflowExecutionStatus.TERMINATED]
