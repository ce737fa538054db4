"""`outlast report` and `outlast verify`, and the end of a run: for people, for programs and as an exit code."""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from outlast.cli.exits import Exit
from outlast.cli.output import Output, format_of, print_report
from outlast.cli.summary import print_summary, summary_document
from outlast.evidence.checking import CheckResult
from outlast.evidence.errors import Permanent
from outlast.evidence.rendering.amounts import format_count
from outlast.evidence.text import shell_command
from outlast.orchestration.client.client import Client, Run
from outlast.orchestration.client.ending import RunEnd
from outlast.orchestration.client.export import ExportedReport, Exporter
from outlast.orchestration.client.files import report_files_in, verify_file
from outlast.orchestration.client.report import Format
from outlast.orchestration.research.messages import Outcome
from outlast.orchestration.settings import Settings


async def report(run_id: str, out: Path | None, typed_format: str, *, as_json: bool) -> Exit:
    """Write the same folder, and print the same summary, as at the end of the run."""
    form = format_of(typed_format, as_json=as_json)
    output, settings = Output(as_json=as_json, is_taken=form is not None), Settings()
    async with Client.connect(settings=settings, starts_work=False, starts_runs=False) as client:
        run = await client.find(run_id)
        if not await client.is_over(run):
            raise Permanent(f"The run {run.id} has not ended yet. Follow it: {shell_command('watch', run.id)}")
        end = await client.end(run)
    return await export_and_print(end, run, Exporter(settings, out), settings, output, form=form)


async def export_and_print(
    end: RunEnd, run: Run, exports: Exporter, settings: Settings, output: Output, *, form: Format | None
) -> Exit:
    """Write the report's folder and print how the run ended. With `form`, that file of the report goes to stdout."""
    outcome = end.outcome
    if outcome is None:
        was = "was " if end.status in {"cancelled", "terminated"} else ""
        output.people.print(f"The run {run.id} {was}{end.status}. {end.reason}", style="red")
        output.document(document_of_failure(run, end))
        return exit_of(end)
    if outcome.report is None:
        output.people.print(f"The run {run.id} is {outcome.status} at the gate {outcome.gate}.")
        output.people.print(f"Its plan and its draft are kept in its history: {shell_command('show', run.id)}")
        output.document(document_of(run, outcome, None))
        return exit_of(end)
    exported = await exports.export(outcome.report, run.id)
    print_summary(output.people, exported, settings)
    output.document(document_of(run, outcome, exported))
    if form is not None:
        print_report(exported, form)
    return exit_of(end)


def exit_of(end: RunEnd) -> Exit:
    if end.outcome:
        return Exit.DONE if end.outcome.report else Exit.NOT_PUBLISHED
    return Exit.NOT_PUBLISHED if end.status == "cancelled" else Exit.FAILED


def document_of(run: Run, outcome: Outcome, exported: ExportedReport | None) -> Mapping[str, Any]:
    return {
        "run": run.id,
        "execution": run.execution,
        "status": outcome.status,
        "gate": outcome.gate,
        "note": outcome.note,
        "report": summary_document(exported) if exported else None,
    }


def document_of_failure(run: Run, end: RunEnd) -> Mapping[str, Any]:
    return {"run": run.id, "execution": run.execution, "status": end.status, "reason": end.reason, "report": None}


async def verify(report: Path, objects: Path | None, *, as_json: bool = False) -> Exit:
    """Check a report.json, report.html or report.md, or all of them in a folder."""
    output, own_store = Output(as_json=as_json), Settings().object_store
    if objects and not await asyncio.to_thread(objects.is_dir):
        raise Permanent(f"There is no folder {objects}. --objects names the folder of an object store.")
    stores = [*([objects] if objects else []), *([] if "://" in own_store else [Path(own_store)])]
    files = await asyncio.to_thread(report_files_in, report)
    results = [(file, await asyncio.to_thread(verify_file, file, stores)) for file in files]
    for file, checked in results:
        for problem in checked.problems:
            output.people.print(problem, style="red")
        output.people.print(result_line(file, checked))
    output.document({"reports": [{"file": str(file), **checked.model_dump()} for file, checked in results]})
    return Exit.FAILED if any(checked.problems for _, checked in results) else Exit.DONE


def result_line(file: Path, checked: CheckResult) -> str:
    if checked.problems:
        return f"{file} FAILED: {format_count(len(checked.problems), 'problem')}."
    quotes, claims = format_count(checked.quotes, "quote"), format_count(checked.claims, "claim")
    return f"{file} OK: {quotes} of {claims} found, byte for byte."
