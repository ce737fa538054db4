"""LangGraph's store for the nodes of a phase: what `get_store()` and `runtime.store` return in them."""

from typing import Any

from langgraph.store.base import BaseStore


def require_base_store(store: Any) -> BaseStore | None:
    """Return `store` if it is LangGraph's; raise `TypeError` if it is another one, such as a `CheckpointStore`."""
    if store is None or isinstance(store, BaseStore):
        return store
    raise TypeError(
        f"store= is LangGraph's store, which the nodes of the graph use: a BaseStore, not a {type(store).__name__}. "
        "A CheckpointStore, for checkpoints that are too large for a heartbeat, goes to "
        "phase_activity(..., checkpoints=...)."
    )
