"""A collection that can be searched: its passages in a full-text index, kept as a file in the cache.

The index is a cache of what the object store holds. It is built where it is missing, and deleted where it is damaged.
"""

import asyncio
import logging
import sqlite3
import threading
import weakref
from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path
from types import TracebackType

from obstore.store import ObjectStore

from evidence.errors import NeedsOperator, Transient
from evidence.sources import Collection, Passage, SearchResult
from tools.collections import Collections
from tools.passage_index import INDEX_VERSION, DamagedIndexError, build, open_index
from tools.snapshots import Snapshots
from tools.terms import Query, merged, query_of
from tools.thesaurus.synonyms import thesaurus

log = logging.getLogger(__name__)

# Ties are broken by rowid: passages are stored sorted by snapshot and start, so the order is the same in every build.
BEST = """
    WITH best AS (
        SELECT rowid AS id, bm25(passages, 2.0, 3.0, 1.0) AS cost
        FROM passages WHERE passages MATCH ? ORDER BY cost, id LIMIT ?
    )
    SELECT best.id, -best.cost, snapshot, start, stop, title, heading, text, uri
    FROM best JOIN passages ON passages.rowid = best.id
"""
CANDIDATES = 100  # passages that are looked at for one query
SYNONYMS = 0.35
"""What a synonym counts beside the word itself."""
DOCUMENT = 0.85
"""The share of a passage's score that depends on what else its document says of the query."""


class Library:
    """Made by `Library.open`; closed by `close()` or at the end of `async with`. Safe to search in parallel."""

    def __init__(self, collection: Collection, index: sqlite3.Connection, size: int, file: Path) -> None:
        self.collection = collection
        self._index = index
        self._size = size
        self._file = file
        self._thesaurus = thesaurus(collection.synonyms)
        self._lock = threading.Lock()  # one connection, many worker threads
        self.is_damaged = False
        """A search has found the index damaged; it is gone, and this library finds nothing any more."""
        weakref.finalize(self, index.close)  # one that nobody holds any more need not be closed by hand

    @classmethod
    async def open(cls, collection_id: str, store: ObjectStore, cache: Path) -> "Library":
        """The library of a stored collection; its index is built first where `cache` has none that is whole.

        Raises NeedsOperator where the manifest or a snapshot is missing or damaged, and where the cache cannot be
        written.
        """
        collection = await Collections(store).load(collection_id)
        file = cache / "libraries" / f"{collection_id}-{INDEX_VERSION}.db"
        try:
            index, size = await asyncio.to_thread(open_index, file)
        except FileNotFoundError:
            index, size = await _built(collection_id, collection, store, file)
        except DamagedIndexError as damage:
            log.warning("The index %s is damaged (%s); it is built again.", file, damage)
            index, size = await _built(collection_id, collection, store, file)
        return cls(collection, index, size, file)

    async def __aenter__(self) -> "Library":
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await asyncio.to_thread(self.close)

    def close(self) -> None:
        """Waits for a search that is under way. Twice does no harm."""
        with self._lock:
            self._index.close()

    @property
    def documents(self) -> int:
        """How many documents can be searched."""
        return len(self.collection.sources)

    @property
    def titles(self) -> Sequence[str]:
        """The titles of the documents, each once, sorted."""
        return sorted({source.title for source in self.collection.sources})

    async def search(self, queries: Sequence[str], most: int = 25) -> SearchResult:
        """The `most` passages that speak best to any of `queries`, best first; nothing for queries without a word.

        A query is words as people type them: no character in it has a meaning of its own. A passage scores by the words
        of the query, by their synonyms a third as much, and by what else its document says of them. One that several
        queries find has the best of its scores. Raises Transient where the index proves damaged: it is deleted then,
        and the next `open` builds it again.
        """
        return await asyncio.to_thread(self._search, queries, most)

    def _search(self, queries: Sequence[str], most: int) -> SearchResult:
        asked: list[Query] = []
        best: dict[int, Passage] = {}
        with self._lock:
            try:
                for text in queries:
                    query = query_of(text, self._index, self._thesaurus)
                    asked.append(query)
                    for row, passage in self._found(query).items():
                        if row not in best or passage.score > best[row].score:
                            best[row] = passage
            except sqlite3.ProgrammingError:  # closed: a mistake of the caller's
                raise
            except sqlite3.DatabaseError as error:
                self._file.unlink(missing_ok=True)
                self.is_damaged = True
                raise Transient(f"The index {self._file} is damaged ({error}). It was deleted.") from error
        ranked = sorted(best.items(), key=lambda found: (-found[1].score, found[0]))
        passages = tuple(passage for _, passage in ranked[:most])
        return SearchResult(passages=passages, terms=merged(asked), size=self._size)

    def _found(self, query: Query) -> dict[int, Passage]:
        """Passages by their rows, with their scores for this query."""
        passages: dict[int, Passage] = {}
        scores: defaultdict[int, float] = defaultdict(float)
        for expression, weight in ((query.words, 1.0), (query.synonyms, SYNONYMS)):
            for row, passage in self._best(expression) if expression else ():
                passages[row] = passage
                scores[row] += weight * passage.score
        documents = by_document((passages[row].snapshot, score) for row, score in scores.items())
        return {
            row: passages[row].model_copy(
                update={"score": score * (1 - DOCUMENT + DOCUMENT * documents[passages[row].snapshot])}
            )
            for row, score in scores.items()
        }

    def _best(self, expression: str) -> list[tuple[int, Passage]]:
        return [
            (
                row,
                Passage(
                    snapshot=snapshot,
                    start=start,
                    end=end,
                    text=text,
                    title=title,
                    heading=heading,
                    uri=uri,
                    score=score,
                ),
            )
            for row, score, snapshot, start, end, title, heading, text, uri in self._index.execute(
                BEST, (expression, CANDIDATES)
            )
        ]


def by_document(scores: Iterable[tuple[str, float]]) -> dict[str, float]:
    """How much each document speaks to a query, from 0 to 1, by its three best passages: one passage may be chance."""
    found: defaultdict[str, list[float]] = defaultdict(list)
    for snapshot, score in scores:
        found[snapshot].append(score)
    totals = {
        snapshot: sum(weight * score for weight, score in zip((1, 0.5, 0.25), sorted(each, reverse=True), strict=False))
        for snapshot, each in found.items()
    }
    most = max(totals.values(), default=0.0) or 1.0
    return {snapshot: total / most for snapshot, total in totals.items()}


async def _built(
    collection_id: str, collection: Collection, store: ObjectStore, file: Path
) -> tuple[sqlite3.Connection, int]:
    try:
        await build(collection_id, collection, Snapshots(store), file)
        return await asyncio.to_thread(open_index, file)
    except (OSError, sqlite3.OperationalError, DamagedIndexError) as error:
        reason = error.strerror or error if isinstance(error, OSError) else error
        raise NeedsOperator(
            f"The index {file} cannot be written: {reason}.",
            "Free some space on the disk of OUTLAST_HOME, or mend its rights; then go on.",
        ) from error
