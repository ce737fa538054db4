"""A scripted chat model: it answers with the first line of its question, and in an agent it calls tools three times."""

import asyncio
import time
from collections.abc import Callable, Sequence
from typing import Any

from langchain_core.callbacks import AsyncCallbackManagerForLLMRun, CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel, LanguageModelInput
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, ToolCall
from langchain_core.outputs import ChatGeneration, ChatResult
from langchain_core.runnables import Runnable
from langchain_core.tools import BaseTool

from bench.crash.calls import answer, call, seconds_of

ROUNDS = 3
PARALLEL_TOOLS = 2


class ScriptedModel(BaseChatModel):
    @property
    def _llm_type(self) -> str:
        return "scripted"

    def bind_tools(
        self,
        tools: Sequence[dict[str, Any] | type | Callable[..., Any] | BaseTool],
        *,
        tool_choice: str | None = None,
        **kwargs: Any,
    ) -> Runnable[LanguageModelInput, AIMessage]:
        del tool_choice
        return self.bind(tools=[tool.name for tool in tools if isinstance(tool, BaseTool)], **kwargs)

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        del stop, run_manager
        label = label_of(messages)
        with call("model", label) as name:
            time.sleep(seconds_of(label))
        return to_chat_result(messages, answer(label, name), kwargs.get("tools", ()))

    async def _agenerate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        del stop, run_manager
        label = label_of(messages)
        with call("model", label) as name:
            await asyncio.sleep(seconds_of(label))
        return to_chat_result(messages, answer(label, name), kwargs.get("tools", ()))


def label_of(messages: Sequence[BaseMessage]) -> str:
    question = next(message.text for message in reversed(messages) if isinstance(message, HumanMessage))
    rounds = rounds_of(messages)
    return question.splitlines()[0] + (f", round {rounds + 1}" if rounds else "")


def rounds_of(messages: Sequence[BaseMessage]) -> int:
    return sum(isinstance(message, AIMessage) for message in messages)


def to_chat_result(messages: Sequence[BaseMessage], text: str, tools: Sequence[str]) -> ChatResult:
    rounds = rounds_of(messages)
    calls = [
        ToolCall(name=tool, args={"query": f"{rounds}.{number}"}, id=f"call-{rounds}.{number}")
        for number, tool in enumerate((*tools, *tools)[:PARALLEL_TOOLS])
        if rounds < ROUNDS
    ]
    return ChatResult(generations=[ChatGeneration(message=AIMessage(text, tool_calls=calls))])


model = ScriptedModel()
"""The model of the graphs. The worker that runs them gives it a cache."""
