"""The version of the home folder: what an older Outlast left is brought up to date, what a newer one left is refused.

The file `version` holds the number; a folder without it is of version 0, which is what there was before that file.
Standard library only: every command that opens the folder begins here.
"""

import fcntl
import os
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from outlast.evidence.errors import NeedsOperator
from outlast.orchestration.embedded.supervisor import ProcessFiles, try_lock, wait_for_lock

HOME_FOLDER_NAME = ".outlast"

STOP_TIMEOUT = timedelta(seconds=60)
"""So long a server and a worker that nobody uses any more may take to stop."""

MIN_FREE_BYTES = 256 * 1024
"""A server that starts writes more."""


def forget_caches(home: Path) -> None:
    """To version 1: indexes and records of files had other tables and other fields. They are made anew when needed."""
    for kind in ("libraries", "folders"):
        for file in (home / "cache" / kind).glob("*"):
            file.unlink(missing_ok=True)


Migration = Callable[[Path], None]
"""Brings a home folder from the version before to its own. It may be killed anywhere and is then run again from its
start, so it must do no harm to what it has done already. It runs while no server and no worker of the folder does."""

MIGRATIONS: tuple[Migration, ...] = (forget_caches,)
"""The first leads to version 1, the second to version 2, and so on."""

HOME_VERSION = len(MIGRATIONS)


def find_home(start: Path, ceiling: Path) -> Path:
    """The home folder for who stands in `start`: its own, or else the nearest one above it, as git finds a repository.

    The search ends at `ceiling` (a person's own folder), at another disk, and at the root. A folder of somebody else
    is none of ours: its server's program and its runs would be trusted. Where there is no home, one would be made in
    `start`; of `start` itself the path is relative, as people read it.
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
    """For who only looks: the same as `open_home` where there is a folder, and nothing where there is none."""
    with explain_unusable_folder(home):
        is_there = home.exists()
    if is_there:
        open_home(home)
    return is_there


def open_home(home: Path) -> Path:
    """The full path of the folder, which is there and of this version from now on.

    Raises NeedsOperator, saying what to do, where it is of a newer version, where an older Outlast still runs in it,
    and where it cannot be read or written.
    """
    with explain_unusable_folder(home):
        home = home.resolve()
        if version_of(home) != HOME_VERSION:
            home.mkdir(parents=True, exist_ok=True)
            with wait_for_lock(home / "version.lock"):
                migrate(home)
    return home


def migrate(home: Path) -> None:
    """Another command may have done it, or a part of it, before this one had the lock."""
    while (version := version_of(home)) < HOME_VERSION:
        with supervisor_locked_out(home):
            MIGRATIONS[version](home)
        write_version(home, version + 1)


def version_of(home: Path) -> int:
    """0 where there is no version file. Raises NeedsOperator where it is damaged, or that of a newer Outlast."""
    file = home / "version"
    try:
        content = file.read_text(encoding="ascii", errors="replace").strip()
    except FileNotFoundError:
        return 0
    if not content.isdecimal() or int(content) < 1:
        raise NeedsOperator(
            f"The file {file} is damaged: it holds {content[:20]!r}, not the number of a version.",
            f"If no newer Outlast was ever used here, write {HOME_VERSION} into it; nothing was changed.",
        )
    if int(content) > HOME_VERSION:
        raise NeedsOperator(
            f"The folder {home} was written by a newer Outlast: it is of version {content}, and this one knows "
            f"versions up to {HOME_VERSION}.",
            "Use that Outlast, or set OUTLAST_HOME to another folder; nothing was changed.",
        )
    return int(content)


def write_version(home: Path, version: int) -> None:
    """Whole and on the disk, or not at all."""
    new_file = home / "version.new"  # whoever writes it holds the lock
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
    """While this is held, no supervisor runs in the folder and none starts: an older one keeps an older worker."""
    files = ProcessFiles(home)
    if not files.run.exists():  # no supervisor ever did
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
        time.sleep(0.05)  # a lock sends no event
    with lock:
        yield


def has_users(files: ProcessFiles) -> bool:
    """Whether commands run here, and not only a supervisor that has outlived the last of them and is about to stop."""
    if (alone := try_lock(files.lock("users"), fcntl.LOCK_EX)) is not None:
        alone.close()
        return False
    if (beside := try_lock(files.lock("users"), fcntl.LOCK_SH)) is None:
        return False  # the supervisor has it for itself
    beside.close()
    return True


def is_full(home: Path) -> bool:
    """Whether nothing can be written there any more: no room, or no room for one more file."""
    disk = os.statvfs(home)
    return disk.f_bavail * disk.f_frsize < MIN_FREE_BYTES or (disk.f_files > 0 and disk.f_favail == 0)


@contextmanager
def explain_unusable_folder(home: Path) -> Generator[None]:
    try:
        yield
    except (OSError, RuntimeError) as error:  # a loop of links is a RuntimeError up to Python 3.12
        reason = error.strerror if isinstance(error, OSError) else "a loop of links"
        raise NeedsOperator(
            f"The folder {home} cannot be used ({reason}).",
            "Mend that, or set OUTLAST_HOME to one that can be written.",
        ) from None
