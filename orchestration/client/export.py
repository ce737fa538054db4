"""Exports a published report to a folder: report.json, report.md, report.html, and the snapshots that it quotes."""

import asyncio
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from outlast.evidence.checking import read_report
from outlast.evidence.errors import NeedsOperator, OutlastError, Permanent
from outlast.evidence.report import Report as Content
from outlast.evidence.text import shell_command
from outlast.orchestration.client.report import Format, Report, published_report, report_file_name, write_files
from outlast.orchestration.research.phase_io import PublishResult
from outlast.orchestration.settings import Settings
from outlast.tools.store.objects import open_objects


@dataclass(frozen=True)
class ExportedReport:
    """A report that was written to a folder."""

    report: Content
    folder: Path
    contents: Mapping[Format, bytes]
    """The contents of its three files."""

    def path(self, form: Format) -> Path:
        return self.folder / report_file_name(form)


@dataclass(frozen=True)
class Exporter:
    """Writes reports to the folder `out`, or to a folder for each run under the home folder."""

    settings: Settings
    out: Path | None

    def folder(self, workflow: str) -> Path:
        return self.out or self.settings.home / "reports" / workflow

    def refuse_inside_documents(self, docs: Sequence[Path]) -> None:
        """Raise `Permanent` if `out` is inside the documents: the next run would quote the report."""
        for folder in docs if self.out is not None else ():
            if self.out is not None and self.out.resolve().is_relative_to(folder.resolve()):
                raise Permanent(
                    f"--out {self.out} is inside --docs {folder}: the next run would quote it. Choose another folder."
                )

    def refuse_other_report(self, question: str) -> None:
        """Raise `Permanent` if `out` cannot be written or holds the report of another question.

        Commands call it before a run spends anything.
        """
        if self.out is None:
            return
        try:
            self.out.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=self.out):
                pass
            existing = {form: path for form in Format if (path := self.out / report_file_name(form)).exists()}
            earlier = read_report(existing[Format.JSON].read_bytes()) if Format.JSON in existing else None
        except OSError as error:
            raise Permanent(f"--out {self.out} cannot be written: {error.strerror}. Choose another folder.") from None
        except OutlastError:
            raise Permanent(foreign_file_message(self.out, Format.JSON)) from None
        if earlier is None and existing:
            raise Permanent(foreign_file_message(self.out, *existing))
        if earlier and earlier.question != question:
            raise Permanent(f'--out {self.out} holds the report of "{earlier.question}". Choose another folder.')

    async def export(self, published: PublishResult, workflow: str) -> ExportedReport:
        """Write the report to its folder.

        Raises `Permanent` if the folder holds another report by now, and `NeedsOperator` if it cannot be written; an
        earlier report in it is then unchanged.
        """
        report = await published_report(open_objects(self.settings.object_store), published)
        await asyncio.to_thread(self.refuse_other_report, report.question)
        folder = self.folder(workflow)
        try:
            await asyncio.to_thread(write_files, folder, report.files())
        except OSError as error:
            raise NeedsOperator(
                f"The report is published, but {folder} cannot be written: {error.strerror}.",
                f"Fix that, then: {shell_command('report', workflow, '--out', 'DIR')}",
            ) from None
        return exported_report(report, folder)


def exported_report(report: Report, folder: Path) -> ExportedReport:
    return ExportedReport(report.content, folder, {form: report.file(form) for form in Format})


def foreign_file_message(out: Path, *forms: Format) -> str:
    return f"--out {out} holds a {report_file_name(forms[0])} that Outlast did not write. Choose another folder."
