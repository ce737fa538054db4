"""Snapshots: stored text, named by the SHA-256 of that text in UTF-8."""

from obstore.store import ObjectStore

from evidence.errors import Permanent
from evidence.sources import sha256
from tools.objects import Missing, exists, get, put_new


class Snapshots:
    def __init__(self, store: ObjectStore) -> None:
        self._store = store

    async def put(self, text: str) -> str:
        """Stores `text` and returns its name. The same text again costs a request and changes nothing.

        Raises Permanent where the text cannot be written in UTF-8 (it holds half a surrogate pair).
        """
        try:
            content = text.encode()
        except UnicodeEncodeError as error:
            raise Permanent(f"The text cannot be stored in UTF-8: {error.reason} at {error.start}.") from error
        snapshot = sha256(content)
        await put_new(self._store, _key(snapshot), content)
        return snapshot

    async def text(self, snapshot: str) -> str:
        """The stored text of that name, exactly. Raises Permanent where it is missing or damaged."""
        try:
            content = await get(self._store, _key(snapshot))
        except Missing as error:
            raise Permanent(
                f"Snapshot {snapshot} is not in the object store (OUTLAST_OBJECTS). "
                "Take its documents in again: `outlast up --docs DIR`."
            ) from error
        if sha256(content) != snapshot:
            raise Permanent(
                f"Snapshot {snapshot} is damaged: what is stored has another hash. Delete {_key(snapshot)} in the "
                "object store (OUTLAST_OBJECTS) and take its documents in again: `outlast up --docs DIR`."
            )
        return content.decode()

    async def has(self, snapshot: str) -> bool:
        """Whether it is there, without reading it."""
        return await exists(self._store, _key(snapshot))


def _key(snapshot: str) -> str:
    return f"snapshots/{snapshot}.txt"
