import json
import os
import subprocess
from pathlib import Path

import pytest

from tests.terminal import BIN, Terminal


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_is_printed_and_installed(shell: str, tmp_path: Path) -> None:
    terminal = Terminal(tmp_path, HOME=str(tmp_path))
    printed = terminal.run("completion", shell)
    assert printed.returncode == 0
    assert "_OUTLAST_COMPLETE" in printed.stdout
    assert json.loads(terminal.run("completion", shell, "--json").stdout)["script"] + "\n" == printed.stdout
    assert not any(tmp_path.iterdir()), "printing installs nothing"
    installed = json.loads(terminal.run("completion", shell, "--install", "--json").stdout)["installed"]
    assert Path(installed).is_relative_to(tmp_path)
    assert printed.stdout.strip() in Path(installed).read_text()


def test_where_it_cannot_be_installed(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("")
    done = Terminal(tmp_path, HOME=str(tmp_path / "home")).run("completion", "fish", "--install")
    assert done.returncode == 4
    assert "outlast completion fish" in done.stderr
    assert done.stderr.count("\n") == 1


def completed(folder: Path, line: str) -> list[str]:
    """What bash would offer at the end of the line."""
    words = line.split(" ")
    asked = {"_OUTLAST_COMPLETE": "complete_bash", "COMP_WORDS": line, "COMP_CWORD": str(len(words) - 1)}
    environment = os.environ | asked | {"OUTLAST_HOME": str(folder)}
    done = subprocess.run([str(BIN / "outlast")], env=environment, capture_output=True, text=True, check=False)
    assert done.stderr == ""
    return done.stdout.split()


def test_commands_options_and_runs_are_offered(tmp_path: Path) -> None:
    assert completed(tmp_path, "outlast wa") == ["watch"]
    assert "--detach" in completed(tmp_path, "outlast research --")
    assert completed(tmp_path, "outlast show ") == [], "and no server was started for it"
    for name in ("when-was-it", "who-was-it"):
        (tmp_path / "reports" / name).mkdir(parents=True)
    assert sorted(completed(tmp_path, "outlast show ")) == ["when-was-it", "who-was-it"]
    assert completed(tmp_path, "outlast decide approve --run whe") == ["when-was-it"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["reports"]
