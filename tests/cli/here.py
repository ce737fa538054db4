"""`outlast` in this process: a tenth of the time of a process of its own, where it counts what a command says."""

import io
import os
import subprocess
from pathlib import Path

import pytest

from outlast.cli.main import exit_code
from tests.terminal import ours


class Here:
    """Like a `Terminal` in a folder of its own; `environment` are the variables of Outlast that are set."""

    def __init__(
        self, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], **environment: str
    ) -> None:
        self.folder = folder
        self.home = folder / ".outlast"
        self._monkeypatch = monkeypatch
        self._capsys = capsys
        monkeypatch.chdir(folder)
        for name in filter(ours, list(os.environ)):
            monkeypatch.delenv(name)
        self.set(COLUMNS="200", **environment)

    def set(self, **environment: str) -> None:
        for name, value in environment.items():
            self._monkeypatch.setenv(name, value)

    def run(self, *arguments: str, stdin: bytes = b"") -> subprocess.CompletedProcess[str]:
        """A command from start to end; its output, and its errors, as text."""
        self._monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        self._capsys.readouterr()
        code = exit_code(arguments)
        out, err = self._capsys.readouterr()
        return subprocess.CompletedProcess(arguments, code, out, err)
