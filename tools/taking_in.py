"""A folder of documents becomes a collection: every file is read, its text stored as a snapshot, and listed."""

import asyncio
import os
from collections.abc import Callable
from pathlib import Path

from obstore.store import ObjectStore

from evidence.errors import Permanent
from evidence.sources import Collection, Skipped, Source, sha256
from tools.documents.document import Document, Unreadable
from tools.documents.reading import kinds_read, read_document
from tools.known_files import FileState, KnownFile, KnownFiles
from tools.snapshots import Snapshots
from tools.walking import FileFound, reason, walk

AT_ONCE = 8  # files; each is in memory as a whole
LARGEST_BYTES = 64 * 1024 * 1024
SKIPPED_SHOWN = 3

Progress = Callable[[int, int], None]
"""Called with how many files are done, and of how many."""


async def take_in(folder: Path, store: ObjectStore, cache: Path, progress: Progress | None = None) -> Collection:
    """Stores the text of every readable file below `folder` and returns the manifest, which is not stored yet.

    Files that did not change since the last time are not opened, provided their snapshots are still in the store.
    Raises Permanent where the folder is missing, empty, or holds nothing that can be read.
    """
    root, found = await asyncio.to_thread(_files_of, folder)
    known = KnownFiles(root, cache)
    taking = _TakingIn(Snapshots(store), await asyncio.to_thread(known.read))
    skipped = [file for file in found if isinstance(file, Skipped)]
    files = [file for file in found if isinstance(file, FileFound)]
    results = await taking.all(files, progress)
    await asyncio.to_thread(known.write, taking.learned)
    sources = [result for result in results if isinstance(result, Source)]
    skipped += [result for result in results if isinstance(result, Skipped)]
    skipped.sort(key=lambda file: file.uri)
    if not sources:
        raise Permanent(_nothing_readable(folder, skipped))
    return Collection(sources=tuple(sorted(sources, key=lambda source: source.uri)), skipped=tuple(skipped))


def _files_of(folder: Path) -> tuple[Path, list[FileFound | Skipped]]:
    try:
        root = folder.resolve(strict=True)
        found = list(walk(root))
    except FileNotFoundError as error:
        raise Permanent(f"The folder {folder} does not exist. Name a folder of documents.") from error
    except NotADirectoryError as error:
        raise Permanent(f"{folder} is not a folder. Name the folder that holds the documents.") from error
    except (OSError, RuntimeError) as error:
        raise Permanent(f"The folder {folder} cannot be read: {reason(error)}. Check its rights.") from error
    if not found:
        raise Permanent(f"The folder {folder} holds no files. Put documents into it ({kinds_read()}), or name another.")
    return root, found


def _nothing_readable(folder: Path, skipped: list[Skipped]) -> str:
    shown = "; ".join(f"{file.uri}: {file.reason}" for file in skipped[:SKIPPED_SHOWN])
    more = f"; and {len(skipped) - SKIPPED_SHOWN} more" if len(skipped) > SKIPPED_SHOWN else ""
    return f"Nothing in the folder {folder} could be read ({shown}{more}). Put documents into it: {kinds_read()}."


class _TakingIn:
    def __init__(self, snapshots: Snapshots, known: dict[str, KnownFile]) -> None:
        self._snapshots = snapshots
        self._known = known
        self.learned: dict[str, KnownFile] = {}

    async def all(self, files: list[FileFound], progress: Progress | None) -> list[Source | Skipped]:
        results: list[Source | Skipped] = []
        waiting = iter(files)

        async def work() -> None:
            for file in waiting:  # shared: each worker takes the next file that nobody has taken
                results.append(await self._one(file))
                if progress is not None:
                    progress(len(results), len(files))

        workers = [asyncio.create_task(work()) for _ in range(min(AT_ONCE, len(files)))]
        try:
            await asyncio.gather(*workers)
        finally:
            for worker in workers:
                worker.cancel()
            await asyncio.gather(*workers, return_exceptions=True)
        return results

    async def _one(self, file: FileFound) -> Source | Skipped:
        result = await self._unchanged(file) or await self._read(file)
        if isinstance(result, Skipped):
            return result
        self.learned[file.uri] = result
        return result.result

    async def _unchanged(self, file: FileFound) -> KnownFile | None:
        known = self._known.get(file.uri)
        if known is None:
            return None
        try:
            if FileState.of(file.path.stat()) != known.state:
                return None
        except OSError:
            return None
        stored = isinstance(known.result, Skipped) or await self._snapshots.has(known.result.snapshot)
        return known if stored else None

    async def _read(self, file: FileFound) -> KnownFile | Skipped:
        """What is to be remembered of the file; a Skipped alone where its state is not known or rights may change."""
        try:
            state, outcome = await asyncio.to_thread(_open_and_read, file)
        except OSError as error:
            return Skipped(uri=file.uri, reason=reason(error))
        if isinstance(outcome, Skipped):
            return KnownFile(state=state, result=outcome)
        document, bytes_sha256 = outcome
        source = Source(
            uri=file.uri,
            title=document.title,
            media_type=document.media_type,
            snapshot=await self._snapshots.put(document.text),
            headings=document.headings,
            places=document.places,
            bytes_sha256=bytes_sha256,
            extractor=document.extractor,
        )
        return KnownFile(state=state, result=source)


def _open_and_read(file: FileFound) -> tuple[FileState, Skipped | tuple[Document, str]]:
    with file.path.open("rb") as opened:
        # The state before reading: if the file changes meanwhile, its state is another and it is read again next time.
        status = os.fstat(opened.fileno())
        state = FileState.of(status)
        if status.st_size > LARGEST_BYTES:
            return state, Skipped(uri=file.uri, reason=f"it is larger than {LARGEST_BYTES >> 20} MB")
        content = opened.read()
    try:
        return state, (read_document(file.uri, content), sha256(content))
    except Unreadable as error:
        return state, Skipped(uri=file.uri, reason=str(error))
