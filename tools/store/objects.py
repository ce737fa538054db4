"""The object store: a folder, or a bucket at a cloud. What lies there has a key like a path."""

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
RETRY_TIMEOUT = timedelta(seconds=60)  # obstore's own is three minutes a request
MAX_CONCURRENT_REQUESTS = 32  # requests; a cloud takes its time for each
LOOKUP_COST_RATIO = 16
"""Asking for one object takes so many times as long as listing one; measured in a folder."""

OS_ERROR = re.compile(r"\(os error (\d+)\)")
DISK_ERRNOS = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EIO})
"""What trying again does not mend: a full disk, a used up quota or limit, one mounted for reading, a broken one."""


class MissingObject(Permanent):
    """There is no object under that key."""


def open_objects(location: str) -> ObjectStore:
    """The store at `location`: the path of a folder, which is made when missing, or an s3://, gs:// or az:// address.

    Keys and regions of a cloud come from its usual environment variables, which obstore reads. Nothing is connected to
    yet. Raises Permanent for a location of another kind, NeedsOperator where it cannot be opened.
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
    """The same, for who only looks: a folder that is not there is an empty store, and is not made."""
    return MemoryStore() if is_missing_folder(location) else open_objects(location)


def is_missing_folder(location: str) -> bool:
    """Whether it is the path of a folder that opening would make."""
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
            "Set OUTLAST_OBJECTS to a folder that may be written.",
        ) from error


async def put_new(store: ObjectStore, key: str, content: bytes) -> None:
    """For keys that name their content: where the object exists already, there is nothing to do."""
    with _translate_errors(key):
        try:
            await obstore.put_async(store, key, content, mode="create")
        except AlreadyExistsError:
            return


async def put(store: ObjectStore, key: str, content: bytes) -> None:
    """Writes or replaces; a reader sees the old content or the new, never a part."""
    with _translate_errors(key):
        await obstore.put_async(store, key, content, use_multipart=False)


async def get(store: ObjectStore, key: str) -> bytes:
    """Raises Missing where there is no such object."""
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
    """The sizes in bytes of those objects below `prefix` that are there, without reading them."""
    wanted = set(keys)
    listed = await _list_sizes(store, prefix, wanted) if len(wanted) > MAX_CONCURRENT_REQUESTS else None
    return await _look_up_sizes(store, wanted) if listed is None else listed


async def _list_sizes(store: ObjectStore, prefix: str, wanted: set[str]) -> dict[str, int] | None:
    """A list costs little an object, but names all; None where there are so many that asking for each is cheaper."""
    found, seen = dict[str, int](), 0
    with _translate_errors(prefix):
        pages = obstore.list(store, prefix, chunk_size=1_000)  # pyright: ignore[reportUnknownMemberType]
        async for page in pages:
            found.update((meta["path"], meta["size"]) for meta in page if meta["path"] in wanted)
            seen += len(page)
            if seen > LOOKUP_COST_RATIO * len(wanted):
                return None
    return found


async def _look_up_sizes(store: ObjectStore, wanted: Iterable[str]) -> dict[str, int]:
    found = dict[str, int]()
    waiting = iter(wanted)

    async def work() -> None:
        for key in waiting:  # shared: each worker takes the next key that nobody has taken
            try:
                with _translate_errors(key):
                    meta = await obstore.head_async(store, key)
            except MissingObject:
                continue
            found[key] = meta["size"]

    workers = [asyncio.create_task(work()) for _ in range(MAX_CONCURRENT_REQUESTS)]
    try:
        await asyncio.gather(*workers)  # a TaskGroup would raise a group of errors, and one is meant for people
    finally:
        for worker in workers:
            worker.cancel()
        await asyncio.gather(*workers, return_exceptions=True)
    return found


async def list_names(store: ObjectStore, prefix: str) -> list[str]:
    """The last parts of the keys below `prefix`, sorted."""
    with _translate_errors(prefix):
        pages = obstore.list(store, prefix)  # pyright: ignore[reportUnknownMemberType]  # its other form needs Arrow
        found = [meta["path"] async for page in pages for meta in page]
    return sorted(path.rpartition("/")[2] for path in found)


@contextmanager
def _translate_errors(key: str) -> Generator[None]:
    """The errors of obstore as errors of Outlast: who can do something about it?"""
    try:
        yield
    except FileNotFoundError as error:
        raise MissingObject(f"The object {key} is not in the object store (OUTLAST_OBJECTS).") from error
    except (PermissionDeniedError, UnauthenticatedError, UnknownConfigurationKeyError, OSError) as error:
        raise NeedsOperator(
            f"The object store does not give access to {key}: {_reason(error)}.",
            "Check OUTLAST_OBJECTS and the rights to what it names.",
        ) from error
    except (InvalidPathError, NotSupportedError, ValueError) as error:
        raise Permanent(f"The object store cannot hold {key}: {_reason(error)}.") from error
    except BaseError as error:
        number = OS_ERROR.search(str(error))  # of a folder; obstore has no class of its own for it
        if number and int(number[1]) in DISK_ERRNOS:
            raise NeedsOperator(
                f"The object store does not take {key}: {os.strerror(int(number[1]))}.",
                "Free some space on the disk of OUTLAST_OBJECTS (without it: OUTLAST_HOME), or mend it; then go on.",
            ) from error
        raise Transient(f"The object store failed at {key}: {_reason(error)}.") from error


def _reason(error: Exception) -> str:
    """The first line, without what an address may carry before its @; obstore adds a dump of its internals below."""
    first = str(error).partition("\n")[0].rstrip(". ") or type(error).__name__
    return re.sub(r"//[^/\s]*@", "//", first)
