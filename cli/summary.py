"""The end of a run: where the report is, its head, what it rests on, how long it took."""

from collections.abc import Iterator, Mapping
from typing import Any

from rich.console import Console

from outlast.cli.terminal import print_indented
from outlast.evidence.rendering.amounts import format_count
from outlast.evidence.rendering.coverage import not_answered, source_kinds, unknown_words_line
from outlast.evidence.rendering.spending import format_budget, format_usage
from outlast.evidence.report import Claim, Coverage, Evidence, Report, Section
from outlast.evidence.text import one_line, shell_command
from outlast.orchestration.client.export import ExportedReport
from outlast.orchestration.client.report import Format
from outlast.orchestration.settings import Settings

MAX_PARTS = 8
MAX_DISPUTES = 2


def print_summary(shown: Console, exported: ExportedReport, settings: Settings) -> None:
    shown.print()
    shown.print(exported.report.question, style="bold")
    for each in answer_lines(exported.report):
        print_indented(shown, each)
    shown.print()
    for each in fact_lines(exported, settings):
        shown.print(each, soft_wrap=True)  # paths and commands are there to be copied


def summary_document(exported: ExportedReport) -> dict[str, Any]:
    """The same for programs. The report itself is in the file that `files.json` names."""
    report = exported.report
    claims = list(report.claims())
    return {
        "question": report.question,
        "answered": report.answered,
        "evidence": [
            {"question": section.question, "heading": section.heading, "evidence": section.evidence}
            for section in report.sections
        ],
        "unanswered": list(report.coverage.unanswered),
        "unknown": list(report.coverage.unknown),
        "documents": report.coverage.documents,
        "read": report.coverage.read,
        "skipped": len(report.coverage.skipped),
        "claims": len(claims),
        "quotes": sum(len(claim.quotes) for claim in claims),
        "disputes": sum(len(section.disputes) for section in report.sections),
        "dropped": report.coverage.dropped,
        "pages": report.coverage.pages,
        "engines": list(report.coverage.engines),
        "unreached": [failed.model_dump() for failed in report.coverage.unreached],
        "limited": list(report.coverage.limited),
        "usage": report.usage.model_dump(mode="json"),
        "phases": {each.phase: each.usage.model_dump(mode="json") for each in report.phases},
        "budget": dict(report.budget.limits()),
        "seconds": report.run.seconds,
        "folder": str(exported.folder),
        "files": {form.value: str(exported.path(form)) for form in Format},
    }


def answer_lines(report: Report) -> list[str]:
    """A quote for each part of the question, whole, and where sources disagree; or that there is none, honestly."""
    if not report.answered:
        related = sum(len(section.related) for section in report.sections)
        more = [f"  ({related} that may be related: see the report)"] if related else []
        return [not_answered(report.coverage), *more]
    uris = {source.snapshot: source.uri for source in report.sources}
    claims = [(section, claim) for section in report.sections for claim in section.claims]
    parts: dict[str, tuple[Section, Claim]] = {}
    for section, claim in claims:  # a part may have several sections, a document each
        parts.setdefault(section.question or section.heading, (section, claim))
    lines: list[str] = []
    for name, (section, claim) in list(parts.items())[:MAX_PARTS]:
        if len(report.sections) > 1:
            lines.append(f"  {one_line(name)}")
        weak = " (weak evidence)" if section.evidence is Evidence.WEAK else ""
        lines.append(f"    {quote_text(claim, uris)}{weak}")
    if len(parts) > MAX_PARTS:
        lines.append(f"  ... and {format_count(len(parts) - MAX_PARTS, 'more part')} of the question")
    more = len(claims) - min(len(parts), MAX_PARTS)
    return [
        *lines,
        *([f"  {format_count(more, 'more sentence')} in the report"] if more else []),
        *dispute_lines(report, uris),
    ]


def quote_text(claim: Claim, uris: Mapping[str, str]) -> str:
    """What the document says, word for word, and which one."""
    quote = claim.quotes[0]
    return f'"{one_line(quote.text)}" [{one_line(uris[quote.snapshot])}]'


def dispute_lines(report: Report, uris: Mapping[str, str]) -> Iterator[str]:
    disputes = [dispute for section in report.sections for dispute in section.disputes]
    for dispute in disputes[:MAX_DISPUTES]:
        yield "  Sources disagree:"
        yield from (f"    {quote_text(side, uris)}" for side in dispute.claims)
    if len(disputes) > MAX_DISPUTES:
        yield f"  ... and {format_count(len(disputes) - MAX_DISPUTES, 'more such point')}"


def fact_lines(exported: ExportedReport, settings: Settings) -> list[str]:
    report = exported.report
    coverage, claims = report.coverage, list(report.claims())
    quotes = sum(len(claim.quotes) for claim in claims)
    times = ", ".join(f"{phase} {seconds:.1f} s" for phase, seconds in report.run.seconds.items())
    view = f"; to bring it up: {shell_command('up')}" if settings.temporal() is None else ""
    return [
        f"Report    {exported.path(Format.MARKDOWN)}",
        f"Page      {exported.path(Format.HTML)}",
        f"Data      {exported.path(Format.JSON)}",
        *source_lines(coverage),
        f"Claims    {len(claims)} with {quotes} quotes located, {coverage.dropped} claims dropped",
        *(f"Missing   no answer to: {question}" for question in (coverage.unanswered if report.answered else ())),
        *([f"Missing   {unknown_text(coverage)}"] if coverage.unknown else []),
        *(f"Limit     ended early: {limit}" for limit in coverage.limited),
        f"Mode      {report.mode}",
        f"Time      {times}",
        *([f"Spent     {format_usage(report.usage)}"] if format_usage(report.usage) else []),
        *([f"Budget    {format_budget(report.budget)}"] if report.budget.is_set else []),
        f"Check     {shell_command('verify', str(exported.folder))}",
        f"Look      the run {report.run.workflow} in Temporal's UI{view}",
    ]


def source_lines(looked: Coverage) -> Iterator[str]:
    searched = source_kinds(looked)
    if "document" in searched:
        documents = format_count(looked.documents, "document")
        yield f"Sources   {documents} searched, {looked.read} read, {len(looked.skipped)} skipped"
    if "web page" in searched:
        pages, engines = format_count(looked.pages, "page"), ", ".join(looked.engines) or "none"
        yield f"Web       {pages} fetched, {len(looked.unreached)} not reached; engines: {engines}"


def unknown_text(looked: Coverage) -> str:
    words = unknown_words_line(looked)
    return f"{words[:1].lower()}{words[1:]}"
