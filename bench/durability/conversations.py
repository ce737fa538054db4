"""The workload of agents with long conversations: a loop over `MessagesState`, and a deep agent.

A step appends one message of the model and one of a tool, of 2 KB each, to a state that begins with many such messages.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from langchain_core.language_models.chat_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage, ToolMessage
from langchain_core.outputs import ChatGeneration, ChatResult
from langchain_core.tools import tool
from langgraph.graph import END, START, MessagesState, StateGraph
from langgraph.graph.state import CompiledStateGraph

from bench.durability.calls import text
from bench.durability.meter import METER

MESSAGE_BYTES = 2048
Compiled = CompiledStateGraph[Any, Any, Any, Any]


@dataclass
class Conversation:
    """The conversation of this process: `messages` at the start, and how many steps follow."""

    ask: Callable[[str], Awaitable[str]]
    messages: int = 0
    steps: int = 0


async def no_model(_: str) -> str:
    raise RuntimeError("No model has been given to the graphs of this process.")


_conversation = Conversation(no_model)


def begin(ask: Callable[[str], Awaitable[str]], messages: int, steps: int) -> None:
    _conversation.ask, _conversation.messages, _conversation.steps = ask, messages, steps
    old_messages(messages)  # their texts are made here and kept, so that no run contains the making
    given_messages(messages)


def given_messages(count: int) -> list[tuple[str, str]]:
    """Return a conversation of people and a model as role and text, which every peer can take as its input."""
    return [("user" if number % 2 == 0 else "ai", text(f"given{number}", MESSAGE_BYTES)) for number in range(count)]


def turn(number: int, answer: str) -> list[BaseMessage]:
    """Return a model's message with the fields that providers fill in, and the answer of the tool that it called."""
    called = f"call-{number}"
    said = AIMessage(
        answer,
        id=f"message-{number}",
        tool_calls=[{"name": "look", "args": {"number": number}, "id": called}],
        response_metadata={"model_name": "scripted", "finish_reason": "tool_calls"},
        usage_metadata={"input_tokens": 512 * number, "output_tokens": 512, "total_tokens": 512 * (number + 1)},
    )
    return [said, ToolMessage(text(called, MESSAGE_BYTES), tool_call_id=called, name="look", id=f"answer-{number}")]


def old_messages(count: int) -> list[BaseMessage]:
    turns = [turn(number, text(f"old{number}", MESSAGE_BYTES)) for number in range(count // 2)]
    return [message for both in turns for message in both]


async def remember(state: MessagesState) -> dict[str, list[BaseMessage]]:
    """Fill the state, because 1,000 messages are too large for the input of an activity."""
    del state
    return {"messages": old_messages(_conversation.messages)}


async def agent(state: MessagesState) -> dict[str, list[BaseMessage]]:
    await METER.note_step()
    number = len(state["messages"]) // 2
    return {"messages": turn(number, await _conversation.ask(f"answer{number}"))}


async def after_agent(state: MessagesState) -> Literal["agent", "__end__"]:
    """Go round again, or end. It is `async` because temporalio-langgraph cannot run others in a workflow."""
    return END if len(state["messages"]) // 2 >= _conversation.messages // 2 + _conversation.steps else "agent"


def loop() -> StateGraph[Any, Any, Any, Any]:
    builder = StateGraph(MessagesState)
    builder.add_node("remember", remember)
    builder.add_node("agent", agent)
    builder.add_edge(START, "remember")
    builder.add_edge("remember", "agent")
    builder.add_conditional_edges("agent", after_agent, ["agent", END])
    return builder


class DeepModel(BaseChatModel):
    """A model that calls the tool at each of the steps, and then ends."""

    @property
    def _llm_type(self) -> str:
        return "scripted"

    def bind_tools(self, tools: Sequence[Any], **kwargs: Any) -> Any:
        del tools, kwargs
        return self.bind(tools=["look"])

    def _generate(self, *args: Any, **kwargs: Any) -> ChatResult:
        raise NotImplementedError

    async def _agenerate(self, messages: list[BaseMessage], *args: Any, **kwargs: Any) -> ChatResult:
        del args, kwargs
        await METER.note_step()
        number = sum(isinstance(message, ToolMessage) for message in messages)
        answer = await _conversation.ask(f"answer{number}")
        said = turn(number, answer)[0] if number < _conversation.steps else AIMessage(answer)
        return ChatResult(generations=[ChatGeneration(message=said)])


@tool
async def look(number: int) -> str:
    """Look something up."""
    return text(f"call-{number}", MESSAGE_BYTES)


def deep_agent(saver: Any = None) -> Compiled:
    from deepagents import create_deep_agent  # noqa: PLC0415 - only the environment of the deep agents has it

    return create_deep_agent(model=DeepModel(), tools=[look], checkpointer=saver)
