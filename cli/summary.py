"""The end of a run: where the report is, its head, what it rests on, how long it took."""

from typing import Any

from rich.console import Console

from cli.exporting import Exported, Format
from evidence.rendering.characters import shortened
from evidence.report import Evidence, Report
from orchestration.settings import Settings

MOST_SENTENCES = 3
LONGEST_SENTENCE = 300


def tell(shown: Console, exported: Exported, settings: Settings) -> None:
    shown.print()
    shown.print(exported.report.question, style="bold")
    for line in head(exported.report):
        shown.print(line)
    shown.print()
    for line in facts(exported, settings):
        shown.print(line)


def document(exported: Exported) -> dict[str, Any]:
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
        "dropped": report.coverage.dropped,
        "seconds": report.run.seconds,
        "folder": str(exported.folder),
        "files": {form.value: str(exported.path(form)) for form in Format},
    }


def head(report: Report) -> list[str]:
    """The first sentences with their files; or that there are none, honestly."""
    if not report.answered:
        related = sum(len(section.related) for section in report.sections)
        more = [f"  ({related} that may be related: see the report)"] if related else []
        return ["These documents do not answer this.", *more]
    files = {source.snapshot: source.uri for source in report.sources}
    claims = [(section, claim) for section in report.sections for claim in section.claims]
    lines = [
        f"  - {shortened(claim.text, LONGEST_SENTENCE)} [{files[claim.quotes[0].snapshot]}]"
        f"{' (weak evidence)' if section.evidence is Evidence.WEAK else ''}"
        for section, claim in claims[:MOST_SENTENCES]
    ]
    more = len(claims) - len(lines)
    return [*lines, f"  ... and {more} more"] if more else lines


def counted(documents: int) -> str:
    return "1 document" if documents == 1 else f"{documents} documents"


def facts(exported: Exported, settings: Settings) -> list[str]:
    report = exported.report
    coverage, claims = report.coverage, list(report.claims())
    quotes = sum(len(claim.quotes) for claim in claims)
    times = ", ".join(f"{phase} {seconds:.1f} s" for phase, seconds in report.run.seconds.items())
    view = "outlast up" if settings.temporal() is None else "the UI of your Temporal server"
    return [
        f"Report    {exported.path(Format.MARKDOWN)}",
        f"Page      {exported.path(Format.HTML)}",
        f"Data      {exported.path(Format.JSON)}",
        f"Sources   {counted(coverage.documents)} searched, {coverage.read} read, {len(coverage.skipped)} skipped",
        f"Claims    {len(claims)} with {quotes} quotes located, {coverage.dropped} claims dropped",
        *(f"Missing   no answer to: {question}" for question in (coverage.unanswered if report.answered else ())),
        *([f"Missing   no document contains: {', '.join(coverage.unknown)}"] if coverage.unknown else []),
        f"Mode      {report.mode}",
        f"Time      {times}",
        f"Check     outlast verify {exported.folder}",
        f"Look      {view}, then the run {report.run.workflow}",
    ]
