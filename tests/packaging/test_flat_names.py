"""The folders at the top are imported under one name; the flat names are banned, in code by ruff, in words by this."""

import re
import subprocess
import sys

import pytest

from tests.packaging.conftest import ROOT
from tests.packaging.test_wheels import FLAT

ROOMS = "|".join(FLAT[:-1])
# `tools.parsing.parser`, `-m cli.main`, "graphs/plan:builder" as a module; not `outlast.tools`, not `langgraph.graph`
DOTTED = re.compile(
    rf"(?<![\w.\-/@])-m (?:{ROOMS}|worker)\b|(?<=[\"'`])(?:{ROOMS})(?:\.(?!md\b|py\b)[a-z_]\w*)+(?=[\"'`:])|"
    rf"^\s*(?:from|import) (?:{ROOMS}|worker)\b",
    re.MULTILINE,
)
SPOKEN_OF = {
    "tests/packaging/test_flat_names.py",
    "tests/packaging/test_one_name.py",
    "durable/tests/test_old_names.py",
}
"""Tests that are about flat names."""


@pytest.mark.parametrize(
    "line", [*(f"import {name}" for name in FLAT), "from graphs import plan", "from tools.redacting import redact"]
)
def test_ruff_refuses(processes: None, line: str) -> None:
    command = [
        sys.executable,
        "-m",
        "ruff",
        "check",
        "--select",
        "TID251",
        "--quiet",
        "--stdin-filename",
        "cli/new.py",
        "-",
    ]
    done = subprocess.run(command, cwd=ROOT, input=f"{line}\n", capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "TID251" in done.stdout
    name = line.split()[1].split(".", maxsplit=1)[0]
    assert f"Import it as outlast.{name}." in done.stdout


def test_every_folder_at_the_top_is_banned_by_its_flat_name() -> None:
    links = {link.name.removesuffix(".py") for link in (ROOT / "outlast").iterdir() if link.is_symlink()}
    assert links == set(FLAT)


@pytest.mark.parametrize(
    "text",
    ["python -m cli.main", '"orchestration.durable"', "`tools.redacting`", "import tools", "x\n  from graphs import y"],
)
def test_a_flat_name_in_words_is_seen(text: str) -> None:
    assert DOTTED.search(text)


@pytest.mark.parametrize("text", ["python -m outlast.worker", '"outlast.tools.x"', "`graphs/`", "tools.", '"tools"'])
def test_other_words_are_not(text: str) -> None:
    assert not DOTTED.search(text)


def test_nothing_speaks_of_a_flat_name() -> None:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    found = list[str]()
    for name in listed.rstrip("\0").split("\0"):
        file = ROOT / name
        if name in SPOKEN_OF or "/histories/" in name or file.is_symlink() or not file.is_file():
            continue
        text = file.read_bytes().decode("utf-8", errors="ignore")
        found += [f"{name}: {match[0].strip()}" for match in DOTTED.finditer(text)]
    assert found == []
