"""`store=` is LangGraph's store, of a phase and of a phase function; `checkpoints=` takes a `CheckpointStore`."""

from typing import Any
from uuid import uuid4

import pytest
from langgraph.config import get_store
from langgraph.graph import START, StateGraph
from langgraph.store.memory import InMemoryStore
from langgraph_heartbeat import phase_activity, phase_function
from pydantic import BaseModel
from temporalio.client import Client

from .phases import phase_worker, start


class Text(BaseModel):
    text: str


class Folder:
    """A `CheckpointStore`."""

    async def put(self, content: bytes) -> str:
        return content.hex()

    async def get(self, key: str) -> bytes:
        return bytes.fromhex(key)


async def remember(state: Text) -> dict[str, Any]:
    await get_store().aput(("texts",), "last", {"text": state.text})
    return {"text": state.text.upper()}


builder = StateGraph(Text).add_node(remember).add_edge(START, "remember")


def test_a_checkpoint_store_is_refused_as_store_and_told_its_place() -> None:
    with pytest.raises(TypeError, match=r"not a Folder\. .*phase_activity\(\.\.\., checkpoints=\.\.\.\)"):
        phase_activity("remember", Text, Text, builder, store=Folder())  # pyright: ignore[reportArgumentType]
    assert callable(phase_activity("remember", Text, Text, builder, checkpoints=Folder()))


async def test_a_phase_gives_its_nodes_the_store(client: Client) -> None:
    store, queue = InMemoryStore(), str(uuid4())
    async with phase_worker(client, queue, builder, Text, Text, store=store):
        handle = await start(client, queue, Text(text="hello"), result=Text)
        assert await handle.result() == Text(text="HELLO")
    assert [item.value for item in store.search(("texts",))] == [{"text": "hello"}]


async def test_a_phase_function_gives_its_nodes_the_store() -> None:
    store = InMemoryStore()
    run = phase_function(Text, Text, builder, store=store)
    assert await run(Text(text="hello")) == Text(text="HELLO")
    assert [item.value for item in store.search(("texts",))] == [{"text": "hello"}]
    assert await phase_function(Text, Text, builder)(Text(text="hello")) == Text(text="HELLO")
    assert await phase_function(Text, Text, builder.compile(store=store))(Text(text="bye")) == Text(text="BYE")
    assert [item.value for item in store.search(("texts",))] == [{"text": "bye"}]
    with pytest.raises(TypeError, match="checkpoints="):
        phase_function(Text, Text, builder, store=Folder())  # pyright: ignore[reportArgumentType]
