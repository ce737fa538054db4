from collections.abc import Sequence

import pytest

from outlast.evidence.report import Task
from outlast.graphs.investigate import PassageToRead, TermStatistics
from outlast.graphs.reasoners.extractive import MODE, ExtractiveReasoner
from outlast.graphs.reasoners.likeness import EQUAL_COSINE, UNRELATED_COSINE, PassageLikeness, compare, scale
from outlast.graphs.reasoners.sentence_scoring import find_quotes
from tests.graphs.reasoners.made import asked, passage

QUESTION = "How does the keeper light the lamp?"
TEXT = "Put a burning match to the wick at dusk. The rooms of the tower were painted white in spring."


class Scripted:
    """Says how alike sentences are with a number for each word that they begin with."""

    def __init__(self, **cosines: float) -> None:
        self._cosines = cosines
        self.read: list[str] = []

    def cosines(self, question: str, sentences: Sequence[str]) -> list[float]:
        self.read += sentences
        return [self._cosines.get(sentence.rpartition(": ")[2].split()[0].lower(), 0.0) for sentence in sentences]


async def quotes(comparison: Scripted | None, heading: str = "") -> dict[str, float]:
    task = Task(id="1", question=QUESTION)
    reading = PassageToRead(task=task, passage=passage(TEXT, heading=heading), searched=TermStatistics(size=1000))
    return {each.quote.text: each.strength for each in await ExtractiveReasoner(comparison).read(reading)}


async def test_a_sentence_without_words_of_the_question_is_found_by_its_meaning() -> None:
    assert await quotes(None) == {}
    found = await quotes(Scripted(put=0.6, the=0.1))
    best = max(found, key=lambda text: found[text])
    assert best.startswith("Put a burning match")
    assert 0.25 < found[best] <= 0.5


async def test_sentences_are_read_below_their_heading() -> None:
    comparison = Scripted(put=0.6)
    await quotes(comparison, "Lighting the\nlamp")
    assert [text.partition(": ")[2].split()[0] for text in comparison.read] == ["Put", "The"]
    assert all(text.startswith("Lighting the lamp: ") for text in comparison.read)


async def test_a_finding_keeps_its_cosine() -> None:
    task = Task(id="1", question=QUESTION)
    reading = PassageToRead(task=task, passage=passage(TEXT), searched=TermStatistics(size=1000))
    found = await ExtractiveReasoner(Scripted(put=0.6, the=0.1)).read(reading)
    assert found[0].cosine == 0.6
    assert all(each.cosine is None for each in find_quotes(passage("The lamp is lit at dusk."), asked("lamp")))


def test_half_of_the_strength_is_that_of_the_words() -> None:
    likeness = PassageLikeness({(0, 5): EQUAL_COSINE, (6, 9): UNRELATED_COSINE})
    assert likeness.strength(0.8, (0, 5)) == pytest.approx(0.4 + 0.25 + 0.25)
    assert likeness.strength(0.8, (6, 9)) == pytest.approx(0.4 + 0.25)
    assert PassageLikeness({}).strength(0.8, (0, 5)) == pytest.approx(0.4)


def test_cosines_are_scaled_and_bounded() -> None:
    assert [scale(cosine) for cosine in (-1, 0.1, 0.4, 0.7, 1)] == pytest.approx([0, 0, 0.5, 1, 1])


def test_a_passage_without_sentences_has_no_cosines() -> None:
    assert compare(Scripted(), QUESTION, "", {}).best == 0.0


def test_the_report_says_that_meaning_was_used() -> None:
    assert ExtractiveReasoner().mode == MODE
    assert ExtractiveReasoner(Scripted()).mode == f"{MODE}; found by words and by meaning"
