"""The user's store behind a phase: when it gets what the graph has put, and what becomes of that if it does not."""

import asyncio
from typing import Any, TypedDict
from uuid import uuid4

import pytest
from langgraph.config import get_store
from langgraph.graph import START, StateGraph
from langgraph.store.memory import InMemoryStore
from langgraph.types import interrupt
from langgraph_heartbeat import Paused, Resume
from pydantic import BaseModel
from temporalio.client import Client

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
