"""How often checkpoints are sent, by the worker's server, its phases and their bytes."""

import asyncio
from datetime import timedelta
from uuid import uuid4

import pytest
from langgraph_heartbeat import DurablePlugin, phase_activity
from langgraph_heartbeat._publishing.pace import LOCAL_INTERVAL, REMOTE_INTERVAL, Pace, default_pace, is_local
from temporalio.client import Client
from temporalio.worker import Worker

from .phases import Outcome, start
from .test_large_states import talking
from .test_life import Asked


class Phase:
    pass


def seconds(pace: Pace, phases: int, size_bytes: int, heartbeat_timeout_seconds: float | None = None) -> float:
    running = [Phase() for _ in range(phases)]
    for each in running:
        pace.begin(each)
    timeout = timedelta(seconds=heartbeat_timeout_seconds) if heartbeat_timeout_seconds else None
    return pace.seconds_after(size_bytes, timeout)


@pytest.mark.parametrize(
    ("phases", "size_bytes", "expected"),
    [(1, 0, 0.02), (1, 50_000, 0.02), (1, 250_000, 0.1), (40, 0, 0.02), (40, 250_000, 0.1)],
)
def test_a_phase_has_its_own_interval_and_bytes_beside_a_local_server(
    phases: int, size_bytes: int, expected: float
) -> None:
    assert seconds(Pace(LOCAL_INTERVAL), phases, size_bytes) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("phases", "size_bytes", "expected"),
    [(0, 0, 1), (1, 0, 1), (16, 0, 1), (32, 0, 2), (1, 250_000, 1), (16, 250_000, 1.6), (32, 1_000, 2), (64, 0, 4)],
)
def test_the_phases_of_a_worker_share_its_heartbeats_and_bytes_elsewhere(
    phases: int, size_bytes: int, expected: float
) -> None:
    assert seconds(Pace(REMOTE_INTERVAL, shared=True), phases, size_bytes) == pytest.approx(expected)


@pytest.mark.parametrize(("timeout", "expected"), [(15, 5), (30, 8), (3, 1), (1.5, 1)])
def test_no_interval_is_longer_than_a_third_of_the_heartbeat_timeout_or_shorter_than_that_of_the_worker(
    timeout: float, expected: float
) -> None:
    assert seconds(Pace(REMOTE_INTERVAL, shared=True), 128, 0, timeout) == pytest.approx(expected)


@pytest.mark.parametrize("phases", [1, 3, 16, 17, 100, 1000])
def test_a_worker_sends_at_most_sixteen_heartbeats_and_two_and_a_half_megabytes_a_second_elsewhere(phases: int) -> None:
    for size_bytes in (0, 10_000, 256 * 1024):
        interval = seconds(Pace(REMOTE_INTERVAL, shared=True), phases, size_bytes)
        assert phases / interval <= 16.001
        assert phases / interval * size_bytes <= 2.5e6 * 1.001


@pytest.mark.parametrize(
    "address",
    [
        "localhost:7233",
        "LOCALHOST:7233",
        "127.0.0.1:7233",
        "127.1.2.3:80",
        "[::1]:7233",
        "http://localhost:7233",
        "unix:/s",
    ],
)
def test_this_machine_is_recognised(address: str) -> None:
    assert is_local(address)
    assert default_pace(address).interval == LOCAL_INTERVAL


@pytest.mark.parametrize(
    "address",
    [
        "mine.tmprl.cloud:7233",
        "10.0.0.7:7233",
        "[2001:db8::1]:7233",
        "localhost.example.com:80",
        "temporal:7233",
        "",
        None,
    ],
)
def test_another_or_an_unknown_machine_is_elsewhere(address: str | None) -> None:
    assert not is_local(address or "")
    assert default_pace(address).interval == REMOTE_INTERVAL


async def test_an_attempt_that_ends_sends_everything_first_however_long_the_interval_is(client: Client) -> None:
    made, queue = list[int](), str(uuid4())

    async def before(number: int) -> None:
        if number == 7 and made.count(6) == 1 and not failed.is_set():
            failed.set()
            raise ConnectionError("cut")

    failed = asyncio.Event()
    run = phase_activity("phase", Asked, Outcome, talking(made, before))
    plugin = DurablePlugin("test", interval=timedelta(hours=1))
    async with Worker(client, task_queue=queue, activities=[run], plugins=[plugin]):
        assert len((await (await start(client, queue, {"count": 10})).result()).out) == 10
    assert failed.is_set()
    assert made == list(range(10))
