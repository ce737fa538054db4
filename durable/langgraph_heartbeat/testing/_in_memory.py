"""What LangGraph keeps in the memory of a process, in an InMemoryStore or an InMemoryCache: a crash loses it."""

from collections.abc import Callable
from copy import copy, deepcopy
from typing import Any, cast

from langgraph.cache.memory import InMemoryCache
from langgraph.store.memory import InMemoryStore


def forgetting(*kept: object) -> Callable[[], None]:
    """Return a function that lets these stores and caches hold again what they hold now. Others are left alone."""
    restorers = [restorer for each in kept if (restorer := restorer_of(each))]

    def forget() -> None:
        for restore in restorers:
            restore()

    return forget


def restorer_of(kept: object) -> Callable[[], None] | None:
    # They can be emptied and filled in no other way.
    if isinstance(kept, InMemoryStore):
        data, vectors = deepcopy(kept._data), deepcopy(kept._vectors)  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]

        def restore_store() -> None:
            kept._data, kept._vectors = deepcopy(data), deepcopy(vectors)  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]

        return restore_store
    if isinstance(kept, InMemoryCache):
        cache = cast("InMemoryCache[Any]", kept)
        entries = {namespace: copy(each) for namespace, each in cache._cache.items()}  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]

        def restore_cache() -> None:
            cache._cache = {namespace: copy(each) for namespace, each in entries.items()}  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]

        return restore_cache
    return None
