"""What a report says of how its run looked: how much there was, what was found, and what is missing."""

from collections.abc import Iterator
from dataclasses import dataclass

from outlast.evidence.rendering.amounts import format_count
from outlast.evidence.report import Coverage, Evidence, Report
from outlast.evidence.text import one_line


@dataclass(frozen=True)
class Listing:
    title: str
    items: tuple[str, ...]


def summary_sentences(report: Report) -> Iterator[str]:
    """What a reader wants to know first: how much there is, how good it is, and what is missing."""
    looked = report.coverage
    answers = [section for section in report.sections if section.has_answer]
    disputes = [dispute for section in answers for dispute in section.disputes]
    claims = [claim for section in answers for claim in section.claims]
    claims += [side for dispute in disputes for side in dispute.claims]
    cited = {quote.snapshot for claim in claims for quote in claim.quotes}
    if claims:
        yield f"{format_count(len(claims), 'sentence')} from {cited_amounts(report, cited)}."
    else:
        yield f"Searched: {searched_amounts(looked)}."
    if disputes:
        yield f"Sources disagree on {format_count(len(disputes), 'point')}."
    if answers and looked.unanswered:
        questions = {section.question for section in report.sections} | set(looked.unanswered)
        yield f"Not answered: {len(looked.unanswered)} of {format_count(len(questions), 'question')}."
    if answers and all(section.evidence is Evidence.WEAK for section in answers):
        yield "All of the evidence is weak."
    if looked.unknown:
        yield f"{unknown_words_line(looked)}."
    if looked.limited:
        yield f"{limits_line(looked)}."


def coverage_lines(report: Report) -> Iterator[str]:
    looked = report.coverage
    if "document" in source_kinds(looked):
        searched = format_count(looked.documents, "document")
        yield f"Searched: {searched}; read: {looked.read}; not taken in: {len(looked.skipped)}"
    if "web page" in source_kinds(looked):
        engines = ", ".join(looked.engines) or "none"
        yield (
            f"Web: {format_count(looked.pages, 'page')} fetched; search engines asked: {engines}; "
            f"could not be reached: {len(looked.unreached)}"
        )
    if looked.limited:
        yield limits_line(looked)
    if looked.unknown:
        yield unknown_words_line(looked)
    yield f"Claims left out because they did not stand when checked: {looked.dropped}"
    if looked.collection:
        yield f"Collection: {looked.collection}"


def coverage_listings(looked: Coverage, unanswered: tuple[str, ...]) -> Iterator[Listing]:
    """`unanswered` are the questions to be listed as such."""
    yield Listing(f"Not answered by {these_sources(looked)}", unanswered)
    yield Listing("Not taken in", tuple(f"{skipped.uri}: {skipped.reason}" for skipped in looked.skipped))
    yield Listing("Could not be reached", tuple(f"{failed.uri}: {failed.reason}" for failed in looked.unreached))
    yield Listing(
        "Files with the same text, searched once",
        tuple(f"{first} = {' = '.join(copies)}" for first, *copies in looked.identical),
    )


def source_kinds(looked: Coverage) -> tuple[str, ...]:
    """What was looked at: documents, web pages, or both."""
    web = bool(looked.pages or looked.engines or looked.unreached)
    return (*(["document"] if looked.documents or not web else []), *(["web page"] if web else []))


def not_answered(looked: Coverage) -> str:
    sources = these_sources(looked)
    return f"{sources[:1].upper()}{sources[1:]} do not answer this."


def these_sources(looked: Coverage) -> str:
    return f"these {' and '.join(f'{kind}s' for kind in source_kinds(looked))}"


def unknown_words_line(looked: Coverage) -> str:
    return f"No {' or '.join(source_kinds(looked))} contains: {', '.join(map(one_line, looked.unknown))}"


def limits_line(looked: Coverage) -> str:
    return f"A limit ended the work early ({'; '.join(map(one_line, looked.limited))})"


def searched_amounts(looked: Coverage) -> str:
    there = {"document": looked.documents, "web page": looked.pages}
    return " and ".join(format_count(there[kind], kind) for kind in source_kinds(looked))


def cited_amounts(report: Report, cited: set[str]) -> str:
    """Such as `2 of 79 documents and 1 of 12 web pages`."""
    looked = report.coverage
    there = {"document": looked.documents, "web page": looked.pages}
    fetched = {source.snapshot for source in report.sources if source.fetched is not None}
    of = {"document": len(cited - fetched), "web page": len(cited & fetched)}
    return " and ".join(f"{of[kind]} of {format_count(there[kind], kind)}" for kind in source_kinds(looked))
