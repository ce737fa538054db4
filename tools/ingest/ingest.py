"""Ingest a folder: read every file, store its text as a snapshot, and list all files in a collection."""

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
from outlast.tools.ingest.parsing.messages import ParsedDocument, ParsedFile
from outlast.tools.ingest.parsing.parsers import ParserPool
from outlast.tools.ingest.progress import IngestProgress
from outlast.tools.retrieval.thesaurus.synonyms import read_own_groups
from outlast.tools.store.snapshots import Snapshots

BYTES_PER_PARSER = 256 * 1024
"""For fewer bytes, starting another parser process takes longer than reading them."""
CACHE_WRITE_INTERVAL = timedelta(seconds=10)
"""After kill -9, at most this much reading is repeated."""
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
    """Store the text of every readable file below `folder`, and return the manifest, which is not stored yet.

    `exclude` holds patterns as in a `.gitignore`. Files that did not change since the last ingest are not opened if
    their snapshots are still in the store, so an interrupted ingest continues where it stopped. The others are read in
    parser processes, one per core: a file that breaks its parser is skipped, with the reason.

    The collection's synonyms are read from the folder's file `.outlast-synonyms`, if it has one.

    Raises Permanent if the folder is missing, empty, or has no readable file; NeedsOperator if somebody must fix the
    store or this machine first, for example a full disk.
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
    finally:  # files that were read before an error are not read again
        if reading.files or len(cached) != len(previous):
            await asyncio.to_thread(ingest_cache.write, cached)
    results = [*(file for file in found if isinstance(file, Skipped)), *reading.temporary_skips]
    results += [result for file in cached.values() for result in file.results]
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
            f"The folder {folder} cannot be read: {describe_read_error(error)}. Check its permissions."
        ) from error
    if not found:
        but = " except excluded ones" if exclude or (root / IGNORE_FILE).exists() else ""
        raise Permanent(
            f"The folder {folder} holds no files{but}. Put documents into it "
            f"({describe_readable_kinds()}), or name another folder."
        )
    return root, found


async def _select_unchanged(
    files: Sequence[FileFound], previous: dict[str, CachedFile], snapshots: Snapshots
) -> dict[str, CachedFile]:
    """Return the cached results of the files whose state is the same and whose texts are still stored."""
    unchanged = {
        file.uri: cached for file in files if (cached := previous.get(file.uri)) and cached.state == file.state
    }
    names = {source.snapshot for cached in unchanged.values() for source in cached.sources}
    stored = await snapshots.sizes(names)
    return {
        uri: cached for uri, cached in unchanged.items() if all(source.snapshot in stored for source in cached.sources)
    }


def _skip_unopened(files: Iterable[FileFound], limits: Limits) -> Iterator[Skipped]:
    """Yield the files that are skipped by size or suffix alone: a folder may hold ten thousand photographs."""
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
    listed = "; ".join(f"{file.uri}: {file.reason}" for file in skipped[:MAX_SKIPPED_IN_MESSAGE])
    more = f"; and {len(skipped) - MAX_SKIPPED_IN_MESSAGE} more" if len(skipped) > MAX_SKIPPED_IN_MESSAGE else ""
    return (
        f"No file in the folder {folder} could be read ({listed}{more}). "
        f"Put documents into it: {describe_readable_kinds()}."
    )


class _FolderReader:
    """Reads files, the largest first, so that no large file is left to be read alone at the end."""

    def __init__(
        self,
        files: Sequence[FileFound],
        cached: dict[str, CachedFile],
        cache: IngestCache,
        snapshots: Snapshots,
        limits: Limits,
    ) -> None:
        self.files = sorted(files, key=lambda file: file.state.size_bytes, reverse=True)
        self.temporary_skips: list[Skipped] = []
        """Files skipped for a reason that may pass. They are not cached, so the next ingest tries them again."""
        self._cached = cached
        self._cache = cache
        self._written_at = time.monotonic()
        self._snapshots = snapshots
        self._limits = limits

    async def read_all(self, file_count: int, progress: Callable[[IngestProgress], None] | None) -> None:
        started_at = time.monotonic()
        bytes_to_read = sum(file.state.size_bytes for file in self.files)
        files_done, bytes_done = file_count - len(self.files), 0

        def report() -> None:
            if progress is not None:
                elapsed = timedelta(seconds=time.monotonic() - started_at)
                progress(IngestProgress(files_done, file_count, bytes_done, bytes_to_read, elapsed))

        report()
        parser_count = min(os.cpu_count() or 1, 1 + bytes_to_read // BYTES_PER_PARSER)
        pending = iter(self.files)
        async with ParserPool(parser_count, self._limits) as parsers:

            async def work() -> None:
                nonlocal files_done, bytes_done
                for file in pending:  # shared by all workers: each takes the next file of the list
                    await self._read_one(file, parsers)
                    files_done, bytes_done = files_done + 1, bytes_done + file.state.size_bytes
                    report()

            # Twice as many workers as parsers: while one stores a text, a parser already reads for another.
            workers = [asyncio.create_task(work()) for _ in range(min(2 * parser_count, len(self.files)))]
            try:
                await asyncio.gather(*workers)
            finally:
                for worker in workers:
                    worker.cancel()
                await asyncio.gather(*workers, return_exceptions=True)

    async def _read_one(self, file: FileFound, parsers: ParserPool) -> None:
        outcome, texts = await parsers.read(file)
        if isinstance(outcome, ParsedFile):
            results = await self._store_snapshots(file, outcome, texts)
        else:
            skipped = Skipped(uri=file.uri, reason=outcome.reason)
            if not outcome.lasting:
                self.temporary_skips.append(skipped)
                return
            results = (skipped,)
        self._cached[file.uri] = CachedFile(state=outcome.state, results=results)
        if time.monotonic() - self._written_at > CACHE_WRITE_INTERVAL.total_seconds():
            self._written_at = time.monotonic()
            await asyncio.to_thread(self._cache.write, dict(self._cached))

    async def _store_snapshots(
        self, file: FileFound, parsed: ParsedFile, texts: Sequence[str]
    ) -> tuple[Source | Skipped, ...]:
        documents = zip(parsed.documents, texts, strict=True)
        sources = [await self._store_snapshot(file.uri, document, text) for document, text in documents]
        refused = (Skipped(uri=f"{file.uri}#{child.name}", reason=child.reason) for child in parsed.refused)
        return (*sources, *refused)

    async def _store_snapshot(self, uri: str, document: ParsedDocument, text: str) -> Source:
        return Source(
            uri=f"{uri}#{document.name}" if document.name else uri,
            title=document.title,
            media_type=document.media_type,
            snapshot=await self._snapshots.put(text),
            headings=document.headings,
            places=document.places,
            tables=document.tables,
            losses=document.losses,
            language=document.language,
            bytes_sha256=document.bytes_sha256,
            extractor=document.extractor,
        )
