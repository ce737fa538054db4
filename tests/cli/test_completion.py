import os
import subprocess
from pathlib import Path

import pytest

from tests.terminal import BIN


@pytest.mark.usefixtures("processes")
@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_is_printed_and_installed(shell: str, tmp_path: Path) -> None:
    """Typer finds out by itself which shell called it, unless it is told not to."""
    environment = os.environ | {"HOME": str(tmp_path), "_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION": "1"}
    command = [str(BIN / "outlast"), "--show-completion", shell]
    printed = subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout
    assert "_OUTLAST_COMPLETE" in printed
    assert not any(tmp_path.iterdir()), "printing installs nothing"
    command = [str(BIN / "outlast"), "--install-completion", shell]
    subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert printed.strip() in "".join(file.read_text() for file in tmp_path.rglob("*") if file.is_file())


@pytest.mark.usefixtures("processes")
def test_where_it_cannot_be_installed(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("")
    environment = os.environ | {
        "HOME": str(tmp_path / "home"),
        "_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION": "1",
    }
    command = [str(BIN / "outlast"), "--install-completion", "bash"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 4
    assert "outlast --show-completion" in done.stderr
    assert done.stderr.count("\n") == 1


def completed(folder: Path, line: str) -> list[str]:
    """What bash would offer at the end of the line."""
    words = line.split(" ")
    asked = {"_OUTLAST_COMPLETE": "complete_bash", "COMP_WORDS": line, "COMP_CWORD": str(len(words) - 1)}
    environment = os.environ | asked | {"OUTLAST_HOME": str(folder)}
    done = subprocess.run([str(BIN / "outlast")], env=environment, capture_output=True, text=True, check=False)
    assert done.stderr == ""
    return done.stdout.split()


@pytest.mark.usefixtures("processes")
def test_commands_options_and_runs_are_offered(tmp_path: Path) -> None:
    assert completed(tmp_path, "outlast wa") == ["watch"]
    assert "--detach" in completed(tmp_path, "outlast research --")
    assert completed(tmp_path, "outlast show ") == [], "and no server was started for it"
    for name in ("when-was-it", "who-was-it"):
        (tmp_path / "reports" / name).mkdir(parents=True)
    assert sorted(completed(tmp_path, "outlast show ")) == ["when-was-it", "who-was-it"]
    assert completed(tmp_path, "outlast decide approve --run whe") == ["when-was-it"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["reports"]
