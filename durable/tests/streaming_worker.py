"""A worker in a process of its own whose phase streams, for tests that kill it: `streaming_worker.py ADDRESS QUEUE`."""

import asyncio
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextvars import ContextVar
from typing import Any

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from langgraph.graph import START, MessagesState, StateGraph
from langgraph_heartbeat import DurablePlugin, phase_activity
from pydantic import BaseModel
from temporalio.client import Client
from temporalio.worker import Worker

ANSWER = "ice floats on water because it is less dense than water is at the same temperature and pressure"
STEPS = 3
WORD_SECONDS = 0.02

variant: ContextVar[str] = ContextVar("variant", default="")
"""What a model says differently from one attempt to the next."""
until_sent: ContextVar[Callable[[str], Awaitable[None]] | None] = ContextVar("until_sent", default=None)
"""Waits until what was said until now is in a heartbeat: on a busy machine, a heartbeat may take many words along."""


class Wordy(BaseChatModel):
    """A model that streams what it was asked, word by word."""

    seconds: float = 0

    @property
    def _llm_type(self) -> str:
        return "wordy"

    def _generate(self, messages: list[BaseMessage], *_: Any, **__: Any) -> ChatResult:
        return ChatResult(generations=[ChatGeneration(message=AIMessage(said(messages)))])

    async def _astream(self, messages: list[BaseMessage], *_: Any, **__: Any) -> AsyncIterator[ChatGenerationChunk]:
        so_far = ""
        for word in said(messages).split(" "):
            await asyncio.sleep(self.seconds)
            yield ChatGenerationChunk(message=AIMessageChunk(f"{word} "))
            so_far += f"{word} "
            if wait := until_sent.get():
                await wait(so_far)


def said(messages: list[BaseMessage]) -> str:
    return f"{messages[-1].text}{variant.get()}"


class Request(BaseModel):
    messages: list[Any] = []


def talking() -> StateGraph[Any, Any, Any, Any]:
    model = Wordy(seconds=WORD_SECONDS)

    async def answer(state: MessagesState) -> dict[str, Any]:
        return {"messages": [await model.ainvoke(ANSWER)]}

    steps = [(f"answer_{number}", answer) for number in range(1, STEPS + 1)]
    return StateGraph(MessagesState).add_sequence(steps).add_edge(START, "answer_1")


async def main(address: str, queue: str) -> None:
    client = await Client.connect(address, plugins=[DurablePlugin("test")])
    phase = phase_activity("talk", Request, Request, talking(), stream=("messages",))
    async with Worker(client, task_queue=queue, activities=[phase]):
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
