"""The files of a report, checked again: every quote, and what the pages show. No server is asked."""

from collections.abc import Sequence
from pathlib import Path

from outlast.evidence.checking import CheckResult, check, read_report
from outlast.evidence.errors import Permanent
from outlast.evidence.page_checking import check_markdown, check_page
from outlast.orchestration.client.report import SNAPSHOT_NAME_PATTERN, Format, report_file_name


def report_files_in(given: Path) -> list[Path]:
    if not given.is_dir():
        return [given]
    existing = [path for form in Format if (path := given / report_file_name(form)).is_file()]
    if not existing:
        raise Permanent(f"{given} holds no report: no {', no '.join(map(report_file_name, Format))}.")
    return existing


def verify_file(file: Path, stores: Sequence[Path]) -> CheckResult:
    """Everything that can be checked of a `report.json`, `report.md` or `report.html`.

    Texts are looked for beside it, and in `stores`: object stores that are folders, or folders of texts.
    """
    folders = [file.parent / "snapshots", *(place for store in stores for place in (store / "snapshots", store))]

    def text_of(snapshot: str) -> str | None:
        if not SNAPSHOT_NAME_PATTERN.fullmatch(snapshot):
            return None  # the name of no snapshot, and perhaps of another file
        for folder in folders:
            stored = folder / f"{snapshot}.txt"
            if stored.is_file():
                return read_file(stored).decode(errors="replace")  # damaged bytes give a text of another hash
        return None

    content = read_file(file)
    if file.suffix.lower() == ".md":
        report = read_report(read_file(file.with_name(report_file_name(Format.JSON))))
        problem = check_markdown(content, report)
        checked = check(report, text_of)
        return checked.model_copy(update={"problems": (*checked.problems, *([problem] if problem else []))})
    if file.suffix.lower() in {".html", ".htm"} or content.lstrip()[:1] == b"<":
        return check_page(content, text_of)
    return check(read_report(content), text_of)


def read_file(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise Permanent(f"{file} cannot be read: {error.strerror}.") from None
