"""The tour of docs/start.md: on its documents, its questions are answered as it says."""

import asyncio
import shlex
import subprocess
import sys
from pathlib import Path

import outlast
from outlast.orchestration.settings import Settings

ROOT = Path(__file__).parents[2]


async def test_its_questions_are_answered_as_it_says(processes: None, tmp_path: Path) -> None:
    documents = tmp_path / "documents"
    writing = [sys.executable, str(ROOT / "demo" / "write_documents.py"), str(documents)]
    await asyncio.to_thread(subprocess.run, writing, check=True)
    page = (ROOT / "docs" / "start.md").read_text(encoding="utf-8")
    questions = [shlex.split(line)[2] for line in page.splitlines() if line.startswith("outlast ask ")]
    settings = Settings(home=tmp_path / "home", objects=str(tmp_path / "objects"), model="", reasoner="")
    reports = [await outlast.ask(question, docs=documents, settings=settings) for question in questions]
    assert [report.answered for report in reports] == [True, False]
    assert "once, when the function is defined" in reports[0].markdown()
    assert "These documents do not answer this" in reports[1].markdown()
