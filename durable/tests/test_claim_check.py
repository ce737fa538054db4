"""Large checkpoints go to a store block by block; after a failure, the newest one that arrived remains valid."""

import asyncio
import hashlib
import logging
import random
from typing import Any

import pytest
from langgraph_heartbeat._publishing import claim_check
from langgraph_heartbeat._publishing.blocks import BLOCK_BYTES, HEADER_BYTES, Blocks, digest
from langgraph_heartbeat._publishing.claim_check import (
    MAX_INLINE_BYTES,
    MAX_PARALLEL_REQUESTS,
    MAX_WORKFLOW_CHECKPOINT_BYTES,
    OWNED_REFERENCE_PREFIX,
    OWNER_BYTES,
    REFERENCE_PREFIX,
    ClaimCheck,
    fetch_checkpoint,
    inline_limit_bytes,
)
from langgraph_heartbeat._publishing.envelope import MAGIC, Draft, UnusableError, seal
from temporalio.exceptions import ApplicationError

GRAPH = digest(b"graph")
OURS, THEIRS = b"ourphase", b"theirone"
LIMIT_BYTES = 2 * BLOCK_BYTES
MESSAGES = random.Random(7).randbytes(40 * BLOCK_BYTES)
"""What does not compress."""


class Store:
    """A store in which each put waits until the test lets it succeed or fail."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}
        self.asked: asyncio.Queue[asyncio.Future[None]] = asyncio.Queue()
        self.under_way = 0
        self.most_under_way = 0

    async def put(self, content: bytes) -> str:
        self.under_way += 1
        self.most_under_way = max(self.under_way, self.most_under_way)
        try:
            await self.leave()
        finally:
            self.under_way -= 1
        key = hashlib.sha256(content).hexdigest()
        self.objects[key] = content
        return key

    async def leave(self) -> None:
        answer: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        await self.asked.put(answer)
        await answer

    async def get(self, key: str) -> bytes:
        return self.objects[key]


class Quick(Store):
    """A store that answers at once."""

    async def leave(self) -> None:
        await asyncio.sleep(0)


class Deleting(Quick):
    async def delete(self, key: str) -> None:
        del self.objects[key]


class Clock:
    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.seconds = 1000.0
        monkeypatch.setattr(claim_check.time, "monotonic", lambda: self.seconds)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


def content_of(messages: bytes = b"", **rest: Any) -> dict[str, Any]:
    rows = [["T", "", "messages", str(len(messages)), ["msgpack", messages]]]
    return {"saver": {"checkpoints": [], "writes": [], "blobs": rows}, "journal": {}, **rest}


class Bench:
    """A phase that sends checkpoints by way of a store, as one attempt does it."""

    def __init__(self, store: Store, owner: bytes = OURS) -> None:
        self.store, self.blocks = store, Blocks()
        self.sent: list[bytes] = []
        self.acknowledges: Any = True
        self.claim_check = ClaimCheck(store, self.sent.append, self._confirm, limit_bytes=LIMIT_BYTES, owner=owner)

    async def _confirm(self) -> bool:
        if isinstance(self.acknowledges, Exception):
            raise self.acknowledges
        return self.acknowledges

    def put(self, messages: bytes, **rest: Any) -> None:
        self.claim_check.put(Draft(content_of(messages, **rest), GRAPH, self.blocks))

    def send_inline(self, messages: bytes) -> None:
        """Send a checkpoint that is small enough for a heartbeat."""
        sealed = Draft(content_of(messages), GRAPH, self.blocks).seal()
        self.claim_check.forget()
        self.sent.append(sealed)

    async def send(self, messages: bytes, **rest: Any) -> int:
        """Send a checkpoint, read it back as a later attempt would, and return how many bytes it has."""
        self.put(messages, **rest)
        await self.claim_check.settle()
        assert await self.newest() == content_of(messages, **rest)
        return len(self.sent[-1])

    async def newest(self) -> Any:
        return (await fetch_checkpoint(self.sent[-1], GRAPH, self.store)).content()

    async def next_attempt(self, *, of_request: bool = False, owner: bytes = OURS) -> "Bench":
        """Return the attempt that begins with the newest checkpoint that was sent."""
        later = Bench(self.store, owner)
        opened = await fetch_checkpoint(self.sent[-1], GRAPH, self.store)
        opened.content(later.blocks)
        if not of_request:
            later.claim_check.inherit(self.sent[-1], opened.stored)
        later.sent.append(self.sent[-1])
        return later

    async def asked(self) -> asyncio.Future[None]:
        async with asyncio.timeout(60):
            return await self.store.asked.get()


def messages(blocks: float) -> bytes:
    """Return the bytes of a list of messages that is so many blocks long."""
    return MESSAGES[: HEADER_BYTES + int(blocks * BLOCK_BYTES)]


async def test_a_large_checkpoint_is_named_once_it_is_stored() -> None:
    bench = Bench(Store())
    bench.put(messages(3.5))
    answer = await bench.asked()
    assert bench.sent == []
    answer.set_result(None)
    await bench.claim_check.settle()
    assert bench.sent[0].startswith(OWNED_REFERENCE_PREFIX)
    assert await bench.newest() == content_of(messages(3.5))


async def test_blocks_that_stay_are_stored_once_and_the_heartbeat_carries_their_keys_and_the_rest() -> None:
    bench = Bench(Quick())
    await bench.send(messages(20.1))
    await bench.send(messages(20.1))
    assert len(bench.store.objects) == 1 + 20
    for blocks in range(21, 30):
        before = len(bench.store.objects)
        size_bytes = await bench.send(messages(blocks + 0.1))
        assert size_bytes < 2 * BLOCK_BYTES  # the new block and what is after it
        assert len(bench.store.objects) <= before + 1
    assert await bench.send(messages(29.1)) < 0.2 * BLOCK_BYTES
    assert bench.store.most_under_way <= MAX_PARALLEL_REQUESTS


async def test_what_changes_all_the_time_is_one_object() -> None:
    bench = Bench(Quick())
    for number in range(4):
        assert await bench.send(random.Random(number).randbytes(20 * BLOCK_BYTES)) < 200
    assert len(bench.store.objects) == 4


async def test_checkpoints_are_stored_one_at_a_time_and_the_newest_wins() -> None:
    bench = Bench(Store())
    bench.put(messages(3), number=1)
    first = await bench.asked()
    for number in (2, 3, 4):
        bench.put(MESSAGES[number : number + 5 * BLOCK_BYTES], number=number)
    first.set_result(None)
    second = await bench.asked()
    second.set_result(None)
    await bench.claim_check.settle()
    assert len(bench.sent) == 2
    assert (await bench.newest())["number"] == 4
    assert bench.store.most_under_way == 1
    assert bench.store.asked.empty()


async def test_a_failing_store_keeps_the_last_good_one(caplog: pytest.LogCaptureFixture) -> None:
    bench = Bench(Store())
    bench.put(messages(3))
    (await bench.asked()).set_result(None)
    await bench.claim_check.settle()
    bench.put(MESSAGES[1 : 4 * BLOCK_BYTES])
    with caplog.at_level(logging.WARNING):
        (await bench.asked()).set_exception(OSError("disk full"))
        await bench.claim_check.settle()
    assert await bench.newest() == content_of(messages(3))
    assert "could not be stored; the one before it remains valid. disk full" in caplog.text
    assert isinstance(bench.claim_check.failure, OSError)
    bench.put(MESSAGES[2 : 4 * BLOCK_BYTES])
    (await bench.asked()).set_result(None)
    await bench.claim_check.settle()
    assert await bench.newest() == content_of(MESSAGES[2 : 4 * BLOCK_BYTES])
    assert bench.claim_check.failure is None


async def test_a_heartbeat_names_no_block_that_did_not_arrive() -> None:
    bench = Bench(Store())
    bench.put(messages(4))
    (await bench.asked()).set_result(None)
    await bench.claim_check.settle()
    bench.put(messages(4.1))
    answers = [await bench.asked() for _ in range(4)]
    for number, answer in enumerate(answers):
        if number == 2:
            answer.set_exception(OSError("cut"))
        else:
            answer.set_result(None)
    await bench.claim_check.settle()
    assert len(bench.sent) == 1
    bench.put(messages(4.1))  # the others are not put again
    (await bench.asked()).set_result(None)
    await bench.claim_check.settle()
    assert bench.store.asked.empty()
    assert await bench.newest() == content_of(messages(4.1))


async def test_what_came_while_an_upload_failed_is_uploaded() -> None:
    bench = Bench(Store())
    bench.put(messages(3))
    first = await bench.asked()
    bench.put(MESSAGES[1 : 4 * BLOCK_BYTES])
    first.set_exception(OSError("disk full"))
    (await bench.asked()).set_result(None)
    await bench.claim_check.settle()
    assert await bench.newest() == content_of(MESSAGES[1 : 4 * BLOCK_BYTES])


async def test_settling_waits_for_what_came_meanwhile() -> None:
    bench = Bench(Store())
    bench.put(messages(3))
    first = await bench.asked()
    settling = asyncio.create_task(bench.claim_check.settle())
    bench.put(MESSAGES[1 : 4 * BLOCK_BYTES])
    first.set_result(None)
    second = await bench.asked()
    assert not settling.done()
    second.set_result(None)
    await settling
    assert len(bench.sent) == 2


async def test_settling_with_nothing_under_way_ends_at_once() -> None:
    async with asyncio.timeout(60):
        await Bench(Store()).claim_check.settle()


async def test_an_older_upload_does_not_replace_a_newer_checkpoint_that_was_small_enough() -> None:
    bench = Bench(Store())
    bench.put(messages(3))
    answer = await bench.asked()
    bench.send_inline(messages(1))
    answer.set_result(None)
    await bench.claim_check.settle()
    assert len(bench.sent) == 1
    assert await bench.newest() == content_of(messages(1))


async def test_after_a_small_one_the_next_large_one_is_uploaded() -> None:
    bench = Bench(Store())
    bench.put(messages(3))
    first = await bench.asked()
    bench.send_inline(messages(1))
    bench.put(MESSAGES[1 : 4 * BLOCK_BYTES])
    first.set_result(None)
    (await bench.asked()).set_result(None)
    await bench.claim_check.settle()
    assert await bench.newest() == content_of(MESSAGES[1 : 4 * BLOCK_BYTES])


# --- What is deleted ---


async def test_what_no_newer_checkpoint_names_is_deleted_after_a_minute_and_the_newest_is_whole(clock: Clock) -> None:
    bench = Bench(Deleting())
    for step in range(30):
        await bench.send(messages(10 + step / 3 + 0.2))
        clock.seconds += 20
    await bench.send(messages(20.2))
    assert len(bench.store.objects) <= 20 + 4


async def test_a_block_is_kept_until_the_server_has_acknowledged_a_newer_checkpoint(clock: Clock) -> None:
    bench = Bench(Deleting())
    await bench.send(messages(5))
    kept, sent = set(bench.store.objects), bench.sent[-1]
    clock.seconds += 59
    await bench.send(MESSAGES[1 : 5 * BLOCK_BYTES])
    clock.seconds += 59
    await bench.send(MESSAGES[2 : 5 * BLOCK_BYTES])
    assert kept <= set(bench.store.objects)  # it was named until 59 s ago
    bench.acknowledges = False
    clock.seconds += 100
    await bench.send(MESSAGES[3 : 5 * BLOCK_BYTES])
    assert kept <= set(bench.store.objects)
    assert (await fetch_checkpoint(sent, GRAPH, bench.store)).content() == content_of(messages(5))
    bench.acknowledges = True
    await bench.send(MESSAGES[4 : 5 * BLOCK_BYTES])
    assert not kept & set(bench.store.objects)


async def test_an_attempt_that_was_taken_over_deletes_nothing(clock: Clock) -> None:
    bench = Bench(Deleting())
    await bench.send(messages(5))
    later = await bench.next_attempt()
    bench.acknowledges = ApplicationError("This attempt has been taken over by another.", type="Fenced")
    for number in range(3):
        clock.seconds += 100
        await bench.send(MESSAGES[number + 1 : 5 * BLOCK_BYTES])
    assert await later.newest() == content_of(messages(5))


async def test_an_attempt_that_was_slow_to_delete_harms_no_equal_block_of_the_next_one(clock: Clock) -> None:
    first = Bench(Deleting())
    await first.send(messages(5.1))
    await first.send(messages(5.1))
    await first.send(MESSAGES[1 : 5 * BLOCK_BYTES])
    second = await first.next_attempt()
    await second.send(messages(5.1))  # the content that the first one does not need any more
    await second.send(messages(5.1))
    before = len(first.store.objects)
    clock.seconds += 100
    await first.send(MESSAGES[2 : 5 * BLOCK_BYTES])  # its server had acknowledged this before the second one began
    assert len(first.store.objects) < before
    assert await second.newest() == content_of(messages(5.1))


async def test_a_later_attempt_deletes_what_earlier_ones_left(clock: Clock) -> None:
    bench = Bench(Deleting())
    await bench.send(messages(5.1))
    await bench.send(messages(5.1))
    later = await bench.next_attempt()
    clock.seconds += 100
    await later.send(MESSAGES[1 : 5 * BLOCK_BYTES])
    clock.seconds += 100
    await later.send(MESSAGES[2 : 5 * BLOCK_BYTES])
    remaining = set(bench.store.objects)
    assert (
        len(remaining) == 3
    )  # the first attempt's whole checkpoint, of which the second did not know, and two of its own


@pytest.mark.parametrize(
    ("of_request", "owner"), [(True, OURS), (False, OURS)], ids=["of the request", "in heartbeats"]
)
async def test_a_checkpoint_that_a_workflow_keeps_stays_whole(clock: Clock, owner: bytes, *, of_request: bool) -> None:
    paused = Bench(Deleting(), owner=THEIRS)
    await paused.send(messages(8.5))
    await paused.send(messages(8.5))
    for begun in range(3):  # it goes on from there, and so does a copy of its workflow, and an attempt after that
        resumed = await paused.next_attempt(of_request=of_request, owner=OURS)
        for number in range(4):
            clock.seconds += 100
            await resumed.send(MESSAGES[begun + number + 1 : 9 * BLOCK_BYTES])
        assert await paused.newest() == content_of(messages(8.5))


async def test_a_block_that_was_deleted_meanwhile_is_stored_again(clock: Clock) -> None:
    class Holding(Deleting):
        free = asyncio.Event()

        async def leave(self) -> None:
            await self.free.wait()

    bench = Bench(Holding())
    bench.store.free.set()
    small = b"".join(b"%06d" % number for number in range(20_000))  # it compresses, and has several blocks
    await bench.send(small, other=MESSAGES[:100_000])
    await bench.send(small, other=MESSAGES[:100_000])
    keys = set(bench.store.objects)
    bench.store.free.clear()
    bench.put(small, other=MESSAGES[1:100_000])
    await asyncio.sleep(0)
    bench.send_inline(small)  # its blocks are not needed any more in the store
    clock.seconds += 100
    bench.store.free.set()
    await bench.claim_check.settle()
    assert not keys & set(bench.store.objects)
    await bench.send(small, other=MESSAGES[2:100_000])


@pytest.mark.parametrize("seed", range(20))
async def test_whatever_the_server_or_a_workflow_may_hold_stays_whole(clock: Clock, seed: int) -> None:
    """Steps, kills and pauses at random; a kill leaves the server with any checkpoint of the last 10 s."""
    chance, executions = random.Random(seed), 0
    bench, state, paused = Bench(Deleting(), owner=b"run %04d" % executions), messages(3.2), list[bytes]()
    sent: list[tuple[float, bytes]] = []
    for _ in range(40):
        clock.seconds += chance.choice([0.1, 3, 30, 70])
        cut = chance.randint(0, len(state))
        state = chance.choice(
            [state + MESSAGES[cut : cut + 30_000], state, state, state[:cut], state[cut:], messages(5)]
        )
        if len(state) < BLOCK_BYTES:
            bench.send_inline(state)
        else:
            await bench.send(state)
        sent.append((clock.seconds, bench.sent[-1]))
        event = chance.choice(["step", "step", "kill", "pause"])
        if event == "kill":
            recent = [checkpoint for at, checkpoint in sent if at > clock.seconds - 10]
            bench.sent.append(chance.choice([*recent, *(checkpoint for _, checkpoint in sent[-len(recent) - 1 :])]))
            bench = await bench.next_attempt(owner=b"run %04d" % executions)
        elif event == "pause":
            paused.append(bench.sent[-1])
            executions += 1
            bench.sent.append(chance.choice(paused))
            bench, sent = await bench.next_attempt(of_request=True, owner=b"run %04d" % executions), []
        state = (await bench.newest())["saver"]["blobs"][0][4][1]
        for checkpoint in paused:
            (await fetch_checkpoint(checkpoint, GRAPH, bench.store)).content()


async def test_a_store_that_cannot_delete_works(clock: Clock) -> None:
    bench = Bench(Quick())
    for number in range(5):
        await bench.send(MESSAGES[number : 5 * BLOCK_BYTES])
        clock.seconds += 100
    assert len(bench.store.objects) == 5


async def test_a_store_that_fails_to_delete_is_told_of_and_the_phase_goes_on(
    clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    class Refusing(Deleting):
        async def delete(self, key: str) -> None:
            raise PermissionError("read only")

    bench = Bench(Refusing())
    with caplog.at_level(logging.WARNING):
        for number in range(4):
            await bench.send(MESSAGES[number : 5 * BLOCK_BYTES])
            clock.seconds += 100
    assert "could not be deleted from the store, where they stay. read only" in caplog.text


# --- What is read ---


async def test_a_checkpoint_that_is_no_reference_needs_no_store() -> None:
    assert (await fetch_checkpoint(seal(content_of(), GRAPH), GRAPH, None)).content() == content_of()


async def test_a_reference_of_the_release_before_blocks_is_read() -> None:
    store = Quick()
    key = await store.put(seal(content_of(messages(3)), GRAPH))
    opened = await fetch_checkpoint(REFERENCE_PREFIX + key.encode(), GRAPH, store)
    assert opened.content() == content_of(messages(3))


REFERENCES = [REFERENCE_PREFIX + b"gone", REFERENCE_PREFIX + b"\xff\xfe", OWNED_REFERENCE_PREFIX + OURS + b"gone"]


@pytest.mark.parametrize("reference", [*REFERENCES, OWNED_REFERENCE_PREFIX])
async def test_an_object_that_is_gone_is_unusable(reference: bytes) -> None:
    with pytest.raises(UnusableError, match="not in the object store any more"):
        await fetch_checkpoint(reference, GRAPH, Quick())


@pytest.mark.parametrize("reference", REFERENCES)
async def test_a_worker_without_a_store_says_so(reference: bytes) -> None:
    with pytest.raises(UnusableError, match="this worker has none"):
        await fetch_checkpoint(reference, GRAPH, None)


async def two_kinds_of_objects() -> Bench:
    bench = Bench(Quick())
    await bench.send(messages(5.5))
    await bench.send(messages(5.5))
    assert bench.sent[1].startswith(MAGIC)
    return bench


async def test_a_block_that_is_gone_is_unusable() -> None:
    bench = await two_kinds_of_objects()
    for key in list(bench.store.objects)[1:]:
        content = bench.store.objects.pop(key)
        with pytest.raises(UnusableError, match="not in the object store any more"):
            await bench.newest()
        bench.store.objects[key] = content
    with pytest.raises(UnusableError, match="this worker has none"):
        await fetch_checkpoint(bench.sent[-1], GRAPH, None)


async def test_a_block_that_was_changed_in_the_store_is_unusable() -> None:
    bench = await two_kinds_of_objects()
    for key in list(bench.store.objects)[1:]:
        content = bench.store.objects[key]
        for changed in (b"", content[:-1], content + b"\0", content[:100] + b"\0" + content[101:]):
            bench.store.objects[key] = changed
            with pytest.raises(UnusableError, match="one of its blocks is damaged"):
                await bench.newest()
        bench.store.objects[key] = content


async def test_a_store_that_does_not_answer_is_not_a_missing_object() -> None:
    class Away(Quick):
        async def get(self, key: str) -> bytes:
            raise ConnectionError(key)

    bench, away = await two_kinds_of_objects(), Away()
    for reference in (*REFERENCES, *bench.sent):
        with pytest.raises(ConnectionError):
            await fetch_checkpoint(reference, GRAPH, away)


@pytest.mark.parametrize("parallel", [1, 4, 16, 64, 1000])
def test_all_parallel_phases_together_stay_below_their_share(parallel: int) -> None:
    assert inline_limit_bytes(parallel) * parallel <= MAX_WORKFLOW_CHECKPOINT_BYTES
    assert inline_limit_bytes(parallel) <= MAX_INLINE_BYTES


def test_a_phase_on_its_own_gets_the_most() -> None:
    assert inline_limit_bytes(1) == MAX_INLINE_BYTES
    assert len(OURS) == len(THEIRS) == OWNER_BYTES
