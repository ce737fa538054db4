"""A run in this process: the same phases and the same report as a durable run, at once."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from obstore.store import ObjectStore

import in_process
from composition import Composition
from evidence.checking import check
from evidence.errors import NeedsOperator, Permanent, Transient
from evidence.report import Report, Task
from evidence.sources import SearchResult
from graphs.reasoners.extractive import ExtractiveReasoner
from in_process import answer
from orchestration.publish import assemble
from tools.collections import Collections
from tools.library import Library
from tools.objects import names_under, open_objects
from tools.taking_in import take_in

QUESTION = "When was the lighthouse built, and how often does the ferry cross the sound?"


@pytest.fixture
def store(tmp_path: Path) -> ObjectStore:
    return open_objects(str(tmp_path / "objects"))


@pytest.fixture
async def collection(documents: Path, store: ObjectStore, tmp_path: Path) -> str:
    return await Collections(store).save(await take_in(documents, store, tmp_path / "cache"))


async def report(question: str, collection: str, composition: Composition) -> Report:
    made, texts = await assemble(composition.store, composition.mode, await answer(question, collection, composition))
    assert check(made, texts.get).problems == ()
    return made


async def test_the_whole_report_comes_of_it(collection: str, store: ObjectStore, tmp_path: Path) -> None:
    made = await report(QUESTION, collection, Composition(store, tmp_path / "cache"))
    assert made.answered
    said = " ".join(claim.text for claim in made.claims())
    assert "built in 1871" in said
    assert "four times a day" in said
    assert {source.uri for source in made.sources} >= {"lighthouse.md", "ferry.txt"}
    assert made.coverage.documents == 3
    assert made.run.workflow == "ask"
    assert list(made.run.seconds) == ["plan", "investigate", "write", "verify"]
    assert made.run.started <= made.run.published


async def test_nothing_is_published(collection: str, store: ObjectStore, tmp_path: Path) -> None:
    await report(QUESTION, collection, Composition(store, tmp_path / "cache"))
    assert await names_under(store, "runs") == []


async def test_what_the_documents_do_not_know_is_said(collection: str, store: ObjectStore, tmp_path: Path) -> None:
    made = await report("Who won the football cup?", collection, Composition(store, tmp_path / "cache"))
    assert not made.answered
    assert made.coverage.unanswered


async def test_a_question_without_a_meaning(collection: str, store: ObjectStore, tmp_path: Path) -> None:
    with pytest.raises(Permanent, match="at least one word that means something"):
        await answer("What is it?", collection, Composition(store, tmp_path / "cache"))


class Counting(ExtractiveReasoner):
    """Holds every task back until four are under way, and counts how many there are at most."""

    def __init__(self) -> None:
        self.under_way: set[str] = set()
        self.most = 0
        self._four = asyncio.Event()

    async def questions(self, *given: Any, **named: Any) -> list[str]:
        return [f"What does a ticket for {number} children cost?" for number in range(2, 8)]

    async def queries(self, task: Task, *given: Any, **named: Any) -> list[str]:
        self.under_way.add(task.id)
        self.most = max(self.most, len(self.under_way))
        if len(self.under_way) == 4:
            self._four.set()
        await self._four.wait()
        return await super().queries(task, *given, **named)

    async def select(self, task: Task, *given: Any, **named: Any) -> Any:
        self.under_way.discard(task.id)
        return await super().select(task, *given, **named)


async def test_four_tasks_are_investigated_at_a_time(collection: str, store: ObjectStore, tmp_path: Path) -> None:
    counting = Counting()
    async with asyncio.timeout(20):
        await answer("What do tickets cost?", collection, Composition(store, tmp_path / "cache", counting))
    assert counting.most == 4


async def test_an_index_that_proves_damaged_is_built_again(
    collection: str, store: ObjectStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    composition = Composition(store, tmp_path / "cache")
    await report(QUESTION, collection, composition)  # the library is open from now on
    [index] = (tmp_path / "cache" / "libraries").glob("*.db")
    failures, search = [Transient("The index is damaged. It was deleted.")], Library._search

    def damaged_once(self: Library, *given: Any, **named: Any) -> SearchResult:
        try:
            failure = failures.pop()  # tasks search from several threads
        except IndexError:
            return search(self, *given, **named)
        index.unlink()
        self.is_damaged = True
        raise failure

    monkeypatch.setattr(Library, "_search", damaged_once)
    assert (await report(QUESTION, collection, composition)).answered
    assert not failures
    assert index.exists()


async def test_what_fails_every_time_is_told(
    collection: str, store: ObjectStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries: list[int] = []

    def failing(*_: object) -> None:
        tries.append(1)
        raise Transient("It fails every time.")

    monkeypatch.setattr(Library, "_search", failing)
    with pytest.raises(Transient, match="every time"):
        await answer("When was the lighthouse built?", collection, Composition(store, tmp_path / "cache"))
    assert len(tries) == in_process.MOST_TRIES


async def test_a_text_that_is_missing_is_named_by_its_document(
    collection: str, store: ObjectStore, tmp_path: Path
) -> None:
    [ferry] = [each for each in (await Collections(store).load(collection)).sources if each.uri == "ferry.txt"]
    (tmp_path / "objects" / "snapshots" / f"{ferry.snapshot}.txt").unlink()
    with pytest.raises(NeedsOperator, match=r"The text of ferry\.txt .*is not in the object store.*--docs DIR"):
        await answer(QUESTION, collection, Composition(store, tmp_path / "cache"))
