"""A published report as a folder: report.json, report.md, report.html, and the snapshots that it quotes."""

import asyncio
import os
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from outlast.evidence.checking import read_report
from outlast.evidence.errors import NeedsOperator, OutlastError, Permanent
from outlast.evidence.rendering.html import render_html
from outlast.evidence.report import Report
from outlast.evidence.text import terminal
from outlast.orchestration.research.phase_io import Published
from outlast.orchestration.settings import Settings
from outlast.tools.store.objects import get, open_objects
from outlast.tools.store.snapshots import Snapshots


class Format(StrEnum):
    """The forms of a report; `report.` and the value is the file's name."""

    MARKDOWN = "md"
    HTML = "html"
    JSON = "json"


@dataclass(frozen=True)
class Exported:
    """A report that was written to a folder; what is in its three files."""

    report: Report
    folder: Path
    contents: Mapping[Format, bytes]

    def path(self, form: Format) -> Path:
        return self.folder / name_of(form)


@dataclass(frozen=True)
class Exports:
    """Where reports go: the folder that was asked for, or one a run under the home folder."""

    settings: Settings
    out: Path | None

    def folder(self, workflow: str) -> Path:
        return self.out or self.settings.home / "reports" / workflow

    def refuse_inside(self, docs: Path) -> None:
        """A report among the documents would be quoted by the next run."""
        if self.out is not None and self.out.resolve().is_relative_to(docs.resolve()):
            raise Permanent(
                f"--out {self.out} is inside --docs {docs}: the next run would quote it. Choose another folder."
            )

    def refuse_another(self, question: str) -> None:
        """Before anything is spent: the folder must be usable, and must not hold the report of another question."""
        if self.out is None:
            return
        try:
            self.out.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=self.out):
                pass
            there = {form: path for form in Format if (path := self.out / name_of(form)).exists()}
            earlier = read_report(there[Format.JSON].read_bytes()) if Format.JSON in there else None
        except OSError as error:
            raise Permanent(f"--out {self.out} cannot be written: {error.strerror}. Choose another folder.") from None
        except OutlastError:
            raise Permanent(foreign(self.out, Format.JSON)) from None
        if earlier is None and there:
            raise Permanent(foreign(self.out, *there))
        if earlier and earlier.question != question:
            raise Permanent(f'--out {self.out} holds the report of "{earlier.question}". Choose another folder.')

    async def export(self, published: Published, workflow: str) -> Exported:
        """Write the folder. `Permanent` where `--out` came to hold something else meanwhile, `NeedsOperator` where the
        disk is full or does not let it write: then nothing of an earlier report in the folder was touched."""
        store = open_objects(self.settings.object_store)
        content = await get(store, published.report_json)
        report = read_report(content)
        snapshots = Snapshots(store)
        texts = {source.snapshot: await snapshots.text(source.snapshot) for source in report.sources}
        page = await get(store, published.report_html) if published.report_html else render_html(report, texts).encode()
        contents = {
            Format.JSON: content,  # first: it is what says whose folder this is
            Format.MARKDOWN: await get(store, published.report_md),
            Format.HTML: page,
        }
        await asyncio.to_thread(self.refuse_another, report.question)
        folder = self.folder(workflow)
        files = {f"snapshots/{name}.txt": text.encode() for name, text in texts.items()}
        files |= {name_of(form): bytes_ for form, bytes_ in contents.items()}
        await asyncio.to_thread(write, folder, files, workflow)
        return Exported(report, folder, contents)


def format_of(wanted: str, *, as_json: bool) -> Format | None:
    """What `--format` says; None where it is not given. `Permanent` where it says something else."""
    if not wanted:
        return None
    if as_json:
        raise Permanent("--format and --json both write to stdout. Give one of them.")
    try:
        return Format(wanted.lower())
    except ValueError:
        raise Permanent(f'--format "{wanted}" is not known. Give one of: {", ".join(Format)}.') from None


def name_of(form: Format) -> str:
    return f"report.{form.value}"


def foreign(out: Path, *forms: Format) -> str:
    return f"--out {out} holds a {name_of(forms[0])} that Outlast did not write. Choose another folder."


def write(folder: Path, files: Mapping[str, bytes], workflow: str) -> None:
    """All of the files, or none: they are written aside, and only when all are there, they take their places."""
    try:
        (folder / "snapshots").mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder, prefix=".outlast-") as aside:
            staged = [(Path(aside) / str(number), folder / name) for number, name in enumerate(files)]
            for (path, _), content in zip(staged, files.values(), strict=True):
                path.write_bytes(content)
            for path, place in staged:
                path.replace(place)
    except OSError as error:
        raise NeedsOperator(
            f"The report is published, but {folder} cannot be written: {error.strerror}.",
            f"Mend that, then: outlast report {workflow} --out DIR",
        ) from None


def print_report(exported: Exported, form: Format) -> None:
    print_file(exported.contents[form])


def print_file(content: bytes) -> None:
    """Byte for byte on stdout; on a terminal without what a terminal would obey."""
    if sys.stdout.isatty():
        content = terminal(content.decode()).encode(errors="replace")
    try:
        sys.stdout.flush()
        sys.stdout.buffer.write(content)
        sys.stdout.buffer.flush()
    except BrokenPipeError:  # whoever read has seen enough; flushing once more at the end must not fail again
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
