"""Reads of a phase's store, over two layers: the rows that were put in the phase, and the store behind it.

A read is a generator: it yields what it `Needs` of the store behind and of its embedding model, and gets it sent. So
the same code serves synchronous and asynchronous callers, and the reads of a batch ask together.
"""

import math
import sys
from collections.abc import Callable, Generator, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from operator import mul
from typing import Any

from langgraph.store.base import (
    BaseStore,
    GetOp,
    Item,
    ListNamespacesOp,
    Op,
    SearchItem,
    SearchOp,
    get_text_at_path,
)
from langgraph.store.memory import (
    InMemoryStore,
    _compare_values,  # pyright: ignore[reportPrivateUsage] - what filters and conditions mean is LangGraph's to say
    _does_match,  # pyright: ignore[reportPrivateUsage]
)

from ._serialising import StrictSerializer
from ._store_rows import Key, Row, Rows, item_of, search_item_of

PAGE = 1000


@dataclass
class Needs:
    """What a read needs: operations of the store behind, and embeddings of texts and of queries."""

    ops: list[Op] = field(default_factory=list[Op])
    texts: list[str] = field(default_factory=list[str])
    queries: list[str] = field(default_factory=list[str])


@dataclass
class Got:
    results: list[Any]
    texts: list[list[float]]
    queries: list[list[float]]


Reading = Generator[Needs, Got, Any]


def together(readings: Sequence[Reading]) -> Generator[Needs, Got, list[Any]]:
    """Run several reads in step, so that all of them ask the store behind in one batch."""
    answers: list[Any] = [None] * len(readings)
    waiting: dict[int, Needs] = {}

    def advance(index: int, resume: Callable[[], Needs]) -> None:
        try:
            waiting[index] = resume()
        except StopIteration as done:
            waiting.pop(index, None)
            answers[index] = done.value

    for index, reading in enumerate(readings):
        advance(index, lambda reading=reading: next(reading))
    while waiting:
        asked = list(waiting.items())
        got = yield Needs(
            [op for _, needs in asked for op in needs.ops],
            [text for _, needs in asked for text in needs.texts],
            [query for _, needs in asked for query in needs.queries],
        )
        results, texts, queries = iter(got.results), iter(got.texts), iter(got.queries)
        for index, needs in asked:
            part = Got(
                [next(results) for _ in needs.ops],
                [next(texts) for _ in needs.texts],
                [next(queries) for _ in needs.queries],
            )
            advance(index, lambda index=index, part=part: readings[index].send(part))
    return answers


@dataclass(frozen=True)
class Reader:
    """Reads `rows`, which a task sees, over the store `behind`."""

    rows: Rows
    behind: BaseStore | None
    serializer: StrictSerializer
    now: datetime = field(default_factory=lambda: datetime.now(UTC))

    def read(self, op: Op) -> Reading:
        if isinstance(op, GetOp):
            return self.get(op)
        if isinstance(op, SearchOp):
            return self.search(op)
        if isinstance(op, ListNamespacesOp):
            return self.list_namespaces(op)
        raise ValueError(f"Unknown operation: {type(op)}")

    def get(self, op: GetOp) -> Generator[Needs, Got, Item | None]:
        key = (op.namespace, op.key)
        row = self.rows.get(key)
        if row is None:
            return (yield from self._ask(op))
        if not row.is_live(self.now):
            return None
        if op.refresh_ttl:
            row.refresh_expiry(self.now)
        yield from self._find_dates([(key, row)])
        return item_of(key, row, self.serializer)

    def search(self, op: SearchOp) -> Generator[Needs, Got, list[SearchItem]]:
        prefix = op.namespace_prefix
        mine = {key: row for key, row in self.rows.items() if key[0][: len(prefix)] == prefix}
        if not mine:
            return (yield from self._ask(op)) or []
        keeps_order = not self._is_database
        asked = op._replace(offset=0, limit=op.offset + op.limit + len(mine))
        if keeps_order:  # a row that was changed here may fit the filter now, and its place is that of the old row
            asked = op._replace(offset=0, limit=sys.maxsize, filter=None)
        behind: list[SearchItem] = (yield from self._ask(asked)) or []
        fitting = {key: row for key, row in mine.items() if row.is_live(self.now) and fits(row.value, op)}
        scores: dict[Key, float] = {}
        if op.query and self._embeddings is not None:
            scores = yield from self._score(op.query, fitting)
        found: list[tuple[Key, SearchItem | Row]]
        if op.query and self._embeddings is not None:
            theirs = [(key_of(item), item) for item in behind if key_of(item) not in mine]
            if not keeps_order:  # a database finds only what has an embedding
                fitting = {key: row for key, row in fitting.items() if key in scores}
            found = [*theirs, *fitting.items()]
            found.sort(key=lambda each: -score_of(each, scores))
        elif keeps_order:
            found = in_order_of_first_put(behind, mine, fitting)
        else:  # a database returns first what was written last
            newest = sorted(fitting.items(), key=lambda each: -each[1].number)
            found = [*newest, *((key_of(item), item) for item in behind if key_of(item) not in mine)]
        if keeps_order:
            found = [each for each in found if isinstance(each[1], Row) or fits(each[1].value, op)]
        page = found[op.offset : op.offset + op.limit]
        rows = [(key, row) for key, row in page if isinstance(row, Row)]
        if op.refresh_ttl:
            for _, row in rows:
                row.refresh_expiry(self.now)
        yield from self._find_dates(rows)
        return [
            search_item_of(key, each, self.serializer, scores.get(key)) if isinstance(each, Row) else each
            for key, each in page
        ]

    def list_namespaces(self, op: ListNamespacesOp) -> Generator[Needs, Got, list[tuple[str, ...]]]:
        conditions = op.match_conditions or ()
        mine = [key for key in self.rows if all(_does_match(condition, key[0]) for condition in conditions)]
        if not mine:
            return (yield from self._ask(op)) or []
        live = {key[0] for key in mine if self.rows[key].is_live(self.now)}
        emptied = {key[0] for key in mine} - live
        if not self._is_database:  # InMemoryStore lists a namespace also after its last row is deleted
            live |= emptied
            emptied.clear()
        names = yield from self._all_namespaces(op._replace(max_depth=None if emptied else op.max_depth))
        for namespace in emptied & names:
            if not (yield from self._has_other_rows(namespace)):
                names.discard(namespace)
        names |= live
        cut = {name[: op.max_depth] for name in names} if op.max_depth is not None else names
        return sorted(cut)[op.offset : op.offset + op.limit]

    def _ask(self, op: Op) -> Generator[Needs, Got, Any]:
        if self.behind is None:
            return None
        return (yield Needs(ops=[op])).results[0]

    def _find_dates(self, rows: Iterable[tuple[Key, Row]]) -> Generator[Needs, Got, None]:
        """Find out when rows were created that continue rows of the store behind."""
        unknown = [(key, row) for key, row in rows if not row.has_own_date] if self.behind is not None else []
        if unknown:
            got = yield Needs(ops=[GetOp(*key, refresh_ttl=False) for key, _ in unknown])
            for (_, row), older in zip(unknown, got.results, strict=True):
                row.created_at = row.created_at if older is None else older.created_at
                row.has_own_date = True

    def _all_namespaces(self, op: ListNamespacesOp) -> Generator[Needs, Got, set[tuple[str, ...]]]:
        names: set[tuple[str, ...]] = set()
        offset = 0
        while page := (yield from self._ask(op._replace(offset=offset, limit=PAGE))):
            names.update(page)
            offset += PAGE
            if len(page) < PAGE:
                break
        return names

    def _has_other_rows(self, namespace: tuple[str, ...]) -> Generator[Needs, Got, bool]:
        """Return whether the store behind has rows in this very namespace that were not deleted here."""
        offset = 0
        while page := (yield from self._ask(SearchOp(namespace, limit=PAGE, offset=offset, refresh_ttl=False))):
            if any(item.namespace == namespace and key_of(item) not in self.rows for item in page):
                return True
            offset += PAGE
            if len(page) < PAGE:
                break
        return False

    def _score(self, query: str, rows: Rows) -> Generator[Needs, Got, dict[Key, float]]:
        """Return how near each row is to the query; rows that are not indexed are left out."""
        config: dict[str, Any] = getattr(self.behind, "index_config", None) or {}
        fields = config.get("fields") or ["$"]
        texts = {key: texts_of(row, fields) for key, row in rows.items() if row.vectors is None}
        got = yield Needs(texts=[text for each in texts.values() for text in each], queries=[query])
        vectors = iter(got.texts)
        for key, each in texts.items():
            rows[key].vectors = [next(vectors) for _ in each]
        distance = config.get("distance_type", "cosine")
        return {
            key: max(nearness(distance, got.queries[0], vector) for vector in row.vectors)
            for key, row in rows.items()
            if row.vectors
        }

    @property
    def _embeddings(self) -> Any:
        return getattr(self.behind, "embeddings", None)

    @property
    def _is_database(self) -> bool:
        return is_database(self.behind)


def is_database(store: BaseStore | None) -> bool:
    """Return whether a store outlives this process; `InMemoryStore` does not."""
    return store is not None and not isinstance(store, InMemoryStore)


def key_of(item: Item) -> Key:
    return item.namespace, item.key


def fits(value: dict[str, Any], op: SearchOp) -> bool:
    return all(_compare_values(value.get(key), wanted) for key, wanted in (op.filter or {}).items())


def score_of(found: tuple[Key, SearchItem | Row], scores: dict[Key, float]) -> float:
    key, each = found
    score = scores.get(key) if isinstance(each, Row) else each.score
    return -math.inf if score is None else score


def in_order_of_first_put(
    behind: Iterable[SearchItem], mine: Rows, fitting: Rows
) -> list[tuple[Key, SearchItem | Row]]:
    """Return both layers in the order of `InMemoryStore`: by namespace, and in it by key, as they were first put."""
    namespaces: dict[tuple[str, ...], dict[str, SearchItem | Row]] = {}
    for item in behind:
        namespaces.setdefault(item.namespace, {})[item.key] = item
    for (namespace, key), row in mine.items():
        items = namespaces.setdefault(namespace, {})
        if row.stored is None or row.is_new:
            items.pop(key, None)
        if row.stored is not None:
            items[key] = row
    every = [((namespace, key), each) for namespace, items in namespaces.items() for key, each in items.items()]
    return [(key, each) for key, each in every if not isinstance(each, Row) or key in fitting]


def texts_of(row: Row, fields: Sequence[str]) -> list[str]:
    if row.index is False:
        return []
    return [text for path in (row.index or fields) for text in get_text_at_path(row.value, path)]


def nearness(distance: str, one: Sequence[float], other: Sequence[float]) -> float:
    """Return the score that LangGraph's stores give: the more alike two vectors are, the larger it is."""
    if distance == "l2":
        return -math.dist(one, other)
    product = math.fsum(map(mul, one, other))
    if distance == "inner_product":
        return product
    lengths = math.hypot(*one) * math.hypot(*other)
    return product / lengths if lengths else 0.0
