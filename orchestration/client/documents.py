"""Makes the documents of a run available to workers: the client ingests them into the object store."""

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path

from outlast.evidence.errors import Permanent
from outlast.evidence.sources import Collection
from outlast.orchestration.embedded.home_folder import open_home, open_home_if_there
from outlast.orchestration.settings import Settings
from outlast.tools.ingest.ingest import ingest_documents
from outlast.tools.ingest.progress import IngestProgress
from outlast.tools.store.collections import Collections
from outlast.tools.store.objects import open_objects, open_objects_to_read


def open_collections(settings: Settings) -> Collections:
    return Collections(open_objects(settings.object_store))


DocumentPaths = str | Path | Sequence[str | Path] | None
"""A folder or a file, or several of them; None if no documents are named."""


def paths_of(docs: DocumentPaths) -> tuple[Path, ...]:
    """Return the paths that a caller names in one of several forms. Raises Permanent for an empty list."""
    if docs is None:
        return ()
    paths = tuple(map(Path, [docs] if isinstance(docs, str | Path) else docs))
    if not paths:
        raise Permanent("docs= is an empty list. Name a folder or a document in it, or leave it out.")
    return paths


async def build_collection(
    docs: Sequence[Path],
    settings: Settings,
    exclude: Sequence[str] = (),
    show: Callable[[IngestProgress], None] | None = None,
) -> Collection:
    """Ingest folders and files as they are now, into a collection that is not stored yet. `show` gets the progress."""
    await asyncio.to_thread(open_home, settings.home)
    store = open_objects(settings.object_store)
    return await ingest_documents(docs, store, settings.cache, show or (lambda _: None), exclude=exclude)


async def resolve_collection(docs: Sequence[Path], collection: str, settings: Settings) -> str | None:
    """Return the id of the collection that a run works on, which is fixed from here on; None for only the web."""
    if docs:
        return await open_collections(settings).save(await build_collection(docs, settings))
    if not collection:
        return None
    await asyncio.to_thread(open_home_if_there, settings.home)
    return await Collections(open_objects_to_read(settings.object_store)).resolve(collection)
