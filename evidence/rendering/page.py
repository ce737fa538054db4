"""What the page of a report says, and in what order: the same for Markdown and HTML, which only lay it out."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from evidence.rendering.characters import line, shortened
from evidence.report import Claim, Evidence, Report, RunRecord, Section, Usage, Verdict
from evidence.sources import Quote

LONGEST_TITLE = 200

NOT_ANSWERED = "These documents do not answer this."
WEAK = "Weak evidence: these sentences are about the question, but they may not be its answer."
ONLY_RELATED = "Nothing here answers this; what is only related stands below."
RELATED = "Possibly related"

NOTES = {
    Verdict.SUPPORTED: "",
    Verdict.LOCATED: "quoted, but nobody judged whether the quotes say this",
    Verdict.UNSUPPORTED: "not supported by its quotes",
    Verdict.UNVERIFIED: "not checked",
}


@dataclass(frozen=True)
class Sentence:
    """A claim. `number` counts the sentences of the page from 1; `passages` are the numbers of what it quotes."""

    number: int
    text: str
    passages: tuple[int, ...]
    note: str


@dataclass(frozen=True)
class Part:
    """A heading and what stands below it. `heading` is "" where the heading above says it already."""

    heading: str
    level: int
    """2 below the title, 3 below one of level 2."""
    remark: str = ""
    sentences: tuple[Sentence, ...] = ()
    related: tuple[Sentence, ...] = ()


@dataclass(frozen=True)
class Passage:
    """A cited span. `where` is the file, the files with the same text, and the place."""

    number: int
    quote: Quote
    where: str
    sentences: tuple[Sentence, ...]
    """Those that cite it."""


@dataclass(frozen=True)
class Listing:
    title: str
    items: tuple[str, ...]


@dataclass(frozen=True)
class Page:
    title: str
    question: str
    """The whole question where it is too long for a title; "" otherwise."""
    mode: str
    answered: bool
    counts: tuple[str, ...]
    searched: Listing
    """What was looked for, to be shown first where nothing answers."""
    parts: tuple[Part, ...]
    passages: tuple[Passage, ...]
    coverage: tuple[str, ...]
    coverage_lists: tuple[Listing, ...]
    run: tuple[str, ...]


def page_of(report: Report) -> Page:
    parts = tuple(Writing(report).parts())
    question = line(report.question)
    title = shortened(question, LONGEST_TITLE)
    searched = Listing("Searched for", report.coverage.searched)
    return Page(
        title=title,
        question=question if title != question else "",
        mode=report.mode,
        answered=report.answered,
        counts=tuple(counts(report)),
        searched=searched,
        parts=parts,
        passages=tuple(passages(report, parts)),
        coverage=tuple(coverage(report)),
        coverage_lists=tuple(
            listing for listing in (*lists(report), *([searched] if report.answered else [])) if listing.items
        ),
        run=tuple(run(report.run, report.usage)),
    )


class Writing:
    """The sections as parts of the page, their sentences counted through."""

    def __init__(self, report: Report) -> None:
        self._report = report
        self._numbers = {quote: number for number, quote in enumerate(report.quotes(), 1)}
        self._extractive = report.mode.startswith("extractive")
        self._sentences = 0

    def parts(self) -> Iterator[Part]:
        """With several questions, each is a heading over its sections; one question is the title of the page."""
        asked = by_question(self._report.sections)
        unanswered = [question for question in self._report.coverage.unanswered if question not in asked]
        if len([question for question in asked if question]) + len(unanswered) < 2:
            for sections in asked.values():
                yield from self._below(self._report.question, sections, level=2)
            return
        for question, sections in asked.items():
            if question:
                yield from self._chapter(question, sections)
            else:
                yield from self._below("", sections, level=2)
        if self._report.answered:
            yield from (Part(question, 2, NOT_ANSWERED) for question in unanswered)

    def _chapter(self, question: str, sections: list[Section]) -> Iterator[Part]:
        first, *others = sections
        if not others and alike(first.heading, question):
            yield self._part(question, 2, first)
            return
        yield Part(question, 2)
        yield from self._below(question, sections, level=3)

    def _below(self, above: str, sections: list[Section], level: int) -> Iterator[Part]:
        for section in sections:
            yield self._part("" if alike(section.heading, above) else section.heading, level, section)

    def _part(self, heading: str, level: int, section: Section) -> Part:
        sentences = tuple(self._sentence(claim) for claim in section.claims)
        related = tuple(self._sentence(claim) for claim in section.related)
        return Part(heading, level, self._remark(section), sentences, related)

    def _remark(self, section: Section) -> str:
        if not section.claims:
            return ONLY_RELATED if self._report.answered else ""
        return WEAK if section.evidence is Evidence.WEAK else ""

    def _sentence(self, claim: Claim) -> Sentence:
        self._sentences += 1
        # A sentence that is its quote needs nobody to judge what the quote says.
        note = "" if self._extractive and claim.verdict is Verdict.LOCATED else NOTES[claim.verdict]
        numbers = tuple(dict.fromkeys(self._numbers[quote] for quote in claim.quotes))
        return Sentence(self._sentences, line(claim.text), numbers, note)


def by_question(sections: Iterable[Section]) -> dict[str, list[Section]]:
    grouped: dict[str, list[Section]] = {}
    for section in sections:
        grouped.setdefault(section.question, []).append(section)
    return grouped


def alike(heading: str, other: str) -> bool:
    return line(heading).rstrip("?. ").casefold() == line(other).rstrip("?. ").casefold()


def passages(report: Report, parts: tuple[Part, ...]) -> Iterator[Passage]:
    names: dict[str, list[str]] = {}
    for source in report.sources:
        names.setdefault(source.snapshot, []).append(source.uri)
    for first, *copies in report.coverage.identical:
        for files in names.values():
            files += [copy for copy in copies if first in files and copy not in files]
    places = {(each.snapshot, each.start, each.end): each.place for each in report.citations}
    sentences = [sentence for part in parts for sentence in (*part.sentences, *part.related)]
    for number, quote in enumerate(report.quotes(), 1):
        first, *copies = names.get(quote.snapshot, ["a document that is not among the sources"])
        also = f" (the same text: {some(copies)})" if copies else ""
        place = places.get((quote.snapshot, quote.start, quote.end), "")
        where = line(f"{first}{also}, {place}" if place else f"{first}{also}")
        yield Passage(number, quote, where, tuple(each for each in sentences if number in each.passages))


def some(files: list[str], most: int = 3) -> str:
    more = [f"{len(files) - most} more"] if len(files) > most else []
    return ", ".join([*files[:most], *more])


def counts(report: Report) -> Iterator[str]:
    """What a reader wants to know first: how much there is, how good it is, and what is missing."""
    looked = report.coverage
    said = [claim for section in report.sections for claim in section.claims]
    files = {quote.snapshot for claim in said for quote in claim.quotes}
    if said:
        yield f"{counted(len(said), 'sentence')} from {len(files)} of {counted(looked.documents, 'document')}."
    else:
        yield f"Searched: {counted(looked.documents, 'document')}."
    if said and looked.unanswered:
        questions = {section.question for section in report.sections} | set(looked.unanswered)
        yield f"Not answered: {len(looked.unanswered)} of {counted(len(questions), 'question')}."
    answers = [section.evidence for section in report.sections if section.claims]
    if answers and all(evidence is Evidence.WEAK for evidence in answers):
        yield "All of the evidence is weak."
    if looked.unknown:
        yield f"No document contains: {', '.join(map(line, looked.unknown))}."


def coverage(report: Report) -> Iterator[str]:
    looked = report.coverage
    searched = counted(looked.documents, "document")
    yield f"Searched: {searched}; read: {looked.read}; not taken in: {len(looked.skipped)}"
    if looked.unknown:
        yield f"No document contains: {', '.join(map(line, looked.unknown))}"
    yield f"Claims left out because they did not stand when checked: {looked.dropped}"
    yield f"Collection: {looked.collection}"


def lists(report: Report) -> Iterator[Listing]:
    looked = report.coverage
    asked = [question for question in looked.unanswered if not alike(question, report.question)]
    yield Listing("Not answered by these documents", tuple(asked))
    yield Listing("Not taken in", tuple(f"{skipped.uri}: {skipped.reason}" for skipped in looked.skipped))
    yield Listing(
        "Files with the same text, searched once",
        tuple(f"{first} = {' = '.join(copies)}" for first, *copies in looked.identical),
    )


def run(record: RunRecord, usage: Usage) -> Iterator[str]:
    yield f"Run {record.id}, workflow {record.workflow}"
    yield f"Started {moment(record.started)}, published {moment(record.published)}"
    if record.seconds:
        yield f"Time in phases: {', '.join(f'{phase} {taken:.1f} s' for phase, taken in record.seconds.items())}"
    yield f"Model calls {usage.calls}, tokens {usage.tokens}, cost {usage.usd:.4f} USD"


def counted(count: int, what: str) -> str:
    return f"1 {what}" if count == 1 else f"{count} {what}s"


def moment(time: datetime) -> str:
    return f"{time.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC" if time.tzinfo else f"{time:%Y-%m-%d %H:%M:%S}"
