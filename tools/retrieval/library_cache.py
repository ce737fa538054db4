"""A cache of open libraries, so that a process opens each collection once, however many tasks search it."""

import asyncio
from pathlib import Path

from cachetools import LRUCache
from obstore.store import ObjectStore

from outlast.tools.retrieval.library import Library

MAX_OPEN_LIBRARIES = 8


class LibraryCache:
    """The first task that opens a collection builds its index, and the other tasks wait for it.

    The least recently used libraries are dropped. A dropped library closes when no task uses it any more.
    """

    def __init__(self, store: ObjectStore, cache: Path) -> None:
        self._store = store
        self._cache = cache
        self._open: LRUCache[str, asyncio.Task[Library]] = LRUCache(MAX_OPEN_LIBRARIES)

    async def open(self, collection: str) -> Library:
        """Return the library of a collection, given by its id. Raises what `Library.open` raises."""
        if (opened := self._open.get(collection)) and is_damaged(opened):
            del self._open[collection]
        if collection not in self._open:
            self._open[collection] = asyncio.create_task(Library.open(collection, self._store, self._cache))
        opening = self._open[collection]
        try:
            # Shielded: if one waiting task is cancelled, the others must still get the index.
            return await asyncio.shield(opening)
        except Exception:  # raised again, but not cached
            if self._open.get(collection) is opening:
                del self._open[collection]  # the next attempt tries again
            raise


def is_damaged(opened: asyncio.Task[Library]) -> bool:
    """Return whether a search has found the index of an opened library damaged."""
    return opened.done() and not opened.cancelled() and opened.exception() is None and opened.result().is_damaged
