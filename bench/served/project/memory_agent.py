"""An agent with a long-term memory: its tools write into LangGraph's store and read from it."""

import asyncio
from dataclasses import dataclass
from uuid import uuid4

from langchain.agents import create_agent
from langchain.tools import ToolRuntime, tool
from langgraph.store.memory import InMemoryStore
from toolbox import logged

store = InMemoryStore()


@dataclass
class Context:
    user_id: str


@tool
async def save_memory(content: str, runtime: ToolRuntime[Context]) -> str:
    """Save something about the user."""
    with logged("save_memory", content) as seconds:
        await asyncio.sleep(seconds)
        await runtime.store.aput(("memories", runtime.context.user_id), str(uuid4()), {"content": content})
    return f"Saved {content!r}."


@tool
async def recall_memories(topic: str, runtime: ToolRuntime[Context]) -> str:
    """Recall what is known about the user."""
    with logged("recall_memories", topic) as seconds:
        await asyncio.sleep(seconds)
        saved = await runtime.store.asearch(("memories", runtime.context.user_id))
    return "; ".join(sorted(item.value["content"] for item in saved)) or "nothing"


agent = create_agent(
    model="openai:gpt-4.1-mini",
    tools=[save_memory, recall_memories],
    system_prompt="You are a friend who remembers.",
    store=store,
    context_schema=Context,
)
