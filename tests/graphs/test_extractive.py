"""The extractive reasoner over real documents: the tests' own folder, taken in by the usual route."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from evidence.errors import Permanent
from evidence.report import Claim, Finding, Findings, Task, Verdict
from evidence.sources import Quote
from graphs import investigate
from graphs.reasoners.extractive import ExtractiveReasoner
from tools.collections import Collections
from tools.library import Library
from tools.objects import open_objects
from tools.snapshots import Snapshots
from tools.taking_in import take_in

REASONER = ExtractiveReasoner()


@pytest.fixture
async def library(documents: Path, tmp_path: Path) -> AsyncIterator[Library]:
    store = open_objects(str(tmp_path / "objects"))
    collection = await Collections(store).save(await take_in(documents, store, tmp_path / "cache"))
    async with await Library.open(collection, store, tmp_path / "cache") as library:
        yield library


async def investigated(library: Library, question: str) -> list[Finding]:
    resources = investigate.Resources(investigator=REASONER, library=library)
    given = {"task": Task(id="t1", question=question), "searches": 3}
    return (await investigate.builder.compile().ainvoke(given, context=resources))["findings"]


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("When was the lighthouse built?", "built in 1871"),
        ("How often does the ferry cross the sound?", "four times a day"),
        ("On which days is rye bread baked?", "Tuesdays and Fridays"),
        ("What did the lamp burn until 1903?", "rape oil"),
    ],
)
async def test_the_first_finding_answers_the_question(library: Library, question: str, answer: str) -> None:
    findings = await investigated(library, question)
    assert findings
    assert answer in " ".join(findings[0].quote.text.split())


async def test_every_finding_is_verbatim_from_a_snapshot(library: Library, tmp_path: Path) -> None:
    snapshots = Snapshots(open_objects(str(tmp_path / "objects")))
    findings = await investigated(library, "Does the ferry sail when the wind is above force eight?")
    assert findings
    for finding in findings:
        quote = finding.quote
        assert (await snapshots.text(quote.snapshot))[quote.start : quote.end] == quote.text


@pytest.mark.parametrize(
    "question", ["What is the capital of Mongolia?", "How do I install a graphics driver?", "Who won the football cup?"]
)
async def test_questions_that_the_documents_do_not_answer_find_nothing(library: Library, question: str) -> None:
    assert await investigated(library, question) == []


async def test_a_compound_question_becomes_tasks_and_each_line_of_a_note_one_more() -> None:
    questions = await REASONER.questions(
        "When does the ferry sail, and what does a ticket cost?", ["- Is there ice?\n\n* Who decides?"], ()
    )
    assert questions == ["When does the ferry sail?", "What does a ticket cost?", "Is there ice?", "Who decides?"]


async def test_a_question_without_a_word_that_means_something_has_no_tasks() -> None:
    assert await REASONER.questions("What is it?", [], ()) == []


async def test_a_claim_that_is_its_quote_is_supported_and_another_only_located() -> None:
    quote = Quote(snapshot="a" * 64, start=0, end=14, text="Rye bread\nrises")
    assert await REASONER.judge(Claim(text="Rye bread rises", quotes=(quote,))) is Verdict.SUPPORTED
    assert await REASONER.judge(Claim(text="Bread rises", quotes=(quote,))) is Verdict.LOCATED


async def test_a_section_says_what_its_quotes_say_on_one_line() -> None:
    quote = Quote(snapshot="a" * 64, start=0, end=15, text="Rye bread\nrises")
    findings = Findings(
        task=Task(id="t1", question="Bread?"), findings=(Finding(quote=quote, strength=1),), queries=(), read=()
    )
    [section] = await REASONER.sections("Q", findings)
    assert section.heading == "Bread?"
    assert [claim.text for claim in section.claims] == ["Rye bread rises"]


async def test_a_script_without_blanks_is_refused_rather_than_searched_in_vain() -> None:
    with pytest.raises(Permanent, match="without blanks"):
        await REASONER.questions("灯台はいつ建てられましたか", [], ())
