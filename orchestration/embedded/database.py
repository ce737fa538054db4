"""The database of the embedded server, `temporal.db`: checks it for damage, and puts a damaged one aside.

The server makes its tables in hundreds of writes. One that is killed before the last of them, or whose disk is full,
would never start again, because it takes any file for a database with all tables. So the first command that reaches
a server records that its database stands, and what never stood is made anew.

It contains the runs. Documents, published reports and large checkpoints are objects, which its damage does not touch.
This module imports only the standard library and our modules that do the same.
"""

import os
import sqlite3
import time
from contextlib import closing, suppress
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from urllib.parse import quote

from outlast.evidence.errors import NeedsOperator
from outlast.orchestration.embedded.home_folder import is_full
from outlast.orchestration.embedded.process_files import ProcessFiles, try_lock

SQLITE_HEADER = b"SQLite format 3\0"
DAMAGE_ERROR_NAMES = frozenset({"SQLITE_CORRUPT", "SQLITE_NOTADB"})

SERVER_STOP_TIMEOUT_SECONDS = 15
"""Time for a server to stop after the last command of its folder has ended."""

REPAIR_ADVICE = (
    "`outlast doctor --repair` puts it aside, and the next command makes a new one: the runs in it are lost, "
    "documents and published reports are not."
)


SYSTEM_NAMESPACE_ID = bytes.fromhex("32049b68787240948e63d0dd59896a83")
"""The namespace of the server's own workflows, which it starts by itself."""


def database_file(home: Path) -> Path:
    return home / "temporal.db"


def record_standing(home: Path) -> None:
    """Record that a server answers, so that its database has all tables."""
    with suppress(OSError):  # on a full disk: then the first run in the database says the same
        ProcessFiles(home).database_stands.touch()


def remove_unfinished(home: Path) -> None:
    """Delete a database whose server was ended while it made the tables, so that the next server makes a new one.

    No run can be in it. The caller has made sure that no server of the folder is running.
    """
    file = database_file(home)
    if not is_unfinished(home):
        return
    # The database goes first: SQLite ignores a journal without a database, but not a database without its journal.
    for suffix in ("", "-journal", "-wal", "-shm"):
        file.with_name(f"{file.name}{suffix}").unlink(missing_ok=True)
    ProcessFiles(home).database_stands.unlink(missing_ok=True)


def is_unfinished(home: Path) -> bool:
    """Return whether the file is missing or empty, or no server has ever answered from it and no run is in it."""
    file = database_file(home)
    if not file.exists() or file.stat().st_size == 0:
        return True
    if ProcessFiles(home).database_stands.exists():
        return False
    try:
        with closing(sqlite3.connect(file)) as connection:
            runs = "SELECT 1 FROM executions WHERE namespace_id != ? LIMIT 1"
            return connection.execute(runs, [SYSTEM_NAMESPACE_ID]).fetchone() is None
    except sqlite3.DatabaseError as error:
        # Without the table, no server has answered. Anything else is damage, or a file that SQLite cannot read now.
        return "no such table" in str(error)


def refuse_damaged(home: Path) -> None:
    """Raise NeedsOperator if the file is not a database. Only its first bytes are read: every command calls this."""
    try:
        with database_file(home).open("rb") as file:
            first_bytes = file.read(len(SQLITE_HEADER))
    except FileNotFoundError:
        return
    except OSError as error:
        raise NeedsOperator(
            f"The database of the runs, {database_file(home)}, cannot be read: {error.strerror}.",
            "Change its permissions, or set OUTLAST_HOME to another folder.",
        ) from None
    if not SQLITE_HEADER.startswith(first_bytes):  # an empty file, or a torn first write, is made anew
        raise damaged_database_error(home, "it is not an SQLite database")


def find_damage(home: Path) -> str | None:
    """Return SQLite's description of the damage; None if there is none, if there is no file, or if SQLite cannot say.

    This reads the whole file: about a second for some hundred megabytes.
    """
    file = database_file(home)
    if not file.exists():
        return None
    try:
        with closing(sqlite3.connect(f"file:{quote(os.fsencode(file.absolute()))}?mode=ro", uri=True)) as connection:
            connection.text_factory = partial(str, encoding="utf-8", errors="replace")  # the answer may quote any bytes
            [answer] = connection.execute("PRAGMA quick_check(1)").fetchone()
    except sqlite3.DatabaseError as error:
        return str(error) if error.sqlite_errorname in DAMAGE_ERROR_NAMES else None
    except UnicodeDecodeError:  # SQLite's error message quotes bytes of the file
        return "malformed database schema"
    return None if answer == "ok" else " ".join(str(answer).replace("*", "").split())


def diagnose_database(home: Path) -> NeedsOperator | None:
    """Return why a server may fail or not start here: its disk is full, or its database is damaged. None: neither."""
    if is_full(home):
        return NeedsOperator(
            f"The disk of {home} is full: the server cannot write its database.",
            "Free some space, then try again: runs go on where they stood.",
        )
    problem = find_damage(home)
    return damaged_database_error(home, problem) if problem else None


def damaged_database_error(home: Path, problem: str) -> NeedsOperator:
    return NeedsOperator(f"The database of the runs, {database_file(home)}, is damaged ({problem}).", REPAIR_ADVICE)


def put_aside(home: Path) -> Path:
    """Rename the database and the files that SQLite keeps beside it. Return the new path. Nothing is deleted.

    Raises NeedsOperator if a server is running with it.
    """
    files = ProcessFiles(home)
    files.run.mkdir(parents=True, exist_ok=True)
    lock = try_lock(files.lock("server"))
    began = time.monotonic()
    # If no command uses the folder any more, its server will stop soon, which sends us no event.
    while lock is None and not is_used(files) and time.monotonic() - began < SERVER_STOP_TIMEOUT_SECONDS:
        time.sleep(0.05)
        lock = try_lock(files.lock("server"))
    if lock is None:
        raise NeedsOperator(
            f"The server of {home} is running.", "End the commands of this folder, then try `outlast doctor --repair`."
        )
    with lock:
        new_path = home / f"temporal.db.damaged-{datetime.now(UTC):%Y%m%d-%H%M%S}"
        # The database comes last: SQLite would apply a log that is left behind to the next database.
        for suffix in ("-journal", "-wal", "-shm", ""):
            file = database_file(home).with_name(f"temporal.db{suffix}")
            if file.exists():
                file.replace(new_path.with_name(f"{new_path.name}{suffix}"))
    return new_path


def is_used(files: ProcessFiles) -> bool:
    """Whether a command uses the folder: each holds the lock of the users shared, so that nobody else gets it."""
    exclusive = try_lock(files.lock("users"))
    if exclusive:
        exclusive.close()
    return exclusive is None
