"""A phase's store answers as the store behind it would if it held everything: random operations on both."""

import random
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from hashlib import sha256
from typing import Any, cast

import pytest
from langchain_core.embeddings import Embeddings
from langchain_core.runnables.config import var_child_runnable_config
from langgraph.store.base import (
    BaseStore,
    GetOp,
    IndexConfig,
    Item,
    ListNamespacesOp,
    MatchCondition,
    Op,
    PutOp,
    SearchItem,
    SearchOp,
)
from langgraph.store.memory import InMemoryStore
from langgraph_heartbeat._serialising.serialising import StrictSerializer
from langgraph_heartbeat._store.rows import put_of
from langgraph_heartbeat._store.store import HeartbeatStore

from .databases import Database

NAMESPACES = [("a",), ("a", "x"), ("a", "y"), ("a", "x", "deep"), ("b",), ("b-c", "x"), ("z", "x")]
KEYS = [f"k{number}" for number in range(6)]


class HashEmbeddings(Embeddings):
    """Gives each text a direction of its own."""

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        return [self.embed_query(text) for text in texts]

    def embed_query(self, text: str) -> list[float]:
        return [byte - 127.5 for byte in sha256(text.encode()).digest()[:8]]


INDEX: IndexConfig = {"dims": 8, "embed": HashEmbeddings(), "fields": ["text", "more[*]"]}


@contextmanager
def in_task(namespace: str) -> Generator[None]:
    """Use stores as a LangGraph task does in this namespace."""
    token = var_child_runnable_config.set({"configurable": {"checkpoint_ns": namespace, "checkpoint_map": {"": "1"}}})
    try:
        yield
    finally:
        var_child_runnable_config.reset(token)


class Layered:
    """A phase's store whose rows lie in all layers: behind it, committed, and in tasks that have not finished."""

    def __init__(self, behind: BaseStore | None, *, flushes: bool) -> None:
        self.behind, self._flushes = behind, flushes
        self.store = HeartbeatStore(behind, StrictSerializer())
        self._tasks = 0

    def finish_task(self) -> None:
        self.store.task_finished(f"task{self._tasks}", {"": "1"}, is_saved)
        self._tasks += 1

    def flush(self) -> None:
        if self._flushes and self.behind is not None:
            rows = self.store.decoded(self.store.content())
            in_order = sorted(rows.items(), key=lambda each: each[1].number)
            self.behind.batch([put_of(key, row, row.updated_at) for key, row in in_order])
            self.store.forget({key: row.number for key, row in rows.items()})

    def restart(self) -> None:
        """Begin another attempt with what the checkpoint carries."""
        self.finish_task()
        content = self.store.content()
        self.store = HeartbeatStore(self.behind, StrictSerializer())
        self.store.restore(content)

    @property
    def namespace(self) -> str:
        return f"node:task{self._tasks}"


class Operations:
    """Random operations; values have texts that no other value has."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self._texts = 0

    def put(self) -> PutOp:
        namespace, key = self.random.choice(NAMESPACES), self.random.choice(KEYS)
        if self.random.random() < 0.3:
            return PutOp(namespace, key, None)
        self._texts += 1
        more = [f"more {self._texts} {number}" for number in range(self.random.randrange(3))]
        number = self.random.randrange(5)
        value = {"text": f"text {self._texts}", "more": more, "n": number, "tag": {"even": number % 2 == 0}}
        index = self.random.choice([None, None, False, ["text"], ["more[0]"]])
        return PutOp(namespace, key, value, index)  # pyright: ignore[reportArgumentType]

    def read(self, known: Sequence[tuple[str, ...]]) -> Op:
        kind = self.random.randrange(10)
        if kind < 3 and known:  # InMemoryStore would list other namespaces once they are looked into
            return GetOp(self.random.choice(known), self.random.choice(KEYS))
        if kind < 8:
            return SearchOp(
                self.random.choice(NAMESPACES)[: self.random.randrange(3)],
                self.random.choice(FILTERS),
                limit=self.random.choice([1, 2, 3, 5, 10, 100]),
                offset=self.random.choice([0, 0, 1, 2, 5]),
                query=self.random.choice([None, None, "some query"]),
            )
        conditions = self.random.choice(CONDITIONS)
        depth, offset = self.random.choice([None, 1, 2]), self.random.choice([0, 0, 1, 2])
        return ListNamespacesOp(conditions, depth, self.random.choice([2, 100]), offset)


FILTERS: list[dict[str, Any] | None] = [
    None,
    None,
    {"n": 1},
    {"n": {"$gt": 1}},
    {"n": {"$gte": 2, "$lt": 4}},
    {"n": {"$lte": 3, "$ne": 0}},
    {"n": {"$eq": 2}},
    {"tag": {"even": True}},
    {"n": 3, "tag": {"even": False}},
    {"missing": None},
]
CONDITIONS: list[tuple[MatchCondition, ...] | None] = [
    None,
    (MatchCondition("prefix", ("a",)),),
    (MatchCondition("suffix", ("x",)),),
    (MatchCondition("prefix", ("*", "x")), MatchCondition("suffix", ("deep",))),
]


def is_saved(_namespace: str, _checkpoint: str) -> bool:
    return True


def plain(result: Any) -> Any:
    """Return an answer without its dates, which differ, and with scores as far as rounding allows."""
    if isinstance(result, list):
        return [plain(each) for each in cast("list[Any]", result)]
    if isinstance(result, SearchItem):
        score = None if result.score is None else round(result.score, 6)
        return (result.namespace, result.key, result.value, score)
    return (result.namespace, result.key, result.value) if isinstance(result, Item) else result


def in_memory() -> InMemoryStore:
    return InMemoryStore()


class Indexed(InMemoryStore):
    """Forgets the embeddings of a value with the value; InMemoryStore keeps those of other fields."""

    def __init__(self) -> None:
        super().__init__(index=INDEX)

    def _extract_texts(self, put_ops: Any) -> Any:
        for namespace, key in put_ops:
            self._vectors[namespace].pop(key, None)
        return super()._extract_texts(put_ops)


def indexed_database() -> Database:
    return Database(index=INDEX)


VARIANTS: dict[str, tuple[Callable[[], BaseStore], bool]] = {
    "nothing behind": (in_memory, False),
    "InMemoryStore": (in_memory, True),
    "InMemoryStore with an index": (Indexed, True),
    "database": (Database, True),
    "database with an index": (indexed_database, True),
}


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("variant", VARIANTS)
async def test_answers_are_those_of_one_store_with_everything(variant: str, seed: int) -> None:
    make, has_behind = VARIANTS[variant]
    bare, operations = make(), Operations(seed)
    layered = Layered(make() if has_behind else None, flushes=isinstance(bare, Database))
    known: list[tuple[str, ...]] = []
    if layered.behind is not None:
        # InMemoryStore keeps the place of a namespace in its order also when it is empty, and does not tell.
        first = [op for op in (operations.put() for _ in range(20)) if op.value is not None]
        for op in first:
            bare.batch([op])
            layered.behind.batch([op])
        known += [op.namespace for op in first]
    reads = 0
    for _ in range(120):
        kind = operations.random.random()
        if kind < 0.4:
            ops: list[Op] = [operations.put()]
            known += [op.namespace for op in ops if isinstance(op, PutOp)]
        elif kind < 0.9:
            ops = [operations.read(known) for _ in range(operations.random.randrange(1, 4))]
            ops = [op for op in ops if is_answered_well(op, bare)]
            reads += len(ops)
        else:
            operations.random.choice([layered.finish_task, layered.flush, layered.restart])()
            continue
        wanted = bare.batch(ops)
        with in_task(layered.namespace):
            is_async = operations.random.random() < 0.5
            found = await layered.store.abatch(ops) if is_async else layered.store.batch(ops)
        assert plain(found) == plain(wanted), ops
    assert reads > 60


def is_answered_well(op: Op, bare: BaseStore) -> bool:
    """Leave out what InMemoryStore gets wrong: its later pages repeat what has no embedding."""
    return not (isinstance(bare, Indexed) and isinstance(op, SearchOp) and op.query and op.offset)
