"""The beginning of a run: which collection is meant, fixed once and for all."""

from obstore.store import ObjectStore

from outlast.evidence.sources import Collection
from outlast.orchestration.research.phase_io import Collected, Collecting
from outlast.tools.store.collections import Collections


async def collect(
    store: ObjectStore, model: str, collecting: Collecting, *, search_attributes: bool = False
) -> Collected:
    """`model` is that of this worker, and so is what it knows of the server: whether it has our search attributes."""
    collections = Collections(store)
    if collecting.collection is None and collecting.web:  # the web alone
        collection_id = await collections.save(Collection(sources=()))
    else:
        collection_id = await collections.resolve(collecting.collection)
    collection = await collections.load(collection_id)
    return Collected(
        collection=collection_id,
        documents=len(collection.sources),
        skipped=len(collection.skipped),
        model=model,
        search_attributes=search_attributes,
    )
