"""A published report written to a folder: all of it or nothing, and never over something else."""

import contextlib
import errno
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from outlast.cli.output import format_of, print_report
from outlast.evidence.checking import check, read_report
from outlast.evidence.errors import NeedsOperator, Permanent
from outlast.evidence.page_checking import check_markdown, check_page
from outlast.evidence.report import Claim, Draft, Section, Verdict
from outlast.evidence.sources import Quote
from outlast.graphs.reasoners.extractive import MODE
from outlast.orchestration.activities.publish import publish
from outlast.orchestration.client.export import ExportedReport, Exporter
from outlast.orchestration.client.report import Format, write_files
from outlast.orchestration.research.phase_io import PublishRequest, PublishResult
from outlast.orchestration.settings import Settings
from outlast.tools.ingest.ingest import ingest_folder
from outlast.tools.store.collections import Collections
from outlast.tools.store.objects import open_objects
from outlast.tools.store.snapshots import Snapshots

QUESTION = "How often does the ferry cross?"
TOLD = "The ferry crosses the sound four times a day."
FILES = ["report.html", "report.json", "report.md", "snapshots"]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home")


@pytest.fixture
async def published(documents: Path, settings: Settings) -> PublishResult:
    store = open_objects(settings.object_store)
    collection = await ingest_folder(documents, store, settings.cache)
    [ferry] = [source for source in collection.sources if source.uri == "ferry.txt"]
    start = (await Snapshots(store).text(ferry.snapshot)).index(TOLD)
    quote = Quote(snapshot=ferry.snapshot, start=start, end=start + len(TOLD), text=TOLD)
    claim = Claim(text=TOLD, verdict=Verdict.SUPPORTED, quotes=(quote,))
    publication = PublishRequest(
        question=QUESTION,
        collection=await Collections(store).save(collection),
        draft=Draft(sections=(Section(heading="How often?", claims=(claim,)),), mode=MODE),
        searched=["How often?"],
        read=[ferry.snapshot],
        unanswered=[],
        run="run-1",
        workflow="how-often",
        started=datetime(2026, 1, 1, tzinfo=UTC),
        published=datetime(2026, 1, 2, tzinfo=UTC),
        seconds={"plan": 0.1},
    )
    return await publish(store, publication)


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


async def test_a_folder_with_all_that_can_be_checked(
    published: PublishResult, settings: Settings, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    exported = await Exporter(settings, out).export(published, "how-often")
    assert sorted(path.name for path in out.iterdir()) == FILES
    assert exported.folder == out
    report = read_report((out / "report.json").read_bytes())
    assert report == exported.report

    def text_of(snapshot: str) -> str:
        return (out / "snapshots" / f"{snapshot}.txt").read_bytes().decode()

    assert check(report, text_of).problems == ()
    assert check_page((out / "report.html").read_bytes(), text_of).problems == ()
    assert check_markdown((out / "report.md").read_bytes(), report) is None
    for form in Format:
        assert exported.contents[form] == exported.path(form).read_bytes()


async def test_without_out_it_is_a_folder_of_the_run(published: PublishResult, settings: Settings) -> None:
    exported = await Exporter(settings, None).export(published, "how-often")
    assert exported.folder == settings.home / "reports" / "how-often"
    assert exported.path(Format.HTML).is_file()


async def test_a_report_of_a_run_from_before_there_were_pages(
    published: PublishResult, settings: Settings, tmp_path: Path
) -> None:
    new = await Exporter(settings, tmp_path / "new").export(published, "how-often")
    earlier = published.model_copy(update={"report_html": ""})
    old = await Exporter(settings, tmp_path / "old").export(earlier, "how-often")
    assert old.contents == new.contents


async def test_exported_again_it_is_replaced(published: PublishResult, settings: Settings, tmp_path: Path) -> None:
    out = tmp_path / "out"
    exports = Exporter(settings, out)
    await exports.export(published, "how-often")
    once = contents(out)
    (out / "report.md").write_text("scribbled over")
    (out / "notes.txt").write_text("mine")
    await exports.export(published, "how-often")
    assert contents(out) == once | {"notes.txt": b"mine"}


@pytest.mark.parametrize(
    ("name", "content"), [("report.json", "[]"), ("report.md", "# Mine"), ("report.html", "<h1>Mine</h1>")]
)
async def test_a_file_of_somebody_else_is_not_touched(
    published: PublishResult, settings: Settings, tmp_path: Path, name: str, content: str
) -> None:
    said = f"holds a {name} that Outlast did not write"
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / name).write_text(content)
    exports = Exporter(settings, tmp_path / "out")
    with pytest.raises(Permanent, match=said):
        exports.refuse_other_report(QUESTION)
    with pytest.raises(Permanent, match=said):
        await exports.export(published, "how-often")
    assert contents(tmp_path / "out") == {name: content.encode()}


async def test_the_report_of_another_question_is_not_touched(
    published: PublishResult, settings: Settings, tmp_path: Path
) -> None:
    exports = Exporter(settings, tmp_path / "out")
    exports.refuse_other_report(QUESTION)
    await exports.export(published, "how-often")
    exports.refuse_other_report(QUESTION)
    before = contents(tmp_path / "out")
    with pytest.raises(Permanent, match=f'holds the report of "{QUESTION[:-1]}'):
        exports.refuse_other_report("When does it sail?")
    other = read_report((tmp_path / "out" / "report.json").read_bytes()).model_copy(update={"question": "Another?"})
    (tmp_path / "out" / "report.json").write_text(other.model_dump_json())
    with pytest.raises(Permanent, match='holds the report of "Another'):
        await exports.export(published, "how-often")
    assert contents(tmp_path / "out")["report.md"] == before["report.md"]


def test_a_folder_that_cannot_be_one(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for out in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(Permanent, match=r"cannot be written: .*\. Choose another folder\."):
            Exporter(settings, out).refuse_other_report(QUESTION)


def test_a_folder_without_the_right_to_write(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    monkeypatch.setattr(
        "outlast.orchestration.client.export.tempfile.TemporaryFile", refuse
    )  # whoever runs the tests may write anywhere
    with pytest.raises(Permanent, match="cannot be written: Permission denied"):
        Exporter(settings, tmp_path / "out").refuse_other_report(QUESTION)


@pytest.mark.parametrize("failing", [1, 2, 4])
async def test_a_full_disk_leaves_the_earlier_report_as_it_was(
    published: PublishResult, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failing: int
) -> None:
    out = tmp_path / "out"
    await Exporter(settings, out).export(published, "how-often")
    (out / "report.md").write_text("an earlier one")
    before = contents(out)
    written = 0
    write_bytes = Path.write_bytes

    def fill_up(path: Path, content: bytes) -> int:
        nonlocal written
        written += 1
        if written == failing:
            write_bytes(path, content[:10])
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return write_bytes(path, content)

    monkeypatch.setattr(Path, "write_bytes", fill_up)
    with pytest.raises(NeedsOperator) as caught:
        await Exporter(settings, out).export(published, "how-often")
    assert str(caught.value) == (
        f"The report is published, but {out} cannot be written: No space left on device. "
        "Fix that, then: outlast report how-often --out DIR"
    )
    assert contents(out) == before
    assert sorted(path.name for path in out.iterdir()) == FILES, "nothing half written is left"


async def test_a_disk_that_is_full_in_earnest(published: PublishResult, settings: Settings, small_disk: Path) -> None:
    with (small_disk / "ballast").open("wb", buffering=0) as ballast, contextlib.suppress(OSError):
        while True:
            ballast.write(bytes(4096))
    with pytest.raises(NeedsOperator, match="cannot be written: No space left on device"):
        await Exporter(settings, small_disk / "out").export(published, "how-often")


def test_files_have_the_rights_that_files_have(tmp_path: Path) -> None:
    (tmp_path / "usual").write_text("")
    write_files(tmp_path / "out", {"report.json": b"{}"})
    assert (tmp_path / "out" / "report.json").stat().st_mode == (tmp_path / "usual").stat().st_mode


def test_formats_by_their_names() -> None:
    assert [format_of(name, as_json=False) for name in ("", "md", "HTML", "json")] == [
        None, Format.MARKDOWN, Format.HTML, Format.JSON,
    ]  # fmt: skip
    with pytest.raises(Permanent, match=r'--format "pdf" is unknown\. Give one of: md, html, json\.'):
        format_of("pdf", as_json=False)
    with pytest.raises(Permanent, match="both write to stdout"):
        format_of("md", as_json=True)


async def test_what_is_printed_is_the_file(
    published: PublishResult, settings: Settings, tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    exported = await Exporter(settings, tmp_path / "out").export(published, "how-often")
    for form in Format:
        print_report(exported, form)
        assert capfdbinary.readouterr().out == (tmp_path / "out" / f"report.{form}").read_bytes()


def test_a_reader_that_has_seen_enough_is_no_error(tmp_path: Path) -> None:
    """`outlast report --format md | head -1`, by a pipe whose other end is closed."""
    program = """
import sys
from outlast.cli.output import print_report
from outlast.orchestration.client.export import ExportedReport
from outlast.orchestration.client.report import Format
print_report(ExportedReport(None, None, {Format.MARKDOWN: b"x" * 1_000_000}), Format.MARKDOWN)
sys.stdout.flush()
"""
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "wb") as closed:
        done = subprocess.run([sys.executable, "-c", program], stdout=closed, stderr=subprocess.PIPE, check=False)
    assert (done.returncode, done.stderr) == (0, b"")


def test_a_terminal_obeys_nothing_in_a_report(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    exported = ExportedReport(None, None, {Format.JSON: '{"a": "\x9b31m\u202e"}\n'.encode()})  # pyright: ignore[reportArgumentType]
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    print_report(exported, Format.JSON)
    assert capsys.readouterr().out == '{"a": "\ufffd31m\ufffd"}\n'
