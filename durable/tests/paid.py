"""A graph that pays a model, and the figures of what it has paid, for tests of what a phase has spent."""

import asyncio
import operator
from collections.abc import Mapping
from typing import Annotated, Any, TypedDict

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatResult
from langgraph.graph import START, StateGraph
from langgraph.types import interrupt
from langgraph_heartbeat._journal.call_journal import CallJournal
from pydantic import Field

from .test_life import Calls

USD_A_CALL = 0.25
TOKENS_A_CALL = 15


class State(TypedDict):
    usd: Annotated[float, operator.add]
    out: Annotated[list[str], operator.add]


class Model(BaseChatModel):
    """A model that answers `ask` at once, and `wait` when the test opens the gate."""

    calls: Any = Field(exclude=True)

    @property
    def _llm_type(self) -> str:
        return "paid"

    def _generate(self, messages: list[BaseMessage], *args: Any, **kwargs: Any) -> ChatResult:
        raise NotImplementedError

    async def _agenerate(self, messages: list[BaseMessage], *args: Any, **kwargs: Any) -> ChatResult:
        request = str(messages[-1].content)
        if request.startswith("wait"):
            self.calls.waiting.append(request)
            await self.calls.gate.wait()
        await self.calls.call(request)
        usage = {"input_tokens": 10, "output_tokens": 5, "total_tokens": TOKENS_A_CALL}
        answer = AIMessage(f"answer to {request}", usage_metadata=usage)  # pyright: ignore[reportArgumentType]
        return ChatResult(generations=[ChatGeneration(message=answer)])


def paying(calls: Calls) -> StateGraph[Any, Any, Any, Any]:
    """Return the graph `first` -> `second` -> `third`: one call, two calls (the second one waits), one call."""
    model = Model(calls=calls, cache=CallJournal())

    async def first(state: State) -> dict[str, Any]:
        return {"out": [(await model.ainvoke("ask 1")).content], "usd": USD_A_CALL}

    async def second(state: State) -> dict[str, Any]:
        answers = [(await model.ainvoke("ask 2")).content, (await model.ainvoke("wait 3")).content]
        return {"out": answers, "usd": 2 * USD_A_CALL}

    async def third(state: State) -> dict[str, Any]:
        return {"out": [(await model.ainvoke("ask 4")).content], "usd": USD_A_CALL}

    return StateGraph(State).add_sequence([first, second, third]).add_edge(START, "first")


def asking(calls: Calls, *, changed: bool = False) -> StateGraph[Any, Any, Any, Any]:
    """Return the graph `first` -> `ask`: a call, and a question; the code of `ask` has `changed` or not."""
    model = Model(calls=calls, cache=CallJournal())

    async def first(state: State) -> dict[str, Any]:
        return {"out": [(await model.ainvoke("ask 1")).content], "usd": USD_A_CALL}

    async def ask(state: State) -> dict[str, Any]:
        return {"out": [interrupt("?")]}

    async def ask_differently(state: State) -> dict[str, Any]:
        await model.ainvoke("wait 2")
        return {"out": [interrupt("Really?")]}

    nodes = [("first", first), ("ask", ask_differently if changed else ask)]
    return StateGraph(State).add_sequence(nodes).add_edge(START, "first")


def usd(channels: dict[str, Any]) -> Mapping[str, Any]:
    return {"usd": channels["usd"]} if "usd" in channels else {}


def spent_in(progress: Mapping[str, Any]) -> dict[str, Any]:
    """Return what of a progress says how much was spent."""
    return {name: progress[name] for name in ("calls", "tokens", "usd", "earlier", "counted") if name in progress}


class Open(asyncio.Event):
    """A gate that is open."""

    async def wait(self) -> Any:
        return True
