"""The embedded server's database: damage is noticed and named, and a damaged one is put aside, never deleted."""

import fcntl
import sqlite3
import threading
from contextlib import closing
from pathlib import Path

import pytest

from outlast.evidence.errors import NeedsOperator
from outlast.orchestration.embedded.database import find_damage, put_aside, refuse_damaged
from outlast.orchestration.embedded.process_files import ProcessFiles, try_lock


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """With a database of some hundred pages."""
    with closing(sqlite3.connect(tmp_path / "temporal.db")) as database:
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("CREATE TABLE runs (name TEXT PRIMARY KEY, history BLOB)")
        database.executemany("INSERT INTO runs VALUES (?, ?)", [(f"run {n}", b"x" * 2000) for n in range(300)])
        database.commit()
    return tmp_path


def test_a_whole_one_is_whole(home: Path) -> None:
    refuse_damaged(home)
    assert find_damage(home) is None


def test_none_and_an_empty_one_are_not_damaged(tmp_path: Path) -> None:
    for _ in range(2):
        refuse_damaged(tmp_path)
        assert find_damage(tmp_path) is None
        (tmp_path / "temporal.db").touch()


def test_another_file_in_its_place_is_refused_at_once(home: Path) -> None:
    (home / "temporal.db").write_bytes(b"garbage" * 10_000)
    with pytest.raises(NeedsOperator, match=r"temporal\.db, is damaged .*outlast doctor --repair"):
        refuse_damaged(home)
    assert find_damage(home) == "file is not a database"


def test_a_database_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "temporal.db").mkdir()  # stands for a file without permissions, which root could read all the same
    with pytest.raises(NeedsOperator, match="cannot be read"):
        refuse_damaged(tmp_path)


def test_a_database_that_is_cut_off(home: Path) -> None:
    content = (home / "temporal.db").read_bytes()
    (home / "temporal.db").write_bytes(content[: len(content) // 2])
    assert find_damage(home)


def test_a_page_that_is_overwritten(home: Path) -> None:
    with (home / "temporal.db").open("r+b") as file:
        file.seek(4096 * 40)
        file.write(b"\xa5" * 4096)
    assert find_damage(home)


def test_a_schema_that_is_not_even_text(home: Path) -> None:
    content = (home / "temporal.db").read_bytes()
    (home / "temporal.db").write_bytes(content.replace(b"CREATE TABLE runs", b"\xa5" * 17))
    assert "malformed database schema" in (find_damage(home) or "")


def test_putting_aside_takes_everything_and_deletes_nothing(home: Path) -> None:
    beside = ("-journal", "-wal", "-shm")
    for suffix in beside:
        (home / f"temporal.db{suffix}").write_text(suffix)
    content = (home / "temporal.db").read_bytes()
    aside = put_aside(home)
    assert aside.read_bytes() == content
    assert [aside.with_name(f"{aside.name}{suffix}").read_text() for suffix in beside] == [*beside]
    assert list(home.glob("temporal.db*")) == [*home.glob(f"{aside.name}*")]


def test_putting_aside_is_refused_while_a_server_runs(home: Path) -> None:
    files = ProcessFiles(home)
    files.run.mkdir()
    command, server = try_lock(files.lock("users"), fcntl.LOCK_SH), try_lock(files.lock("server"))
    assert command
    assert server
    with command, server, pytest.raises(NeedsOperator, match="is running"):
        put_aside(home)
    assert (home / "temporal.db").exists()


def test_putting_aside_waits_for_a_server_that_is_about_to_go(home: Path) -> None:
    files = ProcessFiles(home)
    files.run.mkdir()
    server = try_lock(files.lock("server"))
    assert server
    going = threading.Timer(0.3, server.close)
    going.start()
    assert put_aside(home).exists()
    going.join()
