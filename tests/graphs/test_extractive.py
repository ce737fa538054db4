"""The extractive reasoner over real documents: the tests' own folder, ingested in the usual way."""

from collections.abc import AsyncIterator
from itertools import pairwise
from pathlib import Path

import pytest

from outlast.evidence.checking import is_verbatim
from outlast.evidence.report import Claim, Evidence, Finding, Findings, Section, Task, Verdict
from outlast.evidence.sources import Quote, Term
from outlast.graphs import investigate
from outlast.graphs.investigate import TermStatistics
from outlast.graphs.reasoners.extractive import MAX_SUMMARY_QUOTES, MAX_UNDIVIDED_QUOTES, ExtractiveReasoner
from outlast.tools.ingest.ingest import ingest_folder
from outlast.tools.retrieval.library import Library
from outlast.tools.store.collections import Collections
from outlast.tools.store.objects import open_objects
from outlast.tools.store.snapshots import Snapshots
from tests.conftest import write_documents
from tests.graphs.reasoners.made import finding

REASONER = ExtractiveReasoner()


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
async def library(home: Path) -> AsyncIterator[Library]:
    documents, store = write_documents(home / "documents"), open_objects(str(home / "objects"))
    collection = await Collections(store).save(await ingest_folder(documents, store, home / "cache"))
    async with await Library.open(collection, store, home / "cache") as library:
        yield library


async def investigated(library: Library, question: str) -> list[Finding]:
    return list((await found(library, question)).findings)


async def found(library: Library, question: str) -> Findings:
    resources = investigate.Resources(investigator=REASONER, library=library)
    given = {"task": Task(id="t1", question=question), "searches": 3}
    state = await investigate.builder.compile().ainvoke(given, context=resources)
    return Findings.model_validate({name: state[name] for name in Findings.model_fields})


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


async def test_every_finding_is_verbatim_from_a_snapshot(library: Library, home: Path) -> None:
    snapshots = Snapshots(open_objects(str(home / "objects")))
    findings = await investigated(library, "Does the ferry sail when the wind is above force eight?")
    assert findings
    for each in findings:
        quote = each.quote
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


async def test_rules_judge_no_claim_even_if_it_is_its_quote() -> None:
    quote = Quote(snapshot="a" * 64, start=0, end=14, text="Rye bread\nrises")
    assert await REASONER.judge(Claim(text="Rye bread rises", quotes=(quote,))) is Verdict.LOCATED
    assert await REASONER.judge(Claim(text="Bread rises", quotes=(quote,))) is Verdict.LOCATED


async def test_a_section_says_what_its_quotes_say_on_one_line() -> None:
    quote = Quote(snapshot="a" * 64, start=0, end=15, text="Rye bread\nrises")
    findings = Findings(
        task=Task(id="t1", question="Bread?"), findings=(Finding(quote=quote, strength=1),), queries=(), read=()
    )
    [section] = await REASONER.sections("Q", findings)
    assert section.heading == "Bread?"
    assert [claim.text for claim in section.claims] == ["Rye bread rises"]


async def test_a_question_in_a_script_without_blanks_is_asked_as_it_is() -> None:
    assert await REASONER.questions("灯台はいつ建てられましたか？", [], ()) == ["灯台はいつ建てられましたか？"]
    assert await REASONER.questions("灯塔是哪一年建成的", [], ()) == ["灯塔是哪一年建成的？"]


@pytest.mark.parametrize(
    ("question", "evidence"),
    [
        ("When was the lighthouse at Grey Point built?", Evidence.STRONG),
        ("How often does the ferry cross the sound?", Evidence.STRONG),
        ("Who won the football cup?", Evidence.NONE),
        ("Which graphics driver does a penguin install?", Evidence.NONE),
    ],
)
async def test_how_well_the_documents_answer(library: Library, question: str, evidence: Evidence) -> None:
    assert (await found(library, question)).evidence is evidence


async def test_what_speaks_to_some_of_the_question_is_weaker_evidence(library: Library) -> None:
    strengths = list(Evidence)
    asked = (
        "How often does the ferry cross the sound?",
        "How often does the ferry cross the equator?",
        "How often does the penguin cross the equator?",
    )
    levels = [strengths.index((await found(library, question)).evidence) for question in asked]
    assert levels == sorted(levels)
    assert levels[0] < levels[-1]


async def test_words_that_no_document_has_are_named(library: Library) -> None:
    assert (await found(library, "Does the ferry sail with zebras or unicycles?")).unknown == ("zebras", "unicycles")
    assert (await found(library, "When does the ferry sail?")).unknown == ()
    assert (await found(library, "Does the ferry sail with Docker to B7?")).unknown == ("Docker", "B7")


async def test_a_word_of_which_the_documents_have_only_a_synonym_is_named_too() -> None:
    replaced = Term(word="zeppelin", frequency=0, synonyms=("airship",), synonyms_frequency=2)
    task = Task(id="t1", question="Who steers the zeppelin?")
    selected = await REASONER.select(task, [finding("An airship.", 1.0)], TermStatistics(terms=(replaced,), size=10))
    assert selected.unknown == ("zeppelin",)


async def test_without_evidence_nothing_is_found_and_little_is_related(library: Library) -> None:
    task = Task(id="t1", question="Who won the football cup?")
    searched = TermStatistics(terms=(await library.search([task.question])).terms, size=10_000)
    known = [finding(f"beta{number} gamma{number}", 0.1, start=number) for number in range(MAX_SUMMARY_QUOTES + 2)]
    selected = await REASONER.select(task, known, searched)
    assert selected.evidence is Evidence.NONE
    assert selected.findings == ()
    assert list(selected.related) == known[:MAX_SUMMARY_QUOTES]
    assert selected.unknown == ("football", "cup")


async def test_what_was_found_without_being_an_answer_is_related(library: Library) -> None:
    nothing = await found(library, "Who won the football cup?")
    assert (nothing.findings, nothing.related) == ((), ())  # no document has a word of it
    little = await found(library, "Which graphics driver for the wind and the ticket does a penguin install?")
    assert (little.evidence, little.findings) == (Evidence.NONE, ())
    assert 1 <= len(little.related) <= MAX_SUMMARY_QUOTES


@pytest.mark.parametrize("question", ["When was the lighthouse at Grey Point built?", "Ferry, bread, lamp and oil?"])
async def test_every_claim_of_every_section_is_verbatim_and_no_quotes_overlap(library: Library, question: str) -> None:
    sections = await REASONER.sections(question, await found(library, question))
    claims = [claim for section in sections for claim in section.all_claims()]
    assert claims
    assert all(is_verbatim(claim) for claim in claims)
    assert [await REASONER.judge(claim) for claim in claims] == [Verdict.LOCATED] * len(claims)
    quoted = sorted((quote.snapshot, quote.start, quote.end) for claim in claims for quote in claim.quotes)
    assert all(one[0] != other[0] or one[2] <= other[1] for one, other in pairwise(quoted))


async def written(
    *found: Finding, related: tuple[Finding, ...] = (), evidence: Evidence = Evidence.WEAK
) -> list[Section]:
    task = Task(id="t1", question="Why?")
    return await REASONER.sections(
        "Q", Findings(task=task, evidence=evidence, findings=found, related=related, queries=(), read=())
    )


def told(section: Section) -> list[str]:
    return [claim.text for claim in section.claims]


def numbered(count: int, snapshot: str = "a", heading: str = "Dusk") -> list[Finding]:
    """Return findings in the reverse order of their document: the last one comes first in it."""
    return [
        finding(
            f"Sentence {snapshot}{number}.", 0.9, snapshot=snapshot, start=900 - number, title="Lamp", heading=heading
        )
        for number in range(count)
    ]


async def test_few_quotes_are_one_section_under_the_question_best_first() -> None:
    known = numbered(MAX_UNDIVIDED_QUOTES)
    [section] = await written(*known)
    assert (section.heading, section.question, section.evidence) == ("Why?", "Why?", Evidence.WEAK)
    assert told(section) == [each.quote.text for each in known]


async def test_more_quotes_are_the_best_in_short_and_the_others_where_they_stand_in_their_order() -> None:
    best, others, far = numbered(MAX_SUMMARY_QUOTES), numbered(MAX_UNDIVIDED_QUOTES, "b"), numbered(2, "c", "Oil")
    mixed = [others[0], far[0], *others[1:], far[1]]
    short, first, second = await written(*best, *mixed)
    assert [short.heading, first.heading, second.heading] == ["In short", "Lamp: Dusk", "Lamp: Oil"]
    assert told(short) == [each.quote.text for each in best]
    assert told(first) == [each.quote.text for each in reversed(others)]
    assert told(second) == [each.quote.text for each in reversed(far)]
    assert {(each.question, each.evidence) for each in (short, first, second)} == {("Why?", Evidence.WEAK)}


@pytest.mark.parametrize(
    ("title", "headings", "expected"),
    [
        ("Lamp", ("Oil", "Oil"), "Lamp: Oil"),
        ("Lamp", ("Oil", "Dusk"), "Lamp"),
        ("Lamp", ("Lamp", "Lamp"), "Lamp"),
        ("Lamp", ("", ""), "Lamp"),
        ("", ("Oil", "Oil"), "Oil"),
        ("", ("", ""), "Untitled document"),
    ],
)
async def test_a_part_is_headed_as_its_document_and_the_heading_that_its_quotes_share(
    title: str, headings: tuple[str, str], expected: str
) -> None:
    others = [
        finding(f"Other {number}.", 0.8, snapshot="b", start=number * 100, title=title, heading=heading)
        for number, heading in enumerate((headings[0],) * MAX_UNDIVIDED_QUOTES + (headings[1],))
    ]
    assert [section.heading for section in await written(*numbered(MAX_SUMMARY_QUOTES), *others)] == [
        "In short",
        expected,
    ]


async def test_what_several_documents_say_in_the_same_words_is_one_claim_with_a_quote_of_each() -> None:
    here, there = (
        finding("Rye bread\nrises.", snapshot="a", start=3),
        finding("Rye bread  rises.", snapshot="b", start=9),
    )
    [section] = await written(here, finding("It is baked."), there)
    assert told(section) == ["Rye bread rises.", "It is baked."]
    assert section.claims[0].quotes == (here.quote, there.quote)
    assert all(is_verbatim(claim) for claim in section.claims)


async def test_what_is_said_in_short_is_not_said_again_where_another_document_says_it() -> None:
    best, others = numbered(MAX_SUMMARY_QUOTES), numbered(MAX_UNDIVIDED_QUOTES, "b")
    copies = [same_in(document, best[0]) for document in "bc"]
    short, first = await written(*best, *others, *copies)
    assert told(short) == [each.quote.text for each in best]
    assert short.claims[0].quotes == tuple(each.quote for each in (best[0], *copies))
    assert told(first) == [each.quote.text for each in reversed(others)]


async def test_what_two_documents_say_is_said_in_the_part_of_the_better_one() -> None:
    others = numbered(MAX_UNDIVIDED_QUOTES, "b")
    copy = same_in("c", others[0])
    _, first = await written(*numbered(MAX_SUMMARY_QUOTES), *others, copy)
    assert first.claims[-1].quotes == (others[0].quote, copy.quote)


def same_in(snapshot: str, known: Finding) -> Finding:
    return known.model_copy(update={"quote": known.quote.model_copy(update={"snapshot": snapshot * 64})})


async def test_related_ones_are_folded_into_the_last_section() -> None:
    related = (finding("Rye\nbread.", 0.1), finding("Beech wood.", 0.1))
    [section] = await written(*numbered(1), related=related)
    assert [claim.text for claim in section.related] == ["Rye bread.", "Beech wood."]
    first, *_, last = await written(*numbered(MAX_UNDIVIDED_QUOTES + 1), related=related)
    assert (first.related, [claim.text for claim in last.related]) == ((), ["Rye bread.", "Beech wood."])


async def test_related_ones_alone_are_a_section_without_claims() -> None:
    [section] = await written(related=(finding("Rye bread."),), evidence=Evidence.NONE)
    assert (section.heading, section.claims, section.evidence) == ("Why?", (), Evidence.NONE)
    assert [claim.text for claim in section.related] == ["Rye bread."]


async def test_it_searches_for_the_question_then_for_its_other_words_then_no_more() -> None:
    task = Task(id="t1", question="When does the ferry sail?")
    first = await REASONER.queries(task, [], [])
    second = await REASONER.queries(task, first, [])
    assert (first, second) == ([task.question], ["ferry", "sail"])
    assert await REASONER.queries(task, [*first, *second], []) == []


async def test_a_strong_quote_is_enough() -> None:
    task = Task(id="t1", question="Why?")
    assert REASONER.enough(task, [finding("A.", 1.0)])
    assert not REASONER.enough(task, [finding("A.", 0.01)])
    assert not REASONER.enough(task, [])


async def test_a_quote_with_all_words_of_the_question_is_not_only_related() -> None:
    terms = tuple(Term(word=word, frequency=2) for word in ("notice", "period"))
    known = [
        finding("Notice period = six weeks", 0.95, snapshot="a"),
        finding("The notice period is three months to the end of a quarter.", 0.7, snapshot="b"),
        finding("A notice hangs on the door.", 0.65, snapshot="c"),
    ]
    task = Task(id="t1", question="What is the notice period?")
    selected = await REASONER.select(task, known, TermStatistics(terms=terms, size=10))
    assert list(selected.findings) == known[:2]
    assert list(selected.related) == known[2:]
