"""Snapshots: stored text, named by the SHA-256 of that text in UTF-8."""

from collections.abc import Iterable

from obstore.store import ObjectStore

from outlast.evidence.errors import NeedsOperator, Permanent
from outlast.evidence.sources import sha256
from outlast.tools.store.objects import MissingObject, exists, get, object_sizes, put_new

SNAPSHOTS_PREFIX = "snapshots"
INGEST_ADVICE = "Take its folder in again (any command with --docs DIR does), then go on."
WEB_PAGE_ADVICE = "Put it back from a backup of the object store, or ask in a new run, which reads the page again."


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

    async def text(self, snapshot: str, document: str = "") -> str:
        """The stored text of that name, exactly.

        Raises NeedsOperator where it is missing or damaged, naming the `document` whose text it is, where one is given.
        """
        advice = WEB_PAGE_ADVICE if document.startswith(("http://", "https://")) else INGEST_ADVICE
        description = f"The text of {document} (snapshot {snapshot})" if document else f"Snapshot {snapshot}"
        try:
            content = await get(self._store, _key(snapshot))
        except MissingObject as error:
            raise NeedsOperator(f"{description} is not in the object store (OUTLAST_OBJECTS).", advice) from error
        if sha256(content) != snapshot:
            raise NeedsOperator(
                f"{description} is damaged: what is stored has another hash.",
                f"Delete {_key(snapshot)} in the object store (OUTLAST_OBJECTS). {advice}",
            )
        return content.decode()

    async def has(self, snapshot: str) -> bool:
        """Whether it is there, without reading it."""
        return await exists(self._store, _key(snapshot))

    async def sizes(self, snapshots: Iterable[str]) -> dict[str, int]:
        """The sizes in bytes of those that are there, without reading them."""
        keys = {_key(snapshot): snapshot for snapshot in snapshots}
        return {keys[key]: size for key, size in (await object_sizes(self._store, SNAPSHOTS_PREFIX, keys)).items()}


def _key(snapshot: str) -> str:
    return f"{SNAPSHOTS_PREFIX}/{snapshot}.txt"
