import json
import os
import subprocess
from pathlib import Path

import pytest

from tests.cli.here import Here
from tests.terminal import BIN


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_is_printed_and_installed(shell: str, here: Here) -> None:
    here.set(HOME=str(here.folder))
    printed = here.run("completion", shell)
    assert printed.returncode == 0
    assert "_OUTLAST_COMPLETE" in printed.stdout
    assert json.loads(here.run("completion", shell, "--json").stdout)["script"] + "\n" == printed.stdout
    assert not any(here.folder.iterdir()), "printing installs nothing"
    installed = json.loads(here.run("completion", shell, "--install", "--json").stdout)["installed"]
    assert Path(installed).is_relative_to(here.folder)
    assert printed.stdout.strip() in Path(installed).read_text()


def test_where_it_cannot_be_installed(here: Here) -> None:
    (here.folder / "home").write_text("")
    here.set(HOME=str(here.folder / "home"))
    done = here.run("completion", "fish", "--install")
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
