"""A library: a collection with a full-text index of its passages, which is a file in the cache.

The index is made from the object store. It is built if it is missing, and deleted if it is damaged.
"""

import asyncio
import logging
import sqlite3
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

from obstore.store import ObjectStore

from outlast.evidence.errors import NeedsOperator, Transient
from outlast.evidence.sources import Collection, SearchResult
from outlast.tools.retrieval.passage_index import INDEX_VERSION, DamagedIndexError, build_index, open_index
from outlast.tools.retrieval.passage_search import MAX_PASSAGES, PassageSearch
from outlast.tools.retrieval.thesaurus.synonyms import load_thesaurus
from outlast.tools.store.collections import Collections
from outlast.tools.store.snapshots import Snapshots

log = logging.getLogger(__name__)


class Library:
    """A searchable collection. Open it with `Library.open`, close it with `close()` or `async with`.

    Many tasks may search it in parallel.
    """

    def __init__(self, collection: Collection, index: sqlite3.Connection, passage_count: int, file: Path) -> None:
        self.collection = collection
        self._search = PassageSearch(index, passage_count, load_thesaurus(collection.synonyms))
        self._file = file
        self.is_damaged = False
        """Whether a search found the index damaged. Then its file is deleted, and this library must be opened again."""

    @classmethod
    async def open(cls, collection_id: str, store: ObjectStore, cache: Path) -> "Library":
        """Open the library of a stored collection. If `cache` has no intact index of it, build the index first.

        Raises NeedsOperator if the manifest or a snapshot is missing or damaged, or if the cache cannot be written.
        """
        collection = await Collections(store).load(collection_id)
        file = cache / "libraries" / f"{collection_id}-{INDEX_VERSION}.db"
        try:
            index, passage_count = await asyncio.to_thread(open_index, file)
        except FileNotFoundError:
            index, passage_count = await _build_and_open(collection_id, collection, store, file)
        except DamagedIndexError as damage:
            log.warning("The index %s is damaged (%s), so it is built again.", file, damage)
            index, passage_count = await _build_and_open(collection_id, collection, store, file)
        return cls(collection, index, passage_count, file)

    async def __aenter__(self) -> "Library":
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await asyncio.to_thread(self.close)

    def close(self) -> None:
        """Close the index, after waiting for a running search. Closing twice is harmless."""
        self._search.close()

    @property
    def document_count(self) -> int:
        """The number of documents that can be searched."""
        return len(self.collection.sources)

    @property
    def titles(self) -> Sequence[str]:
        """The titles of the documents, each once, sorted."""
        return sorted({source.title for source in self.collection.sources})

    async def search(self, queries: Sequence[str], max_passages: int = MAX_PASSAGES) -> SearchResult:
        """Search this collection with `PassageSearch.search`.

        Raises Transient if the index turns out to be damaged. It is then deleted, and the next `open` builds it again.
        """
        try:
            return await asyncio.to_thread(self._search.search, queries, max_passages)
        except sqlite3.ProgrammingError:  # the library is closed: an error of the caller
            raise
        except sqlite3.DatabaseError as error:
            self._file.unlink(missing_ok=True)
            self.is_damaged = True
            raise Transient(f"The index {self._file} is damaged ({error}). It was deleted.") from error


async def _build_and_open(
    collection_id: str, collection: Collection, store: ObjectStore, file: Path
) -> tuple[sqlite3.Connection, int]:
    try:
        await build_index(collection_id, collection, Snapshots(store), file)
        return await asyncio.to_thread(open_index, file)
    except (OSError, sqlite3.OperationalError, DamagedIndexError) as error:
        reason = error.strerror or error if isinstance(error, OSError) else error
        raise NeedsOperator(
            f"The index {file} cannot be written: {reason}.",
            "Free some space on the disk of OUTLAST_HOME, or fix its permissions; then go on.",
        ) from error
