"""A folder of documents becomes a collection: every file is read, its text stored as a snapshot, and listed."""

import asyncio
import os
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import timedelta
from pathlib import Path, PurePosixPath

from obstore.store import ObjectStore

from outlast.evidence.errors import Permanent
from outlast.evidence.sources import Collection, Skipped, Source
from outlast.tools.documents.document import Unreadable
from outlast.tools.documents.reading import COMPRESSED, kinds_read, read_document, suffixes
from outlast.tools.ingest.files import FileFound, reason, walk
from outlast.tools.ingest.ignore import IGNORE_FILE
from outlast.tools.ingest.ingest_cache import KnownFile, KnownFiles
from outlast.tools.ingest.parsing.limits import Limits
from outlast.tools.ingest.parsing.messages import Parsed
from outlast.tools.ingest.parsing.parsers import Parsers
from outlast.tools.ingest.progress import Progress
from outlast.tools.retrieval.thesaurus.own import own_groups
from outlast.tools.store.snapshots import Snapshots

BYTES_A_PARSER = 256 * 1024
"""For less, another parser process takes longer to start than to read."""
KEPT_EVERY = timedelta(seconds=10)
"""So much reading, at most, is done again after kill -9."""
SKIPPED_SHOWN = 3


async def take_in(
    folder: Path,
    store: ObjectStore,
    cache: Path,
    progress: Callable[[Progress], None] | None = None,
    *,
    exclude: Sequence[str] = (),
    limits: Limits | None = None,
) -> Collection:
    """Stores the text of every readable file below `folder` and returns the manifest, which is not stored yet.

    `exclude` are patterns as in a `.gitignore`. Files that did not change since the last time are not opened, provided
    their snapshots are still in the store; so what was interrupted goes on where it was. The others are read in parser
    processes, one a core: a file that breaks its parser is skipped, with the reason.

    Words that mean the same in these documents are in the folder's file `.outlast-synonyms`, if it has one.

    Raises Permanent where the folder is missing, empty, or holds nothing that can be read; NeedsOperator where the
    store or this machine must be seen to first, such as a full disk.
    """
    root, found = await asyncio.to_thread(_files_of, folder, exclude)
    synonyms = await asyncio.to_thread(own_groups, root)
    files = [file for file in found if isinstance(file, FileFound)]
    limits = limits or Limits()
    record, snapshots = KnownFiles(root, cache, limits), Snapshots(store)
    before = await asyncio.to_thread(record.read)
    known = await _unchanged(files, before, snapshots)
    found += _refused_unopened((file for file in files if file.uri not in known), limits)
    refused = {file.uri for file in found if isinstance(file, Skipped)}
    to_read = [file for file in files if file.uri not in known and file.uri not in refused]
    reading = _Reading(to_read, known, record, snapshots, limits)
    try:
        await reading.all(len(files), progress)
    finally:  # what was read before something went wrong need not be read again
        if reading.files or len(known) != len(before):
            await asyncio.to_thread(record.write, known)
    results = [*(file for file in found if isinstance(file, Skipped)), *reading.passing]
    results += [file.result for file in known.values()]
    skipped = sorted((file for file in results if isinstance(file, Skipped)), key=lambda file: file.uri)
    sources = sorted((file for file in results if isinstance(file, Source)), key=lambda file: file.uri)
    if not sources:
        raise Permanent(_nothing_readable(folder, skipped))
    return Collection(sources=tuple(sources), skipped=tuple(skipped), synonyms=synonyms)


def _files_of(folder: Path, exclude: Sequence[str]) -> tuple[Path, list[FileFound | Skipped]]:
    try:
        root = folder.resolve(strict=True)
        found = list(walk(root, exclude))
    except FileNotFoundError as error:
        raise Permanent(f"The folder {folder} does not exist. Name a folder of documents.") from error
    except NotADirectoryError as error:
        raise Permanent(f"{folder} is not a folder. Name the folder that holds the documents.") from error
    except (OSError, RuntimeError) as error:
        raise Permanent(f"The folder {folder} cannot be read: {reason(error)}. Check its rights.") from error
    if not found:
        but = " but what is excluded" if exclude or (root / IGNORE_FILE).exists() else ""
        raise Permanent(
            f"The folder {folder} holds no files{but}. Put documents into it ({kinds_read()}), or name another."
        )
    return root, found


async def _unchanged(
    files: Sequence[FileFound], before: dict[str, KnownFile], snapshots: Snapshots
) -> dict[str, KnownFile]:
    """What is known of the files that are as they were, and whose texts are still stored."""
    same = {file.uri: known for file in files if (known := before.get(file.uri)) and known.state == file.state}
    wanted = {known.result.snapshot for known in same.values() if isinstance(known.result, Source)}
    stored = await snapshots.sizes(wanted)
    return {
        uri: known
        for uri, known in same.items()
        if isinstance(known.result, Skipped) or known.result.snapshot in stored
    }


def _refused_unopened(files: Iterable[FileFound], limits: Limits) -> Iterator[Skipped]:
    """Those that need not be opened to know that they are not read: a folder may hold ten thousand photographs."""
    for file in files:
        if file.state.size_bytes > limits.largest_bytes:
            yield Skipped(uri=file.uri, reason=limits.too_large)
            continue
        path = PurePosixPath(file.uri)
        inner = PurePosixPath(path.stem) if path.suffix.lower() == COMPRESSED else path
        if inner.suffix.lower() not in suffixes():
            try:
                read_document(file.uri, b"")
            except Unreadable as error:
                yield Skipped(uri=file.uri, reason=str(error))


def _nothing_readable(folder: Path, skipped: list[Skipped]) -> str:
    shown = "; ".join(f"{file.uri}: {file.reason}" for file in skipped[:SKIPPED_SHOWN])
    more = f"; and {len(skipped) - SKIPPED_SHOWN} more" if len(skipped) > SKIPPED_SHOWN else ""
    return f"Nothing in the folder {folder} could be read ({shown}{more}). Put documents into it: {kinds_read()}."


class _Reading:
    """Files that must be read, the largest first, so that none is left for the end alone."""

    def __init__(
        self,
        files: Sequence[FileFound],
        known: dict[str, KnownFile],
        record: KnownFiles,
        snapshots: Snapshots,
        limits: Limits,
    ) -> None:
        self.files = sorted(files, key=lambda file: file.state.size_bytes, reverse=True)
        self.passing: list[Skipped] = []
        """Skipped for a reason that may be another next time, so they are not kept."""
        self._known = known
        self._record = record
        self._kept = time.monotonic()
        self._snapshots = snapshots
        self._limits = limits

    async def all(self, of: int, progress: Callable[[Progress], None] | None) -> None:
        began = time.monotonic()
        size, size_done, done = sum(file.state.size_bytes for file in self.files), 0, of - len(self.files)

        def tell() -> None:
            if progress is not None:
                elapsed = timedelta(seconds=time.monotonic() - began)
                progress(Progress(done, of, size_done, size, elapsed))

        tell()
        most = min(os.cpu_count() or 1, 1 + size // BYTES_A_PARSER)
        waiting = iter(self.files)
        async with Parsers(most, self._limits) as parsers:

            async def work() -> None:
                nonlocal done, size_done
                for file in waiting:  # shared: each worker takes the next file that nobody has taken
                    await self._one(file, parsers)
                    done, size_done = done + 1, size_done + file.state.size_bytes
                    tell()

            # Twice as many as parsers: while one stores a text, its parser reads for another.
            workers = [asyncio.create_task(work()) for _ in range(min(2 * most, len(self.files)))]
            try:
                await asyncio.gather(*workers)
            finally:
                for worker in workers:
                    worker.cancel()
                await asyncio.gather(*workers, return_exceptions=True)

    async def _one(self, file: FileFound, parsers: Parsers) -> None:
        outcome, text = await parsers.read(file)
        if isinstance(outcome, Parsed):
            result = await self._stored(file, outcome, text)
        else:
            result = Skipped(uri=file.uri, reason=outcome.reason)
            if not outcome.lasting:
                self.passing.append(result)
                return
        self._known[file.uri] = KnownFile(state=outcome.state, result=result)
        if time.monotonic() - self._kept > KEPT_EVERY.total_seconds():
            self._kept = time.monotonic()
            await asyncio.to_thread(self._record.write, dict(self._known))

    async def _stored(self, file: FileFound, parsed: Parsed, text: str) -> Source:
        return Source(
            uri=file.uri,
            title=parsed.title,
            media_type=parsed.media_type,
            snapshot=await self._snapshots.put(text),
            headings=parsed.headings,
            places=parsed.places,
            bytes_sha256=parsed.bytes_sha256,
            extractor=parsed.extractor,
        )
