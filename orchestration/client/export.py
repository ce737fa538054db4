"""A published report as a folder: report.json, report.md, report.html, and the snapshots that it quotes."""

import asyncio
import tempfile
from collections.abc import Mapping
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
    """A report that was written to a folder; what is in its three files."""

    report: Content
    folder: Path
    contents: Mapping[Format, bytes]

    def path(self, form: Format) -> Path:
        return self.folder / report_file_name(form)


@dataclass(frozen=True)
class Exporter:
    """Where reports go: the folder that was asked for, or one a run under the home folder."""

    settings: Settings
    out: Path | None

    def folder(self, workflow: str) -> Path:
        return self.out or self.settings.home / "reports" / workflow

    def refuse_inside_documents(self, docs: Path) -> None:
        """A report among the documents would be quoted by the next run."""
        if self.out is not None and self.out.resolve().is_relative_to(docs.resolve()):
            raise Permanent(
                f"--out {self.out} is inside --docs {docs}: the next run would quote it. Choose another folder."
            )

    def refuse_other_report(self, question: str) -> None:
        """Before anything is spent: the folder must be usable, and must not hold the report of another question."""
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
        """Write the folder. `Permanent` where `--out` came to hold something else meanwhile, `NeedsOperator` where the
        disk is full or does not let it write: then nothing of an earlier report in the folder was touched."""
        report = await published_report(open_objects(self.settings.object_store), published)
        await asyncio.to_thread(self.refuse_other_report, report.question)
        folder = self.folder(workflow)
        try:
            await asyncio.to_thread(write_files, folder, report.files())
        except OSError as error:
            raise NeedsOperator(
                f"The report is published, but {folder} cannot be written: {error.strerror}.",
                f"Mend that, then: {shell_command('report', workflow, '--out', 'DIR')}",
            ) from None
        return exported_report(report, folder)


def exported_report(report: Report, folder: Path) -> ExportedReport:
    return ExportedReport(report.content, folder, {form: report.file(form) for form in Format})


def foreign_file_message(out: Path, *forms: Format) -> str:
    return f"--out {out} holds a {report_file_name(forms[0])} that Outlast did not write. Choose another folder."
