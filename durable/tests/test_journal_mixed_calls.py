"""A node that asks in every way there is, killed after each of its calls: its result is that of an undisturbed run."""

import asyncio
from typing import Any

import pytest
from langchain_core.messages import BaseMessage
from langchain_core.outputs import ChatGeneration, ChatResult
from langchain_core.runnables import RunnableLambda, RunnableParallel
from langgraph.graph import StateGraph
from pydantic import Field

from .asking import Scripted, State, model, one
from .attempts import Attempt, Trace

POINTS = ("retried", "replaced", "together", "in threads", "wrapped", "in a chain")


class Wrapping(Scripted):
    """A model that asks another one twice for its answer."""

    inner: Any = Field(exclude=True)

    async def _agenerate(self, messages: list[BaseMessage], *given: Any, **kwargs: Any) -> ChatResult:
        drafts = [(await self.inner.ainvoke(messages)).text for _ in range(2)]
        self.asked.append(messages[-1].text)
        message = messages[-1].model_copy(update={"content": f"{drafts} #{len(self.asked)}"})
        return ChatResult(generations=[ChatGeneration(message=message)])


class Models:
    """A model for each way of asking. Each answer names how often its model was asked, so that no repetition hides."""

    def __init__(self) -> None:
        self.failures = 1
        self.retried, self.down = model(before=self._fail_once), model(before=self._fail)
        self.fallback, self.together, self.threads, self.inner, self.chained = (model() for _ in range(5))
        self.wrapped = Wrapping(inner=self.inner, cache=model().cache)

    def _fail_once(self, _: str) -> None:
        if self.failures:
            self.failures -= 1
            raise ConnectionError

    def _fail(self, _: str) -> None:
        raise ConnectionError

    def paid(self) -> dict[str, int]:
        """Return how often each model was asked that answers; the one that is down is asked in each attempt."""
        return {
            name: len(llm.asked) for name, llm in vars(self).items() if isinstance(llm, Scripted) and name != "down"
        }


def graph(models: Models, trace: Trace) -> StateGraph[Any]:
    text = RunnableLambda(lambda message: message.text)

    async def node(_: State) -> State:
        retrying = models.retried.with_retry(stop_after_attempt=3, wait_exponential_jitter=False)
        said = [(await retrying.ainvoke("a")).text]
        await trace("retried")
        said.append((await models.down.with_fallbacks([models.fallback]).ainvoke("a")).text)
        await trace("replaced")
        said += sorted(each.text for each in await models.together.abatch(["a", "a", "b"]))
        await trace("together")
        said += [each.text for each in [await asyncio.to_thread(models.threads.invoke, "a") for _ in range(2)]]
        await trace("in threads")
        said.append((await models.wrapped.ainvoke("a")).text)
        await trace("wrapped")
        chain = RunnableParallel(first=models.chained | text, second=RunnableLambda(str) | models.chained | text)
        said += sorted((await chain.ainvoke("a")).values())
        await trace("in a chain")
        return {"said": said}

    return one(node)


@pytest.mark.parametrize("point", POINTS)
async def test_nothing_is_paid_twice_and_nothing_differs(point: str) -> None:
    undisturbed, killed, trace = Models(), Models(), Trace(point)
    expected = await Attempt(graph(undisturbed, Trace())).run({"said": []})
    left = await Attempt(graph(killed, trace)).kill_at(trace.reached, {"said": []})
    assert await Attempt(graph(killed, Trace()), left).run() == expected
    assert killed.paid() == undisturbed.paid()
    assert trace.done == list(POINTS[: POINTS.index(point)])
