"""The activity that begins a run: which collection is meant, fixed once and for all."""

from collections.abc import Awaitable, Callable
from typing import Any

from obstore.store import ObjectStore
from temporalio import activity

from evidence.errors import OutlastError
from orchestration.failures import as_failure
from orchestration.messages import Collected, Collecting
from orchestration.phases import COLLECT
from tools.collections import Collections


def collect_activity(store: ObjectStore) -> Callable[[Any], Awaitable[Collected]]:
    @activity.defn(name=COLLECT.name)
    async def collect(given: Any) -> Collected:
        collections = Collections(store)
        try:
            collection_id = await collections.resolve(Collecting.model_validate(given).collection)
            collection = await collections.load(collection_id)
        except OutlastError as error:
            raise as_failure(error) from error
        return Collected(collection=collection_id, documents=len(collection.sources), skipped=len(collection.skipped))

    return collect
