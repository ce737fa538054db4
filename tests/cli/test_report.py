"""`outlast report`: the report of a run that has ended, once more."""

import json
from pathlib import Path
from uuid import uuid4

import pytest
from temporalio.client import Client

from outlast.cli.exits import Exit
from outlast.cli.report import report
from outlast.evidence.errors import Permanent
from outlast.evidence.rendering.html import render_html
from outlast.evidence.rendering.markdown import render_markdown
from outlast.orchestration.embedded.dev_server import Ports
from outlast.orchestration.settings import Settings
from outlast.tools.store.objects import open_objects, put_new
from outlast.tools.store.snapshots import Snapshots
from tests.evidence.reports import TEXTS, many_questions
from tests.orchestration.research.scripted import Script, scripted_run

TOLD = many_questions()


@pytest.fixture
async def run(client: Client, ports: Ports, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A run that has ended, and the report where its `publish` says that it is."""
    monkeypatch.setenv("TEMPORAL_ADDRESS", ports.address)
    monkeypatch.setenv("OUTLAST_HOME", str(tmp_path / "home"))
    store = open_objects(Settings().object_store)
    await put_new(store, "r.json", TOLD.model_dump_json(indent=2).encode())
    await put_new(store, "r.md", render_markdown(TOLD).encode())
    for text in TEXTS.values():
        await Snapshots(store).put(text)
    async with scripted_run(client, Script(), {"question": "Rye?", "approve": True}) as handle:
        await handle.result()
    return handle.id


async def test_the_files_and_where_they_are(run: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert await report(run, tmp_path / "out", "", as_json=False) is Exit.DONE
    assert (tmp_path / "out" / "report.html").read_text(encoding="utf-8") == render_html(TOLD, TEXTS)
    said = capsys.readouterr().out
    for name in ("report.md", "report.html", "report.json"):
        assert str(tmp_path / "out" / name) in said
    assert '    "The "finally" clause is executed." [try.txt]\n' in said
    assert "[deep/naming.txt] (weak evidence)" in said
    assert "Missing   no answer to: Who keeps the lighthouse?\n" in said
    unread = "could not be determined, because 1 file could not be read"
    assert f"Missing   whether a document contains lighthouse {unread}\n" in said


@pytest.mark.parametrize("name", ["md", "html", "json"])
async def test_with_a_format_stdout_is_that_file_alone(
    run: str, name: str, tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    assert await report(run, None, name, as_json=False) is Exit.DONE
    captured = capfdbinary.readouterr()
    assert captured.out == (tmp_path / "home" / "reports" / run / f"report.{name}").read_bytes()
    assert b"Claims    5 with 6 quotes located" in captured.err


async def test_json_for_programs(run: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert await report(run, tmp_path / "out", "", as_json=True) is Exit.DONE
    told = json.loads(capsys.readouterr().out)
    assert told["run"] == run
    assert told["report"]["files"]["json"] == str(tmp_path / "out" / "report.json")
    assert (told["report"]["claims"], told["report"]["quotes"], told["report"]["answered"]) == (5, 6, True)
    assert [section["evidence"] for section in told["report"]["evidence"]] == ["strong", "strong", "weak"]
    assert told["report"]["unknown"] == ["lighthouse"]


async def test_a_run_that_has_not_ended(run: str, client: Client) -> None:
    async with scripted_run(client, Script(), str(uuid4())) as waiting:
        with pytest.raises(Permanent, match=f"has not ended yet. Follow it: outlast watch {waiting.id}"):
            await report(waiting.id, None, "", as_json=False)
        await waiting.terminate()


async def test_a_run_without_a_report(run: str, client: Client, capsys: pytest.CaptureFixture[str]) -> None:
    async with scripted_run(client, Script(), str(uuid4())) as stopped:
        await stopped.terminate()
    assert await report(stopped.id, None, "json", as_json=False) is Exit.FAILED
    captured = capsys.readouterr()
    assert captured.out == ""
    assert f"The run {stopped.id} was terminated." in captured.err


async def test_what_cannot_be_asked_for(run: str) -> None:
    with pytest.raises(Permanent, match="There is no run"):
        await report("ghost", None, "", as_json=False)
    with pytest.raises(Permanent, match="is unknown"):
        await report(run, None, "docx", as_json=False)
    with pytest.raises(Permanent, match="both write to stdout"):
        await report(run, None, "md", as_json=True)
