"""The results of earlier ingests of a folder, so that an unchanged file costs only a `stat` call."""

import contextlib
import logging
import os
import threading
from pathlib import Path

from pydantic import ValidationError

from outlast.evidence.sources import Skipped, Source, Value, sha256
from outlast.tools.documents.reading import extractors
from outlast.tools.ingest.file_state import FileState
from outlast.tools.ingest.parsing.limits import Limits

CACHE_VERSION = "3"

log = logging.getLogger(__name__)


class CachedFile(Value):
    """The results of ingesting one file, which may have documents in it, and the state that the file had then."""

    state: FileState
    results: tuple[Source | Skipped, ...]

    @property
    def sources(self) -> tuple[Source, ...]:
        return tuple(result for result in self.results if isinstance(result, Source))


class _CacheContent(Value):
    version: str
    files: dict[str, CachedFile]


class IngestCache:
    """The record of one folder: a file in the cache. A damaged or old record is ignored, and files are read again."""

    def __init__(self, folder: Path, cache: Path, limits: Limits) -> None:
        self._file = cache / "folders" / f"{sha256(os.fsencode(folder))}.json"
        # A new version of a reader may give another text, or read files that it refused before; so may a higher limit.
        self._version = " ".join((CACHE_VERSION, limits.model_dump_json(), *extractors()))
        self._lock = threading.Lock()  # a cancelled write may still run in its thread when the last write begins

    def read(self) -> dict[str, CachedFile]:
        """Return the recorded files by their uris; none if there is no usable record."""
        try:
            record = _CacheContent.model_validate_json(self._file.read_bytes())
        except FileNotFoundError:
            return {}
        except (OSError, ValidationError):
            log.warning("The record of a folder's files (%s) cannot be read, so they are read again.", self._file)
            return {}
        return record.files if record.version == self._version else {}

    def write(self, files: dict[str, CachedFile]) -> None:
        """Replace the record completely or not at all. A failure is only logged: a missing record costs only time."""
        content = _CacheContent(version=self._version, files=files).model_dump_json()
        temporary_file = self._file.with_suffix(f".{os.getpid()}.tmp")
        with self._lock:
            try:
                self._file.parent.mkdir(parents=True, exist_ok=True)
                temporary_file.write_text(content, encoding="utf-8")
                temporary_file.replace(self._file)
            except OSError as error:
                log.warning("The record of a folder's files cannot be written, so they will be read again: %s", error)
                with contextlib.suppress(OSError):
                    temporary_file.unlink(missing_ok=True)
