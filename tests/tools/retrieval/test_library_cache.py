import asyncio
import gc
from pathlib import Path

import pytest
from obstore.store import ObjectStore

from outlast.evidence.errors import NeedsOperator
from outlast.evidence.sources import Collection, Source
from outlast.tools.retrieval.library_cache import MAX_OPEN_LIBRARIES, LibraryCache
from outlast.tools.store.collections import Collections
from outlast.tools.store.snapshots import Snapshots


async def stored(store: ObjectStore, text: str) -> str:
    source = Source(
        uri="a.txt",
        title="A",
        media_type="text/plain",
        snapshot=await Snapshots(store).put(text),
        bytes_sha256="",
        extractor="plain/1",
    )
    return await Collections(store).save(Collection(sources=(source,)))


async def test_a_collection_is_opened_once_for_all_who_ask_at_once(store: ObjectStore, cache: Path) -> None:
    libraries = LibraryCache(store, cache)
    collection = await stored(store, "Rye bread is baked on Tuesdays.")
    opened = await asyncio.gather(*(libraries.open(collection) for _ in range(5)))
    assert len({id(library) for library in opened}) == 1


async def test_one_that_was_forgotten_can_still_be_searched_by_who_holds_it(store: ObjectStore, cache: Path) -> None:
    libraries = LibraryCache(store, cache)
    first = await libraries.open(await stored(store, "Rye bread is baked on Tuesdays."))
    for number in range(MAX_OPEN_LIBRARIES):
        await libraries.open(await stored(store, f"Document {number} is about something else."))
    assert (await first.search(["bread"])).passages
    del first
    gc.collect()  # an unclosed connection would warn here, and warnings are errors


async def test_a_collection_that_is_not_there_yet_can_be_opened_later(store: ObjectStore, cache: Path) -> None:
    libraries = LibraryCache(store, cache)
    with pytest.raises(NeedsOperator):
        await libraries.open("0" * 64)
    collection = await stored(store, "Rye bread is baked on Tuesdays.")
    assert (await libraries.open(collection)).document_count == 1


async def test_a_library_whose_index_proved_damaged_is_opened_anew(store: ObjectStore, cache: Path) -> None:
    libraries = LibraryCache(store, cache)
    collection = await stored(store, "Rye bread is baked on Tuesdays.")
    first = await libraries.open(collection)
    first.is_damaged = True  # a search that reads a damaged page sets it
    second = await libraries.open(collection)
    assert second is not first
    assert (await second.search(["bread"])).passages
