"""The end of a run, for people: where the report is, its head, what it rests on, how long it took."""

from pathlib import Path
from typing import Any

from rich.console import Console
from temporalio.client import WorkflowHandle

from cli.exits import Exit
from cli.exporting import Exports
from evidence.report import Report
from orchestration.messages import Outcome
from orchestration.settings import Settings

MOST_SENTENCES = 3


async def summarise(
    shown: Console, outcome: Outcome, handle: WorkflowHandle[Any, Outcome], exports: Exports, settings: Settings
) -> Exit:
    if outcome.report is None:
        shown.print(f"The run {handle.id} is {outcome.status} at the gate {outcome.gate}.")
        shown.print("Its plan and its draft are kept in its history: outlast show")
        return Exit.NOT_PUBLISHED
    report, folder = await exports.export(outcome.report, handle.id)
    shown.print()
    shown.print(report.question, style="bold")
    for line in head(report):
        shown.print(line)
    shown.print()
    for line in facts(report, folder, settings):
        shown.print(line)
    return Exit.DONE


def head(report: Report) -> list[str]:
    if not report.answered:
        return ["These documents do not answer this."]
    claims = list(report.claims())
    titles = {source.snapshot: source.uri for source in report.sources}
    lines = [f"  - {claim.text} [{titles[claim.quotes[0].snapshot]}]" for claim in claims[:MOST_SENTENCES]]
    more = len(claims) - len(lines)
    return [*lines, f"  ... and {more} more"] if more else lines


def counted(documents: int) -> str:
    return "1 document" if documents == 1 else f"{documents} documents"


def facts(report: Report, folder: Path, settings: Settings) -> list[str]:
    coverage, claims = report.coverage, list(report.claims())
    quotes = sum(len(claim.quotes) for claim in claims)
    times = ", ".join(f"{phase} {seconds:.1f} s" for phase, seconds in report.run.seconds.items())
    view = "outlast up" if settings.temporal() is None else "the UI of your Temporal server"
    return [
        f"Report    {folder / 'report.md'}",
        f"Sources   {counted(coverage.documents)} searched, {coverage.read} read, {len(coverage.skipped)} skipped",
        f"Claims    {len(claims)} with {quotes} quotes located, {coverage.dropped} claims dropped",
        f"Mode      {report.mode}",
        f"Time      {times}",
        f"Check     outlast verify {folder / 'report.json'}",
        f"Look      {view}, then the run {report.run.workflow}",
    ]
