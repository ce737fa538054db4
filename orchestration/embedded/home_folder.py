"""Finds and opens the home folder: a folder of an older version is migrated, a folder of a newer version is refused.

The file `version` contains the version number; a folder without that file has version 0. This module imports only the
standard library and our errors, because every command that opens the folder begins here.
"""

import fcntl
import os
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from outlast.evidence.errors import NeedsOperator
from outlast.orchestration.embedded.process_files import ProcessFiles, try_lock, wait_for_lock

HOME_FOLDER_NAME = ".outlast"

STOP_TIMEOUT = timedelta(seconds=60)
"""Time for a server and a worker to stop when no command uses them any more."""

MIN_FREE_BYTES = 256 * 1024
"""Minimum free space of a disk that is not full: a server writes more than this when it starts."""


def forget_caches(home: Path) -> None:
    """Migrate to version 1: delete indexes and ingest caches, whose tables and fields have changed. They are rebuilt
    when they are needed."""
    for kind in ("libraries", "folders"):
        for file in (home / "cache" / kind).glob("*"):
            file.unlink(missing_ok=True)


Migration = Callable[[Path], None]
"""Migrates a home folder from one version to the next. If it is killed, it runs again from its beginning, so it must be
idempotent. It runs while no server and no worker of the folder is running."""

MIGRATIONS: tuple[Migration, ...] = (forget_caches,)
"""The first migrates to version 1, the second to version 2, and so on."""

HOME_VERSION = len(MIGRATIONS)


def find_home(start: Path, ceiling: Path) -> Path:
    """Return the home folder in `start`, or else the nearest one above it, as git finds a repository.

    The search ends at `ceiling` (the user's own folder), at another disk, and at the root. A folder of another user is
    ignored, because we would trust its server's program and its runs. If no home folder exists, return the one that
    would be made in `start`; a path in `start` itself is relative, because people read it.
    """
    if (start / HOME_FOLDER_NAME).exists():
        return Path(HOME_FOLDER_NAME)
    is_below, disk = start.is_relative_to(ceiling), start.stat().st_dev
    for folder in start.parents:
        if (is_below and not folder.is_relative_to(ceiling)) or folder.stat().st_dev != disk:
            break
        home = folder / HOME_FOLDER_NAME
        if home.is_dir() and home.stat().st_uid == os.geteuid():
            return home
    return Path(HOME_FOLDER_NAME)


def open_home_if_there(home: Path) -> bool:
    """Open the folder as `open_home` does if it exists, for commands that only read. Return whether it exists."""
    with explain_unusable_folder(home):
        exists = home.exists()
    if exists:
        open_home(home)
    return exists


def open_home(home: Path) -> Path:
    """Make the folder if it does not exist, migrate it to the current version, and return its full path.

    Raises NeedsOperator if it has a newer version, if an older Outlast still runs in it, or if it cannot be read or
    written.
    """
    with explain_unusable_folder(home):
        home = home.resolve()
        refuse_undecodable(home)
        if version_of(home) != HOME_VERSION:
            home.mkdir(parents=True, exist_ok=True)
            with wait_for_lock(home / "version.lock"):
                migrate(home)
    return home


def refuse_undecodable(home: Path) -> None:
    """Raise NeedsOperator for a path that is not UTF-8: neither the server nor the object store can use it."""
    try:
        str(home).encode()
    except UnicodeEncodeError:
        shown = os.fsencode(home).decode(errors="replace")
        raise NeedsOperator(
            f"The folder {shown} cannot be used: its path contains bytes that are not UTF-8.",
            "Set OUTLAST_HOME to a folder whose path is UTF-8, or rename that folder.",
        ) from None


def migrate(home: Path) -> None:
    """Run the migrations that are missing. The caller holds the lock: another command may have run some before."""
    while (version := version_of(home)) < HOME_VERSION:
        with supervisor_locked_out(home):
            MIGRATIONS[version](home)
        write_version(home, version + 1)


def version_of(home: Path) -> int:
    """Return the version of the folder; 0 without a version file. Raises NeedsOperator if that is damaged or newer."""
    file = home / "version"
    try:
        content = file.read_text(encoding="ascii", errors="replace").strip()
    except FileNotFoundError:
        return 0
    if not content.isdecimal() or int(content) < 1:
        raise NeedsOperator(
            f"The file {file} is damaged: it contains {content[:20]!r}, which is not a version number.",
            f"If no newer Outlast was ever used here, write {HOME_VERSION} into it; nothing was changed.",
        )
    if int(content) > HOME_VERSION:
        raise NeedsOperator(
            f"The folder {home} was written by a newer Outlast: it has version {content}, and this Outlast knows "
            f"versions up to {HOME_VERSION}.",
            "Use that Outlast, or set OUTLAST_HOME to another folder; nothing was changed.",
        )
    return int(content)


def write_version(home: Path, version: int) -> None:
    """Write the file completely or not at all, so that a crash never leaves half of it."""
    new_file = home / "version.new"  # one name is enough, because the caller holds the lock
    try:
        with new_file.open("w", encoding="ascii") as draft:
            draft.write(f"{version}\n")
            draft.flush()
            os.fsync(draft.fileno())
        new_file.replace(home / "version")
    finally:
        new_file.unlink(missing_ok=True)


@contextmanager
def supervisor_locked_out(home: Path) -> Generator[None]:
    """Keep supervisors from running and from starting in the folder, because an older one keeps an older worker."""
    files = ProcessFiles(home)
    if not files.run.exists():  # no supervisor has ever run here
        yield
        return
    began = time.monotonic()
    while (lock := try_lock(files.lock("supervisor"))) is None:
        if has_users(files) or time.monotonic() - began > STOP_TIMEOUT.total_seconds():
            raise NeedsOperator(
                f"An older Outlast is running in {home}.",
                "End its commands (`outlast up`, `outlast watch` and the like; `outlast down` in the background), then "
                "try again: runs go on where they stood.",
            )
        time.sleep(0.05)  # the release of a file lock sends no event
    with lock:
        yield


def has_users(files: ProcessFiles) -> bool:
    """Whether commands use the folder. A supervisor that is about to stop after the last command does not count."""
    if (exclusive := try_lock(files.lock("users"), fcntl.LOCK_EX)) is not None:
        exclusive.close()
        return False
    if (shared := try_lock(files.lock("users"), fcntl.LOCK_SH)) is None:
        return False  # the supervisor holds it exclusively
    shared.close()
    return True


def is_full(home: Path) -> bool:
    """Whether the disk of the folder has no free space, or no free inode for one more file."""
    disk = os.statvfs(home)
    return disk.f_bavail * disk.f_frsize < MIN_FREE_BYTES or (disk.f_files > 0 and disk.f_favail == 0)


@contextmanager
def explain_unusable_folder(home: Path) -> Generator[None]:
    """Turn an error of the file system into NeedsOperator, which says what to do."""
    try:
        yield
    except (OSError, RuntimeError) as error:  # a loop of links is a RuntimeError up to Python 3.12
        reason = error.strerror if isinstance(error, OSError) else "a loop of links"
        raise NeedsOperator(
            f"The folder {home} cannot be used ({reason}).",
            "Fix that, or set OUTLAST_HOME to a folder that can be written.",
        ) from None
