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
from outlast.tools.documents.reading import GZIP_SUFFIX, describe_readable_kinds, read_document, suffixes
from outlast.tools.ingest.files import FileFound, describe_read_error, walk
from outlast.tools.ingest.ignore import IGNORE_FILE
from outlast.tools.ingest.ingest_cache import CachedFile, IngestCache
from outlast.tools.ingest.parsing.limits import Limits
from outlast.tools.ingest.parsing.messages import ParsedFile
from outlast.tools.ingest.parsing.parsers import ParserPool
from outlast.tools.ingest.progress import IngestProgress
from outlast.tools.retrieval.thesaurus.synonyms import read_own_groups
from outlast.tools.store.snapshots import Snapshots

BYTES_PER_PARSER = 256 * 1024
"""For less, another parser process takes longer to start than to read."""
CACHE_WRITE_INTERVAL = timedelta(seconds=10)
"""So much reading, at most, is done again after kill -9."""
MAX_SKIPPED_IN_MESSAGE = 3


async def ingest_folder(
    folder: Path,
    store: ObjectStore,
    cache: Path,
    progress: Callable[[IngestProgress], None] | None = None,
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
    root, found = await asyncio.to_thread(_find_files, folder, exclude)
    synonyms = await asyncio.to_thread(read_own_groups, root)
    files = [file for file in found if isinstance(file, FileFound)]
    limits = limits or Limits()
    ingest_cache, snapshots = IngestCache(root, cache, limits), Snapshots(store)
    previous = await asyncio.to_thread(ingest_cache.read)
    cached = await _select_unchanged(files, previous, snapshots)
    found += _skip_unopened((file for file in files if file.uri not in cached), limits)
    refused = {file.uri for file in found if isinstance(file, Skipped)}
    to_read = [file for file in files if file.uri not in cached and file.uri not in refused]
    reading = _FolderReader(to_read, cached, ingest_cache, snapshots, limits)
    try:
        await reading.read_all(len(files), progress)
    finally:  # what was read before something went wrong need not be read again
        if reading.files or len(cached) != len(previous):
            await asyncio.to_thread(ingest_cache.write, cached)
    results = [*(file for file in found if isinstance(file, Skipped)), *reading.temporary_skips]
    results += [file.result for file in cached.values()]
    skipped = sorted((file for file in results if isinstance(file, Skipped)), key=lambda file: file.uri)
    sources = sorted((file for file in results if isinstance(file, Source)), key=lambda file: file.uri)
    if not sources:
        raise Permanent(_nothing_readable_message(folder, skipped))
    return Collection(sources=tuple(sources), skipped=tuple(skipped), synonyms=synonyms)


def _find_files(folder: Path, exclude: Sequence[str]) -> tuple[Path, list[FileFound | Skipped]]:
    try:
        root = folder.resolve(strict=True)
        found = list(walk(root, exclude))
    except FileNotFoundError as error:
        raise Permanent(f"The folder {folder} does not exist. Name a folder of documents.") from error
    except NotADirectoryError as error:
        raise Permanent(f"{folder} is not a folder. Name the folder that holds the documents.") from error
    except (OSError, RuntimeError) as error:
        raise Permanent(
            f"The folder {folder} cannot be read: {describe_read_error(error)}. Check its rights."
        ) from error
    if not found:
        but = " but what is excluded" if exclude or (root / IGNORE_FILE).exists() else ""
        raise Permanent(
            f"The folder {folder} holds no files{but}. Put documents into it "
            f"({describe_readable_kinds()}), or name another."
        )
    return root, found


async def _select_unchanged(
    files: Sequence[FileFound], before: dict[str, CachedFile], snapshots: Snapshots
) -> dict[str, CachedFile]:
    """What is known of the files that are as they were, and whose texts are still stored."""
    same = {file.uri: known for file in files if (known := before.get(file.uri)) and known.state == file.state}
    wanted = {known.result.snapshot for known in same.values() if isinstance(known.result, Source)}
    stored = await snapshots.sizes(wanted)
    return {
        uri: known
        for uri, known in same.items()
        if isinstance(known.result, Skipped) or known.result.snapshot in stored
    }


def _skip_unopened(files: Iterable[FileFound], limits: Limits) -> Iterator[Skipped]:
    """Those that need not be opened to know that they are not read: a folder may hold ten thousand photographs."""
    for file in files:
        if file.state.size_bytes > limits.largest_bytes:
            yield Skipped(uri=file.uri, reason=limits.too_large_reason)
            continue
        path = PurePosixPath(file.uri)
        inner = PurePosixPath(path.stem) if path.suffix.lower() == GZIP_SUFFIX else path
        if inner.suffix.lower() not in suffixes():
            try:
                read_document(file.uri, b"")
            except Unreadable as error:
                yield Skipped(uri=file.uri, reason=str(error))


def _nothing_readable_message(folder: Path, skipped: list[Skipped]) -> str:
    shown = "; ".join(f"{file.uri}: {file.reason}" for file in skipped[:MAX_SKIPPED_IN_MESSAGE])
    more = f"; and {len(skipped) - MAX_SKIPPED_IN_MESSAGE} more" if len(skipped) > MAX_SKIPPED_IN_MESSAGE else ""
    return (
        f"Nothing in the folder {folder} could be read ({shown}{more}). "
        f"Put documents into it: {describe_readable_kinds()}."
    )


class _FolderReader:
    """Files that must be read, the largest first, so that none is left for the end alone."""

    def __init__(
        self,
        files: Sequence[FileFound],
        known: dict[str, CachedFile],
        record: IngestCache,
        snapshots: Snapshots,
        limits: Limits,
    ) -> None:
        self.files = sorted(files, key=lambda file: file.state.size_bytes, reverse=True)
        self.temporary_skips: list[Skipped] = []
        """Skipped for a reason that may be another next time, so they are not kept."""
        self._cached = known
        self._cache = record
        self._written_at = time.monotonic()
        self._snapshots = snapshots
        self._limits = limits

    async def read_all(self, file_count: int, progress: Callable[[IngestProgress], None] | None) -> None:
        began = time.monotonic()
        size, size_done, done = sum(file.state.size_bytes for file in self.files), 0, file_count - len(self.files)

        def report() -> None:
            if progress is not None:
                elapsed = timedelta(seconds=time.monotonic() - began)
                progress(IngestProgress(done, file_count, size_done, size, elapsed))

        report()
        parser_count = min(os.cpu_count() or 1, 1 + size // BYTES_PER_PARSER)
        waiting = iter(self.files)
        async with ParserPool(parser_count, self._limits) as parsers:

            async def work() -> None:
                nonlocal done, size_done
                for file in waiting:  # shared: each worker takes the next file that nobody has taken
                    await self._read_one(file, parsers)
                    done, size_done = done + 1, size_done + file.state.size_bytes
                    report()

            # Twice as many as parsers: while one stores a text, its parser reads for another.
            workers = [asyncio.create_task(work()) for _ in range(min(2 * parser_count, len(self.files)))]
            try:
                await asyncio.gather(*workers)
            finally:
                for worker in workers:
                    worker.cancel()
                await asyncio.gather(*workers, return_exceptions=True)

    async def _read_one(self, file: FileFound, parsers: ParserPool) -> None:
        outcome, text = await parsers.read(file)
        if isinstance(outcome, ParsedFile):
            result = await self._store_snapshot(file, outcome, text)
        else:
            result = Skipped(uri=file.uri, reason=outcome.reason)
            if not outcome.lasting:
                self.temporary_skips.append(result)
                return
        self._cached[file.uri] = CachedFile(state=outcome.state, result=result)
        if time.monotonic() - self._written_at > CACHE_WRITE_INTERVAL.total_seconds():
            self._written_at = time.monotonic()
            await asyncio.to_thread(self._cache.write, dict(self._cached))

    async def _store_snapshot(self, file: FileFound, parsed: ParsedFile, text: str) -> Source:
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
