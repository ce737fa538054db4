"""The summary at the end of a run: the first quotes of its report, its files, its sources, its times and costs."""

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


def print_summary(people: Console, exported: ExportedReport, settings: Settings) -> None:
    people.print()
    people.print(exported.report.question, style="bold")
    for line in answer_lines(exported.report):
        print_indented(people, line)
    people.print()
    for line in fact_lines(exported, settings):
        people.print(line, soft_wrap=True)  # so that paths and commands can be copied


def summary_document(exported: ExportedReport) -> dict[str, Any]:
    """Return the summary for programs. The report itself is in the file that `files.json` names."""
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
        "refused": [refused.model_dump() for refused in report.coverage.refused],
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
    """Return a whole quote for each part of the question, and where sources disagree; or that there is no answer."""
    if not report.answered:
        related = sum(len(section.related) for section in report.sections)
        more = [f"  ({related} that may be related: see the report)"] if related else []
        return [not_answered(report.coverage), *more]
    uris = {source.snapshot: source.uri for source in report.sources}
    claims = [(section, claim) for section in report.sections for claim in section.claims]
    parts: dict[str, tuple[Section, Claim]] = {}
    for section, claim in claims:  # a part may have several sections, one for each document
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
    """Return the words of the document, and which document it is."""
    quote = claim.quotes[0]
    return f'"{one_line(quote.shown)}" [{one_line(uris[quote.snapshot])}]'


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
    start_ui = f"; to start it: {shell_command('up')}" if settings.temporal() is None else ""
    return [
        f"Report    {exported.path(Format.MARKDOWN)}",
        f"Page      {exported.path(Format.HTML)}",
        f"Data      {exported.path(Format.JSON)}",
        *source_lines(coverage),
        f"Claims    {len(claims)} with {quotes} quotes located, {coverage.dropped} claims dropped",
        *(missing_line(coverage, question) for question in (coverage.unanswered if report.answered else ())),
        *([f"Missing   {unknown_text(coverage)}"] if coverage.unknown else []),
        *(f"Limit     ended early: {limit}" for limit in coverage.limited),
        f"Mode      {report.mode}",
        f"Time      {times}",
        *([f"Spent     {format_usage(report.usage)}"] if format_usage(report.usage) else []),
        *([f"Budget    {format_budget(report.budget)}"] if report.budget.is_set else []),
        f"Check     {shell_command('verify', str(exported.folder))}",
        f"History   the run {report.run.workflow} in Temporal's UI{start_ui}",
    ]


def missing_line(coverage: Coverage, question: str) -> str:
    reason = next((f" {refused.reason}" for refused in coverage.refused if refused.question == question), "")
    return f"Missing   no answer to: {question}{one_line(reason)}"


def source_lines(coverage: Coverage) -> Iterator[str]:
    searched = source_kinds(coverage)
    if "document" in searched:
        documents = format_count(coverage.documents, "document")
        yield f"Sources   {documents} searched, {coverage.read} read, {len(coverage.skipped)} skipped"
    if "web page" in searched:
        pages, engines = format_count(coverage.pages, "page"), ", ".join(coverage.engines) or "none"
        yield f"Web       {pages} fetched, {len(coverage.unreached)} not reached; engines: {engines}"


def unknown_text(coverage: Coverage) -> str:
    words = unknown_words_line(coverage)
    return f"{words[:1].lower()}{words[1:]}"
