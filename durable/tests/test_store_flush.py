"""The user's store behind a phase: when it gets what the graph has put, and what becomes of that if it does not."""

import asyncio
from typing import Any, TypedDict, cast
from uuid import uuid4

import pytest
from langgraph.config import get_store
from langgraph.graph import START, StateGraph
from langgraph.store.memory import InMemoryStore
from langgraph.types import interrupt
from langgraph_heartbeat import Paused, Resume
from langgraph_heartbeat._heartbeats import Heartbeats
from langgraph_heartbeat._serialising.serialising import StrictSerializer
from langgraph_heartbeat._store.flush import RETRY_SECONDS, StoreFlush
from langgraph_heartbeat._store.store import HeartbeatStore
from pydantic import BaseModel
from temporalio.client import Client
from temporalio.exceptions import ApplicationError

from .databases import Database
from .phases import Outcome, phase_worker, start

FACTS = ("facts",)


class Asked(BaseModel):
    pass


class State(TypedDict, total=False):
    out: Any


async def learn(_: State) -> dict[str, Any]:
    await get_store().aput(FACTS, "sky", {"is": "blue"})
    await get_store().adelete(FACTS, "old")
    return {"out": "learned"}


async def recall(_: State) -> dict[str, Any]:
    facts = await get_store().asearch(FACTS)
    return {"out": {each.key: each.value["is"] for each in facts}}


def graph(*nodes: Any) -> StateGraph[Any, Any, Any, Any]:
    builder = StateGraph(State).add_sequence(list(nodes))
    return builder.add_edge(START, nodes[0].__name__)


def with_old_facts() -> Database:
    database = Database()
    database.put(FACTS, "old", {"is": "stale"})
    database.put(FACTS, "grass", {"is": "green"})
    database.written.clear()
    return database


async def test_a_graph_that_needs_a_store_has_one(client: Client) -> None:
    queue = str(uuid4())
    async with phase_worker(client, queue, graph(learn, recall), Asked):
        assert await (await start(client, queue, {})).result() == Outcome(out={"sky": "blue"})


@pytest.mark.parametrize("compiled", [True, False])
async def test_both_layers_are_read_and_the_store_behind_is_written_at_the_end(
    client: Client, *, compiled: bool
) -> None:
    queue, database = str(uuid4()), with_old_facts()
    seen: list[int] = []

    async def look(_: State) -> dict[str, Any]:
        seen.append(len(database.written))
        return {}

    builder = graph(learn, recall, look)
    given: Any = builder.compile(store=database if compiled else InMemoryStore())
    options: dict[str, Any] = {} if compiled else {"store": database}
    async with phase_worker(client, queue, given, Asked, **options):
        result = await (await start(client, queue, {})).result()
    assert result == Outcome(out={"sky": "blue", "grass": "green"})
    assert seen == [0]
    assert {each.key: each.value for each in database.search(FACTS)} == {
        "sky": {"is": "blue"},
        "grass": {"is": "green"},
    }


async def test_a_store_that_cannot_be_written_is_written_by_a_later_attempt(client: Client) -> None:
    queue, database, made = str(uuid4()), with_old_facts(), list[str]()
    database.failing = [ConnectionError("database is down"), ConnectionError("database is down")]

    async def once(_: State) -> dict[str, Any]:
        made.append("once")
        await get_store().aput(FACTS, str(uuid4()), {"is": "new"})
        return {}

    async with phase_worker(client, queue, graph(once, recall), Asked, store=database):
        await (await start(client, queue, {})).result()
    assert made == ["once"]
    assert database.failing == []
    assert [each.value["is"] for each in database.search(FACTS)] == ["new", "green", "stale"]


async def test_a_pause_writes_and_the_checkpoint_forgets(client: Client) -> None:
    queue, database = str(uuid4()), with_old_facts()

    async def ask(_: State) -> dict[str, Any]:
        await get_store().aput(FACTS, "draft", {"is": "unsaid"})
        interrupt("May I?")
        return {}

    async with phase_worker(client, queue, graph(learn, ask, recall), Asked, store=database):
        paused = await (await start(client, queue, {})).result()
        assert isinstance(paused, Paused)
        assert sorted(each.key for each in database.search(FACTS)) == ["grass", "sky"]  # not what `ask` will put again
        database.put(FACTS, "sky", {"is": "grey"})  # somebody else, meanwhile
        database.written.clear()
        answers = {question.id: "yes" for question in paused.questions}
        handle = await start(client, queue, {}, Resume(checkpoint=paused.checkpoint, answers=answers))
        result = await handle.result()
    assert result == Outcome(out={"draft": "unsaid", "sky": "grey", "grass": "green"})
    assert [op.key for op in database.written] == ["draft"]


async def test_an_in_memory_store_is_written_but_the_checkpoint_does_not_rely_on_it(client: Client) -> None:
    queue = str(uuid4())

    async def ask(_: State) -> dict[str, Any]:
        interrupt("May I?")
        return {}

    first, second = InMemoryStore(), InMemoryStore()
    async with phase_worker(client, queue, graph(learn, ask, recall), Asked, store=first):
        paused = await (await start(client, queue, {})).result()
    assert [each.key for each in first.search(FACTS)] == ["sky"]
    answers = {question.id: "yes" for question in paused.questions}
    async with phase_worker(client, queue, graph(learn, ask, recall), Asked, store=second):  # another process
        resume = Resume(checkpoint=paused.checkpoint, answers=answers)
        result = await (await start(client, queue, {}, resume)).result()
    assert result == Outcome(out={"sky": "blue"})
    assert [each.key for each in second.search(FACTS)] == ["sky"]


async def test_many_puts_are_written_while_the_graph_runs(client: Client) -> None:
    queue, database = str(uuid4()), Database()
    arrived = asyncio.Event()

    class Telling(Database):
        async def abatch(self, ops: Any) -> Any:
            results = await super().abatch(ops)
            if len(self.rows) >= 300:
                arrived.set()
            return results

    database = Telling()

    async def many(_: State) -> dict[str, Any]:
        for number in range(300):
            await get_store().aput(FACTS, f"{number}", {"text": uuid4().hex * 20})
        return {}

    async def wait(_: State) -> dict[str, Any]:
        await asyncio.wait_for(arrived.wait(), 60)
        item = await get_store().aget(FACTS, "299")
        found = await get_store().asearch(FACTS, limit=1000)
        return {"out": [bool(item), len({each.key for each in found})]}

    async with phase_worker(client, queue, graph(many, wait), Asked, store=database):
        result = await (await start(client, queue, {})).result()
    assert result == Outcome(out=[True, 300])
    assert len(database.written) == 300


async def test_a_graph_that_puts_faster_than_the_store_takes_waits_for_it(client: Client) -> None:
    queue = str(uuid4())

    class Slow(Database):
        async def abatch(self, ops: Any) -> Any:
            await asyncio.sleep(0.1)  # stands for a network
            return await super().abatch(ops)

    async def put(_: State) -> dict[str, Any]:
        await get_store().aput(FACTS, uuid4().hex, {"text": "".join(uuid4().hex for _ in range(1250))})
        return {}

    database, nodes = Slow(), graph(*[named(put, f"put{number}") for number in range(30)])
    async with phase_worker(client, queue, nodes, Asked, Asked, store=database):
        await (await start(client, queue, {}, result=Asked)).result()
    assert len(database.rows) == 30


def named(node: Any, name: str) -> Any:
    async def copy(state: State) -> Any:
        return await node(state)

    copy.__name__ = name
    return copy


class Objects:
    """A `CheckpointStore`."""

    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}
        self.puts = 0

    async def put(self, content: bytes) -> str:
        self.puts += 1
        key = uuid4().hex
        self.kept[key] = content
        return key

    async def get(self, key: str) -> bytes:
        return self.kept[key]


async def test_puts_in_a_checkpoint_that_is_in_an_object_store_are_written(client: Client) -> None:
    queue, database, objects = str(uuid4()), Database(), Objects()

    async def grow(_: State) -> dict[str, Any]:
        return {"out": "".join(uuid4().hex for _ in range(20_000))}

    async def note(_: State) -> dict[str, Any]:
        await get_store().aput(FACTS, "sky", {"is": "blue"})
        return {}

    nodes = graph(grow, note)
    async with phase_worker(client, queue, nodes, Asked, store=database, checkpoints=objects):
        result = await (await start(client, queue, {})).result()
    assert len(result.out) == 640_000
    assert objects.puts
    assert [op.key for op in database.written] == ["sky"]


class Beats:
    """Heartbeats of which the server acknowledges none before `let` is set."""

    def __init__(self) -> None:
        self.newest_checkpoint = b"checkpoint"
        self.let = asyncio.Event()

    async def acknowledged(self) -> None:
        await self.let.wait()


class Flushing:
    """A `StoreFlush` over a database; `carried` is what the newest checkpoint carries."""

    def __init__(self) -> None:
        self.database, self.beats = Database(), Beats()
        self.store = HeartbeatStore(self.database, StrictSerializer())
        self.carried: Any = ()
        self.flush = StoreFlush(self.store, cast("Heartbeats", self.beats), self._rows_carried, 100)

    async def _rows_carried(self, _: bytes) -> Any:
        return self.carried

    def publish(self) -> None:
        self.carried = self.store.content()


async def test_nothing_is_written_before_the_server_has_acknowledged_it() -> None:
    flushing = Flushing()
    await flushing.store.aput(FACTS, "sky", {"is": "blue"})
    flushing.publish()
    writing = asyncio.create_task(flushing.flush.flush())
    for _ in range(10):
        await asyncio.sleep(0)
    assert flushing.database.written == []
    flushing.beats.let.set()
    await writing
    assert [op.key for op in flushing.database.written] == ["sky"]
    assert flushing.store.content() == []


async def test_what_no_heartbeat_carries_is_not_written_and_fails_the_end() -> None:
    flushing = Flushing()
    flushing.beats.let.set()
    await flushing.store.aput(FACTS, "sky", {"is": "blue"})
    flushing.publish()
    await flushing.store.aput(FACTS, "grass", {"is": "green"})
    with pytest.raises(ApplicationError, match=r"1 puts and deletes .* could not be written") as failed:
        await flushing.flush.flush()
    assert not failed.value.non_retryable
    assert [op.key for op in flushing.database.written] == ["sky"]
    assert len(flushing.store.content()) == 1
    flushing.publish()
    await flushing.flush.flush()
    assert flushing.store.content() == []


async def test_a_row_that_was_put_again_while_it_was_written_stays() -> None:
    flushing = Flushing()
    await flushing.store.aput(FACTS, "sky", {"is": "blue"})
    flushing.publish()
    writing = asyncio.create_task(flushing.flush.flush())
    await asyncio.sleep(0)
    await flushing.store.aput(FACTS, "sky", {"is": "grey"})
    flushing.beats.let.set()
    await writing
    item = await flushing.store.aget(FACTS, "sky")
    assert item is not None
    assert item.value == {"is": "grey"}
    assert flushing.database.search(FACTS)[0].value == {"is": "blue"}
    flushing.publish()
    await flushing.flush.flush()
    assert flushing.database.search(FACTS)[0].value == {"is": "grey"}


async def test_rows_are_written_in_the_order_in_which_they_were_put() -> None:
    flushing = Flushing()
    flushing.beats.let.set()
    for key in ("a", "b", "a"):
        await flushing.store.aput(FACTS, key, {"is": key})
    flushing.publish()
    await flushing.flush.flush()
    assert [op.key for op in flushing.database.written] == ["b", "a"]


async def test_a_store_that_fails_in_the_background_is_left_alone_for_a_while() -> None:
    flushing = Flushing()
    flushing.beats.let.set()
    flushing.database.failing = [ConnectionError("database is down")]
    await flushing.store.aput(FACTS, "sky", {"is": "blue" * 50})
    flushing.publish()
    for _ in range(3):
        flushing.flush.start_if_large()
        await flushing.flush.settle()
    assert flushing.database.failing == []
    assert flushing.database.written == []
    await flushing.flush.flush()
    assert [op.key for op in flushing.database.written] == ["sky"]


async def test_a_write_in_the_background_that_fails_is_told_and_tried_again(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    flushing = Flushing()
    flushing.beats.let.set()
    flushing.database.failing = [ConnectionError("database is down")]
    await flushing.store.aput(FACTS, "sky", {"is": "blue"})
    flushing.publish()
    flushing.flush.start_if_large()  # it is not
    await flushing.store.aput(FACTS, "sky", {"is": "blue" * 50})
    flushing.publish()
    for seconds in (0.0, RETRY_SECONDS):
        monkeypatch.setattr("langgraph_heartbeat._store.flush.RETRY_SECONDS", seconds)
        flushing.flush.start_if_large()
        await flushing.flush.settle()
    assert "database is down" in caplog.text
    assert [op.key for op in flushing.database.written] == ["sky"]
    assert flushing.store.content() == []
