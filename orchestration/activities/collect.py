"""The beginning of a run: which collection is meant, fixed once and for all."""

from obstore.store import ObjectStore

from outlast.evidence.sources import Collection
from outlast.orchestration.research.phase_io import CollectRequest, CollectResult
from outlast.tools.store.collections import Collections


async def collect(
    store: ObjectStore, model: str, request: CollectRequest, *, search_attributes: bool = False
) -> CollectResult:
    """`model` is that of this worker, and so is what it knows of the server: whether it has our search attributes."""
    collections = Collections(store)
    if request.collection is None and request.web:  # the web alone
        collection_id = await collections.save(Collection(sources=()))
    else:
        collection_id = await collections.resolve(request.collection)
    collection = await collections.load(collection_id)
    return CollectResult(
        collection=collection_id,
        documents=len(collection.sources),
        skipped=len(collection.skipped),
        model=model,
        search_attributes=search_attributes,
    )
