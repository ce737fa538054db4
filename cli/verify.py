"""`outlast verify`: every quote of a report checked again, and what its pages show, from the files alone."""

import asyncio
from pathlib import Path

from outlast.cli.exits import Exit
from outlast.cli.output import Output
from outlast.evidence.checking import CheckResult
from outlast.orchestration.client.files import report_files_in, verify_file
from outlast.orchestration.settings import Settings


async def verify(given: Path, objects: Path | None, *, as_json: bool = False) -> Exit:
    """`given` is a report.json, report.html or report.md, or the folder that holds them: then all that are there."""
    output, known = Output(as_json=as_json), Settings().object_store
    stores = [*([objects] if objects else []), *([] if "://" in known else [Path(known)])]
    files = await asyncio.to_thread(report_files_in, given)
    results = [(file, await asyncio.to_thread(verify_file, file, stores)) for file in files]
    for file, checked in results:
        for problem in checked.problems:
            output.people.print(problem, style="red")
        output.people.print(result_line(file, checked))
    output.document({"reports": [{"file": str(file), **checked.model_dump()} for file, checked in results]})
    return Exit.FAILED if any(checked.problems for _, checked in results) else Exit.DONE


def result_line(file: Path, checked: CheckResult) -> str:
    if checked.problems:
        return f"{file} FAILED: {len(checked.problems)} problem{'' if len(checked.problems) == 1 else 's'}."
    return f"{file} OK: {checked.quotes} quotes of {checked.claims} claims were found, byte for byte."
