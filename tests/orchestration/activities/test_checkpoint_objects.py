"""What heartbeats have no room for is kept in the object store, by run and phase, until the phase deletes it."""

from typing import Any

import pytest
from obstore.store import MemoryStore
from temporalio.testing import ActivityEnvironment

from outlast.orchestration.activities.checkpoint_objects import CheckpointObjects


async def test_contents_come_back_until_they_are_deleted() -> None:
    objects = CheckpointObjects(MemoryStore())

    async def put_twice() -> Any:
        return await objects.put(b"state"), await objects.put(b"state"), await objects.put(b"another")

    key, same, other = await ActivityEnvironment().run(put_twice)
    assert key == same != other
    assert key.startswith("runs/")
    assert await objects.get(key) == b"state"
    await objects.delete(key)
    with pytest.raises(LookupError):
        await objects.get(key)
    assert await objects.get(other) == b"another"
    await objects.delete(key)  # somebody else was faster
