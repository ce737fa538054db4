"""Registers the search attributes of runs with the server, if the server allows it."""

import asyncio
import time
from collections.abc import Mapping
from datetime import timedelta

from temporalio.api.enums.v1 import IndexedValueType
from temporalio.api.operatorservice.v1 import AddSearchAttributesRequest, ListSearchAttributesRequest
from temporalio.client import Client
from temporalio.service import RPCError

from outlast.orchestration.research.visibility import PHASE_KEY, SEARCH_ATTRIBUTE_KEYS

PROPAGATION_TIMEOUT = timedelta(seconds=30)
"""Time for the frontends of a server to learn of new search attributes."""
POLL_INTERVAL_SECONDS = 0.2


REQUIRED_TYPES = {key.name: IndexedValueType.ValueType(key.indexed_value_type) for key in SEARCH_ATTRIBUTE_KEYS}


async def register_search_attributes(client: Client) -> bool:
    """Register the missing search attributes. Return whether the server has all of them now, with the right types.

    A server may forbid it, have no room for them, or use the names for other types: runs then do not set them.
    """
    try:
        registered = await list_registered(client)
        if any(registered[name] != kind for name, kind in REQUIRED_TYPES.items() if name in registered):
            return False
        if not (missing := {name: kind for name, kind in REQUIRED_TYPES.items() if name not in registered}):
            return True
        adding = AddSearchAttributesRequest(namespace=client.namespace, search_attributes=missing)
        await client.operator_service.add_search_attributes(adding)
    except RPCError:
        return False
    return await wait_until_usable(client)


async def has_search_attributes(client: Client) -> bool:
    """Whether the server has all search attributes of Outlast. This registers nothing."""
    try:
        registered = await list_registered(client)
    except RPCError:
        return False
    return all(registered.get(name) == kind for name, kind in REQUIRED_TYPES.items())


async def list_registered(client: Client) -> Mapping[str, IndexedValueType.ValueType]:
    listing = ListSearchAttributesRequest(namespace=client.namespace)
    return (await client.operator_service.list_search_attributes(listing)).custom_attributes


async def wait_until_usable(client: Client) -> bool:
    began = time.monotonic()
    while time.monotonic() - began < PROPAGATION_TIMEOUT.total_seconds():
        try:
            await client.count_workflows(f'{PHASE_KEY.name} = "starting"')
        except RPCError:
            await asyncio.sleep(POLL_INTERVAL_SECONDS)  # the server sends no event when it has learnt of them
        else:
            return True
    return False
