"""A run in this process: the same phases and the same report as a durable run, at once."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from obstore.store import ObjectStore

from outlast import in_process
from outlast.composition import Composition
from outlast.evidence.budget import Budget
from outlast.evidence.checking import check
from outlast.evidence.errors import NeedsOperator, Permanent, Transient
from outlast.evidence.report import Report, Task
from outlast.evidence.sources import SearchResult
from outlast.graphs.reasoners.extractive import ExtractiveReasoner
from outlast.in_process import answer
from outlast.orchestration.activities.publish import assemble_report
from outlast.tools.ingest.ingest import ingest_folder
from outlast.tools.retrieval.library import Library
from outlast.tools.store.collections import Collections
from outlast.tools.store.objects import list_names, open_objects
from tests.tools.models.paid import Costs, Model

QUESTION = "When was the lighthouse built, and how often does the ferry cross the sound?"


@pytest.fixture
def store(tmp_path: Path) -> ObjectStore:
    return open_objects(str(tmp_path / "objects"))


@pytest.fixture
async def collection(documents: Path, store: ObjectStore, tmp_path: Path) -> str:
    return await Collections(store).save(await ingest_folder(documents, store, tmp_path / "cache"))


async def report(question: str, collection: str, composition: Composition) -> Report:
    made, texts = await assemble_report(composition.store, await answer(question, collection, composition))
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
    assert await list_names(store, "runs") == []


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
    async with asyncio.timeout(60):
        await answer("What do tickets cost?", collection, Composition(store, tmp_path / "cache", counting))
    assert counting.most == 4


async def test_an_index_that_proves_damaged_is_built_again(
    collection: str, store: ObjectStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    composition = Composition(store, tmp_path / "cache")
    await report(QUESTION, collection, composition)  # the library is open from now on
    [index] = (tmp_path / "cache" / "libraries").glob("*.db")
    failures, search = [Transient("The index is damaged. It was deleted.")], Library.search

    async def damaged_once(self: Library, *given: Any, **named: Any) -> SearchResult:
        try:
            failure = failures.pop()
        except IndexError:
            return await search(self, *given, **named)
        index.unlink()
        self.is_damaged = True
        raise failure

    monkeypatch.setattr(Library, "search", damaged_once)
    assert (await report(QUESTION, collection, composition)).answered
    assert not failures
    assert index.exists()


async def test_what_fails_every_time_is_told(
    collection: str, store: ObjectStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries: list[int] = []

    async def failing(*_: object) -> None:
        tries.append(1)
        raise Transient("It fails every time.")

    monkeypatch.setattr(Library, "search", failing)
    with pytest.raises(Transient, match="every time"):
        await answer("When was the lighthouse built?", collection, Composition(store, tmp_path / "cache"))
    assert len(tries) == in_process.MAX_PHASE_TRIES


async def test_a_text_that_is_missing_is_named_by_its_document(
    collection: str, store: ObjectStore, tmp_path: Path
) -> None:
    [ferry] = [each for each in (await Collections(store).load(collection)).sources if each.uri == "ferry.txt"]
    (tmp_path / "objects" / "snapshots" / f"{ferry.snapshot}.txt").unlink()
    with pytest.raises(NeedsOperator, match=r"The text of ferry\.txt .*is not in the object store.*--docs DIR"):
        await answer(QUESTION, collection, Composition(store, tmp_path / "cache"))


def budgeted(store: ObjectStore, tmp_path: Path, model: Model) -> Composition:
    """Rules that ask a model of 100 tokens a call before they do anything."""

    class Reasoner(ExtractiveReasoner):
        async def queries(self, *given: Any) -> list[str]:
            await model.may_answer("queries")
            return await super().queries(*given)

        async def read(self, *given: Any) -> Any:
            return await super().read(*given) if await model.may_answer("read") else []

        async def sections(self, *given: Any) -> Any:
            await model.may_answer("write")
            return await super().sections(*given)

    return Composition(store, tmp_path / "cache", Reasoner(), costs=Costs())


async def test_a_budget_holds_and_a_report_comes_all_the_same(
    collection: str, store: ObjectStore, tmp_path: Path
) -> None:
    model = Model()
    composition = budgeted(store, tmp_path, model)
    publication = await answer(QUESTION, collection, composition, budget=Budget(tokens=700))
    assert publication.usage
    made, _ = await assemble_report(store, publication)
    assert made.usage.calls == len(model.calls)
    assert 300 <= made.usage.tokens <= 700
    assert model.calls.count("write") >= 1, "a share is kept for it"
    assert (made.budget, made.coverage.limited) == (Budget(tokens=700), ("investigate: tokens",))
    assert made.answered
    assert [each.phase for each in made.phases] == ["investigate", "write"]


async def test_what_a_try_that_failed_has_spent_is_counted_and_not_given_out_again(
    collection: str, store: ObjectStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model, search, failing = Model(), Library.search, [Transient("The index is damaged.")]

    async def fails_once(self: Library, *given: Any) -> SearchResult:
        if failing:
            raise failing.pop()
        return await search(self, *given)

    monkeypatch.setattr(Library, "search", fails_once)
    composition = budgeted(store, tmp_path, model)
    publication = await answer("When was the lighthouse built?", collection, composition, budget=Budget(calls=10))
    assert model.calls[:2] == ["queries", "queries"]
    [investigated, _] = publication.usage
    assert investigated.usage.calls == len(model.calls) - 1 <= 7


async def test_tasks_of_a_later_wave_have_the_time_that_is_left(
    collection: str, store: ObjectStore, tmp_path: Path
) -> None:
    moments: list[Any] = []

    class Slow(ExtractiveReasoner):
        async def questions(self, *given: Any) -> list[str]:
            return [f"What does a ticket for {number} children cost?" for number in range(2, 8)]

        async def read(self, reading: Any) -> Any:
            moments.append(reading.until)
            await asyncio.sleep(1)
            return await super().read(reading)

    composition = Composition(store, tmp_path / "cache", Slow())
    await answer("What do tickets cost?", collection, composition, budget=Budget(seconds=500))
    assert len(moments) >= 6
    assert (max(moments) - min(moments)).total_seconds() < 0.8
