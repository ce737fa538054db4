"""Snapshots: stored texts, each named by the SHA-256 of its UTF-8 bytes."""

from collections.abc import Iterable

from obstore.store import ObjectStore

from outlast.evidence.errors import NeedsOperator, Permanent
from outlast.evidence.sources import sha256
from outlast.tools.store.objects import MissingObject, exists, get, object_sizes, put_new

SNAPSHOTS_PREFIX = "snapshots"
INGEST_ADVICE = "Ingest its folder again (any command with --docs DIR does that), then go on."
WEB_PAGE_ADVICE = "Put it back from a backup of the object store, or ask in a new run, which reads the page again."


class Snapshots:
    """The snapshots of an object store."""

    def __init__(self, store: ObjectStore) -> None:
        self._store = store

    async def put(self, text: str) -> str:
        """Store `text` and return its name. Storing the same text again costs a request and changes nothing.

        Raises Permanent if the text cannot be encoded in UTF-8 because it holds a lone surrogate.
        """
        try:
            content = text.encode()
        except UnicodeEncodeError as error:
            raise Permanent(f"The text cannot be stored in UTF-8: {error.reason} at {error.start}.") from error
        snapshot = sha256(content)
        await put_new(self._store, _key(snapshot), content)
        return snapshot

    async def text(self, snapshot: str, document: str = "") -> str:
        """Return the text of a snapshot, exactly as it was stored.

        Raises NeedsOperator if it is missing or damaged. The message names `document`, whose text it is, if given.
        """
        advice = WEB_PAGE_ADVICE if document.startswith(("http://", "https://")) else INGEST_ADVICE
        description = f"The text of {document} (snapshot {snapshot})" if document else f"Snapshot {snapshot}"
        try:
            content = await get(self._store, _key(snapshot))
        except MissingObject as error:
            raise NeedsOperator(f"{description} is not in the object store (OUTLAST_OBJECTS).", advice) from error
        if sha256(content) != snapshot:
            raise NeedsOperator(
                f"{description} is damaged: its stored content has another hash.",
                f"Delete {_key(snapshot)} in the object store (OUTLAST_OBJECTS). {advice}",
            )
        return content.decode()

    async def has(self, snapshot: str) -> bool:
        """Return whether the snapshot is stored, without reading it."""
        return await exists(self._store, _key(snapshot))

    async def sizes(self, snapshots: Iterable[str]) -> dict[str, int]:
        """Return the sizes in bytes of those snapshots that are stored, without reading them."""
        keys = {_key(snapshot): snapshot for snapshot in snapshots}
        return {keys[key]: size for key, size in (await object_sizes(self._store, SNAPSHOTS_PREFIX, keys)).items()}


def _key(snapshot: str) -> str:
    return f"{SNAPSHOTS_PREFIX}/{snapshot}.txt"
