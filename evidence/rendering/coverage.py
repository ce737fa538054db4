"""What a report says about its sources: how many were searched, read and cited, and what was not found."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from outlast.evidence.losses import describe_losses, may_hide_words
from outlast.evidence.rendering.amounts import format_count
from outlast.evidence.report import Coverage, DocumentLosses, Evidence, Report
from outlast.evidence.text import one_line


@dataclass(frozen=True)
class Listing:
    title: str
    items: tuple[str, ...]


def summary_sentences(report: Report) -> Iterator[str]:
    """Yield what a reader wants to know first: the number of sentences, how good they are, and what is missing."""
    coverage = report.coverage
    answers = [section for section in report.sections if section.has_answer]
    disputes = [dispute for section in answers for dispute in section.disputes]
    claims = [claim for section in answers for claim in section.claims]
    claims += [side for dispute in disputes for side in dispute.claims]
    cited = {quote.snapshot for claim in claims for quote in claim.quotes}
    if claims:
        yield f"{format_count(len(claims), 'sentence')} from {cited_amounts(report, cited)}."
    else:
        yield f"Searched: {searched_amounts(coverage)}."
    if disputes:
        yield f"Sources disagree on {format_count(len(disputes), 'point')}."
    if answers and coverage.unanswered:
        questions = {section.question for section in report.sections} | set(coverage.unanswered)
        yield f"Not answered: {len(coverage.unanswered)} of {format_count(len(questions), 'question')}."
    if answers and all(section.evidence is Evidence.WEAK for section in answers):
        yield "All of the evidence is weak."
    if coverage.unknown:
        yield f"{unknown_words_line(coverage)}."
    if coverage.limited:
        yield f"{limits_line(coverage)}."


def coverage_lines(report: Report) -> Iterator[str]:
    coverage = report.coverage
    if "document" in source_kinds(coverage):
        searched = format_count(coverage.documents, "document")
        yield f"Searched: {searched}; read: {coverage.read}; skipped: {len(coverage.skipped)}"
    if "web page" in source_kinds(coverage):
        engines = ", ".join(coverage.engines) or "none"
        yield (
            f"Web: {format_count(coverage.pages, 'page')} fetched; search engines asked: {engines}; "
            f"could not be reached: {len(coverage.unreached)}"
        )
    if coverage.limited:
        yield limits_line(coverage)
    if coverage.unknown:
        yield unknown_words_line(coverage)
    yield f"Claims removed by verification: {coverage.dropped}"
    if coverage.collection:
        yield f"Collection: {coverage.collection}"


def coverage_listings(coverage: Coverage, unanswered: tuple[str, ...]) -> Iterator[Listing]:
    """Yield the lists of what is missing; `unanswered` are the questions to list."""
    reasons = {refused.question: f" {refused.reason}" for refused in coverage.refused}
    yield Listing(
        f"Not answered by {these_sources(coverage)}",
        tuple(f"{question}{reasons.get(question, '')}" for question in unanswered),
    )
    yield Listing("Skipped files", tuple(f"{skipped.uri}: {skipped.reason}" for skipped in coverage.skipped))
    yield Listing(
        "Left out of the text that was searched",
        tuple(f"{document.uri}: {describe_losses(document.losses)}" for document in worst_first(coverage.losses)),
    )
    yield Listing("Could not be reached", tuple(f"{failed.uri}: {failed.reason}" for failed in coverage.unreached))
    yield Listing(
        "Files with the same text, searched once",
        tuple(f"{first} = {' = '.join(copies)}" for first, *copies in coverage.identical),
    )


def worst_first(documents: Iterable[DocumentLosses]) -> list[DocumentLosses]:
    """Sort the documents that may say what their texts do not before those that lost a menu: a list shows the first."""
    return sorted(documents, key=lambda document: not may_hide_words(document.losses))


def source_kinds(coverage: Coverage) -> tuple[str, ...]:
    """Return the kinds of sources that the run used: documents, web pages, or both."""
    web = bool(coverage.pages or coverage.engines or coverage.unreached)
    return (*(["document"] if coverage.documents or not web else []), *(["web page"] if web else []))


def not_answered(coverage: Coverage, question: str = "") -> str:
    """Say that `question`, or everything, is not answered: by the sources, or because rules cannot answer it."""
    reasons = {refused.question: refused.reason for refused in coverage.refused}
    asked = (question,) if question else coverage.unanswered
    if asked and all(each in reasons for each in asked):
        return " ".join(dict.fromkeys(one_line(reasons[each]) for each in asked))
    sources = these_sources(coverage)
    if unread := unread_reasons(coverage):
        return f"What could be read of {sources} does not answer this: {' and '.join(unread)}."
    return f"{sources[:1].upper()}{sources[1:]} do not answer this."


def unread_reasons(coverage: Coverage) -> list[str]:
    """Return why words and answers may stand where nothing was read; nothing if all was read."""
    in_part = sum(may_hide_words(document.losses) for document in coverage.losses)
    return [
        *([f"{format_count(in_part, 'document')} could be read only in part"] if in_part else []),
        *([f"{format_count(len(coverage.skipped), 'file')} could not be read"] if coverage.skipped else []),
        *([f"{format_count(len(coverage.unreached), 'web page')} could not be reached"] if coverage.unreached else []),
    ]


def these_sources(coverage: Coverage) -> str:
    return f"these {' and '.join(f'{kind}s' for kind in source_kinds(coverage))}"


def unknown_words_line(coverage: Coverage) -> str:
    """Say that words are absent only if everything was read: a scan that was not may have them.

    Menus and pictures may have them too: each page has some, so the sentence says that it does not speak of them.
    """
    unknown = ", ".join(map(one_line, coverage.unknown))
    aside = sorted({loss.kind.value for document in coverage.losses for loss in document.losses if loss.stands_aside})
    outside = f", outside {' and '.join(aside)}" if aside else ""
    kinds = " or ".join(source_kinds(coverage))
    if unread := unread_reasons(coverage):
        return f"Whether a {kinds} contains {unknown} could not be determined, because {' and '.join(unread)}"
    return f"No {kinds} contains{outside}: {unknown}"


def limits_line(coverage: Coverage) -> str:
    return f"A limit ended the work early ({'; '.join(map(one_line, coverage.limited))})"


def searched_amounts(coverage: Coverage) -> str:
    totals = {"document": coverage.documents, "web page": coverage.pages}
    return " and ".join(format_count(totals[kind], kind) for kind in source_kinds(coverage))


def cited_amounts(report: Report, cited: set[str]) -> str:
    """Return how many sources are cited, such as `2 of 79 documents and 1 of 12 web pages`."""
    coverage = report.coverage
    totals = {"document": coverage.documents, "web page": coverage.pages}
    fetched = {source.snapshot for source in report.sources if source.fetched is not None}
    counts = {"document": len(cited - fetched), "web page": len(cited & fetched)}
    return " and ".join(f"{counts[kind]} of {format_count(totals[kind], kind)}" for kind in source_kinds(coverage))
