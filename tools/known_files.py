"""What an earlier taking in learned of the files of a folder, so that an unchanged file costs no more than a stat."""

import contextlib
import logging
import os
from pathlib import Path

from pydantic import ValidationError

from evidence.sources import Skipped, Source, Value, sha256
from tools.documents.reading import extractors

VERSION = "1"

log = logging.getLogger(__name__)


class FileState(Value):
    """A file whose state is the same has the same content, as far as anybody can tell without reading it."""

    size_bytes: int
    mtime_ns: int
    inode: int

    @classmethod
    def of(cls, status: os.stat_result) -> "FileState":
        return cls(size_bytes=status.st_size, mtime_ns=status.st_mtime_ns, inode=status.st_ino)


class KnownFile(Value):
    state: FileState
    result: Source | Skipped


class _Record(Value):
    version: str
    files: dict[str, KnownFile]


class KnownFiles:
    """The record of one folder, a file in the cache. A damaged or old record is none: the files are read again."""

    def __init__(self, folder: Path, cache: Path) -> None:
        self._file = cache / "folders" / f"{sha256(os.fsencode(folder))}.json"
        # A new version of any reader may read differently, or read what it did not before.
        self._version = " ".join((VERSION, *extractors()))

    def read(self) -> dict[str, KnownFile]:
        try:
            record = _Record.model_validate_json(self._file.read_bytes())
        except FileNotFoundError:
            return {}
        except (OSError, ValidationError):
            log.warning("The record of a folder's files (%s) cannot be read; they are read again.", self._file)
            return {}
        return record.files if record.version == self._version else {}

    def write(self, files: dict[str, KnownFile]) -> None:
        """Whole or not at all. A cache that cannot be written costs time, nothing else."""
        content = _Record(version=self._version, files=files).model_dump_json()
        beside = self._file.with_suffix(f".{os.getpid()}.tmp")
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            beside.write_text(content, encoding="utf-8")
            beside.replace(self._file)
        except OSError as error:
            log.warning("The record of a folder's files cannot be written: %s", error)
            with contextlib.suppress(OSError):
                beside.unlink(missing_ok=True)
