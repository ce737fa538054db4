"""Checkpoints that are too large for a heartbeat: their blocks go to an object store, and the heartbeat names them.

Temporal keeps heartbeat details in a workflow's mutable state. If all of them together exceed 8 MiB, the server
terminates the workflow; if one exceeds 2 MiB, the SDK blocks it, and its attempt is repeated without end. So each phase
stays below its share.

A heartbeat that names a block is sent after the store has acknowledged the block. What is stored begins with random
bytes, so that its key belongs to one attempt of one phase, also where the store makes keys from contents: to delete it
can harm no other run. A block is deleted only if

- this activity put it: not one that came with the `Resume` of its request, which a workflow may keep for days;
- no newer checkpoint has named it for a minute, in which the last heartbeat that did has arrived or never will;
- and the server has acknowledged a newer checkpoint after that, so that no later attempt begins with an older one.
"""

import asyncio
import logging
import time
import uuid
from collections.abc import Awaitable, Callable, Iterable
from datetime import timedelta
from typing import Protocol, runtime_checkable

from temporalio import activity
from temporalio.exceptions import ApplicationError

from .blocks import Block, digest
from .envelope import Draft, Envelope, UnusableError

log = logging.getLogger(__name__)

MAX_WORKFLOW_CHECKPOINT_BYTES = 4 * 1024 * 1024
"""Maximum size of the checkpoints of all parallel phases of a workflow together: half of Temporal's limit."""
MAX_INLINE_BYTES = 256 * 1024
MAX_PARALLEL_REQUESTS = 8
RETENTION = timedelta(minutes=1)
"""How long a block is kept that is named no more. The SDK gives up a heartbeat after 10 s."""
REFERENCE_PREFIX = b"OUTR"
"""Before the key of a whole checkpoint; written by releases whose envelope had version 2."""
OWNED_REFERENCE_PREFIX = b"OUTS"
"""Before the owner and the key of a whole checkpoint that begins with random bytes."""
OWNER_BYTES = 8
RANDOM_BYTES = 16


class CheckpointStore(Protocol):
    """A store that you write for checkpoints too large for a heartbeat: `phase_activity(..., checkpoints=...)`.

    All workers of a task queue use the same store. Large values are put in blocks of 32 KB, each once: when a list of
    messages grows, its new blocks are put, and the heartbeat carries the keys of all of them. An error of `put` is
    logged, and the checkpoint before it remains valid; an error of `get` fails the attempt, which is then retried.

    A store may have a method `async def delete(self, key: str) -> None` too. A phase calls it for what it has put
    itself and has not needed for a minute. It does not delete its last checkpoint, with which a workflow may go on
    much later: let the store delete what is older than your longest run.

    ```python
    import asyncio
    import hashlib
    import tempfile
    from pathlib import Path

    from langgraph.graph import START, StateGraph
    from langgraph_heartbeat import CheckpointStore, phase_activity
    from pydantic import BaseModel


    class Folder:
        def __init__(self, path: Path) -> None:
            self.path = path

        async def put(self, content: bytes) -> str:
            key = hashlib.sha256(content).hexdigest()
            await asyncio.to_thread((self.path / key).write_bytes, content)
            return key

        async def get(self, key: str) -> bytes:
            try:
                return await asyncio.to_thread((self.path / key).read_bytes)
            except FileNotFoundError:
                raise LookupError(key) from None

        async def delete(self, key: str) -> None:
            await asyncio.to_thread((self.path / key).unlink, missing_ok=True)


    class Text(BaseModel):
        text: str


    async def repeat(state: Text) -> dict[str, str]:
        return {"text": state.text * 1_000_000}


    checkpoints: CheckpointStore = Folder(Path(tempfile.mkdtemp()))
    builder = StateGraph(Text).add_node(repeat).add_edge(START, "repeat")
    repeating = phase_activity("repeat", Text, Text, builder, checkpoints=checkpoints)
    assert asyncio.run(checkpoints.get(asyncio.run(checkpoints.put(b"state")))) == b"state"
    ```
    """

    async def put(self, content: bytes) -> str:
        """Keep `content`, at most a few MB, and return its key. Equal contents may have the same key."""
        ...

    async def get(self, key: str) -> bytes:
        """Return the content with that key.

        Raise `LookupError` if there is none: the phase then starts from the beginning.
        """
        ...


def inline_limit_bytes(parallel: int) -> int:
    """Return the number of bytes that each of `parallel` phases may carry in a heartbeat."""
    return min(MAX_INLINE_BYTES, MAX_WORKFLOW_CHECKPOINT_BYTES // parallel)


@runtime_checkable
class DeletingStore(Protocol):
    """What a `CheckpointStore` may do besides."""

    async def delete(self, key: str) -> None: ...


class ClaimCheck:
    """Stores the blocks of the newest checkpoint, one checkpoint at a time; `send` gets the bytes that name them.

    `confirm` asks the server to acknowledge the checkpoint that was sent last; it returns whether the server did, and
    raises `ApplicationError` if another attempt has replaced this one.
    """

    def __init__(
        self,
        checkpoints: CheckpointStore,
        send: Callable[[bytes], None],
        confirm: Callable[[], Awaitable[bool]],
        *,
        limit_bytes: int,
        owner: bytes,
    ) -> None:
        self._checkpoints, self._send, self._confirm = checkpoints, send, confirm
        self._limit_bytes, self._owner = limit_bytes, owner
        self._newest: Draft | None = None
        self.sent: Draft | None = None
        """The one that `send` gets now, or got last."""
        self._outdated = False
        self._uploading: asyncio.Task[None] | None = None
        self._needed: set[str] = set()
        self._superseded: dict[str, float] = {}
        """When the objects of this phase that are not needed any more were last needed, oldest first."""
        self._deleted: set[str] = set()
        """A block that was in small checkpoints meanwhile may still have such a key."""
        self.failure: Exception | None = None
        """Why the newest checkpoint is not stored, if it is not."""

    def put(self, draft: Draft) -> None:
        self._newest = draft
        if self._uploading is None or self._uploading.done():
            self._uploading = asyncio.create_task(self._upload())

    def forget(self) -> None:
        """Drop the checkpoint that waits or is being stored, because a newer one was small enough for a heartbeat."""
        self._newest, self.failure = None, None
        self._outdated = True
        self._need(set())

    def inherit(self, checkpoint: bytes, stored: Iterable[Block]) -> None:
        """Take over what an earlier attempt of this activity stored, from the checkpoint that this one begins with."""
        self._needed = {block.key for block in stored if block.owner == self._owner}
        if checkpoint.startswith(OWNED_REFERENCE_PREFIX + self._owner):
            self._needed.add(key_in(checkpoint))

    @property
    def is_storing(self) -> bool:
        return self._uploading is not None and not self._uploading.done()

    async def settle(self) -> None:
        """Wait until nothing is being stored or deleted."""
        if self._uploading is not None:
            await asyncio.wait([self._uploading])

    async def _upload(self) -> None:
        while (draft := self._newest) is not None:
            self._newest, self._outdated = None, False
            try:
                sealed, needed = await self._stored(draft)
            except Exception as error:  # noqa: BLE001 - after any error, the last checkpoint that arrived is still valid
                self.failure = error
                log.warning("A checkpoint could not be stored; the one before it remains valid. %s", error)
                continue  # with the checkpoint that came meanwhile
            if not self._outdated:
                self.failure, self.sent = None, draft
                self._send(sealed)
                self._need(needed)
            if isinstance(self._checkpoints, DeletingStore):
                await self._delete_superseded(self._checkpoints)

    async def _stored(self, draft: Draft) -> tuple[bytes, set[str]]:
        """Store what a heartbeat has no room for; return the bytes for the heartbeat, and the keys that they need.

        Blocks that were there last time will stay. If there is no room for the others, they are stored as one object.
        """
        for block in draft.blocks:
            if block.key in self._deleted:
                block.key, block.owner = "", b""
        await in_parallel(self._put_block(block) for block in draft.blocks if block.survived and not block.key)
        sealed = draft.seal(stored=True)
        needed = {block.key for block in draft.blocks if block.owner == self._owner}
        if len(sealed) > self._limit_bytes:
            needed.add(key := await self._put(sealed))
            sealed = OWNED_REFERENCE_PREFIX + self._owner + key.encode()
        return sealed, needed

    async def _put_block(self, block: Block) -> None:
        block.key, block.owner = await self._put(block.frame), self._owner

    async def _put(self, content: bytes) -> str:
        key = await self._checkpoints.put(uuid.uuid4().bytes + content)
        self._superseded[key] = time.monotonic()  # until a checkpoint that needs it is sent
        return key

    def _need(self, needed: set[str]) -> None:
        now = time.monotonic()
        self._superseded.update((key, now) for key in self._needed - needed)
        for key in needed:
            self._superseded.pop(key, None)
        self._needed = needed

    async def _delete_superseded(self, checkpoints: DeletingStore) -> None:
        kept_since = time.monotonic() - RETENTION.total_seconds()
        keys = [key for key, since in self._superseded.items() if since <= kept_since]
        try:
            if not keys or not await self._confirm():
                return
        except ApplicationError:  # another attempt has replaced this one, and may need what this one does not
            return
        for key in keys:
            del self._superseded[key]
        self._deleted.update(keys)
        try:
            await in_parallel(checkpoints.delete(key) for key in keys)
        except Exception as error:  # noqa: BLE001 - what is left costs space and nothing else
            log.warning("Old parts of checkpoints could not be deleted from the store, where they stay. %s", error)


async def fetch_checkpoint(checkpoint: bytes, fingerprint: bytes, checkpoints: CheckpointStore | None) -> Envelope:
    """Return a checkpoint with all its blocks; raise `UnusableError` if it is damaged or the store has lost a part."""
    if checkpoint.startswith(REFERENCE_PREFIX):
        checkpoint = await fetch(checkpoint[len(REFERENCE_PREFIX) :].decode(errors="replace"), checkpoints)
    elif checkpoint.startswith(OWNED_REFERENCE_PREFIX):
        checkpoint = (await fetch(key_in(checkpoint), checkpoints))[RANDOM_BYTES:]
    opened = Envelope(checkpoint, fingerprint)

    async def fetch_frame(block: Block) -> None:
        block.frame = (await fetch(block.key, checkpoints))[RANDOM_BYTES:]

    await in_parallel(map(fetch_frame, opened.stored))
    return opened


async def fetch(key: str, checkpoints: CheckpointStore | None) -> bytes:
    if checkpoints is None:
        raise UnusableError("it is in an object store, and this worker has none")
    try:
        return await checkpoints.get(key)
    except LookupError as error:
        raise UnusableError("it is not in the object store any more") from error


def key_in(reference: bytes) -> str:
    return reference[len(OWNED_REFERENCE_PREFIX) + OWNER_BYTES :].decode(errors="replace")


def owner_id() -> bytes:
    """Return the same bytes for all attempts of the running activity, and others for every other activity."""
    info = activity.info()
    run = info.workflow_run_id or info.activity_run_id
    return digest(repr((info.namespace, run, info.activity_id, info.scheduled_time)).encode())[:OWNER_BYTES]


async def in_parallel(requests: Iterable[Awaitable[None]]) -> None:
    """Await all requests to the store, several at a time; raise the first error once all have ended."""
    free = asyncio.Semaphore(MAX_PARALLEL_REQUESTS)

    async def limited(request: Awaitable[None]) -> None:
        async with free:
            await request

    outcomes = await asyncio.gather(*map(limited, requests), return_exceptions=True)
    for outcome in outcomes:
        if isinstance(outcome, BaseException):
            raise outcome
