"""A folder taken in, with its progress shown."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

from rich.text import Text

from outlast.cli.output import Output
from outlast.evidence.errors import Permanent
from outlast.evidence.sources import Collection
from outlast.orchestration.embedded.home_folder import open_home
from outlast.orchestration.settings import Settings
from outlast.tools.ingest.ingest import take_in
from outlast.tools.ingest.progress import Progress
from outlast.tools.store.collections import Collections
from outlast.tools.store.objects import open_objects


async def collect(docs: Path, settings: Settings, output: Output, exclude: Sequence[str] = ()) -> str:
    """Take the folder in; the id of the collection that it is now."""
    collection = await taken_in(docs, settings, output, exclude)
    said = f"Documents {docs}: {len(collection.sources)} taken in, {len(collection.skipped)} skipped"
    output.people.print(said)
    return await Collections(open_objects(settings.object_store)).save(collection)


async def taken_in(docs: Path, settings: Settings, output: Output, exclude: Sequence[str] = ()) -> Collection:
    """The folder as it is now, as a collection that is not stored yet."""
    await asyncio.to_thread(open_home, settings.home)
    store = open_objects(settings.object_store)
    with output.people.status(Text(f"Taking in {docs} ...")) as status:

        def show(progress: Progress) -> None:
            status.update(Text(f"Taking in {docs}: {progress}"))

        return await take_in(docs, store, settings.cache, show, exclude=exclude)


def refuse_unclear(docs: Path | None, collection: str, exclude: Sequence[str]) -> None:
    """Permanent where options do not say which documents are meant."""
    if docs is not None and collection:
        raise Permanent("--docs and --collection both name documents. Give one of them.")
    if exclude and docs is None:
        raise Permanent("--exclude leaves files out of --docs DIR. Name the folder, or leave --exclude out.")
