"""A published report as a folder: report.json, report.md, report.html, and the snapshots that it quotes."""

import asyncio
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from outlast.evidence.checking import read_report
from outlast.evidence.errors import NeedsOperator, OutlastError, Permanent
from outlast.evidence.report import Report as Content
from outlast.evidence.text import command
from outlast.orchestration.client.report import Format, Report, name_of, published_report, write
from outlast.orchestration.research.phase_io import Published
from outlast.orchestration.settings import Settings
from outlast.tools.store.objects import open_objects


@dataclass(frozen=True)
class Exported:
    """A report that was written to a folder; what is in its three files."""

    report: Content
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
        report = await published_report(open_objects(self.settings.object_store), published)
        await asyncio.to_thread(self.refuse_another, report.question)
        folder = self.folder(workflow)
        try:
            await asyncio.to_thread(write, folder, report.files())
        except OSError as error:
            raise NeedsOperator(
                f"The report is published, but {folder} cannot be written: {error.strerror}.",
                f"Mend that, then: {command('report', workflow, '--out', 'DIR')}",
            ) from None
        return exported(report, folder)


def exported(report: Report, folder: Path) -> Exported:
    return Exported(report.content, folder, {form: report.file(form) for form in Format})


def foreign(out: Path, *forms: Format) -> str:
    return f"--out {out} holds a {name_of(forms[0])} that Outlast did not write. Choose another folder."
