"""The files of a folder, in order, and the reasons why some of them cannot be read."""

import os
import stat
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from outlast.evidence.sources import Skipped
from outlast.evidence.text import safe_address
from outlast.tools.ingest.file_state import FileState
from outlast.tools.ingest.ignore import IgnoreRules


@dataclass(frozen=True)
class FileFound:
    """A regular file. `uri` is its path inside the folder, with forward slashes; `state` is of when it was found."""

    uri: str
    path: Path
    state: FileState


def walk(folder: Path, exclude: Sequence[str] = ()) -> Iterator[FileFound | Skipped]:
    """Yield every file below `folder` (a resolved path), sorted by name in each folder.

    Hidden files and folders are left out without a report, and so is what `exclude` or an `.outlastignore` file names.
    A link to a file inside the folder is yielded as one more file; a link to a file outside is skipped. Links to
    folders are not followed: files inside the folder are found at their own place, and so no loop is possible.
    """
    pending = [("", folder, IgnoreRules.of(exclude))]
    while pending:
        prefix, current, parent_rules = pending.pop()
        try:
            with os.scandir(current) as scanned:
                entries = sorted(scanned, key=lambda entry: entry.name)
        except OSError as error:
            if current == folder:
                raise
            yield Skipped(uri=visible_name(prefix), reason=describe_read_error(error))
            continue
        rules = parent_rules.with_ignore_file(current, prefix)
        for entry in entries:
            if entry.name.startswith("."):
                continue
            uri = prefix + entry.name
            if entry.is_dir(follow_symlinks=False):
                if not rules.ignores(f"{uri}/"):
                    pending.append((f"{uri}/", Path(entry.path), rules))
            elif not rules.ignores(uri):
                yield from _examine_file(entry, uri, folder)


def _examine_file(entry: os.DirEntry[str], uri: str, folder: Path) -> Iterator[FileFound | Skipped]:
    if problem := _name_problem(uri):
        yield Skipped(uri=visible_name(uri), reason=problem)
        return
    is_link = entry.is_symlink()
    try:
        target = Path(entry.path).resolve(strict=True) if is_link else None
        status = target.stat() if target else entry.stat(follow_symlinks=False)
    except (OSError, RuntimeError) as error:  # a loop of links is a RuntimeError up to Python 3.12
        yield Skipped(uri=uri, reason="it is a link that leads nowhere" if is_link else describe_read_error(error))
        return
    if target and not target.is_relative_to(folder):
        yield Skipped(uri=uri, reason="it is a link that leads out of the folder")
    elif stat.S_ISREG(status.st_mode):
        yield FileFound(uri, Path(entry.path), FileState.of(status))
    elif not stat.S_ISDIR(status.st_mode):  # a pipe or a device: opening it could block for ever
        yield Skipped(uri=uri, reason="it is not a regular file")


def find_file(path: Path) -> FileFound | Skipped:
    """Return a file that was named itself, by its resolved path, or why it cannot be read. Raises OSError."""
    if problem := _name_problem(path.name):
        return Skipped(uri=visible_name(path.name), reason=problem)
    status = path.stat()
    if not stat.S_ISREG(status.st_mode):
        return Skipped(uri=path.name, reason="it is not a regular file")
    return FileFound(path.name, path, FileState.of(status))


def describe_read_error(error: Exception) -> str:
    """Return the reason why a file could not be read, without its path: messages show the path beside it."""
    if isinstance(error, PermissionError):
        return "reading it is not permitted"
    if isinstance(error, OSError) and error.strerror:
        return f"it cannot be read ({error.strerror})"
    return "it cannot be read"


def _name_problem(uri: str) -> str:
    """Return why a manifest or a report cannot hold that name; empty if it can."""
    if uri.isascii() and uri.isprintable():
        return ""
    kinds = {unicodedata.category(character) for character in uri}
    if "Cs" in kinds:  # bytes that are not UTF-8 arrive as lone surrogates
        return "its name is not in UTF-8"
    if not kinds.isdisjoint(("Cc", "Zl", "Zp")):
        return "its name has a line break or another control character in it"
    return ""


def visible_name(uri: str) -> str:
    """Return the name with a visible symbol for each control character, and U+FFFD for bytes that are not UTF-8."""
    decoded = os.fsencode(uri).decode(errors="replace")
    return "".join(_visible_character(character) for character in decoded)


def _visible_character(character: str) -> str:
    if character < " ":
        return chr(0x2400 + ord(character))
    return safe_address(character) if unicodedata.category(character) in ("Cc", "Zl", "Zp") else character
