"""`outlast verify`: every quote of a report checked again, and what its pages show, from the files alone."""

import asyncio
import re
from collections.abc import Iterator
from pathlib import Path

from outlast.cli.exits import Exit
from outlast.cli.exporting import Format, name_of
from outlast.cli.output import Output
from outlast.evidence.checking import Checked, check, read_report
from outlast.evidence.errors import Permanent
from outlast.evidence.page_checking import check_markdown, check_page
from outlast.orchestration.settings import Settings

SNAPSHOT = re.compile(r"[0-9a-f]{64}")


async def verify(given: Path, objects: Path | None, *, as_json: bool = False) -> Exit:
    """`given` is a report.json, report.html or report.md, or the folder that holds them: then all that are there."""
    output = Output(as_json=as_json)
    files = await asyncio.to_thread(reports_in, given)
    results = [(file, await asyncio.to_thread(verified, file, objects)) for file in files]
    for file, checked in results:
        for problem in checked.problems:
            output.people.print(problem, style="red")
        output.people.print(verdict(file, checked))
    output.document({"reports": [{"file": str(file), **checked.model_dump()} for file, checked in results]})
    return Exit.FAILED if any(checked.problems for _, checked in results) else Exit.DONE


def reports_in(given: Path) -> list[Path]:
    if not given.is_dir():
        return [given]
    there = [path for form in Format if (path := given / name_of(form)).is_file()]
    if not there:
        raise Permanent(f"{given} holds no report: no {', no '.join(map(name_of, Format))}.")
    return there


def verified(file: Path, objects: Path | None) -> Checked:
    folders = list(places_of_snapshots(file, objects))

    def text_of(snapshot: str) -> str | None:
        if not SNAPSHOT.fullmatch(snapshot):
            return None  # the name of no snapshot, and perhaps of another file
        for folder in folders:
            stored = folder / f"{snapshot}.txt"
            if stored.is_file():
                return contents(stored).decode(errors="replace")  # damaged bytes give a text of another hash
        return None

    content = contents(file)
    if file.suffix.lower() == ".md":
        report = read_report(contents(file.with_name(name_of(Format.JSON))))
        wrong = check_markdown(content, report)
        checked = check(report, text_of)
        return checked.model_copy(update={"problems": (*checked.problems, *([wrong] if wrong else []))})
    if file.suffix.lower() in {".html", ".htm"} or content.lstrip()[:1] == b"<":
        return check_page(content, text_of)
    return check(read_report(content), text_of)


def places_of_snapshots(file: Path, objects: Path | None) -> Iterator[Path]:
    yield file.parent / "snapshots"
    if objects:
        yield from (objects / "snapshots", objects)
    settings = Settings()
    if "://" not in settings.object_store:
        yield Path(settings.object_store) / "snapshots"


def contents(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise Permanent(f"{file} cannot be read: {error.strerror}.") from None


def verdict(file: Path, checked: Checked) -> str:
    if checked.problems:
        return f"{file} does not stand: {len(checked.problems)} problem{'' if len(checked.problems) == 1 else 's'}."
    return f"{file} stands: {checked.quotes} quotes of {checked.claims} claims were found, byte for byte."
