"""Extract the examples of docstrings and pages, and run them as programs of their own with the tests' server."""

import re
import subprocess
import sys
from pathlib import Path

SERVER = "localhost:7233"
PYTHON_BLOCK = re.compile(r"^```python\n(.*?)^```$", re.DOTALL | re.MULTILINE)


def python_blocks(text: str) -> list[str]:
    return PYTHON_BLOCK.findall(text)


LEAVING = """
if __name__ == "__main__":
    import os, sys
    sys.stdout.flush()
    os._exit(0)
"""
"""Ends the interpreter at once, because threads of Temporal's SDK may abort it at its exit (PyGILState_Release)."""


def run_example(code: str, folder: Path, address: str) -> str:
    """Return the output of the program; raise `AssertionError` with the output if it fails."""
    program = folder / "example.py"
    program.write_text(code.replace(SERVER, address) + LEAVING, encoding="utf-8")
    command = [sys.executable, "-W", "error", str(program)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
