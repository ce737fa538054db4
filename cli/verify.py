"""`outlast verify`: every quote of a report checked again, from the files alone."""

import asyncio
import re
from pathlib import Path

from cli.exits import Exit
from cli.terminal import console
from evidence.checking import check, read_report
from evidence.errors import Permanent
from orchestration.settings import Settings

SNAPSHOT = re.compile(r"[0-9a-f]{64}")


async def verify(file: Path, objects: Path | None) -> Exit:
    try:
        report = read_report(await asyncio.to_thread(file.read_bytes))
    except OSError as error:
        raise Permanent(f"{file} cannot be read: {error.strerror}.") from None
    settings = Settings()
    folders = [file.parent / "snapshots", *([objects / "snapshots", objects] if objects else [])]
    if "://" not in settings.object_store:
        folders.append(Path(settings.object_store) / "snapshots")

    def text_of(snapshot: str) -> str | None:
        if not SNAPSHOT.fullmatch(snapshot):
            return None  # the name of no snapshot, and perhaps of another file
        for folder in folders:
            stored = folder / f"{snapshot}.txt"
            if stored.is_file():
                return stored.read_bytes().decode(errors="replace")  # damaged bytes give a text of another hash
        return None

    checked = check(report, text_of)
    shown = console()
    for problem in checked.problems:
        shown.print(problem, style="red")
    if checked.problems:
        shown.print(f"{file} does not stand: {len(checked.problems)} problems.")
        return Exit.FAILED
    shown.print(f"{file} stands: {checked.quotes} quotes of {checked.claims} claims were found, byte for byte.")
    return Exit.DONE
