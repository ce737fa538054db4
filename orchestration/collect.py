"""The beginning of a run: which collection is meant, fixed once and for all."""

from obstore.store import ObjectStore

from orchestration.messages import Collected, Collecting
from tools.collections import Collections


async def collect(store: ObjectStore, collecting: Collecting) -> Collected:
    collections = Collections(store)
    collection_id = await collections.resolve(collecting.collection)
    collection = await collections.load(collection_id)
    return Collected(collection=collection_id, documents=len(collection.sources), skipped=len(collection.skipped))
