"""Stores what heartbeats have no room for in the object store, under `runs/RUN/PHASE/SHA-256`."""

from contextlib import suppress

from obstore.store import ObjectStore
from temporalio import activity

from outlast.evidence.sources import sha256
from outlast.tools.store.objects import MissingObject, delete, get, put_new


class CheckpointObjects:
    """A `CheckpointStore` for `langgraph_heartbeat`."""

    def __init__(self, store: ObjectStore) -> None:
        self._store = store

    async def put(self, content: bytes) -> str:
        info = activity.info()
        key = f"runs/{info.workflow_run_id or info.activity_id}/{info.activity_type}/{sha256(content)}"
        await put_new(self._store, key, content)
        return key

    async def get(self, key: str) -> bytes:
        try:
            return await get(self._store, key)
        except MissingObject as error:
            raise LookupError(key) from error

    async def delete(self, key: str) -> None:
        with suppress(MissingObject):
            await delete(self._store, key)
