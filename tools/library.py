"""A collection that can be searched: its passages in a full-text index, kept as a file in the cache.

The index is a cache of what the object store holds. It is built where it is missing, and deleted where it is damaged.
"""

import asyncio
import logging
import sqlite3
import threading
import weakref
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

from obstore.store import ObjectStore

from evidence.errors import NeedsOperator, Transient
from evidence.sources import Collection, Passage, SearchResult
from tools.collections import Collections
from tools.passage_index import INDEX_VERSION, DamagedIndexError, build, open_index
from tools.queries import match_any, match_word, searched_words
from tools.snapshots import Snapshots

log = logging.getLogger(__name__)

# Ties are broken by rowid: passages are stored sorted by snapshot and start, so the order is the same in every build.
BEST = """
    WITH best AS (
        SELECT rowid AS id, bm25(passages, 2.0, 3.0, 1.0) AS cost
        FROM passages WHERE passages MATCH ? ORDER BY cost, id LIMIT ?
    )
    SELECT best.id, -best.cost, snapshot, start, stop, title, heading, text
    FROM best JOIN passages ON passages.rowid = best.id
"""
COUNT = "SELECT count(*) FROM passages WHERE passages MATCH ?"


class Library:
    """Made by `Library.open`; closed by `close()` or at the end of `async with`. Safe to search in parallel."""

    def __init__(self, collection: Collection, index: sqlite3.Connection, size: int, file: Path) -> None:
        self.collection = collection
        self._index = index
        self._size = size
        self._file = file
        self._lock = threading.Lock()  # one connection, many worker threads
        self.is_damaged = False
        """A search has found the index damaged; it is gone, and this library finds nothing any more."""
        weakref.finalize(self, index.close)  # one that nobody holds any more need not be closed by hand

    @classmethod
    async def open(cls, collection_id: str, store: ObjectStore, cache: Path) -> "Library":
        """The library of a stored collection; its index is built first where `cache` has none that is whole.

        Raises Permanent where the manifest or a snapshot is missing or damaged, NeedsOperator where the cache cannot be
        written.
        """
        collection = await Collections(store).load(collection_id)
        file = cache / "libraries" / f"{collection_id}-{INDEX_VERSION}.db"
        try:
            index, size = await asyncio.to_thread(open_index, file)
        except FileNotFoundError:
            index, size = await _built(collection, store, file)
        except DamagedIndexError as damage:
            log.warning("The index %s is damaged (%s); it is built again.", file, damage)
            index, size = await _built(collection, store, file)
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

        A query is words as people type them: no character in it has a meaning of its own. A passage that several
        queries find has the best of its scores. Raises Transient where the index proves damaged: it is deleted then,
        and the next `open` builds it again.
        """
        return await asyncio.to_thread(self._search, queries, most)

    def _search(self, queries: Sequence[str], most: int) -> SearchResult:
        asked = [searched_words(query) for query in queries]
        best: dict[int, Passage] = {}
        frequencies: dict[str, int] = {}
        with self._lock:
            try:
                for words in asked:
                    for row, passage in self._best(match_any(words), most) if words else ():
                        if row not in best or passage.score > best[row].score:
                            best[row] = passage
                    for word, spellings in words.items():
                        if word not in frequencies:
                            [count] = self._index.execute(COUNT, (match_word(spellings),)).fetchone()
                            frequencies[word] = count
            except sqlite3.ProgrammingError:  # closed: a mistake of the caller's
                raise
            except sqlite3.DatabaseError as error:
                self._file.unlink(missing_ok=True)
                self.is_damaged = True
                raise Transient(f"The index {self._file} is damaged ({error}). It was deleted.") from error
        ranked = sorted(best.items(), key=lambda found: (-found[1].score, found[0]))
        return SearchResult(
            passages=tuple(passage for _, passage in ranked[:most]), frequencies=frequencies, size=self._size
        )

    def _best(self, expression: str, most: int) -> list[tuple[int, Passage]]:
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
                    score=score,
                ),
            )
            for row, score, snapshot, start, end, title, heading, text in self._index.execute(BEST, (expression, most))
        ]


async def _built(collection: Collection, store: ObjectStore, file: Path) -> tuple[sqlite3.Connection, int]:
    try:
        await build(collection, Snapshots(store), file)
        return await asyncio.to_thread(open_index, file)
    except (OSError, sqlite3.OperationalError) as error:
        raise NeedsOperator(
            f"The index {file} cannot be written: {error}.", "Check the disk and the rights of OUTLAST_HOME."
        ) from error
