"""What is remembered has a bounded size: the largest results are left out of a heartbeat, and named."""

import asyncio
from base64 import b64encode
from random import Random
from typing import Any
from uuid import uuid4

import pytest
from langgraph_heartbeat import remembered
from langgraph_heartbeat._journal import answer_sizes
from langgraph_heartbeat._journal.answer_sizes import AnswerSizes
from langgraph_heartbeat._journal.call_observer import Run
from langgraph_heartbeat._journal.unremembered import Unremembered
from langgraph_heartbeat._publishing.envelope import PREFIX_BYTES, Envelope
from temporalio.client import Client

from .asking import State, one
from .attempts import Attempt
from .phases import phase_worker, progress_of, start, until
from .test_journal_unremembered import Nothing


def incompressible(kib: int, seed: int) -> str:
    return b64encode(Random(seed).randbytes(kib * 768)).decode()


def content_of(checkpoint: bytes) -> dict[str, Any]:
    """Return what a checkpoint carries, without knowing its graph."""
    fingerprint = checkpoint[PREFIX_BYTES : PREFIX_BYTES + 16]
    return dict(Envelope(checkpoint, fingerprint).content()) if checkpoint else {"journal": {}}


def answers_in(checkpoint: bytes) -> dict[str, Any]:
    return content_of(checkpoint)["journal"]


async def test_results_that_have_no_room_beside_the_state_are_named_and_the_others_kept(
    client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    queue, gate = str(uuid4()), asyncio.Event()

    @remembered
    async def load(kib: int) -> str:
        return incompressible(kib, kib)

    async def node(_: State) -> State:
        for kib in (400, 20, 30):
            await load(kib)
        await gate.wait()
        return {}

    async with phase_worker(client, queue, one(node), Nothing, Nothing):
        handle = await start(client, queue, {}, result=Nothing)

        async def shown() -> bool:
            progress, checkpoint = await progress_of(client, handle)
            too_large = progress.get("not remembered") == {"too large beside the state": 1}
            return too_large and len(answers_in(checkpoint)) == 2

        await until(shown)
        gate.set()
        await handle.result()
    assert caplog.text.count("An answer of load in node is not remembered: it takes 400 KiB") == 1


async def test_the_log_of_calls_leaves_before_an_answer_does(client: Client) -> None:
    """Without the log there is room for the answer, which would be paid for again; a line of the log would not."""
    queue, gate = str(uuid4()), asyncio.Event()

    @remembered
    async def load(number: int) -> bytes:
        if number:
            raise ConnectionError
        return Random(number).randbytes(257_000)

    async def node(_: State) -> State:
        await load(0)
        for number in range(1, 1_500):  # a call that failed has a line in the log, and no answer
            with pytest.raises(ConnectionError):
                await load(number)
        await gate.wait()
        return {}

    async with phase_worker(client, queue, one(node), Nothing, Nothing, call_log=2_000):
        handle = await start(client, queue, {}, result=Nothing)

        async def shown() -> bool:
            _, checkpoint = await progress_of(client, handle)
            content = content_of(checkpoint)
            return len(content["journal"]) == 1 and "ended" not in content["calls"]

        await until(shown)
        gate.set()
        await handle.result()


def test_the_smallest_answers_are_kept() -> None:
    sizes, rows = AnswerSizes(Unremembered()), {"a": 40_000, "b": 10, "c": 20_000, "d": 10_000}
    answers = {
        key: ("", "bytes", incompressible(1, 1).encode() * 0 + Random(1).randbytes(size)) for key, size in rows.items()
    }
    assert sizes.left_out(answers, None) == set()
    assert sizes.left_out(answers, 31_000) == {"a"}
    assert sizes.left_out(answers, 30_000) == {"a", "c"}
    assert sizes.left_out(answers, 0) == set(rows)


async def test_what_is_remembered_at_once_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """A phase with a store for checkpoints has room for more than a heartbeat, and not for everything."""
    monkeypatch.setattr(answer_sizes, "MAX_BYTES", 100_000)

    @remembered
    async def load(number: int) -> str:
        return incompressible(40, number)

    async def node(_: State) -> State:
        for number in range(4):
            await load(number)
        return {}

    attempt = Attempt(one(node).add_node("later", node).add_edge("node", "later"))
    await attempt.run({"said": []})
    assert attempt.journal.unremembered.counts() == {
        "load in node: too large": 2,
        "load in later: too large": 2,
    }


def test_forgotten_answers_take_no_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answer_sizes, "MAX_BYTES", 100)
    sizes, run = AnswerSizes(Unremembered()), Run("load", "node")
    sizes.add("a", run, b"x" * 80)
    assert not sizes.has_room(run, b"x" * 40)
    sizes.forget({"b"}.__contains__)
    assert sizes.has_room(run, b"x" * 40)
