"""Snippets of the documentation run as they stand, from the folder of the checkout."""

import asyncio
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SAID = {"replay-tests": "went_on replays"}
"""By page: what its snippets print when they do what the page says."""


@pytest.mark.parametrize("page", SAID)
async def test_snippets_run_as_they_stand(processes: None, page: str) -> None:
    text = (ROOT / "docs" / f"{page}.md").read_text(encoding="utf-8")
    snippets = re.findall(r"^```python\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
    assert snippets
    for snippet in snippets:
        program = [sys.executable, "-c", snippet]
        done = await asyncio.to_thread(
            subprocess.run, program, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False
        )
        assert done.returncode == 0, done.stderr
        assert SAID[page] in done.stdout
