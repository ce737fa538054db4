"""The story of a first run: a question and a folder in, a checked report out, by the commands that a person types."""

import json
from collections.abc import Iterator
from pathlib import Path

from outlast.orchestration.embedded.dev_server import read_ports
from tests.ports import reserved_ports
from tests.terminal import Terminal

QUESTION = "When was the lighthouse built, and how often does the ferry cross the sound?"


def test_a_question_and_a_folder_become_a_report_that_can_be_checked(terminal: Terminal, documents: Path) -> None:
    out = terminal.folder / "report"
    done = terminal.run("research", QUESTION, "--docs", str(documents), "--out", str(out), "--yes")
    assert done.returncode == 0, done.stderr + terminal.logs()
    built = "The lighthouse at Grey Point was built in 1871 by the harbour board. It stands 31 metres above the sea."
    assert f'  When was the lighthouse built?\n    "{built}" [lighthouse.md]' in done.stdout
    sails = "The ferry crosses the sound four times a day. It does not sail when the wind is above force eight."
    assert f'  How often does the ferry cross the sound?\n    "{sails}" [ferry.txt]\n' in done.stdout
    assert "outlast worker" not in done.stdout + done.stderr
    assert "3 documents searched" in done.stdout
    assert str(out / "report.md") in done.stdout

    report = json.loads((out / "report.json").read_text())
    assert report["schema"] == 2
    assert report["answered"] is True
    assert [section["heading"] for section in report["sections"]] == [
        "When was the lighthouse built?",
        "How often does the ferry cross the sound?",
    ]
    for section in report["sections"]:
        for claim in section["claims"]:
            assert claim["verdict"] == "located"
            for quote in claim["quotes"]:
                text = (out / "snapshots" / f"{quote['snapshot']}.txt").read_bytes().decode()
                assert text[quote["start"] : quote["end"]] == quote["text"]
    assert report["coverage"]["skipped"] == [
        {"uri": "chart.pdf", "reason": "it is not a PDF, or it is damaged or cut off"}
    ]
    written = (out / "report.md").read_text()
    assert "lighthouse.md" in written
    assert "extractive: every sentence is verbatim" in written

    checked = terminal.run("verify", str(out / "report.json"))
    assert checked.returncode == 0, checked.stdout
    assert "byte for byte" in checked.stdout


def test_the_gates_are_decided_from_another_terminal(terminal: Terminal, documents: Path) -> None:
    watching = terminal.start("research", QUESTION, "--docs", str(documents))
    said = read_until(watching.stdout, "Waiting for a decision")
    assert "1. When was the lighthouse built?" in said
    looked = terminal.run("show").stdout
    assert "Is this the right plan? (plan-1)" in looked
    assert "outlast decide approve --run" in looked
    assert "{" not in said + looked, "what is sent from the UI is nothing to type here"
    typed = [line.split(" --run ")[0] for line in said.splitlines() if line.startswith("  outlast ")]
    assert typed == ["  outlast decide approve", "  outlast decide revise --note TEXT", "  outlast decide reject"]

    wrong = terminal.run("decide", "approve", "--gate", "report")
    assert wrong.returncode == 2
    assert wrong.stderr == 'outlast: The gate "report" is not open. The gate "plan" is.\n'
    silent = terminal.run("decide", "revise")
    assert silent.returncode == 2
    assert "say what to change in the note. Type approve, revise --note TEXT or reject" in silent.stderr
    assert "{" not in silent.stderr

    revised = terminal.run("decide", "revise", "--note", "On which days is rye bread baked?")
    assert revised.returncode == 0, revised.stderr
    assert "plan-1 is sent back with your note." in revised.stdout
    assert "3. On which days is rye bread baked?" in read_until(watching.stdout, "Waiting for a decision")
    assert terminal.run("decide", "approve", "--gate", "plan").returncode == 0
    assert "Tuesdays and Fridays" in read_until(watching.stdout, "Waiting for a decision")
    assert terminal.run("decide", "approve").returncode == 0
    rest, _ = watching.communicate(timeout=120)
    assert watching.returncode == 0
    assert "Report    .outlast/reports/" in rest

    late = terminal.run("decide", "approve")
    assert late.returncode == 2
    assert "has ended: there is nothing to decide" in late.stderr
    shown = terminal.run("show")
    assert "plan-1 waits for a decision" in shown.stdout
    assert "published" in shown.stdout


def test_a_rejected_run_says_so_by_its_exit_code(terminal: Terminal, documents: Path) -> None:
    watching = terminal.start("research", QUESTION, "--docs", str(documents))
    read_until(watching.stdout, "Waiting for a decision")
    assert terminal.run("decide", "reject", "--note", "not now").returncode == 0
    rest, _ = watching.communicate(timeout=120)
    assert watching.returncode == 3
    assert "rejected at the gate plan" in rest


def test_documents_that_do_not_answer_say_so(terminal: Terminal, documents: Path) -> None:
    done = terminal.run("research", "Who won the football cup?", "--docs", str(documents), "--yes")
    assert done.returncode == 0, done.stderr
    assert "What could be read of these documents does not answer this: 1 file could not be read." in done.stdout
    [report] = terminal.home.glob("reports/*/report.json")
    assert json.loads(report.read_text())["answered"] is False


def test_the_server_stops_with_the_last_command(terminal: Terminal, documents: Path) -> None:
    with reserved_ports(terminal.home) as ports:
        assert terminal.run("research", QUESTION, "--docs", str(documents), "--yes").returncode == 0
        for _ in range(100):
            if not terminal.pids():
                break
            terminal.run("--help")  # as good as a moment
        assert terminal.pids() == []
        assert terminal.run("show").returncode == 0
        assert read_ports(terminal.home) == ports


def read_until(lines: Iterator[str] | None, wanted: str) -> str:
    """What a command prints, up to the line that is waited for."""
    assert lines is not None
    said = ""
    for line in lines:
        said += line
        if wanted in line:
            return said
    raise AssertionError(f"{wanted!r} was never said:\n{said}")
