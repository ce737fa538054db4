"""Scripted chat models: they answer with the first line of their question, and in an agent they call tools."""

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from langchain_core.callbacks import AsyncCallbackManagerForLLMRun, CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel, LanguageModelInput
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, ToolCall
from langchain_core.outputs import ChatGeneration, ChatResult
from langchain_core.runnables import Runnable, RunnableLambda
from langchain_core.tools import BaseTool
from langchain_core.utils.function_calling import convert_to_openai_tool
from langgraph_heartbeat import CallJournal
from pydantic import BaseModel, Field

from bench.crash.calls import answer, call, count_finished, names_in, seconds_of

Round = Sequence[tuple[str, Mapping[str, Any]]]
"""The tools that a model calls at once, with their arguments."""
Script = Sequence[Round]


class ScriptedModel(BaseChatModel):
    """A model that calls the tools of its script, a round after the other, and then answers."""

    cache: Any = Field(default_factory=CallJournal, exclude=True)
    agent: str = ""
    """The agent that the model speaks for, where several agents share a conversation."""
    script: Script = ()
    first_answers: Mapping[str, str] = {}
    """What it answers to a question, by its first line, the first time that the question is asked; see `unsure`."""

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
        return self.bind(tools=[convert_to_openai_tool(tool) for tool in tools], **kwargs)

    def with_structured_output(
        self, schema: dict[str, Any] | type, *, include_raw: bool = False, **kwargs: Any
    ) -> Runnable[LanguageModelInput, dict[str, Any] | BaseModel]:
        """Do as langchain_openai does: its answer carries the finished object in `additional_kwargs["parsed"]`."""
        del include_raw, kwargs
        return self.bind(response_format=schema) | RunnableLambda(parsed_of)

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        del stop, run_manager
        label = self._label_of(messages)
        with call("model", label) as name:
            time.sleep(seconds_of(label))
        return self._result_of(messages, label, name, kwargs)

    async def _agenerate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        del stop, run_manager
        label = self._label_of(messages)
        with call("model", label) as name:
            await asyncio.sleep(seconds_of(label))
        return self._result_of(messages, label, name, kwargs)

    def _label_of(self, messages: Sequence[BaseMessage]) -> str:
        question = next(message.text for message in reversed(messages) if isinstance(message, HumanMessage))
        rounds = self._rounds_of(messages)
        whose = f"{self.agent}: " if self.agent else ""
        return whose + question.splitlines()[0] + (f", round {rounds + 1}" if rounds else "")

    def _rounds_of(self, messages: Sequence[BaseMessage]) -> int:
        """Count the messages of this agent's own model."""
        return sum(
            isinstance(message, AIMessage) and message.response_metadata.get("agent") == self.agent
            for message in messages
        )

    def _result_of(
        self, messages: Sequence[BaseMessage], label: str, name: str, settings: Mapping[str, Any]
    ) -> ChatResult:
        rounds = self._rounds_of(messages)
        wanted = self.script[rounds] if rounds < len(self.script) else ()
        offered = {tool["function"]["name"] for tool in settings.get("tools", ())}
        if missing := {tool for tool, _ in wanted} - offered:
            raise ValueError(f"The script calls {', '.join(missing)}, and the agent has {', '.join(sorted(offered))}.")
        calls = [
            ToolCall(name=tool, args=dict(arguments), id=f"call-{self.agent}{rounds}.{number}")
            for number, (tool, arguments) in enumerate(wanted)
        ]
        if self.script and not calls:  # an agent's last message says what it is made of
            text = " ".join([answer(label, name), *(f"<{each}>" for each in names_in_order(messages))])
        elif label in self.first_answers and count_finished(label) == 1:
            text = answer(self.first_answers[label], name)
        else:
            text = answer(label, name)
        message = AIMessage(text, tool_calls=calls, response_metadata={"agent": self.agent})
        if "response_format" in settings:
            message.additional_kwargs["parsed"] = settings["response_format"](text=text, words=len(label.split()))
        return ChatResult(generations=[ChatGeneration(message=message)])


def parsed_of(message: AIMessage) -> Any:
    return message.additional_kwargs["parsed"]


def names_in_order(messages: Sequence[BaseMessage]) -> list[str]:
    return list(dict.fromkeys(name for message in messages for name in names_in(message.text)))


model = ScriptedModel()
"""The model of the graphs that need no script."""
