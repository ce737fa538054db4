"""What a script may answer, and the message of a model that it becomes."""

import hashlib
import json
import threading
from asyncio import Event
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from langchain_core.messages import AIMessage, BaseMessage, ToolCall
from pydantic import BaseModel

GARBAGE = '{"answer": "The tower was built in 18'
"""What a model says whose answer was cut off."""


class ScriptError(Exception):
    """The script of a `ScriptedChatModel` has no answer to what it was asked."""


@dataclass(frozen=True)
class Calling:
    """An answer that calls tools; `calling` makes it."""

    calls: tuple[tuple[str, Mapping[str, Any]], ...]

    def __and__(self, other: "Calling") -> "Calling":
        return Calling(self.calls + other.calls)


def calling(tool: str, /, **arguments: Any) -> Calling:
    """Return an answer of a `ScriptedChatModel` that calls a tool. `&` joins several, which the model calls at once.

    ```python
    from langchain_core.messages import HumanMessage
    from langchain_core.tools import tool
    from langgraph_heartbeat.testing import ScriptedChatModel, calling


    @tool
    def tide(place: str) -> str:
        "Look up the tide at a place."
        return f"high at {place}"


    script = [calling("tide", place="Dover") & calling("tide", place="Calais"), "High at both."]
    model = ScriptedChatModel(script).bind_tools([tide])
    asked = model.invoke([HumanMessage("When is high tide?")])
    assert [call["args"]["place"] for call in asked.tool_calls] == ["Dover", "Calais"]
    ```
    """
    return Calling(((tool, arguments),))


@dataclass(frozen=True)
class Garbage:
    """An answer that cannot be used; `garbage` makes it."""

    text: str


def garbage(text: str = GARBAGE) -> Garbage:
    """Return an answer of a `ScriptedChatModel` that is cut off or makes no sense.

    If the model must call a tool, as for structured output, it calls it with arguments that do not fit.

    ```python
    from langgraph_heartbeat.testing import ScriptedChatModel, garbage
    from pydantic import BaseModel, ValidationError


    class Year(BaseModel):
        year: int


    model = ScriptedChatModel([garbage(), Year(year=1871)]).with_structured_output(Year)
    try:
        model.invoke("When was it built?")
    except ValidationError:
        assert model.invoke("When was it built?") == Year(year=1871)
    ```
    """
    return Garbage(text)


@dataclass(frozen=True)
class NoAnswer:
    """A call that gets no answer; `no_answer` makes it."""


def no_answer() -> NoAnswer:
    """Return what a `ScriptedChatModel` does when it never answers: the call lasts until it is cancelled.

    ```python
    import asyncio

    from langgraph_heartbeat.testing import ScriptedChatModel, no_answer

    model = ScriptedChatModel([no_answer(), "In 1871."])


    async def ask() -> str:
        try:
            async with asyncio.timeout(0.01):
                return (await model.ainvoke("When?")).text
        except TimeoutError:
            return (await model.ainvoke("When, please?")).text


    assert asyncio.run(ask()) == "In 1871."
    ```
    """
    return NoAnswer()


@dataclass(frozen=True)
class AnswerAfter:
    """An answer that comes after an event; `answer_after` makes it."""

    event: Event | threading.Event
    answer: Any


def answer_after(event: Event | threading.Event, answer: Any) -> AnswerAfter:
    """Return an answer of a `ScriptedChatModel` that comes only when the event is set.

    The event is of asyncio, or of `threading` for a model that is called synchronously.

    ```python
    import asyncio

    from langgraph_heartbeat.testing import ScriptedChatModel, answer_after


    async def ask() -> str:
        open_gate = asyncio.Event()
        asking = asyncio.create_task(ScriptedChatModel([answer_after(open_gate, "In 1871.")]).ainvoke("When?"))
        await asyncio.sleep(0)
        assert not asking.done()
        open_gate.set()
        return (await asking).text


    assert asyncio.run(ask()) == "In 1871."
    ```
    """
    return AnswerAfter(event, answer)


@dataclass(frozen=True)
class Asked:
    """What a model was asked: the conversation, and the tools that it may or must call."""

    messages: Sequence[BaseMessage]
    tools: tuple[str, ...] = ()
    must_call: bool = False

    @property
    def must_form(self) -> bool:
        """Whether the answer must be the arguments of a tool."""
        return self.must_call and bool(self.tools)

    @property
    def last(self) -> str:
        return self.messages[-1].text if self.messages else ""

    @property
    def conversation(self) -> str:
        """All texts of the conversation."""
        return "\n".join(message.text for message in self.messages)

    def tool_call(self, number: int, name: str, arguments: Mapping[str, Any]) -> ToolCall:
        """Return a call with an id that is the same whenever the same is asked, and another one for other questions."""
        said = "\0".join(f"{message.type}:{message.text}" for message in self.messages)
        digest = hashlib.sha256(f"{len(self.messages)}\0{said}".encode()).hexdigest()[:8]
        return ToolCall(name=name, args=dict(arguments), id=f"call_{digest}_{number}", type="tool_call")


def message_of(answer: object, asked: Asked) -> AIMessage:
    """Return the message that an answer becomes; raise `ScriptError` if it calls a tool that is not there."""
    message = with_usage(unmeasured(answer, asked), asked)
    for call in message.tool_calls:
        if call["name"] not in asked.tools:
            offered = f"it has {', '.join(asked.tools)}" if asked.tools else "it was given none"
            raise ScriptError(f"The script calls the tool {call['name']!r}, which the model does not have: {offered}.")
    return message


def unmeasured(answer: object, asked: Asked) -> AIMessage:
    match answer:
        case AIMessage():
            return answer.model_copy()  # LangChain sets the id of what it gets
        case str():
            return AIMessage(answer)
        case Calling():
            made = [asked.tool_call(number, name, given) for number, (name, given) in enumerate(answer.calls)]
            return AIMessage("", tool_calls=made)
        case Garbage():
            unfit = {"garbage": answer.text}
            return structured(asked.tools[0], unfit, asked) if asked.must_form else AIMessage(answer.text)
        case BaseModel():
            return structured(type(answer).__name__, answer.model_dump(mode="json"), asked)
        case Mapping():
            fields = cast("Mapping[str, Any]", answer)
            return structured(asked.tools[0] if asked.must_form else "", fields, asked)
        case _:
            raise ScriptError(f"A script answers with a text, a message, an object or an error, not with {answer!r}.")


def structured(tool: str, fields: Mapping[str, Any], asked: Asked) -> AIMessage:
    """Return an object as the arguments of the tool that stands for its form, or else as JSON."""
    if tool in asked.tools:
        return AIMessage("", tool_calls=[asked.tool_call(0, tool, fields)])
    return AIMessage(json.dumps(fields))


def with_usage(message: AIMessage, asked: Asked) -> AIMessage:
    """Count a token for each word, if the script does not say what the answer costs."""
    if message.usage_metadata is None:
        given = max(sum(len(each.text.split()) for each in asked.messages), 1)
        made = len(message.text.split()) + sum(len(str(call["args"]).split()) + 1 for call in message.tool_calls)
        message.usage_metadata = {"input_tokens": given, "output_tokens": made, "total_tokens": given + made}
    return message


def is_fault(answer: object) -> bool:
    return isinstance(answer, BaseException) or (isinstance(answer, type) and issubclass(answer, BaseException))


def named(answer: object) -> str:
    """Return an answer as text that is the same in every process."""
    if isinstance(answer, AnswerAfter):
        return f"after an event: {named(answer.answer)}"
    if callable(answer) and not isinstance(answer, type):
        return f"{getattr(answer, '__module__', '')}.{getattr(answer, '__qualname__', type(answer).__qualname__)}"
    return repr(answer)
