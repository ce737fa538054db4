"""A chat model that answers by a script, for tests, notebooks and workers without a key."""

import asyncio
import copy
import json
import re
import threading
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from inspect import isawaitable
from typing import Any, cast

from langchain_core.callbacks import AsyncCallbackManagerForLLMRun, CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel, LanguageModelInput
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage
from langchain_core.messages.tool import tool_call_chunk
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from langchain_core.runnables import Runnable
from langchain_core.tools import BaseTool
from langchain_core.utils.function_calling import convert_to_openai_tool
from pydantic import Field, PrivateAttr

from ._script import Answering, Script, Searched, answering
from ._scripted_answers import AnswerAfter, Asked, NoAnswer, ScriptError, is_fault, message_of, named
from ._turns import Turns

TOKEN = re.compile(r"\s*\S+\s*$|\s*\S+")


class ScriptedChatModel(BaseChatModel):
    """A chat model of LangChain that answers by a script: `ScriptedChatModel(["Hello.", "Goodbye."])`.

    The script is one of these:

    - a list: its answers in the order of the calls. A call after the last one raises `ScriptError`.
    - a dict of regular expressions: the first one that is found in the last message answers; with
      `searched="conversation"`, in all texts of the conversation. A list of answers to a pattern is given one by one,
      and its last one repeated.
    - a function of the messages, which may be async. It returns an answer.

    An answer is a text, an `AIMessage`, tools to call (`calling`), an object of a pydantic class or a dict, which is
    what `with_structured_output` or the `response_format` of an agent returns, or a fault:

    - an exception, or a class of one, is raised.
    - `garbage()` answers what cannot be parsed; `no_answer()` never answers, so that the caller's timeout ends the
      call; `answer_after(event, answer)` waits for an event.

    `faults` are answers by the number of the call, from 1: `faults={3: ConnectionError("reset")}`, whatever the script
    says. Answers count a token for each word, unless an `AIMessage` has its own `usage_metadata`. A model streams word
    by word. `asked` has the messages of every call.

    A model may be used by parallel calls. Calls on one event loop come in a fixed order; for calls in threads, use
    patterns or a function. In `crashes(...)`, a call that is made again gets the same answer; in a worker that is
    killed, a list begins again from its first answer, and so patterns or a function are better there.

    ```python
    from langchain.agents import create_agent
    from langchain_core.tools import tool
    from langgraph_heartbeat.testing import ScriptedChatModel, calling


    @tool
    def tide(place: str) -> str:
        "Look up the tide at a place."
        return f"high at {place}"


    script = [calling("tide", place="Dover"), "The tide is high."]
    agent = create_agent(ScriptedChatModel(script), [tide])
    messages = agent.invoke({"messages": [("user", "How is the tide?")]})["messages"]
    assert [message.text for message in messages[-2:]] == ["high at Dover", "The tide is high."]
    ```
    """

    script: Any = Field(exclude=True, repr=False)
    searched: Searched = "last message"
    faults: Mapping[int, Any] = Field(default_factory=dict[int, Any], exclude=True, repr=False)
    _answering: Answering = PrivateAttr()
    _turns: Turns = PrivateAttr()
    _asked: list[list[BaseMessage]] = PrivateAttr(default_factory=list[list[BaseMessage]])

    def __init__(self, script: Script, /, **options: Any) -> None:
        super().__init__(script=script, **options)  # pyright: ignore[reportCallIssue] - pydantic's own takes fields
        self._answering = answering(script, self.searched)
        if wrong := [number for number in self.faults if number < 1]:
            raise ValueError(f"The faults of a ScriptedChatModel are numbered by its calls, from 1, not {wrong[0]}.")
        faults = ", ".join(f"{number}: {named(fault)}" for number, fault in self.faults.items())
        self._turns = Turns(f"{self.name}|{self._answering}|{faults}")

    @property
    def asked(self) -> list[list[BaseMessage]]:
        """The messages of every call, in the order of the calls."""
        return list(self._asked)

    @property
    def _llm_type(self) -> str:
        return "scripted"

    @property
    def _identifying_params(self) -> dict[str, Any]:
        return {"script": self._turns.script}

    def bind_tools(
        self,
        tools: Sequence[dict[str, Any] | type | Callable[..., Any] | BaseTool],
        *,
        tool_choice: str | None = None,
        **kwargs: Any,
    ) -> Runnable[LanguageModelInput, AIMessage]:
        return self.bind(tools=[convert_to_openai_tool(tool) for tool in tools], tool_choice=tool_choice, **kwargs)

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        del stop, run_manager
        return result_of(self._answer(asked_of(messages, kwargs)))

    async def _agenerate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        del stop, run_manager
        return result_of(await self._aanswer(asked_of(messages, kwargs)))

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        del stop, run_manager  # LangChain tells of the tokens
        yield from chunks_of(self._answer(asked_of(messages, kwargs)))

    async def _astream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[ChatGenerationChunk]:
        del stop, run_manager
        for chunk in chunks_of(await self._aanswer(asked_of(messages, kwargs))):
            yield chunk

    def _answer(self, asked: Asked) -> AIMessage:
        answer = self._next(asked)
        if isawaitable(answer):
            close = getattr(answer, "close", None)
            if close:
                close()
            raise ScriptError("The script is an async function, and the model is called synchronously: use ainvoke.")
        while isinstance(answer, AnswerAfter):
            if not isinstance(answer.event, threading.Event):
                raise ScriptError("The model is called synchronously: give answer_after() a threading.Event.")
            answer.event.wait()
            answer = answer.answer
        if isinstance(answer, NoAnswer):
            raise ScriptError("The model is called synchronously, where no_answer() could never end: use ainvoke.")
        return message_of(raised(answer), asked)

    async def _aanswer(self, asked: Asked) -> AIMessage:
        answer = self._next(asked)
        if isawaitable(answer):
            answer = await answer
        await asyncio.sleep(0)  # as a model does, it lets others go on
        while isinstance(answer, AnswerAfter):
            if isinstance(answer.event, threading.Event):
                await asyncio.to_thread(answer.event.wait)
            else:
                await answer.event.wait()
            answer = answer.answer
        if isinstance(answer, NoAnswer):
            await asyncio.Event().wait()
        return message_of(raised(answer), asked)

    def _next(self, asked: Asked) -> Any:
        """Return the answer to this call; an awaitable if an async function gives it."""
        self._asked.append(list(asked.messages))
        number = self._turns.take("faults") + 1 if self.faults else 0
        if number in self.faults:
            return self.faults[number]
        return self._answering.answer_to(asked, self._turns)


def raised(answer: Any) -> Any:
    if is_fault(answer):
        raise fresh(answer) if isinstance(answer, BaseException) else answer
    return answer


def fresh(error: BaseException) -> BaseException:
    """Return a copy, because each call that fails has an error of its own, with its own traceback and cause."""
    try:
        return copy.copy(error)
    except TypeError:  # its class takes arguments that it does not keep
        return error


def asked_of(messages: Sequence[BaseMessage], settings: Mapping[str, Any]) -> Asked:
    tools = cast("Sequence[Mapping[str, Any]]", settings.get("tools") or ())
    names = tuple(str(each["function"]["name"]) for each in tools)
    return Asked(messages, names, must_call=settings.get("tool_choice") not in (None, "auto", "none", False))


def result_of(message: AIMessage) -> ChatResult:
    return ChatResult(generations=[ChatGeneration(message=message)])


def chunks_of(message: AIMessage) -> Iterator[ChatGenerationChunk]:
    """Yield a message word by word; the last chunk has its tool calls and what it costs."""
    is_text = isinstance(cast("object", message.content), str)
    for token in TOKEN.findall(message.text) if is_text else ():
        yield ChatGenerationChunk(message=AIMessageChunk(content=token))
    calls = [
        tool_call_chunk(name=call["name"], args=json.dumps(call["args"]), id=call["id"], index=number)
        for number, call in enumerate(message.tool_calls)
    ]
    yield ChatGenerationChunk(
        message=AIMessageChunk(
            content="" if is_text else message.content,
            tool_call_chunks=calls,
            usage_metadata=message.usage_metadata,
            response_metadata=message.response_metadata,
            additional_kwargs=message.additional_kwargs,
            chunk_position="last",
        )
    )
