"""A scripted model, and graphs whose nodes ask it."""

import asyncio
import operator
from collections.abc import Callable
from typing import Annotated, Any, TypedDict

from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models.chat_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatResult
from langgraph.graph import START, StateGraph
from langgraph_heartbeat._journal.call_journal import CallJournal
from pydantic import Field

from .attempts import Trace


class Scripted(BaseChatModel):
    """A model that answers `question #n`, where n counts all its calls, so that a repeated call has another answer."""

    asked: list[str] = Field(default_factory=list, exclude=True)
    before: Callable[[str], None] = Field(default=lambda _: None, exclude=True)
    usage: Any = Field(default=(10, 5), exclude=True)
    metadata_of_answers: dict[str, Any] = Field(default_factory=dict, exclude=True)

    @property
    def _llm_type(self) -> str:
        return "scripted"

    @property
    def _identifying_params(self) -> dict[str, Any]:
        return {}

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        del stop, run_manager, kwargs
        question = messages[-1].text
        self.asked.append(question)
        number = len(self.asked)
        self.before(question)
        usage = {"input_tokens": 10, "output_tokens": 5, "total_tokens": 15} if self.usage else None
        message = AIMessage(f"{question} #{number}", usage_metadata=usage, response_metadata=self.metadata_of_answers)
        return ChatResult(generations=[ChatGeneration(message=message)])

    async def _agenerate(self, messages: list[BaseMessage], *given: Any, **kwargs: Any) -> ChatResult:
        await asyncio.sleep(0)
        return self._generate(messages, *given, **kwargs)


class State(TypedDict, total=False):
    said: Annotated[list[str], operator.add]


def model(**options: Any) -> Scripted:
    return Scripted(cache=CallJournal(), **options)


def one(node: Any) -> StateGraph[Any]:
    graph = StateGraph(State)
    graph.add_node("node", node)
    graph.add_edge(START, "node")
    return graph


def asking(llm: Scripted, trace: Trace, *questions: str) -> StateGraph[Any]:
    """Return a graph with one node that asks the questions in a row; the trace records each before its call."""

    async def node(_: State) -> State:
        said: list[str] = []
        for i, question in enumerate(questions):
            await trace(str(i))
            said.append((await llm.ainvoke(question)).text)
        await trace("end")
        return {"said": said}

    return one(node)
