"""The story of a quick look: a question and a folder in, the report on the terminal, and no server anywhere."""

import json
import shlex
import subprocess
import sys
from pathlib import Path

from tests.packages import install
from tests.story.test_first_run import QUESTION
from tests.terminal import Terminal


def test_a_question_is_answered_at_once_and_nothing_is_left_running(terminal: Terminal, documents: Path) -> None:
    done = terminal.run("ask", QUESTION, "--docs", str(documents))
    assert done.returncode == 0, done.stderr
    assert "built in 1871" in done.stdout
    assert "four times a day" in done.stdout
    assert "lighthouse.md" in done.stdout
    assert "extractive: every sentence is verbatim" in done.stdout
    assert "This answer is not kept. For a run that outlasts crashes, with a report:" in done.stderr
    typed = done.stderr.splitlines()[-1]
    assert shlex.split(typed) == ["outlast", "research", QUESTION, "--docs", str(documents)]
    assert terminal.pids() == []
    assert not (terminal.home / "run").exists()
    assert not (terminal.home / "temporal.db").exists()
    assert not (terminal.home / "objects" / "runs").exists()


def test_packages_of_others_take_part(processes: None, tmp_path: Path, documents: Path) -> None:
    """A reader and a reasoner, by the installed command."""
    install(tmp_path / "packages")
    (documents / "low.tide").write_bytes(b".draob ruobrah eht yb 4281 ni tliub saw llaw edit ehT")
    terminal = Terminal(tmp_path, PYTHONPATH=str(tmp_path / "packages"), OUTLAST_REASONER="careful")
    done = terminal.run("ask", "When was the tide wall built?", "--docs", str(documents))
    assert done.returncode == 0, done.stderr
    assert "The tide wall was built in 1824 by the harbour board." in done.stdout
    assert "low.tide" in done.stdout
    assert "careful: every sentence is verbatim, and there are few" in done.stdout


def test_its_report_can_be_checked_like_any_other(terminal: Terminal, documents: Path) -> None:
    asked = terminal.run("ask", QUESTION, "--docs", str(documents), "--format", "json")
    report = json.loads(asked.stdout)
    assert report["run"]["workflow"] == "ask"
    (terminal.folder / "report.json").write_text(asked.stdout)
    checked = terminal.run("verify", "report.json")
    assert checked.returncode == 0, checked.stdout
    assert json.loads(terminal.run("ask", QUESTION, "--docs", str(documents), "--json").stdout).keys() == report.keys()


def test_the_page_is_one_file(terminal: Terminal, documents: Path) -> None:
    page = terminal.run("ask", QUESTION, "--docs", str(documents), "--format", "html").stdout
    assert page.startswith("<!DOCTYPE html>")
    assert page.rstrip().endswith("</html>")
    assert "built in 1871" in page


def test_a_run_and_a_quick_look_find_the_same(terminal: Terminal, documents: Path) -> None:
    asked = json.loads(terminal.run("ask", QUESTION, "--docs", str(documents), "--json").stdout)
    ran = terminal.run("research", QUESTION, "--docs", str(documents), "--out", "out", "--yes")
    assert ran.returncode == 0, ran.stderr + terminal.logs()
    published = json.loads((terminal.folder / "out" / "report.json").read_text())
    assert published.pop("run")["workflow"] != asked.pop("run")["workflow"] == "ask"
    assert asked == published


def test_documents_that_are_taken_in_already(terminal: Terminal, documents: Path) -> None:
    missing = terminal.run("ask", QUESTION)
    assert missing.returncode == 2
    assert f"Name their folder: outlast ask '{QUESTION}' --docs DIR; or give --collection NAME" in missing.stderr
    first = terminal.run("ask", QUESTION, "--docs", str(documents), "--json")
    collection = json.loads(first.stdout)["coverage"]["collection"]
    for file in documents.iterdir():
        file.unlink()
    again = terminal.run("ask", QUESTION, "--collection", collection)
    assert again.returncode == 0, again.stderr
    assert "built in 1871" in again.stdout


def test_documents_that_do_not_answer(terminal: Terminal, documents: Path) -> None:
    done = terminal.run("ask", "Who won the football cup?", "--docs", str(documents))
    assert done.returncode == 0
    assert "What could be read of these documents does not answer this: 1 file could not be read." in done.stdout


def test_asking_imports_no_temporal() -> None:
    """It is quick because of what it does without."""
    code = "import sys, outlast.cli.ask; print([name for name in ('temporalio', 'langgraph') if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "['langgraph']"
