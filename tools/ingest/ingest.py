"""Ingest folders and files: read every file, store its text as a snapshot, and list all files in a collection."""

import asyncio
import os
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import timedelta
from pathlib import Path, PurePosixPath

from obstore.store import ObjectStore

from outlast.evidence.errors import Permanent
from outlast.evidence.sources import Collection, Skipped, Source
from outlast.tools.documents.kinds import reason_unopened
from outlast.tools.documents.reading import describe_readable_kinds, known_suffixes
from outlast.tools.ingest.files import FileFound
from outlast.tools.ingest.ignore import IGNORE_FILE
from outlast.tools.ingest.ingest_cache import CachedFile, IngestCache
from outlast.tools.ingest.parsing.limits import MAILBOX_START, Limits
from outlast.tools.ingest.parsing.messages import ParsedDocument, ParsedFile
from outlast.tools.ingest.parsing.parsers import ParserPool
from outlast.tools.ingest.progress import IngestProgress
from outlast.tools.ingest.roots import Root, describe_given, find_roots
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
    """Ingest one folder, or one file, as `ingest_documents` does."""
    return await ingest_documents([folder], store, cache, progress, exclude=exclude, limits=limits)


async def ingest_documents(
    given: Sequence[Path],
    store: ObjectStore,
    cache: Path,
    progress: Callable[[IngestProgress], None] | None = None,
    *,
    exclude: Sequence[str] = (),
    limits: Limits | None = None,
) -> Collection:
    """Store the text of the given files and of every readable file below the given folders.

    Return the manifest, which is not stored yet. If several are given, the uri of a document begins with the name of
    its folder. `exclude` holds patterns as in a `.gitignore`; they do not apply to files that are given themselves.

    Files that did not change since the last ingest are not opened if their snapshots are still in the store, so an
    interrupted ingest continues where it stopped. The others are read in parser processes, one per core: a file that
    breaks its parser is skipped, with the reason.

    The collection's synonyms are read from the folders' files `.outlast-synonyms`, if they have one.

    Raises Permanent if a folder or file is missing, a folder is empty, or nothing is readable; NeedsOperator if
    somebody must fix the store or this machine first, for example a full disk.
    """
    sources, skipped, synonyms = list[Source](), list[Skipped](), list[tuple[str, ...]]()
    for root, found in await asyncio.to_thread(_find_all, given, exclude):
        for result in await _ingest_root(root, found, store, cache, progress=progress, limits=limits or Limits()):
            if isinstance(result, Source):
                sources.append(result)
            else:
                skipped.append(result)
        if not root.files:
            synonyms += await asyncio.to_thread(read_own_groups, root.folder)
    sources.sort(key=lambda source: source.uri)
    skipped.sort(key=lambda file: file.uri)
    if not sources:
        raise Permanent(_nothing_readable_message(given, skipped))
    return Collection(sources=tuple(sources), skipped=tuple(skipped), synonyms=tuple(synonyms))


def _find_all(given: Sequence[Path], exclude: Sequence[str]) -> list[tuple[Root, list[FileFound | Skipped]]]:
    """Find the files of each root, in the order in which they were named. A file is found once, in the widest folder.

    Raises Permanent if a folder or file is missing, or a folder is empty.
    """
    roots, found = find_roots(given), dict[int, list[FileFound | Skipped]]()
    known = set[Path]()
    for number in sorted(
        range(len(roots)), key=lambda each: (bool(roots[each].files), len(roots[each].folder.parts), each)
    ):
        root = roots[number]
        files = root.find(exclude)
        if not files:
            raise Permanent(_no_files_message(root, exclude))
        paths = [root.folder / file.uri for file in files]
        found[number] = [file for file, path in zip(files, paths, strict=True) if path not in known]
        known.update(paths)
    return [(root, found[number]) for number, root in enumerate(roots)]


async def _ingest_root(
    root: Root,
    found: list[FileFound | Skipped],
    store: ObjectStore,
    cache: Path,
    *,
    progress: Callable[[IngestProgress], None] | None,
    limits: Limits,
) -> list[Source | Skipped]:
    files = [file for file in found if isinstance(file, FileFound)]
    ingest_cache, snapshots = IngestCache(root.key, cache, limits), Snapshots(store)
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
    skipped = [*(file for file in found if isinstance(file, Skipped)), *reading.temporary_skips]
    results = [(name, result) for name, file in cached.items() for result in file.results]
    named = [*((file.uri, file) for file in skipped), *results]
    if not root.files and not root.prefix:
        return [result for _, result in named]
    return [result.model_copy(update={"uri": root.uri_of(result.uri, name)}) for name, result in named]


def _no_files_message(root: Root, exclude: Sequence[str]) -> str:
    but = " except excluded ones" if exclude or (root.folder / IGNORE_FILE).exists() else ""
    return (
        f"The folder {root.given} holds no files{but}. Put documents into it "
        f"({describe_readable_kinds()}), or name another folder."
    )


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
        if file.state.size_bytes > limits.largest(file.uri) and not _may_be_mailbox(file, limits):
            yield Skipped(uri=file.uri, reason=limits.too_large_reason(file.uri))
            continue
        if reason := reason_unopened(file.uri, known_suffixes()):
            yield Skipped(uri=file.uri, reason=reason)


def _may_be_mailbox(file: FileFound, limits: Limits) -> bool:
    """Return whether the file is not too large for a mailbox, and has no suffix that says that it is something else."""
    return file.state.size_bytes <= limits.largest("", MAILBOX_START) and PurePosixPath(file.uri).suffix == ""


def _nothing_readable_message(given: Sequence[Path], skipped: list[Skipped]) -> str:
    kinds = describe_readable_kinds()
    if len(given) == 1 and not given[0].is_dir():
        return f"{given[0]} could not be read: {skipped[0].reason}. Name a document of another kind: {kinds}."
    folder = f"the folder {given[0]}" if len(given) == 1 else describe_given(given)
    listed = "; ".join(f"{file.uri}: {file.reason}" for file in skipped[:MAX_SKIPPED_IN_MESSAGE])
    more = f"; and {len(skipped) - MAX_SKIPPED_IN_MESSAGE} more" if len(skipped) > MAX_SKIPPED_IN_MESSAGE else ""
    return f"No file in {folder} could be read ({listed}{more}). Put documents into it: {kinds}."


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
        refused = (
            Skipped(uri=f"{file.uri}#{child.name}" if child.name else file.uri, reason=child.reason)
            for child in parsed.refused
        )
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
