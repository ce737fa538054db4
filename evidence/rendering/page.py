"""The content of a report's page and its order. Markdown and HTML have the same content in different layouts."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import groupby

from outlast.evidence.rendering.amounts import format_date
from outlast.evidence.rendering.coverage import (
    Listing,
    coverage_lines,
    coverage_listings,
    not_answered,
    summary_sentences,
)
from outlast.evidence.rendering.spending import Table, run_lines, usage_tables
from outlast.evidence.report import CitedSource, Claim, Evidence, Report, Section, Verdict
from outlast.evidence.sources import Quote
from outlast.evidence.text import one_line

MAX_TITLE_CHARACTERS = 200

WEAK_EVIDENCE_REMARK = "Weak evidence: these sentences are about the question, but they may not be its answer."
ONLY_RELATED_REMARK = "No sentence answers this question; those below are only related to it."
RELATED_HEADING = "Possibly related"
DISPUTE_HEADING = "Sources disagree"

VERDICT_NOTES = {
    Verdict.SUPPORTED: "",
    Verdict.LOCATED: "quoted, but nobody judged whether the quotes say this",
    Verdict.UNSUPPORTED: "not supported by its quotes",
    Verdict.UNVERIFIED: "not checked",
}


@dataclass(frozen=True)
class Sentence:
    """A claim. `number` counts the sentences of the page from 1; `passages` are the numbers of the quotes it cites."""

    number: int
    text: str
    passages: tuple[int, ...]
    note: str
    by: str = ""
    """In a dispute, the sources that say it; "" otherwise."""


@dataclass(frozen=True)
class Part:
    """A heading and the content below it. `heading` is "" if it would repeat the heading above it."""

    heading: str
    level: int
    """2 below the title, 3 below a heading of level 2."""
    remark: str = ""
    sentences: tuple[Sentence, ...] = ()
    disputes: tuple[tuple[Sentence, ...], ...] = ()
    """For each dispute, a sentence for each side."""
    related: tuple[Sentence, ...] = ()

    def all_sentences(self) -> Iterator[Sentence]:
        yield from self.sentences
        for sides in self.disputes:
            yield from sides
        yield from self.related


@dataclass(frozen=True)
class WebPage:
    """What the page says about a web page besides its address."""

    title: str
    fetched: str
    ended: str
    """The address at the end of its redirects; "" without redirects."""


@dataclass(frozen=True)
class CitedPassage:
    """A cited span in a file or on a web page."""

    number: int
    quote: Quote
    name: str
    """The path of the file, or the address of the web page."""
    place: str
    """What follows the name: the files with the same text, and the locator."""
    page: WebPage | None
    sentences: tuple[Sentence, ...]
    """The sentences that cite it."""

    @property
    def where(self) -> str:
        return f"{self.name}{self.place}"


@dataclass(frozen=True)
class Page:
    title: str
    question: str
    """The whole question, if it is too long for a title; "" otherwise."""
    mode: str
    not_answered: str
    """If nothing is answered, a sentence that says so; "" otherwise."""
    counts: tuple[str, ...]
    searched: Listing
    """The queries that were searched for; they come first if nothing is answered."""
    parts: tuple[Part, ...]
    passages: tuple[CitedPassage, ...]
    coverage: tuple[str, ...]
    coverage_lists: tuple[Listing, ...]
    run: tuple[str, ...]
    tables: tuple[Table, ...]


def build_page(report: Report) -> Page:
    parts = tuple(PartsBuilder(report).parts())
    question = one_line(report.question)
    title = one_line(question, MAX_TITLE_CHARACTERS)
    searched = Listing("Searched for", report.coverage.searched)
    return Page(
        title=title,
        question=question if title != question else "",
        mode=report.mode,
        not_answered="" if report.answered else not_answered(report.coverage),
        counts=tuple(summary_sentences(report)),
        searched=searched,
        parts=parts,
        passages=tuple(cited_passages(report, parts)),
        coverage=tuple(coverage_lines(report)),
        coverage_lists=tuple(
            listing
            for listing in (
                *coverage_listings(report.coverage, unanswered_questions(report)),
                *([searched] if report.answered else []),
            )
            if listing.items
        ),
        run=tuple(run_lines(report)),
        tables=tuple(usage_tables(report)),
    )


def unanswered_questions(report: Report) -> tuple[str, ...]:
    """Return the questions without an answer, except the report's own question: the header says that already."""
    return tuple(question for question in report.coverage.unanswered if not is_same_heading(question, report.question))


class PartsBuilder:
    """Turns the sections into parts of the page, and numbers their sentences."""

    def __init__(self, report: Report) -> None:
        self._report = report
        self._numbers = {quote: number for number, quote in enumerate(report.quotes(), 1)}
        self._extractive = report.mode.startswith("extractive")
        self._uris = {source.snapshot: one_line(source.uri) for source in report.sources}
        self._sentences = 0

    def parts(self) -> Iterator[Part]:
        """Yield the parts. Each of several questions is a heading over its sections; a single one is the title."""
        questions = {section.question for section in self._report.sections}
        unanswered = [question for question in self._report.coverage.unanswered if question not in questions]
        if len(questions - {""}) + len(unanswered) < 2:
            yield from self._below(self._report.question, list(self._report.sections), level=2)
            return
        seen: set[str] = set()
        for question, grouped in groupby(self._report.sections, key=lambda section: section.question):
            sections = list(grouped)
            if not question:
                yield from self._below("", sections, level=2)
            else:
                yield from self._chapter(question, sections, again=question in seen)
            seen.add(question)
        if self._report.answered:
            yield from (Part(question, 2, not_answered(self._report.coverage, question)) for question in unanswered)

    def _chapter(self, question: str, sections: list[Section], *, again: bool) -> Iterator[Part]:
        """Yield the parts of a question. What is said on it `again` comes after the first quote on each question."""
        first, *others = sections
        heading = f"More on: {question}" if again else question
        if not others and is_same_heading(first.heading, question):
            yield self._part(heading, 2, first)
            return
        yield Part(heading, 2)
        yield from self._below(question, sections, level=3)

    def _below(self, above: str, sections: list[Section], level: int) -> Iterator[Part]:
        for section in sections:
            yield self._part("" if is_same_heading(section.heading, above) else section.heading, level, section)

    def _part(self, heading: str, level: int, section: Section) -> Part:
        sentences = tuple(self._sentence(claim) for claim in section.claims)
        disputes = tuple(tuple(map(self._side, dispute.claims)) for dispute in section.disputes)
        related = tuple(self._sentence(claim) for claim in section.related)
        return Part(heading, level, self._remark(section), sentences, disputes, related)

    def _remark(self, section: Section) -> str:
        if not section.has_answer:
            return ONLY_RELATED_REMARK if self._report.answered else ""
        return WEAK_EVIDENCE_REMARK if section.evidence is Evidence.WEAK else ""

    def _sentence(self, claim: Claim) -> Sentence:
        self._sentences += 1
        # A sentence that equals its quote needs no judgement of whether the quote supports it.
        note = "" if self._extractive and claim.verdict is Verdict.LOCATED else VERDICT_NOTES[claim.verdict]
        numbers = tuple(dict.fromkeys(self._numbers[quote] for quote in claim.quotes))
        return Sentence(self._sentences, one_line(claim.text), numbers, note)

    def _side(self, claim: Claim) -> Sentence:
        uris = dict.fromkeys(self._uris.get(quote.snapshot, "") for quote in claim.quotes)
        return replace(self._sentence(claim), by=join_first([uri for uri in uris if uri]))


def is_same_heading(heading: str, other: str) -> bool:
    return one_line(heading).rstrip("?. ").casefold() == one_line(other).rstrip("?. ").casefold()


def cited_passages(report: Report, parts: tuple[Part, ...]) -> Iterator[CitedPassage]:
    names: dict[str, list[str]] = {}
    pages: dict[str, WebPage | None] = {}
    for source in report.sources:
        names.setdefault(source.snapshot, []).append(source.uri)
        pages.setdefault(source.snapshot, web_page(source))
    for first, *copies in report.coverage.identical:
        for files in names.values():
            files += [copy for copy in copies if first in files and copy not in files]
    places = {(citation.snapshot, citation.start, citation.end): citation.place for citation in report.citations}
    sentences = [sentence for part in parts for sentence in part.all_sentences()]
    for number, quote in enumerate(report.quotes(), 1):
        first, *copies = names.get(quote.snapshot, ["a document that is not among the sources"])
        also = f" (the same text: {one_line(join_first(copies))})" if copies else ""
        place = one_line(places.get((quote.snapshot, quote.start, quote.end), ""))
        yield CitedPassage(
            number,
            quote,
            name=one_line(first),
            place=f"{also}, {place}" if place else also,
            page=pages.get(quote.snapshot),
            sentences=tuple(sentence for sentence in sentences if number in sentence.passages),
        )


def web_page(source: CitedSource) -> WebPage | None:
    if source.fetched is None:
        return None
    title, ended = one_line(source.title), one_line(source.final_url)
    same = {"", one_line(source.uri)}
    return WebPage(
        title="" if title in same else title, fetched=format_date(source.fetched), ended="" if ended in same else ended
    )


def join_first(files: list[str], max_files: int = 3) -> str:
    more = [f"{len(files) - max_files} more"] if len(files) > max_files else []
    return ", ".join([*files[:max_files], *more])
