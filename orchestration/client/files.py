"""Verifies the files of a report: every quote, and the text of the rendered pages. This needs no server."""

from collections.abc import Sequence
from pathlib import Path

from outlast.evidence.checking import CheckResult, check, read_report
from outlast.evidence.errors import Permanent
from outlast.evidence.page_checking import check_markdown, check_page
from outlast.orchestration.client.report import SNAPSHOT_NAME_PATTERN, Format, report_file_name


def report_files_in(path: Path) -> list[Path]:
    """Return the report's files in a folder, or the path itself if it is a file. Raises `Permanent`."""
    if not path.is_dir():
        return [path]
    existing = [file for form in Format if (file := path / report_file_name(form)).is_file()]
    if not existing:
        raise Permanent(f"{path} holds no report: no {', no '.join(map(report_file_name, Format))}.")
    return existing


def verify_file(file: Path, stores: Sequence[Path]) -> CheckResult:
    """Check everything that can be checked in a `report.json`, `report.md` or `report.html`.

    The quoted texts are looked for in `snapshots/` beside the file, and in `stores`: object stores that are folders, or
    folders of texts.
    """
    folders = [file.parent / "snapshots", *(place for store in stores for place in (store / "snapshots", store))]

    def text_of(snapshot: str) -> str | None:
        if not SNAPSHOT_NAME_PATTERN.fullmatch(snapshot):
            return None  # not the name of a snapshot, so it could be the path of another file
        for folder in folders:
            stored = folder / f"{snapshot}.txt"
            if stored.is_file():
                return read_file(stored).decode(errors="replace")  # a damaged text has another hash, which is reported
        return None

    content = read_file(file)
    if file.suffix.lower() == ".md":
        report = read_report(read_file(file.with_name(report_file_name(Format.JSON))))
        problem = check_markdown(content, report)
        result = check(report, text_of)
        return result.model_copy(update={"problems": (*result.problems, *([problem] if problem else []))})
    if file.suffix.lower() in {".html", ".htm"} or content.lstrip()[:1] == b"<":
        return check_page(content, text_of)
    return check(read_report(content), text_of)


def read_file(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise Permanent(f"{file} cannot be read: {error.strerror}.") from None
