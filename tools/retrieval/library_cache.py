"""The libraries of a process: each collection opened once, however many tasks search it."""

import asyncio
from pathlib import Path

from cachetools import LRUCache
from obstore.store import ObjectStore

from outlast.tools.retrieval.library import Library

MAX_OPEN_LIBRARIES = 8


class LibraryCache:
    """The index of a collection is built by whoever asks first; the others wait for it.

    The oldest are forgotten; such a library closes itself when the last task that searches it lets go.
    """

    def __init__(self, store: ObjectStore, cache: Path) -> None:
        self._store = store
        self._cache = cache
        self._open: LRUCache[str, asyncio.Task[Library]] = LRUCache(MAX_OPEN_LIBRARIES)

    async def open(self, collection: str) -> Library:
        if (known := self._open.get(collection)) and is_damaged(known):
            del self._open[collection]
        if collection not in self._open:
            self._open[collection] = asyncio.create_task(Library.open(collection, self._store, self._cache))
        opening = self._open[collection]
        try:
            # Shielded: a task that is cancelled while it waits must not take the index from its neighbours.
            return await asyncio.shield(opening)
        except Exception:  # raised on; only not remembered
            if self._open.get(collection) is opening:
                del self._open[collection]  # the next attempt tries again
            raise


def is_damaged(opened: asyncio.Task[Library]) -> bool:
    return opened.done() and not opened.cancelled() and opened.exception() is None and opened.result().is_damaged
