"""`outlast verify` over a folder: the data, the page and the Markdown, each alone and all together."""

import json
from pathlib import Path

import pytest

from outlast.cli.exits import Exit
from outlast.cli.report import verify
from outlast.evidence.errors import Permanent
from outlast.evidence.rendering.html import render_html
from outlast.evidence.rendering.markdown import render_markdown
from tests.evidence.reports import TEXTS, many_questions


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("OUTLAST_HOME", str(tmp_path / "home"))
    told, folder = many_questions(), tmp_path / "out"
    (folder / "snapshots").mkdir(parents=True)
    for snapshot, text in TEXTS.items():
        (folder / "snapshots" / f"{snapshot}.txt").write_bytes(text.encode())
    (folder / "report.json").write_text(told.model_dump_json(indent=2), encoding="utf-8")
    (folder / "report.md").write_text(render_markdown(told), encoding="utf-8")
    (folder / "report.html").write_text(render_html(told, TEXTS), encoding="utf-8")
    return folder


@pytest.mark.parametrize("name", ["report.json", "report.md", "report.html", "."])
async def test_what_stands(folder: Path, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert await verify(folder / name, None) is Exit.DONE
    said = capsys.readouterr().out
    assert said.count("OK: 6 quotes of 5 claims found, byte for byte.") == (3 if name == "." else 1)


@pytest.mark.parametrize("name", ["report.md", "report.html"])
async def test_a_sentence_changed_in_a_page(folder: Path, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    page = (folder / name).read_text(encoding="utf-8")
    (folder / name).write_text(page.replace("clause is executed", "clause is skipped", 1), encoding="utf-8")
    assert await verify(folder / "report.json", None) is Exit.DONE
    for given in (folder, folder / name):
        capsys.readouterr()
        assert await verify(given, None) is Exit.FAILED
        said = capsys.readouterr().out
        assert "The page does not show its data" in said
        assert "clause is skipped" in said
        assert f"{name} FAILED: 1 problem." in said


async def test_the_data_inside_the_page(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = (folder / "report.html").read_text(encoding="utf-8")
    before, tag, data = page.partition('id="report">')
    (folder / "report.html").write_text(before + tag + data.replace('"start": ', '"start": 1', 1), encoding="utf-8")
    assert await verify(folder / "report.html", None) is Exit.FAILED
    assert "quote 1: characters" in capsys.readouterr().out


async def test_a_changed_snapshot(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    snapshot = next(iter(TEXTS))
    stored = folder / "snapshots" / f"{snapshot}.txt"
    stored.write_bytes(stored.read_bytes().replace(b"finally", b"seldom", 1))
    assert await verify(folder, None) is Exit.FAILED
    assert capsys.readouterr().out.count("was changed: its SHA-256 is not its name.") == 3


async def test_json_for_programs(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "report.md").write_text("# Nothing")
    assert await verify(folder, None, as_json=True) is Exit.FAILED
    captured = capsys.readouterr()
    told = {Path(each["file"]).name: each for each in json.loads(captured.out)["reports"]}
    assert told["report.json"] == {"file": str(folder / "report.json"), "quotes": 6, "claims": 5, "problems": []}
    assert len(told["report.md"]["problems"]) == 1
    assert "report.md FAILED" in captured.err


async def test_what_is_no_report(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(Permanent, match=r"holds no report: no report\.md, no report\.html, no report\.json\."):
        await verify(tmp_path / "empty", None)
    (folder / "report.html").write_text("report")
    with pytest.raises(Permanent, match="HTML without the data of a report"):
        await verify(folder / "report.html", None)
    (folder / "report.json").unlink()
    with pytest.raises(Permanent, match=r"report\.json cannot be read: No such file"):
        await verify(folder / "report.md", None)
    with pytest.raises(Permanent, match="cannot be read"):
        await verify(folder / "nothing.html", None)
