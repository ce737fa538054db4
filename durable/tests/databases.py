"""A database behind a phase's store, for tests: it behaves as LangGraph's PostgresStore does."""

import json
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from langgraph.store.base import (
    BaseStore,
    GetOp,
    IndexConfig,
    Item,
    ListNamespacesOp,
    Op,
    PutOp,
    Result,
    SearchItem,
    SearchOp,
    TTLConfig,
    validate_op_namespace,
)
from langgraph.store.memory import (
    InMemoryStore,
    _compare_values,  # pyright: ignore[reportPrivateUsage] - databases read filters in the same way
    _does_match,  # pyright: ignore[reportPrivateUsage]
)

Key = tuple[tuple[str, ...], str]


class Database(BaseStore):
    """Keeps JSON, finds first what was written last, and keeps the date of a row that is overwritten.

    `failing` holds errors of the next batches that write. `written` holds all puts and deletes.
    """

    supports_ttl = True

    def __init__(self, index: IndexConfig | None = None, ttl: TTLConfig | None = None) -> None:
        self.rows: dict[Key, dict[str, Any]] = {}
        self.failing: list[Exception] = []
        self.written: list[PutOp] = []
        self.ttl_config = ttl
        self._vectors = InMemoryStore(index=index)  # for ranking only
        self.index_config, self.embeddings = self._vectors.index_config, self._vectors.embeddings
        self._writes = 0

    def batch(self, ops: Iterable[Op]) -> list[Result]:
        ops = list(ops)
        for op in ops:
            validate_op_namespace(op)
        if any(isinstance(op, PutOp) for op in ops) and self.failing:
            raise self.failing.pop(0)
        results: list[Result] = [self._read(op) for op in ops]
        for op in ops:
            if isinstance(op, PutOp):
                self._write(op)
        return results

    async def abatch(self, ops: Iterable[Op]) -> list[Result]:
        return self.batch(ops)

    def _read(self, op: Op) -> Result:
        if isinstance(op, GetOp):
            row = self.rows.get((op.namespace, op.key))
            return None if row is None else Item(**self._fields((op.namespace, op.key), row))
        if isinstance(op, SearchOp):
            return self._search(op)
        if isinstance(op, ListNamespacesOp):
            return self._list(op)
        return None

    def _search(self, op: SearchOp) -> list[SearchItem]:
        prefix, wanted = op.namespace_prefix, (op.filter or {}).items()
        newest = sorted(self.rows.items(), key=lambda each: -each[1]["write"])
        found = [
            SearchItem(**self._fields(key, row))
            for key, row in newest
            if key[0][: len(prefix)] == prefix
            and all(_compare_values(json.loads(row["value"]).get(name), value) for name, value in wanted)
        ]
        if op.query and self.embeddings:
            ranked = self._vectors.search(prefix, query=op.query, limit=100_000)
            scores = {(each.namespace, each.key): each.score for each in ranked if each.score is not None}
            found = [each for each in found if (each.namespace, each.key) in scores]
            for each in found:
                each.score = scores[each.namespace, each.key]
            found.sort(key=lambda each: -(each.score or 0))
        return found[op.offset : op.offset + op.limit]

    def _list(self, op: ListNamespacesOp) -> list[tuple[str, ...]]:
        names = {key[0] for key in self.rows}
        fitting = [name for name in names if all(_does_match(each, name) for each in op.match_conditions or ())]
        return sorted({name[: op.max_depth] for name in fitting})[op.offset : op.offset + op.limit]

    def _write(self, op: PutOp) -> None:
        self.written.append(op)
        self._vectors.batch([op._replace(value=None)])
        self._vectors.batch([op])
        self._writes += 1
        key = (op.namespace, op.key)
        if op.value is None:
            self.rows.pop(key, None)
            return
        now = datetime.now(UTC)
        expires = None if op.ttl is None else now + timedelta(minutes=op.ttl)
        created = self.rows.get(key, {"created": now})["created"]
        value = json.dumps(op.value, allow_nan=False)
        self.rows[key] = {"value": value, "created": created, "updated": now, "write": self._writes, "expires": expires}

    def _fields(self, key: Key, row: dict[str, Any]) -> dict[str, Any]:
        return {
            "namespace": key[0],
            "key": key[1],
            "value": json.loads(row["value"]),
            "created_at": row["created"],
            "updated_at": row["updated"],
        }
