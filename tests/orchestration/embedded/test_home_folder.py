"""The home folder's version: old ones are brought up to date, though it be cut short; newer ones are refused."""

import fcntl
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from outlast.evidence.errors import NeedsOperator
from outlast.orchestration.embedded import home_folder as home_module
from outlast.orchestration.embedded.home_folder import HOME_VERSION, find_home, open_home
from outlast.orchestration.embedded.process_files import ProcessFiles, try_lock

KEPT = ("temporal.db", "objects/snapshots/a.txt", "reports/run/report.md", "cache/temporal/temporal-cli", "server.json")
CACHED = ("cache/libraries/c-1.db", "cache/libraries/c-1.xyz.tmp", "cache/folders/f.json")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / ".outlast"


@pytest.fixture
def old(home: Path) -> Path:
    """A home as it was before there were versions."""
    for name in (*KEPT, *CACHED):
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).write_text(name)
    return home


def tree(home: Path) -> dict[str, bytes]:
    return {str(file.relative_to(home)): file.read_bytes() for file in home.rglob("*") if file.is_file()}


def number(home: Path) -> int:
    return int((home / "version").read_text())


def test_a_new_home_is_of_this_version(home: Path) -> None:
    assert open_home(home) == home.resolve()
    assert number(home) == HOME_VERSION == 1


def test_opening_again_changes_nothing(old: Path) -> None:
    open_home(old)
    (old / CACHED[0]).write_text("made by this version")
    before = tree(old)
    open_home(old)
    assert tree(old) == before


def test_an_old_home_loses_its_caches_and_nothing_else(old: Path) -> None:
    open_home(old)
    assert number(old) == 1
    assert {name for name in (*KEPT, *CACHED) if (old / name).exists()} == set(KEPT)
    assert all((old / name).read_text() == name for name in KEPT)


INTERRUPTED = """
import os, signal, sys
from pathlib import Path
from outlast.orchestration.embedded.home_folder import open_home
calls, unlink = [], Path.unlink
def dying(self, **options):
    if len(calls) == int(sys.argv[2]):
        os.kill(os.getpid(), signal.SIGKILL)
    calls.append(self)
    unlink(self, **options)
Path.unlink = dying
open_home(Path(sys.argv[1]))
"""


@pytest.mark.parametrize("survived", [0, 1, 2])
def test_a_migration_that_is_killed_is_done_again_from_its_start(old: Path, survived: int) -> None:
    died = subprocess.run([sys.executable, "-c", INTERRUPTED, str(old), str(survived)], check=False)
    assert died.returncode == -9
    assert len([name for name in CACHED if (old / name).exists()]) == len(CACHED) - survived
    assert not (old / "version").exists()
    open_home(old)
    assert number(old) == 1
    assert not any((old / name).exists() for name in CACHED)
    assert all((old / name).read_text() == name for name in KEPT)


def test_migrations_run_in_order_each_from_the_version_where_the_home_stands(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran: list[int] = []
    three = [lambda _, to=to: ran.append(to) for to in (1, 2, 3)]
    monkeypatch.setattr(home_module, "MIGRATIONS", three)
    monkeypatch.setattr(home_module, "HOME_VERSION", 3)
    home.mkdir()
    (home / "version").write_text("1\n")
    open_home(home)
    assert (ran, number(home)) == ([2, 3], 3)


def test_a_migration_that_fails_leaves_the_version_that_was_reached(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(home_module, "MIGRATIONS", [lambda _: None, full])
    monkeypatch.setattr(home_module, "HOME_VERSION", 2)
    with pytest.raises(NeedsOperator, match=r"cannot be used \(No space left on device\)"):
        open_home(home)
    assert number(home) == 1


@pytest.mark.parametrize("version", ["2", "17\n", "99999999999"])
def test_a_newer_home_is_refused_and_nothing_is_touched(old: Path, version: str) -> None:
    (old / "version").write_text(version)
    before = tree(old)
    with pytest.raises(NeedsOperator, match=f"has version {version.strip()}, and this Outlast knows versions up to 1"):
        open_home(old)
    assert tree(old) == before


@pytest.mark.parametrize("content", [b"", b"one", b"-1", b"0", b"1.0", b"\xff\x00"])
def test_a_damaged_version_is_refused_and_nothing_is_touched(old: Path, content: bytes) -> None:
    (old / "version").write_bytes(content)
    before = tree(old)
    with pytest.raises(NeedsOperator, match="version is damaged"):
        open_home(old)
    assert tree(old) == before


COUNTED = """
import sys
from pathlib import Path
from outlast.orchestration.embedded import home_folder as home
def counted(folder):
    with (folder / "count").open("a") as lines:
        lines.write("migrated\\n")
home.MIGRATIONS = (counted,)
home.open_home(Path(sys.argv[1]))
"""


def test_commands_at_once_migrate_once(old: Path) -> None:
    commands = [subprocess.Popen([sys.executable, "-c", COUNTED, str(old)]) for _ in range(6)]
    assert [command.wait(60) for command in commands] == [0] * 6
    assert (old / "count").read_text() == "migrated\n"


def test_an_older_outlast_that_runs_there_is_not_disturbed(old: Path) -> None:
    files = ProcessFiles(old)
    files.run.mkdir()
    supervisor, command = try_lock(files.lock("supervisor")), try_lock(files.lock("users"), fcntl.LOCK_SH)
    assert supervisor
    assert command
    with supervisor, command, pytest.raises(NeedsOperator, match=r"older Outlast is running.*End its commands"):
        open_home(old)
    assert not (old / "version").exists()
    assert (old / CACHED[0]).exists()


def test_an_older_supervisor_that_nobody_uses_is_waited_for(old: Path) -> None:
    files = ProcessFiles(old)
    files.run.mkdir()
    supervisor = try_lock(files.lock("supervisor"))
    assert supervisor
    opening = threading.Thread(target=open_home, args=[old])
    opening.start()
    time.sleep(0.3)
    assert not (old / "version").exists(), "it did not wait"
    supervisor.close()
    opening.join(60)
    assert number(old) == 1


def test_a_home_in_whose_place_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for unusable in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(NeedsOperator, match=r"cannot be used .*set OUTLAST_HOME"):
            open_home(unusable)


def test_a_home_on_a_disk_for_reading_alone(small_disk: Path) -> None:
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    with pytest.raises(NeedsOperator, match=r"cannot be used \(Read-only file system\)"):
        open_home(small_disk / ".outlast")


def test_a_home_on_a_full_disk(small_disk: Path) -> None:
    (small_disk / "filling").write_bytes(b"x" * (1 << 20))
    with pytest.raises(NeedsOperator, match=r"cannot be used \(No space left on device\)"):
        open_home(small_disk / ".outlast")
    assert not (small_disk / ".outlast" / "version").exists()
    (small_disk / "filling").unlink()
    open_home(small_disk / ".outlast")
    assert number(small_disk / ".outlast") == 1


def test_a_loop_of_links(tmp_path: Path) -> None:
    (tmp_path / "a").symlink_to(tmp_path / "b")
    (tmp_path / "b").symlink_to(tmp_path / "a")
    with pytest.raises(NeedsOperator, match="cannot be used"):
        open_home(tmp_path / "a")


def test_a_home_is_found_from_the_folders_below_it(tmp_path: Path) -> None:
    below = tmp_path / "a" / "b"
    below.mkdir(parents=True)
    assert find_home(below, tmp_path) == Path(".outlast"), "there is none: it would be made here"
    (tmp_path / ".outlast").mkdir()
    assert find_home(below, tmp_path) == tmp_path / ".outlast"
    assert find_home(below, tmp_path / "elsewhere") == tmp_path / ".outlast"
    assert find_home(below, tmp_path / "a") == Path(".outlast"), "the search ends at a person's own folder"
    (tmp_path / "a" / ".outlast").write_text("a file")
    assert find_home(below, tmp_path) == tmp_path / ".outlast", "a file is no home"
    (below / ".outlast").mkdir()
    assert find_home(below, tmp_path) == Path(".outlast")


def test_a_home_of_somebody_else_is_not_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    below = tmp_path / "a"
    below.mkdir()
    (tmp_path / ".outlast").mkdir()
    monkeypatch.setattr(os, "geteuid", lambda: (tmp_path / ".outlast").stat().st_uid + 1)
    assert find_home(below, tmp_path) == Path(".outlast")


def test_a_home_on_another_disk_is_not_taken(tmp_path: Path, small_disk: Path) -> None:
    (tmp_path / ".outlast").mkdir()
    (small_disk / "a").mkdir()
    assert find_home(small_disk / "a", tmp_path) == Path(".outlast")
