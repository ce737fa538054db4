"""The object store: a folder, or a bucket of a cloud. Each object has a key like a path."""

import asyncio
import errno
import os
import re
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import obstore
from obstore.exceptions import (
    AlreadyExistsError,
    BaseError,
    InvalidPathError,
    NotSupportedError,
    PermissionDeniedError,
    UnauthenticatedError,
    UnknownConfigurationKeyError,
)
from obstore.store import LocalStore, MemoryStore, ObjectStore, from_url

from outlast.evidence.errors import NeedsOperator, Permanent, Transient

ACCEPTED_LOCATIONS = "a folder, s3://BUCKET/PREFIX, gs://BUCKET/PREFIX or az://CONTAINER/PREFIX"
RETRY_TIMEOUT = timedelta(seconds=60)  # per request; obstore's default is three minutes
MAX_CONCURRENT_REQUESTS = 32  # many, because each request to a cloud is slow
LOOKUP_COST_RATIO = 16
"""How many times longer a request for one object takes than listing one; measured in a folder."""

OS_ERROR = re.compile(r"\(os error (\d+)\)")
DISK_ERRNOS = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EIO})
"""Errors that a retry does not fix: a full, read-only or broken disk, or an exceeded quota or file size limit."""


class MissingObject(Permanent):
    """Raised if there is no object under a key."""


def open_objects(location: str) -> ObjectStore:
    """Open the store at `location`: a folder's path, which is created if missing, or an s3://, gs:// or az:// address.

    obstore reads the keys and the region of a cloud from its usual environment variables. This does not connect yet.
    Raises Permanent for a location of another kind, NeedsOperator if it cannot be opened.
    """
    scheme, separator, _ = location.partition("://")
    if not separator:
        return _open_folder(location)
    if scheme.lower() not in ("s3", "gs", "az"):
        raise Permanent(
            f"OUTLAST_OBJECTS names a store of an unknown kind ({scheme}://). Set it to {ACCEPTED_LOCATIONS}."
        )
    try:
        return from_url(location, retry_config={"retry_timeout": RETRY_TIMEOUT})
    except (BaseError, ValueError) as error:
        raise NeedsOperator(
            f"The object store that OUTLAST_OBJECTS names ({scheme}://...) cannot be opened: {_reason(error)}.",
            f"Set OUTLAST_OBJECTS to {ACCEPTED_LOCATIONS}, and that cloud's own variables for its keys.",
        ) from error


def open_objects_to_read(location: str) -> ObjectStore:
    """Open the store for reading only: a missing folder is an empty store, and is not created."""
    return MemoryStore() if is_missing_folder(location) else open_objects(location)


def is_missing_folder(location: str) -> bool:
    """Return whether `location` is the path of a folder that does not exist yet."""
    return "://" not in location and bool(location.strip()) and not Path(location).expanduser().exists()


def _open_folder(location: str) -> ObjectStore:
    if not location.strip():
        raise Permanent(f"OUTLAST_OBJECTS is empty. Set it to {ACCEPTED_LOCATIONS}.")
    folder = Path(location).expanduser()
    try:
        return LocalStore(folder, mkdir=True)
    except (BaseError, OSError, ValueError) as error:
        raise NeedsOperator(
            f"The folder {folder} cannot be used as the object store: {_reason(error)}.",
            "Set OUTLAST_OBJECTS to a writable folder.",
        ) from error


async def put_new(store: ObjectStore, key: str, content: bytes) -> None:
    """Write an object whose key is the hash of its content. If it exists already, do nothing."""
    with _translate_errors(key):
        try:
            await obstore.put_async(store, key, content, mode="create")
        except AlreadyExistsError:
            return


async def put(store: ObjectStore, key: str, content: bytes) -> None:
    """Write or replace an object. A reader sees the old content or the new one, never a part."""
    with _translate_errors(key):
        await obstore.put_async(store, key, content, use_multipart=False)


async def get(store: ObjectStore, key: str) -> bytes:
    """Return the content of an object. Raises MissingObject if there is none."""
    with _translate_errors(key):
        result = await obstore.get_async(store, key)
        return bytes(await result.bytes_async())


async def delete(store: ObjectStore, key: str) -> None:
    with _translate_errors(key):
        await obstore.delete_async(store, key)


async def exists(store: ObjectStore, key: str) -> bool:
    try:
        with _translate_errors(key):
            await obstore.head_async(store, key)
    except MissingObject:
        return False
    return True


async def object_sizes(store: ObjectStore, prefix: str, keys: Iterable[str]) -> dict[str, int]:
    """Return the sizes in bytes of those `keys` (all below `prefix`) that exist, without reading the objects."""
    requested = set(keys)
    listed = await _list_sizes(store, prefix, requested) if len(requested) > MAX_CONCURRENT_REQUESTS else None
    return await _look_up_sizes(store, requested) if listed is None else listed


async def _list_sizes(store: ObjectStore, prefix: str, requested: set[str]) -> dict[str, int] | None:
    """Return sizes by listing all objects; None if there are so many that a request for each key is cheaper."""
    found, seen = dict[str, int](), 0
    with _translate_errors(prefix):
        pages = obstore.list(store, prefix, chunk_size=1_000)  # pyright: ignore[reportUnknownMemberType]
        async for page in pages:
            found.update((meta["path"], meta["size"]) for meta in page if meta["path"] in requested)
            seen += len(page)
            if seen > LOOKUP_COST_RATIO * len(requested):
                return None
    return found


async def _look_up_sizes(store: ObjectStore, keys: Iterable[str]) -> dict[str, int]:
    found = dict[str, int]()
    pending = iter(keys)

    async def work() -> None:
        for key in pending:  # shared by all workers: each takes the next key
            try:
                with _translate_errors(key):
                    meta = await obstore.head_async(store, key)
            except MissingObject:
                continue
            found[key] = meta["size"]

    workers = [asyncio.create_task(work()) for _ in range(MAX_CONCURRENT_REQUESTS)]
    try:
        await asyncio.gather(*workers)  # a TaskGroup would raise an ExceptionGroup, but people need one error
    finally:
        for worker in workers:
            worker.cancel()
        await asyncio.gather(*workers, return_exceptions=True)
    return found


async def list_names(store: ObjectStore, prefix: str) -> list[str]:
    """Return the last parts of the keys below `prefix`, sorted."""
    with _translate_errors(prefix):
        pages = obstore.list(store, prefix)  # pyright: ignore[reportUnknownMemberType]  # its other form needs Arrow
        found = [meta["path"] async for page in pages for meta in page]
    return sorted(path.rpartition("/")[2] for path in found)


@contextmanager
def _translate_errors(key: str) -> Generator[None]:
    """Translate the errors of obstore into those of Outlast, which say who can fix them."""
    try:
        yield
    except FileNotFoundError as error:
        raise MissingObject(f"The object {key} is not in the object store (OUTLAST_OBJECTS).") from error
    except (PermissionDeniedError, UnauthenticatedError, UnknownConfigurationKeyError, OSError) as error:
        raise NeedsOperator(
            f"The object store does not give access to {key}: {_reason(error)}.",
            "Check OUTLAST_OBJECTS and the permissions of what it names.",
        ) from error
    except (InvalidPathError, NotSupportedError, ValueError) as error:
        raise Permanent(f"The object store cannot hold {key}: {_reason(error)}.") from error
    except BaseError as error:
        number = OS_ERROR.search(str(error))  # an error of a folder; obstore has no class for it
        if number and int(number[1]) in DISK_ERRNOS:
            raise NeedsOperator(
                f"The object store does not take {key}: {os.strerror(int(number[1]))}.",
                "Free some space on the disk of OUTLAST_OBJECTS (without it: OUTLAST_HOME), or repair it; then go on.",
            ) from error
        raise Transient(f"The object store failed at {key}: {_reason(error)}.") from error


def _reason(error: Exception) -> str:
    """Return the first line, because obstore appends a dump, without credentials: what an address has before its @."""
    first = str(error).partition("\n")[0].rstrip(". ") or type(error).__name__
    return re.sub(r"//[^/\s]*@", "//", first)
