"""The search attributes of runs, registered with the server where it lets us."""

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
"""So long the frontends of a server may take to learn of new search attributes."""
POLL_INTERVAL_SECONDS = 0.2


REQUIRED_TYPES = {key.name: IndexedValueType.ValueType(key.indexed_value_type) for key in SEARCH_ATTRIBUTE_KEYS}


async def register_search_attributes(client: Client) -> bool:
    """Register those that are missing; whether the server has them all now, each with its type.

    A server may forbid it, have no room for them, or use the names for something else: runs then do without.
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
    """Whether the server has them all; nothing is registered."""
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
            await asyncio.sleep(POLL_INTERVAL_SECONDS)  # nothing tells when the server has learnt of them
        else:
            return True
    return False
