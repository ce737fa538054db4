"""The database of the embedded server, `temporal.db`: whether it is whole, and how a damaged one is put aside.

It holds the runs. Documents, published reports and big checkpoints are objects, and stay whatever happens to it.
Standard library only.
"""

import sqlite3
import time
from contextlib import closing
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from urllib.parse import quote

from outlast.evidence.errors import NeedsOperator
from outlast.orchestration.embedded.home_folder import is_full
from outlast.orchestration.embedded.supervisor import ProcessFiles, try_lock

SQLITE_HEADER = b"SQLite format 3\0"
DAMAGE_ERROR_NAMES = frozenset({"SQLITE_CORRUPT", "SQLITE_NOTADB"})

SERVER_STOP_TIMEOUT_SECONDS = 15
"""So long a server may take to stop after the last command of its folder has ended."""

REPAIR_ADVICE = (
    "`outlast doctor --repair` puts it aside, and the next command begins a new one: the runs in it are lost, "
    "documents and published reports are not."
)


def database_file(home: Path) -> Path:
    return home / "temporal.db"


def refuse_damaged(home: Path) -> None:
    """NeedsOperator where no server could read it. Only the first bytes are looked at: this is asked every time."""
    try:
        with database_file(home).open("rb") as file:
            first_bytes = file.read(len(SQLITE_HEADER))
    except FileNotFoundError:
        return
    if first_bytes and first_bytes != SQLITE_HEADER:  # an empty one is new: the server makes its tables
        raise damaged_database_error(home, "it is no SQLite database")


def find_damage(home: Path) -> str | None:
    """What is wrong with it, in SQLite's words; None where it is whole, is not there, or cannot be told.

    Reads all of it: about a second for some hundred megabytes.
    """
    file = database_file(home)
    if not file.exists():
        return None
    try:
        with closing(sqlite3.connect(f"file:{quote(str(file.absolute()))}?mode=ro", uri=True)) as connection:
            connection.text_factory = partial(str, encoding="utf-8", errors="replace")  # what it finds may be anything
            [found] = connection.execute("PRAGMA quick_check(1)").fetchone()
    except sqlite3.DatabaseError as error:
        return str(error) if error.sqlite_errorname in DAMAGE_ERROR_NAMES else None
    except UnicodeDecodeError:  # SQLite's own message quotes what it finds there
        return "malformed database schema"
    return None if found == "ok" else " ".join(str(found).replace("*", "").split())


def diagnose_database(home: Path) -> NeedsOperator | None:
    """Why a server that runs here may fail, or not start: its disk is full, or its database is damaged."""
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
    """Rename it, with what SQLite keeps beside it; the new name. Nothing is deleted.

    Raises NeedsOperator where a server runs with it.
    """
    files = ProcessFiles(home)
    files.run.mkdir(parents=True, exist_ok=True)
    lock = try_lock(files.lock("server"))
    began = time.monotonic()
    # Where no command uses the folder any more, its server is about to go: nobody tells us when it has.
    while lock is None and not is_used(files) and time.monotonic() - began < SERVER_STOP_TIMEOUT_SECONDS:
        time.sleep(0.05)
        lock = try_lock(files.lock("server"))
    if lock is None:
        raise NeedsOperator(
            f"The server of {home} is running.", "End the commands of this folder, then try `outlast doctor --repair`."
        )
    with lock:
        aside = home / f"temporal.db.damaged-{datetime.now(UTC):%Y%m%d-%H%M%S}"
        # The companions first: a log that is left beside a new database would be applied to it.
        for suffix in ("-journal", "-wal", "-shm", ""):
            companion = database_file(home).with_name(f"temporal.db{suffix}")
            if companion.exists():
                companion.replace(aside.with_name(f"{aside.name}{suffix}"))
    return aside


def is_used(files: ProcessFiles) -> bool:
    """Does a command use the folder? Each holds the lock of the users, shared; who gets it alone is alone."""
    alone = try_lock(files.lock("users"))
    if alone:
        alone.close()
    return alone is None
