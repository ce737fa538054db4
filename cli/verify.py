"""`outlast verify`: every quote of a report checked again, and what its pages show, from the files alone."""

import asyncio
from pathlib import Path

from outlast.cli.exits import Exit
from outlast.cli.output import Output
from outlast.evidence.checking import Checked
from outlast.orchestration.client.files import reports_in, verified
from outlast.orchestration.settings import Settings


async def verify(given: Path, objects: Path | None, *, as_json: bool = False) -> Exit:
    """`given` is a report.json, report.html or report.md, or the folder that holds them: then all that are there."""
    output, known = Output(as_json=as_json), Settings().object_store
    stores = [*([objects] if objects else []), *([] if "://" in known else [Path(known)])]
    files = await asyncio.to_thread(reports_in, given)
    results = [(file, await asyncio.to_thread(verified, file, stores)) for file in files]
    for file, checked in results:
        for problem in checked.problems:
            output.people.print(problem, style="red")
        output.people.print(verdict(file, checked))
    output.document({"reports": [{"file": str(file), **checked.model_dump()} for file, checked in results]})
    return Exit.FAILED if any(checked.problems for _, checked in results) else Exit.DONE


def verdict(file: Path, checked: Checked) -> str:
    if checked.problems:
        return f"{file} FAILED: {len(checked.problems)} problem{'' if len(checked.problems) == 1 else 's'}."
    return f"{file} OK: {checked.quotes} quotes of {checked.claims} claims were found, byte for byte."
