"""Fixtures of the commands' tests."""

import gc
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.here import Here


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Here]:
    thresholds = gc.get_threshold()
    yield Here(tmp_path, monkeypatch, capsys)
    gc.set_threshold(*thresholds)  # `outlast ask` has a process to itself, and sets its own
