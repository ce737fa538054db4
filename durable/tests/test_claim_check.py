"""Large checkpoints go to a store one at a time; after a failure, the newest one that arrived remains valid."""

import asyncio
import hashlib
import logging

import pytest
from langgraph_heartbeat._claim_check import (
    MAX_INLINE_BYTES,
    MAX_WORKFLOW_CHECKPOINT_BYTES,
    REFERENCE_PREFIX,
    ClaimCheck,
    fetch_checkpoint,
    inline_limit_bytes,
)
from langgraph_heartbeat._envelope import UnusableError


class Store:
    """A store in which each put waits until the test lets it succeed or fail."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}
        self.asked: asyncio.Queue[tuple[bytes, asyncio.Future[None]]] = asyncio.Queue()
        self.under_way = 0
        self.most_under_way = 0

    async def put(self, content: bytes) -> str:
        self.under_way += 1
        self.most_under_way = max(self.under_way, self.most_under_way)
        answer: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        await self.asked.put((content, answer))
        try:
            await answer
        finally:
            self.under_way -= 1
        key = hashlib.sha256(content).hexdigest()
        self.objects[key] = content
        return key

    async def get(self, key: str) -> bytes:
        return self.objects[key]


class Bench:
    """A `ClaimCheck` with a store, and the checkpoints behind the references that it published."""

    def __init__(self) -> None:
        self.store = Store()
        self.references: list[bytes] = []
        self.offloading = ClaimCheck(self.store, self.references.append)

    async def next(self) -> tuple[bytes, asyncio.Future[None]]:
        async with asyncio.timeout(60):
            return await self.store.asked.get()

    async def arrived(self) -> list[bytes]:
        return [await fetch_checkpoint(reference, self.store) for reference in self.references]


async def test_the_reference_takes_the_place_of_the_checkpoint_once_it_is_stored() -> None:
    bench = Bench()
    bench.offloading.put(b"one")
    content, answer = await bench.next()
    assert content == b"one"
    assert bench.references == []
    answer.set_result(None)
    await bench.offloading.settle()
    assert await bench.arrived() == [b"one"]
    assert bench.references[0].startswith(REFERENCE_PREFIX)


async def test_uploads_run_one_at_a_time_and_the_newest_wins() -> None:
    bench = Bench()
    bench.offloading.put(b"one")
    _, first = await bench.next()
    for content in (b"two", b"three", b"four"):
        bench.offloading.put(content)
    first.set_result(None)
    content, second = await bench.next()
    assert content == b"four"
    second.set_result(None)
    await bench.offloading.settle()
    assert await bench.arrived() == [b"one", b"four"]
    assert bench.store.most_under_way == 1
    assert bench.store.asked.empty()


async def test_a_failing_store_keeps_the_last_good_one(caplog: pytest.LogCaptureFixture) -> None:
    bench = Bench()
    bench.offloading.put(b"good")
    _, answer = await bench.next()
    answer.set_result(None)
    await bench.offloading.settle()
    bench.offloading.put(b"lost")
    _, answer = await bench.next()
    with caplog.at_level(logging.WARNING):
        answer.set_exception(OSError("disk full"))
        await bench.offloading.settle()
    assert await bench.arrived() == [b"good"]
    assert "4 bytes could not be stored; the one before it remains valid. disk full" in caplog.text
    bench.offloading.put(b"later")
    _, answer = await bench.next()
    answer.set_result(None)
    await bench.offloading.settle()
    assert await bench.arrived() == [b"good", b"later"]


async def test_what_came_while_an_upload_failed_is_uploaded() -> None:
    bench = Bench()
    bench.offloading.put(b"lost")
    _, first = await bench.next()
    bench.offloading.put(b"newest")
    first.set_exception(OSError("disk full"))
    content, second = await bench.next()
    assert content == b"newest"
    second.set_result(None)
    await bench.offloading.settle()
    assert await bench.arrived() == [b"newest"]


async def test_settling_waits_for_what_came_meanwhile() -> None:
    bench = Bench()
    bench.offloading.put(b"one")
    _, first = await bench.next()
    settling = asyncio.create_task(bench.offloading.settle())
    bench.offloading.put(b"two")
    first.set_result(None)
    _, second = await bench.next()
    assert not settling.done()
    second.set_result(None)
    await settling
    assert await bench.arrived() == [b"one", b"two"]


async def test_settling_with_nothing_under_way_ends_at_once() -> None:
    async with asyncio.timeout(60):
        await Bench().offloading.settle()


async def test_an_older_upload_does_not_replace_a_newer_checkpoint_that_was_small_enough() -> None:
    bench = Bench()
    bench.offloading.put(b"older, large")
    _, answer = await bench.next()
    bench.offloading.forget()  # a newer checkpoint has just been sent in the heartbeat
    answer.set_result(None)
    await bench.offloading.settle()
    assert bench.references == []


async def test_after_a_small_one_the_next_large_one_is_uploaded() -> None:
    bench = Bench()
    bench.offloading.put(b"one")
    _, first = await bench.next()
    bench.offloading.put(b"waiting")
    bench.offloading.forget()
    bench.offloading.put(b"two")
    first.set_result(None)
    content, second = await bench.next()
    assert content == b"two"
    second.set_result(None)
    await bench.offloading.settle()
    assert await bench.arrived() == [b"two"]


async def test_a_checkpoint_that_is_no_reference_needs_no_store() -> None:
    assert await fetch_checkpoint(b"OUTL...", None) == b"OUTL..."


async def test_an_object_that_is_gone_is_unusable() -> None:
    with pytest.raises(UnusableError, match="not in the object store any more"):
        await fetch_checkpoint(REFERENCE_PREFIX + b"gone", Store())


async def test_a_key_that_is_no_text_is_unusable() -> None:
    with pytest.raises(UnusableError):
        await fetch_checkpoint(REFERENCE_PREFIX + b"\xff\xfe", Store())


async def test_a_worker_without_a_store_says_so() -> None:
    with pytest.raises(UnusableError, match="this worker has none"):
        await fetch_checkpoint(REFERENCE_PREFIX + b"key", None)


async def test_a_store_that_does_not_answer_is_not_a_missing_object() -> None:
    class Away(Store):
        async def get(self, key: str) -> bytes:
            raise ConnectionError(key)

    with pytest.raises(ConnectionError):
        await fetch_checkpoint(REFERENCE_PREFIX + b"key", Away())


@pytest.mark.parametrize("parallel", [1, 4, 16, 64, 1000])
def test_all_parallel_phases_together_stay_below_their_share(parallel: int) -> None:
    assert inline_limit_bytes(parallel) * parallel <= MAX_WORKFLOW_CHECKPOINT_BYTES
    assert inline_limit_bytes(parallel) <= MAX_INLINE_BYTES


def test_a_phase_on_its_own_gets_the_most() -> None:
    assert inline_limit_bytes(1) == MAX_INLINE_BYTES
