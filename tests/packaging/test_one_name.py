"""A person's own `graphs`, `tools`, `cli`, `worker.py` and so on stay theirs, beside a wheel and beside a checkout."""

import json
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from tests.packages import HARBOUR, install
from tests.packaging.test_wheels import FLAT
from tests.terminal import Terminal

BOTH = """
import cli, evidence, graphs, orchestration, tools, worker
import outlast.cli.main, outlast.evidence.text, outlast.graphs.plan, outlast.orchestration.settings
import outlast.tools.redacting, outlast.worker
import langgraph_heartbeat

assert [it.MINE for it in (cli, evidence, graphs, orchestration, tools, worker)] == [True] * 6
"""
WORKER = f"""
import asyncio, pathlib
{BOTH}
pathlib.Path(__file__).with_name("seen").write_text("both")
outlast.worker.main()
"""
NOTES = """
import atexit, importlib.util, json, os, pathlib, sys

def note():
    found = [name for name in %r if importlib.util.find_spec(name)]
    process = " ".join(sys.orig_argv)
    pathlib.Path(%r, str(os.getpid())).write_text(json.dumps({"process": process, "found": found}))

atexit.register(note)
"""

LOOK = """
import asyncio, sys
from outlast.tools.ingest.parsing.limits import Limits
from outlast.tools.ingest.parsing.parser import Parser

async def look():
    parser = Parser("outlast.tools.documents.reading:read_document", Limits())
    await parser.wait_until_ready()
    await parser.end()

sys.path.insert(0, sys.argv[1])  # as of a script in that folder, which has imported all that it needs
sys.modules["__main__"].__file__ = sys.argv[1] + "/script.py"
asyncio.run(look())
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Of a person who calls things as everybody does, the modules of the standard library included."""
    for name in FLAT[:-1]:
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text("MINE = True\n")
    (tmp_path / "worker.py").write_text("MINE = True\n")
    return tmp_path


@pytest.fixture
def terminal(folder: Path, python: Path) -> Iterator[Terminal]:
    terminal = Terminal(folder)
    terminal.bin = python.parent
    yield terminal
    terminal.kill_everything()


def test_a_script(folder: Path, python: Path) -> None:
    (folder / "script.py").write_text(BOTH)
    subprocess.run([str(python), "script.py"], cwd=folder, check=True, timeout=120)


def test_a_notebook(folder: Path, python: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kernel = folder / "jupyter" / "kernels" / "mine"
    kernel.mkdir(parents=True)
    argv = [str(python), "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    (kernel / "kernel.json").write_text(json.dumps({"argv": argv, "display_name": "mine", "language": "python"}))
    monkeypatch.setenv("JUPYTER_PATH", str(folder / "jupyter"))
    cells = [nbformat.v4.new_code_cell(BOTH)]
    notebook = nbformat.v4.new_notebook(cells=cells)
    client = NotebookClient(notebook, timeout=120, kernel_name="mine", resources={"metadata": {"path": str(folder)}})
    client.execute()
    assert notebook.cells[0].execution_count == 1


def test_a_worker_of_one_s_own(folder: Path, terminal: Terminal, documents: Path) -> None:
    (folder / "mine.py").write_text(WORKER)
    terminal.environment["OUTLAST_WORKER"] = str(folder / "mine.py")
    done = terminal.run("research", "What does a ticket cost?", "--docs", str(documents), "--yes")
    assert done.returncode == 0, done.stderr + terminal.logs()
    assert (folder / "seen").read_text() == "both"


def test_modules_beside_a_script_do_not_break_parsers(folder: Path, python: Path) -> None:
    """What a person's file calls `csv` is what it imports; what reads documents imports the standard library's."""
    for name in ("csv", "html", "pkgutil", "zipfile", "docx"):
        (folder / f"{name}.py").write_text("raise RuntimeError('of a person')\n")
    subprocess.run([str(python), "-P", "-c", LOOK, str(folder)], check=True, timeout=120, cwd=folder)


def test_no_process_of_ours_finds_a_flat_name(tmp_path: Path, python: Path, documents: Path) -> None:
    """Supervisor, keeper and worker say so as they end; a parser process through a reader of a person's own."""
    packages, notes, mine = tmp_path / "packages", tmp_path / "notes", tmp_path / "person"
    for folder in (packages, notes, mine):
        folder.mkdir()
    (packages / "sitecustomize.py").write_text(NOTES % (FLAT, str(notes)))
    found = f'[name for name in {FLAT} if __import__("importlib.util").util.find_spec(name)]'
    code = HARBOUR.replace("Document(decode(content[::-1])", f'Document("Found: " + str({found}) + ".\\n"')
    install(packages, code=code)
    (documents / "low.tide").write_bytes(b"tide")
    terminal = Terminal(mine, PYTHONPATH=str(packages))
    terminal.bin = python.parent
    try:
        done = terminal.run("research", "What does a ticket cost?", "--docs", str(documents), "--yes", "--detach")
        assert done.returncode == 0, done.stderr
        end = time.monotonic() + 120
        while terminal.pids():  # the keeper ends with the run, and the others after it
            assert time.monotonic() < end, terminal.logs()
            time.sleep(0.1)
        texts = [file.read_bytes() for file in (mine / ".outlast" / "objects").rglob("*") if file.is_file()]
        assert any(b"Found: []." in text for text in texts), "the parser process found none"
    finally:
        terminal.kill_everything()
    said = [json.loads(note.read_text()) for note in notes.iterdir()]
    for process in ("embedded.supervisor", "embedded.detached", "embedded.worker_process"):
        assert any(process in each["process"] for each in said), (process, said)
    assert [each for each in said if each["found"]] == []
