"""The texts of one collection: snapshots, and by which file people know them when one is missing or damaged."""

from obstore.store import ObjectStore

from outlast.evidence.errors import NeedsOperator
from outlast.tools.store.collections import Collections
from outlast.tools.store.snapshots import Snapshots


class CollectionTexts:
    """`collection` is the id of a stored collection; "" where it is not known."""

    def __init__(self, store: ObjectStore, collection: str) -> None:
        self._snapshots = Snapshots(store)
        self._collections = Collections(store)
        self._collection = collection

    async def text(self, snapshot: str) -> str:
        """The stored text of that name. Raises NeedsOperator where it is missing or damaged, naming its document."""
        try:
            return await self._snapshots.text(snapshot)
        except NeedsOperator:
            # Manifests can be long: this one is read when somebody needs the name, and the text is asked for again.
            return await self._snapshots.text(snapshot, await self._document(snapshot))

    async def _document(self, snapshot: str) -> str:
        sources = (await self._collections.load(self._collection)).sources if self._collection else ()
        return next((source.uri for source in sources if source.snapshot == snapshot), "")
