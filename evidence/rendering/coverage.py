"""What a report says of how its run looked: how much there was, what was found, and what is missing."""

from collections.abc import Iterator
from dataclasses import dataclass

from outlast.evidence.rendering.amounts import counted
from outlast.evidence.report import Coverage, Evidence, Report
from outlast.evidence.text import one_line


@dataclass(frozen=True)
class Listing:
    title: str
    items: tuple[str, ...]


def counts(report: Report) -> Iterator[str]:
    """What a reader wants to know first: how much there is, how good it is, and what is missing."""
    looked = report.coverage
    answers = [section for section in report.sections if section.answers]
    disputes = [dispute for section in answers for dispute in section.disputes]
    said = [claim for section in answers for claim in section.claims]
    said += [side for dispute in disputes for side in dispute.claims]
    cited = {quote.snapshot for claim in said for quote in claim.quotes}
    if said:
        yield f"{counted(len(said), 'sentence')} from {some_of(report, cited)}."
    else:
        yield f"Searched: {all_of(looked)}."
    if disputes:
        yield f"Sources disagree on {counted(len(disputes), 'point')}."
    if answers and looked.unanswered:
        questions = {section.question for section in report.sections} | set(looked.unanswered)
        yield f"Not answered: {len(looked.unanswered)} of {counted(len(questions), 'question')}."
    if answers and all(section.evidence is Evidence.WEAK for section in answers):
        yield "All of the evidence is weak."
    if looked.unknown:
        yield f"{unknown(looked)}."
    if looked.limited:
        yield f"{limited(looked)}."


def coverage(report: Report) -> Iterator[str]:
    looked = report.coverage
    if "document" in kinds(looked):
        searched = counted(looked.documents, "document")
        yield f"Searched: {searched}; read: {looked.read}; not taken in: {len(looked.skipped)}"
    if "web page" in kinds(looked):
        engines = ", ".join(looked.engines) or "none"
        yield (
            f"Web: {counted(looked.pages, 'page')} fetched; search engines asked: {engines}; "
            f"could not be reached: {len(looked.unreached)}"
        )
    if looked.limited:
        yield limited(looked)
    if looked.unknown:
        yield unknown(looked)
    yield f"Claims left out because they did not stand when checked: {looked.dropped}"
    if looked.collection:
        yield f"Collection: {looked.collection}"


def lists(looked: Coverage, unanswered: tuple[str, ...]) -> Iterator[Listing]:
    """`unanswered` are the questions to be listed as such."""
    yield Listing(f"Not answered by {these(looked)}", unanswered)
    yield Listing("Not taken in", tuple(f"{skipped.uri}: {skipped.reason}" for skipped in looked.skipped))
    yield Listing("Could not be reached", tuple(f"{failed.uri}: {failed.reason}" for failed in looked.unreached))
    yield Listing(
        "Files with the same text, searched once",
        tuple(f"{first} = {' = '.join(copies)}" for first, *copies in looked.identical),
    )


def kinds(looked: Coverage) -> tuple[str, ...]:
    """What was looked at: documents, web pages, or both."""
    web = bool(looked.pages or looked.engines or looked.unreached)
    return (*(["document"] if looked.documents or not web else []), *(["web page"] if web else []))


def not_answered(looked: Coverage) -> str:
    said = these(looked)
    return f"{said[:1].upper()}{said[1:]} do not answer this."


def these(looked: Coverage) -> str:
    return f"these {' and '.join(f'{kind}s' for kind in kinds(looked))}"


def unknown(looked: Coverage) -> str:
    return f"No {' or '.join(kinds(looked))} contains: {', '.join(map(one_line, looked.unknown))}"


def limited(looked: Coverage) -> str:
    return f"A limit ended the work early ({'; '.join(map(one_line, looked.limited))})"


def all_of(looked: Coverage) -> str:
    there = {"document": looked.documents, "web page": looked.pages}
    return " and ".join(counted(there[kind], kind) for kind in kinds(looked))


def some_of(report: Report, cited: set[str]) -> str:
    """Such as `2 of 79 documents and 1 of 12 web pages`."""
    looked = report.coverage
    there = {"document": looked.documents, "web page": looked.pages}
    fetched = {source.snapshot for source in report.sources if source.fetched is not None}
    of = {"document": len(cited - fetched), "web page": len(cited & fetched)}
    return " and ".join(f"{of[kind]} of {counted(there[kind], kind)}" for kind in kinds(looked))
