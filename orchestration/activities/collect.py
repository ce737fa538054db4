"""The first phase of a run: it resolves the name of a collection to an id, which is fixed for the whole run."""

from obstore.store import ObjectStore

from outlast.evidence.sources import Collection
from outlast.orchestration.research.phase_io import CollectRequest, CollectResult
from outlast.tools.store.collections import Collections


async def collect(
    store: ObjectStore, model: str, request: CollectRequest, *, search_attributes: bool = False
) -> CollectResult:
    """Resolve the collection. `model` is this worker's model, and `search_attributes` what it knows of the server."""
    collections = Collections(store)
    if request.collection is None and request.web:  # a run on only the web has an empty collection
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
