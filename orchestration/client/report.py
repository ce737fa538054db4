"""The report class that people use: its claims and quotes, verified, rendered, and written to a folder."""

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
"""The name of a snapshot. A report from another place may contain anything instead, such as the path of a file."""


class Format(StrEnum):
    """The formats of a report; each file's name is `report.` and the value."""

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

    A notebook shows it as its HTML page.
    """

    def __init__(self, content: Content, texts: Mapping[str, str], files: Mapping[Format, bytes] | None = None) -> None:
        """`files` are the published files; a format that is missing there is rendered when it is needed."""
        self.content = content
        """The whole content, as in `report.json`."""
        self.texts = texts
        """The texts of the snapshots that it quotes, by the snapshots' names."""
        self._files = dict(files or {})

    @classmethod
    def open(cls, path: str | Path) -> "Report":
        """Open a report in a folder. Raises `Permanent` if there is none, or if a text is missing."""
        file = Path(path) / report_file_name(Format.JSON) if Path(path).is_dir() else Path(path)
        try:
            content = read_report(file.read_bytes())
            names = [source.snapshot for source in content.sources]
            if invalid := [name for name in names if not SNAPSHOT_NAME_PATTERN.fullmatch(name)]:
                raise Permanent(
                    f"{file} names a snapshot that cannot be one, and may be another file: {invalid[0][:80]!r}."
                )
            text_files = {name: file.parent / "snapshots" / f"{name}.txt" for name in names}
            # Bytes, because a text whose line ends were translated is no longer the text that was quoted.
            texts = {name: text_file.read_bytes().decode(errors="replace") for name, text_file in text_files.items()}
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
        """Every quoted span, once; the first is [1] in the page."""
        return self.content.quotes()

    @property
    def sources(self) -> tuple[CitedSource, ...]:
        return self.content.sources

    @property
    def coverage(self) -> Coverage:
        """What was searched and read, and what was not found."""
        return self.content.coverage

    def verify(self) -> CheckResult:
        """Check every quote again. The report passes if the result has no `problems`."""
        return check(self.content, self.texts.get)

    def markdown(self) -> str:
        return self.file(Format.MARKDOWN).decode()

    def html(self) -> str:
        """Return the HTML page. It loads nothing from elsewhere, and every citation opens its passage."""
        return self.file(Format.HTML).decode()

    def json(self) -> str:
        """Return the content as JSON, which `Report.open` reads."""
        return self.file(Format.JSON).decode()

    def file(self, form: Format) -> bytes:
        """Return the content of the file of that format."""
        if form not in self._files:
            self._files[form] = self._render(form).encode()
        return self._files[form]

    def save(self, folder: str | Path) -> Path:
        """Write the three files and the quoted texts to `folder`, all of them or none. Return the folder."""
        try:
            write_files(Path(folder), self.files())
        except OSError as error:
            raise NeedsOperator(
                f"The folder {folder} cannot be written: {error.strerror}.", "Fix that, or choose another folder."
            ) from None
        return Path(folder)

    def files(self) -> dict[str, bytes]:
        """Return all files of its folder, by name. `report.json` comes first of the reports, because other code
        recognises the folder by it."""
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
        """Return the page in an iframe, whose styles are separate from the notebook's and where no script runs."""
        page = escape(self.html(), quote=True)
        return f'<iframe srcdoc="{page}" sandbox style="width: 100%; height: 40em; border: 0"></iframe>'

    def _repr_markdown_(self) -> str:
        return self.markdown()

    def __repr__(self) -> str:
        return f"<Report {self.question!r}: {len(self.claims)} claims, {len(self.quotes)} quotes>"


async def published_report(store: ObjectStore, published: PublishResult) -> Report:
    """Read the report of a run from the object store, with its published files."""
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
    """Write all files or none: they are written to a temporary folder first, and moved when all are complete."""
    (folder / "snapshots").mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder, prefix=".outlast-") as temporary_folder:
        staged = [(Path(temporary_folder) / str(number), folder / name) for number, name in enumerate(files)]
        for (path, _), content in zip(staged, files.values(), strict=True):
            path.write_bytes(content)
        for path, target in staged:
            path.replace(target)
