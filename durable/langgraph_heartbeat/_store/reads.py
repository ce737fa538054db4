"""Reads of a phase's store, over two layers: the rows that were put in the phase, and the store behind it."""

import math
import sys
from collections.abc import Generator, Iterable, Sequence
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

from langgraph_heartbeat._serialising.serialising import StrictSerializer

from .needs import Got, Needs, Reading
from .rows import Key, Row, Rows, item_of, search_item_of

PAGE = 1000


Found = tuple[Key, SearchItem | Row]
Scores = dict[Key, float]


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
        fitting = {key: row for key, row in mine.items() if row.is_live(self.now) and fits(row.value, op)}
        scores: Scores | None = None
        if op.query and self._embeddings is not None:
            scores = yield from self._score(op.query, fitting)
        if self._is_database:
            found = yield from self._search_database(op, mine, fitting, scores)
        else:
            found = yield from self._search_memory(op, mine, fitting, scores)
        if scores is not None:
            ranks = scores  # the sort is stable: what has no score stays in its order, at the end
            found.sort(key=lambda each: -ranks.get(each[0], -math.inf))
        page = found[op.offset : op.offset + op.limit]
        rows = [(key, row) for key, row in page if isinstance(row, Row)]
        if op.refresh_ttl:
            for _, row in rows:
                row.refresh_expiry(self.now)
        yield from self._find_dates(rows)
        return [
            search_item_of(key, each, self.serializer, (scores or {}).get(key)) if isinstance(each, Row) else each
            for key, each in page
        ]

    def _search_database(
        self, op: SearchOp, mine: Rows, fitting: Rows, scores: Scores | None
    ) -> Generator[Needs, Got, list[Found]]:
        """Return both layers as a database does: first what was written last; and with a query, only what has a score.

        The database returns enough rows for the page also if all rows with the keys of `mine` are among them.
        """
        behind: list[SearchItem] = yield from self._ask(op._replace(offset=0, limit=op.offset + op.limit + len(mine)))
        theirs: list[Found] = [(key_of(item), item) for item in behind if key_of(item) not in mine]
        if scores is not None:
            fitting = {key: row for key, row in fitting.items() if key in scores}
            scores |= scores_of(behind, mine)
        newest = sorted(fitting.items(), key=lambda each: -each[1].number)
        return [*newest, *theirs]

    def _search_memory(
        self, op: SearchOp, mine: Rows, fitting: Rows, scores: Scores | None
    ) -> Generator[Needs, Got, list[Found]]:
        """Return both layers as `InMemoryStore` does: by namespace, and in it by key, as they were first put.

        It is asked for everything: a row that was changed here may fit the filter now, at the place of the old one.
        """
        everything = op._replace(offset=0, limit=sys.maxsize, filter=None)
        behind: list[SearchItem] = (yield from self._ask(everything._replace(query=None))) or []
        if scores is not None:
            ranked: list[SearchItem] = yield from self._ask(everything)
            known = {key_of(item): item for item in ranked}
            behind = [known[key_of(item)] for item in behind]
            scores |= scores_of(ranked, mine)
        found = in_order_of_first_put(behind, mine, fitting)
        return [each for each in found if isinstance(each[1], Row) or fits(each[1].value, op)]

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
                row.set_older(older)

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

    def _score(self, query: str, rows: Rows) -> Generator[Needs, Got, Scores]:
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


def scores_of(behind: Iterable[SearchItem], mine: Rows) -> Scores:
    """Return the scores of what the store behind has found, except for what has another value here."""
    return {key_of(item): item.score for item in behind if item.score is not None and key_of(item) not in mine}


def in_order_of_first_put(behind: Iterable[SearchItem], mine: Rows, fitting: Rows) -> list[Found]:
    namespaces: dict[tuple[str, ...], dict[str, SearchItem | Row]] = {}
    for item in behind:
        namespaces.setdefault(item.namespace, {})[item.key] = item
    for namespace, _ in mine:
        namespaces.setdefault(namespace, {})
    for (namespace, key), row in sorted(mine.items(), key=lambda each: each[1].born):
        items = namespaces[namespace]
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
