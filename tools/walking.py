"""The files of a folder, in order, and what keeps any of them from being read."""

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from evidence.sources import Skipped


@dataclass(frozen=True)
class FileFound:
    """`uri` is the path inside the folder, with forward slashes."""

    uri: str
    path: Path


def walk(folder: Path) -> Iterator[FileFound | Skipped]:
    """Every file below `folder` (a resolved path), sorted by name in each folder.

    Hidden files and folders are passed over in silence. A link to a file inside the folder is that file once more; a
    link that leads out is skipped. Links to folders are not followed: inside, their files are found where they are, and
    so no loop is possible.
    """
    waiting = [folder]
    while waiting:
        here = waiting.pop()
        try:
            with os.scandir(here) as scanned:
                entries = sorted(scanned, key=lambda entry: entry.name)
        except OSError as error:
            if here == folder:
                raise
            yield Skipped(uri=f"{_uri(here, folder)}/", reason=reason(error))
            continue
        for entry in entries:
            if not entry.name.startswith("."):
                if entry.is_dir(follow_symlinks=False):
                    waiting.append(Path(entry.path))
                else:
                    yield from _file(Path(entry.path), folder)


def _file(path: Path, folder: Path) -> Iterator[FileFound | Skipped]:
    uri = _uri(path, folder)
    try:
        path.name.encode()
        target = path.resolve(strict=True)
        kind = target.stat().st_mode
    except UnicodeEncodeError:
        yield Skipped(uri=uri, reason="its name is not in UTF-8")
    except (OSError, RuntimeError) as error:  # a loop of links is a RuntimeError up to Python 3.12
        broken = path.is_symlink()
        yield Skipped(uri=uri, reason="it is a link that leads nowhere" if broken else reason(error))
    else:
        if not target.is_relative_to(folder):
            yield Skipped(uri=uri, reason="it is a link that leads out of the folder")
        elif stat.S_ISREG(kind):
            yield FileFound(uri, path)
        elif not stat.S_ISDIR(kind):  # a pipe or a device: opening it could wait for ever
            yield Skipped(uri=uri, reason="it is not a regular file")


def reason(error: Exception) -> str:
    """Why a file could not be read, for people; without its path, which stands beside it."""
    if isinstance(error, PermissionError):
        return "reading it is not permitted"
    if isinstance(error, OSError) and error.strerror:
        return f"it cannot be read ({error.strerror})"
    return "it cannot be read"


def _uri(path: Path, folder: Path) -> str:
    # A name that is no UTF-8 arrives with lone surrogates, which no manifest can hold.
    return os.fsencode(path.relative_to(folder).as_posix()).decode(errors="replace")
