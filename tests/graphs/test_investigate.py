from typing import Any

from evidence.report import Task
from graphs import investigate
from tests.graphs.scripted import Reader, Shelf, passage

TASK = Task(id="t1", question="What is baked?")


async def run(reader: Reader, shelf: Shelf, searches: int = 3) -> dict[str, Any]:
    resources = investigate.Resources(investigator=reader, library=shelf)
    return await investigate.builder.compile().ainvoke({"task": TASK, "searches": searches}, context=resources)


async def test_every_passage_is_read_once_and_the_strongest_comes_first() -> None:
    reader, shelf = Reader(enough=2), Shelf([passage(40), passage(0)])
    state = await run(reader, shelf)
    assert [finding.quote.start for finding in state["findings"]] == [0, 40]
    assert state["read"] == ["a" * 64]
    assert len(shelf.asked) == 1


async def test_it_searches_again_while_evidence_is_thin_and_reads_only_what_is_new() -> None:
    reader, shelf = Reader(enough=3), Shelf([passage(0)], [passage(0), passage(40)], [passage(80)])
    state = await run(reader, shelf)
    assert reader.read_passages == [0, 40, 80]
    assert state["queries"] == ["What is baked? 0", "What is baked? 1", "What is baked? 2"]


async def test_it_stops_when_its_searches_are_spent() -> None:
    shelf = Shelf([passage(0)])
    state = await run(Reader(enough=9), shelf, searches=2)
    assert len(shelf.asked) == 2
    assert len(state["findings"]) == 1


async def test_it_stops_when_there_is_nothing_left_to_ask() -> None:
    shelf = Shelf([passage(0)])
    await run(Reader(enough=9, queries=1), shelf, searches=5)
    assert len(shelf.asked) == 1


async def test_a_search_without_passages_ends_without_findings() -> None:
    state = await run(Reader(enough=1, queries=2), Shelf([]))
    assert (state["findings"], state["read"]) == ([], [])
