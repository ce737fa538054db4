"""Checkpoints that are too large for a heartbeat: the bytes go to an object store, and the heartbeat carries their key.

Temporal keeps heartbeat details in a workflow's mutable state. If all of them together exceed 8 MiB, the server
terminates the workflow; if one exceeds 2 MiB, the SDK blocks it, and its attempt is repeated without end. So each phase
stays below its share.
"""

import asyncio
import logging
from collections.abc import Callable
from typing import Protocol

from ._envelope import UnusableError

log = logging.getLogger(__name__)

MAX_WORKFLOW_CHECKPOINT_BYTES = 4 * 1024 * 1024
"""Maximum size of the checkpoints of all parallel phases of a workflow together: half of Temporal's limit."""
MAX_INLINE_BYTES = 256 * 1024
REFERENCE_PREFIX = b"OUTR"


class CheckpointStore(Protocol):
    """A store that you write for checkpoints too large for a heartbeat: `phase_activity(..., checkpoints=...)`.

    All workers of a task queue use the same store. A phase never deletes a checkpoint: let the store delete what is
    older than your longest run. An error of `put` is logged, and the checkpoint before it remains valid; an error of
    `get` fails the attempt, which is then retried.

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
        """Keep `content`, at most a few MB, and return its key; equal contents get the same key."""
        ...

    async def get(self, key: str) -> bytes:
        """Return the content with that key.

        Raise `LookupError` if there is none: the phase then starts from the beginning.
        """
        ...


def inline_limit_bytes(parallel: int) -> int:
    """Return the number of bytes that each of `parallel` phases may carry in a heartbeat."""
    return min(MAX_INLINE_BYTES, MAX_WORKFLOW_CHECKPOINT_BYTES // parallel)


class ClaimCheck:
    """Uploads the newest checkpoint, one at a time; `publish_reference` gets the reference that takes its place."""

    def __init__(self, checkpoints: CheckpointStore, publish_reference: Callable[[bytes], None]) -> None:
        self._checkpoints, self._publish_reference = checkpoints, publish_reference
        self._newest: bytes | None = None
        self._outdated = False
        self._uploading: asyncio.Task[None] | None = None

    def put(self, sealed: bytes) -> None:
        self._newest = sealed
        if self._uploading is None or self._uploading.done():
            self._uploading = asyncio.create_task(self._upload())

    def forget(self) -> None:
        """Drop the checkpoint that waits or is being uploaded, because a newer one was small enough for a heartbeat."""
        self._newest = None
        self._outdated = True

    async def settle(self) -> None:
        """Wait until no upload is running."""
        if self._uploading is not None:
            await asyncio.wait([self._uploading])

    async def _upload(self) -> None:
        while (sealed := self._newest) is not None:
            self._newest, self._outdated = None, False
            try:
                key = await self._checkpoints.put(sealed)
            except Exception as error:  # noqa: BLE001 - after any error, the last checkpoint that arrived is still valid
                log.warning(
                    "A checkpoint of %d bytes could not be stored; the one before it remains valid. %s",
                    len(sealed),
                    error,
                )
                continue  # with the checkpoint that came meanwhile
            if not self._outdated:
                self._publish_reference(REFERENCE_PREFIX + key.encode())


async def fetch_checkpoint(checkpoint: bytes, checkpoints: CheckpointStore | None) -> bytes:
    """Return the sealed bytes of a checkpoint or of its reference; raise `UnusableError` if the store has lost them."""
    if not checkpoint.startswith(REFERENCE_PREFIX):
        return checkpoint
    if checkpoints is None:
        raise UnusableError("it is in an object store, and this worker has none")
    try:
        return await checkpoints.get(checkpoint[len(REFERENCE_PREFIX) :].decode(errors="replace"))
    except LookupError as error:
        raise UnusableError("it is not in the object store any more") from error
