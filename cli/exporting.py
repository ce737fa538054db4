"""A published report as a folder: report.md, report.json, and the snapshots that it quotes."""

import asyncio
from dataclasses import dataclass
from pathlib import Path

from evidence.checking import read_report
from evidence.errors import NeedsOperator, OutlastError, Permanent
from evidence.report import Report
from orchestration.messages import Published
from orchestration.settings import Settings
from tools.objects import get, open_objects
from tools.snapshots import Snapshots


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
            there = self.out / "report.json"
            earlier = read_report(there.read_bytes()) if there.exists() else None
        except OSError as error:
            raise Permanent(f"--out {self.out} cannot be written: {error.strerror}. Choose another folder.") from None
        except OutlastError:
            raise Permanent(
                f"--out {self.out} holds a report.json that Outlast did not write. Choose another folder."
            ) from None
        if earlier and earlier.question != question:
            raise Permanent(f'--out {self.out} holds the report of "{earlier.question}". Choose another folder.')

    async def export(self, published: Published, workflow: str) -> tuple[Report, Path]:
        """Write the folder; the report and the folder."""
        store = open_objects(self.settings.object_store)
        content = await get(store, published.report_json)
        report = read_report(content)
        snapshots = Snapshots(store)
        texts = {source.snapshot: await snapshots.text(source.snapshot) for source in report.sources}
        markdown = await get(store, published.report_md)
        folder = self.folder(workflow)
        await asyncio.to_thread(write, folder, content, markdown, texts)
        return report, folder


def write(folder: Path, report_json: bytes, report_md: bytes, texts: dict[str, str]) -> None:
    try:
        (folder / "snapshots").mkdir(parents=True, exist_ok=True)
        for name, text in texts.items():
            (folder / "snapshots" / f"{name}.txt").write_bytes(text.encode())
        (folder / "report.md").write_bytes(report_md)
        (folder / "report.json").write_bytes(report_json)
    except OSError as error:
        raise NeedsOperator(
            f"The report is published, but {folder} cannot be written: {error.strerror}.",
            "Mend that, then: outlast watch --out DIR",
        ) from None
