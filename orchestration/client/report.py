"""A report in a person's hands: what it claims, what it quotes, checked again, drawn, and written to a folder."""

import re
import tempfile
from collections.abc import Mapping
from enum import StrEnum
from html import escape
from pathlib import Path

from obstore.store import ObjectStore

from outlast.evidence.checking import CheckResult, check, read_report
from outlast.evidence.errors import NeedsOperator, Permanent
from outlast.evidence.rendering.html import render_html
from outlast.evidence.rendering.markdown import render_markdown
from outlast.evidence.report import CitedSource, Claim, Coverage
from outlast.evidence.report import Report as Content
from outlast.evidence.sources import Quote
from outlast.orchestration.research.phase_io import PublishResult
from outlast.tools.store.objects import get
from outlast.tools.store.snapshots import Snapshots

SNAPSHOT_NAME_PATTERN = re.compile(r"[0-9a-f]{64}")
"""The name of a snapshot. In a report from elsewhere anything may stand in its place."""


class Format(StrEnum):
    """The forms of a report; `report.` and the value is the file's name."""

    MARKDOWN = "md"
    HTML = "html"
    JSON = "json"


class Report:
    """A report, with the texts that it quotes.

    >>> report = Report.open("examples/ferry")
    >>> "four times a day" in report.claims[0].text
    True
    >>> report.claims[0].quotes[0].text in report.texts[report.claims[0].quotes[0].snapshot]
    True
    >>> report.verify().problems
    ()

    In a notebook it is drawn as its page.
    """

    def __init__(self, content: Content, texts: Mapping[str, str], files: Mapping[Format, bytes] | None = None) -> None:
        """`files` are the forms in which it was published; without them they are made when they are asked for."""
        self.content = content
        """All of it, as `report.json` has it."""
        self.texts = texts
        """The texts of the snapshots that it quotes, by their names."""
        self._files = dict(files or {})

    @classmethod
    def open(cls, path: str | Path) -> "Report":
        """A report that was written to a folder. Raises `Permanent` where there is none, or a text is missing."""
        file = Path(path) / report_file_name(Format.JSON) if Path(path).is_dir() else Path(path)
        try:
            content = read_report(file.read_bytes())
            if strange := [
                each.snapshot for each in content.sources if not SNAPSHOT_NAME_PATTERN.fullmatch(each.snapshot)
            ]:
                raise Permanent(f"{file} names a snapshot that is none, and perhaps another file: {strange[0][:80]!r}.")
            stored = {each.snapshot: file.parent / "snapshots" / f"{each.snapshot}.txt" for each in content.sources}
            # Byte for byte: a text whose line ends were translated is no longer the one that was quoted.
            texts = {snapshot: text.read_bytes().decode(errors="replace") for snapshot, text in stored.items()}
        except OSError as error:
            raise Permanent(f"{error.filename} cannot be read: {error.strerror}.") from None
        return cls(content, texts)

    @property
    def question(self) -> str:
        return self.content.question

    @property
    def answered(self) -> bool:
        return self.content.answered

    @property
    def claims(self) -> tuple[Claim, ...]:
        """Every sentence of the report, with its verdict and its quotes."""
        return tuple(self.content.claims())

    @property
    def quotes(self) -> tuple[Quote, ...]:
        """Every span that is quoted, once; the first is [1] in the page."""
        return self.content.quotes()

    @property
    def sources(self) -> tuple[CitedSource, ...]:
        return self.content.sources

    @property
    def coverage(self) -> Coverage:
        """What was looked at, and what was not found."""
        return self.content.coverage

    def verify(self) -> CheckResult:
        """Check every quote again. Without `problems` the report stands."""
        return check(self.content, self.texts.get)

    def markdown(self) -> str:
        return self.file(Format.MARKDOWN).decode()

    def html(self) -> str:
        """The whole page: it loads nothing, and every citation opens its passage."""
        return self.file(Format.HTML).decode()

    def json(self) -> str:
        """What `Report.open` reads."""
        return self.file(Format.JSON).decode()

    def file(self, form: Format) -> bytes:
        """What is in the file of that form."""
        if form not in self._files:
            self._files[form] = self._render(form).encode()
        return self._files[form]

    def save(self, folder: str | Path) -> Path:
        """Write all three forms and the quoted texts to `folder`: all of it, or nothing. Returns the folder."""
        try:
            write_files(Path(folder), self.files())
        except OSError as error:
            raise NeedsOperator(
                f"The folder {folder} cannot be written: {error.strerror}.", "Mend that, or choose another folder."
            ) from None
        return Path(folder)

    def files(self) -> dict[str, bytes]:
        """All that belongs in its folder, by name. `report.json` is the first report: it says whose folder it is."""
        files = {f"snapshots/{name}.txt": text.encode() for name, text in self.texts.items()}
        return files | {report_file_name(form): self.file(form) for form in (Format.JSON, Format.MARKDOWN, Format.HTML)}

    def _render(self, form: Format) -> str:
        match form:
            case Format.MARKDOWN:
                return render_markdown(self.content)
            case Format.HTML:
                return render_html(self.content, self.texts)
            case Format.JSON:
                return self.content.model_dump_json(indent=2)

    def _repr_html_(self) -> str:
        """The page in a frame of its own, where its style meets no other, and nothing runs."""
        page = escape(self.html(), quote=True)
        return f'<iframe srcdoc="{page}" sandbox style="width: 100%; height: 40em; border: 0"></iframe>'

    def _repr_markdown_(self) -> str:
        return self.markdown()

    def __repr__(self) -> str:
        return f"<Report {self.question!r}: {len(self.claims)} claims, {len(self.quotes)} quotes>"


async def published_report(store: ObjectStore, published: PublishResult) -> Report:
    """The report of a run, from the object store, in the forms in which it was published."""
    stored = await get(store, published.report_json)
    content = read_report(stored)
    snapshots = Snapshots(store)
    texts = {source.snapshot: await snapshots.text(source.snapshot) for source in content.sources}
    files = {Format.JSON: stored, Format.MARKDOWN: await get(store, published.report_md)}
    if published.report_html:
        files[Format.HTML] = await get(store, published.report_html)
    return Report(content, texts, files)


def report_file_name(form: Format) -> str:
    return f"report.{form.value}"


def write_files(folder: Path, files: Mapping[str, bytes]) -> None:
    """All of the files, or none: they are written aside, and only when all are there, they take their places."""
    (folder / "snapshots").mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder, prefix=".outlast-") as aside:
        staged = [(Path(aside) / str(number), folder / name) for number, name in enumerate(files)]
        for (path, _), content in zip(staged, files.values(), strict=True):
            path.write_bytes(content)
        for path, place in staged:
            path.replace(place)
