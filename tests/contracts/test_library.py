"""What every library keeps, the real one and the double that graph tests use."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from outlast.graphs.resources import Library
from outlast.tools.ingest.ingest import ingest_folder
from outlast.tools.retrieval import library
from outlast.tools.store.collections import Collections
from outlast.tools.store.objects import open_objects
from tests.graphs.scripted import Shelf, passage

WORDS = "the lighthouse and the ferry"


@pytest.fixture(params=["real", "double"])
async def searched(request: pytest.FixtureRequest, documents: Path, tmp_path: Path) -> AsyncIterator[Library]:
    if request.param == "double":
        yield Shelf([passage(0, "The lighthouse stands."), passage(80, "The ferry crosses.")])
        return
    store = open_objects(str(tmp_path / "objects"))
    collection = await Collections(store).save(await ingest_folder(documents, store, tmp_path / "cache"))
    async with await library.Library.open(collection, store, tmp_path / "cache") as real:
        yield real


async def test_titles_are_sorted_and_without_repeats(searched: Library) -> None:
    assert list(searched.titles) == sorted(set(searched.titles))


async def test_what_is_found_comes_best_first_and_without_repeats(searched: Library) -> None:
    passages = (await searched.search([WORDS, WORDS])).passages
    assert passages
    assert [each.score for each in passages] == sorted((each.score for each in passages), reverse=True)
    assert len({(each.snapshot, each.start) for each in passages}) == len(passages)


async def test_a_passage_is_as_long_as_its_span(searched: Library) -> None:
    for each in (await searched.search([WORDS])).passages:
        assert each.end - each.start == len(each.text) > 0


async def test_no_queries_find_nothing(searched: Library) -> None:
    assert (await searched.search([])).passages == ()


async def test_frequencies_are_within_the_size(searched: Library) -> None:
    result = await searched.search([WORDS])
    assert all(0 <= term.frequency <= result.size for term in result.terms)


async def test_the_same_search_finds_the_same(searched: Library) -> None:
    assert await searched.search([WORDS]) == await searched.search([WORDS])
