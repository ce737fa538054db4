"""Which answers of a task that failed are asked for again: those that its code rejected, and no others."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from langchain_core.runnables import RunnableLambda
from langgraph.graph import START, StateGraph

from .asking import Scripted, State, asking, model, one
from .attempts import Attempt, Trace


def failing(*questions: str, times: int = 1) -> Scripted:
    """Return a model that fails so often at each of these questions."""
    left = dict.fromkeys(questions, times)

    def fail(question: str) -> None:
        if left.get(question, 0):
            left[question] -= 1
            raise ConnectionError(question)

    return model(before=fail)


async def failed_then(graph: StateGraph[Any], error: type[BaseException] = Exception) -> list[str]:
    """Return the result of an attempt after one that failed with this error."""
    first = Attempt(graph)
    with pytest.raises(error):
        await first.run({"said": []})
    return (await Attempt(graph, first.published).run())["said"]


def rejecting(answer: str) -> Callable[[str], str]:
    def check(said: str) -> str:
        if said == answer:
            raise ValueError(said)
        return said

    return check


async def test_a_call_that_failed_long_ago_excuses_no_answer_that_was_rejected() -> None:
    llm, check = failing("news", times=9), rejecting("a #2")

    async def node(_: State) -> State:
        with suppress(ConnectionError):  # the node can do without the news
            await llm.ainvoke("news")
        return {"said": [check((await llm.ainvoke("a")).text)]}

    assert await failed_then(one(node), ValueError) == ["a #4"]


async def test_an_answer_is_rejected_while_the_failure_of_another_call_is_handled() -> None:
    llm, check = failing("news", times=9), rejecting("a #2")

    async def node(_: State) -> State:
        try:
            return {"said": [(await llm.ainvoke("news")).text]}
        except ConnectionError:
            return {"said": [check((await llm.ainvoke("a")).text)]}

    assert await failed_then(one(node), ValueError) == ["a #4"]


async def test_the_answer_of_a_fallback_that_was_rejected_is_asked_afresh() -> None:
    """The error that LangChain raises is that of the first model, and not that of the check."""
    first, second, check = failing("a", times=9), model(), rejecting("a #1")
    chain = (first | RunnableLambda(lambda message: message.text)).with_fallbacks(
        [second | RunnableLambda(lambda message: check(message.text))]
    )

    async def node(_: State) -> State:
        return {"said": [await chain.ainvoke("a")]}

    assert await failed_then(one(node), ConnectionError) == ["a #2"]


async def test_the_answer_of_a_fallback_is_not_paid_twice() -> None:
    first, second, trace = failing("a", times=9), model(), Trace("asked")

    async def node(_: State) -> State:
        said = (await first.with_fallbacks([second]).ainvoke("a")).text
        await trace("asked")
        return {"said": [said]}

    left = await Attempt(one(node)).kill_at(trace.reached, {"said": []})
    assert (await Attempt(one(node), left).run())["said"] == ["a #1"]
    assert second.asked == ["a"]


async def test_an_answer_that_came_at_the_second_try_is_not_paid_twice() -> None:
    llm, trace = failing("a"), Trace("asked")
    chain = llm.with_retry(stop_after_attempt=2, wait_exponential_jitter=False)

    async def node(_: State) -> State:
        said = (await chain.ainvoke("a")).text
        await trace("asked")
        return {"said": [said]}

    left = await Attempt(one(node)).kill_at(trace.reached, {"said": []})
    assert (await Attempt(one(node), left).run())["said"] == ["a #2"]
    assert llm.asked == ["a", "a"]


async def test_of_equal_requests_that_are_made_at_once_the_failed_one_is_made_again() -> None:
    llm, trace = failing("a"), Trace("asked")

    async def node(_: State) -> State:
        said = await llm.abatch(["a", "a", "a"], return_exceptions=True)
        texts = [each.text if not isinstance(each, Exception) else (await llm.ainvoke("a")).text for each in said]
        await trace("asked")
        return {"said": texts}

    left = await Attempt(one(node)).kill_at(trace.reached, {"said": []})
    assert (await Attempt(one(node), left).run())["said"] == ["a #4", "a #2", "a #3"]
    assert len(llm.asked) == 4


async def raised_from(error: Exception) -> None:
    raise RuntimeError from error


async def raised_instead(_: Exception) -> None:
    raise RuntimeError  # while the error is handled


async def in_a_group(error: Exception) -> None:
    async def fails() -> None:
        raise error

    async with asyncio.TaskGroup() as group:
        group.create_task(fails())


@pytest.mark.parametrize("raises", [raised_from, raised_instead, in_a_group])
async def test_a_failed_call_is_known_in_the_error_of_its_node(raises: Callable[[Exception], Any]) -> None:
    llm = failing("b")

    async def node(_: State) -> State:
        said = [(await llm.ainvoke("a")).text]
        try:
            said.append((await llm.ainvoke("b")).text)
        except ConnectionError as error:
            await raises(error)
        return {"said": said}

    assert await failed_then(one(node)) == ["a #1", "b #3"]


async def test_a_node_that_cut_a_slow_call_off_has_rejected_nothing() -> None:
    waits = [asyncio.Event()]

    class Slow(Scripted):
        async def _agenerate(self, messages: Any, *given: Any, **kwargs: Any) -> Any:
            if messages[-1].text == "b" and waits:
                await waits.pop().wait()
            return await super()._agenerate(messages, *given, **kwargs)

    llm = Slow(cache=model().cache)

    async def node(_: State) -> State:
        said = [(await llm.ainvoke("a")).text]
        async with asyncio.timeout(0.01 if waits else None):
            said.append((await llm.ainvoke("b")).text)
        return {"said": said}

    assert await failed_then(one(node), TimeoutError) == ["a #1", "b #2"]


async def test_an_answer_is_rejected_after_a_slow_call_was_cut_off() -> None:
    check = rejecting("a #1")

    class Hanging(Scripted):
        async def _agenerate(self, messages: Any, *given: Any, **kwargs: Any) -> Any:
            if messages[-1].text == "news":
                await asyncio.Event().wait()
            return await super()._agenerate(messages, *given, **kwargs)

    llm = Hanging(cache=model().cache)

    async def node(_: State) -> State:
        try:
            async with asyncio.timeout(0.01):
                return {"said": [(await llm.ainvoke("news")).text]}
        except TimeoutError:
            return {"said": [check((await llm.ainvoke("a")).text)]}

    assert await failed_then(one(node), ValueError) == ["a #2"]


async def test_an_answer_is_rejected_while_another_call_is_under_way() -> None:
    under_way, check = asyncio.Event(), rejecting("a #1")

    class Hanging(Scripted):
        async def _agenerate(self, messages: Any, *given: Any, **kwargs: Any) -> Any:
            if messages[-1].text == "b" and not under_way.is_set():
                under_way.set()
                await asyncio.Event().wait()
            return await super()._agenerate(messages, *given, **kwargs)

    llm = Hanging(cache=model().cache)

    async def first() -> str:
        said = (await llm.ainvoke("a")).text
        await under_way.wait()
        return check(said)

    async def second() -> str:
        return (await llm.ainvoke("b")).text

    async def node(_: State) -> State:
        return {"said": list(await asyncio.gather(first(), second()))}

    assert sorted(await failed_then(one(node), ValueError)) == ["a #2", "b #3"]


async def test_a_cancelled_sibling_in_a_subgraph_keeps_its_finished_calls() -> None:
    llm, answered, check = model(), asyncio.Event(), rejecting("a #2")

    async def works(_: State) -> State:
        said = (await llm.ainvoke("w")).text
        answered.set()
        if llm.asked.count("a") < 2:
            await asyncio.Event().wait()
        return {"said": [said]}

    async def rejects(_: State) -> State:
        await answered.wait()
        return {"said": [check((await llm.ainvoke("a")).text)]}

    inner = StateGraph(State)
    inner.add_node("works", works)
    inner.add_node("rejects", rejects)
    inner.add_edge(START, "works")
    inner.add_edge(START, "rejects")
    graph = StateGraph(State)
    graph.add_node("inner", inner.compile())
    graph.add_edge(START, "inner")
    first = Attempt(graph)
    with pytest.raises(ValueError, match="a #2"):
        await first.run({"said": []})
    llm.asked.append("a")  # let the sibling end in the second attempt
    assert sorted((await Attempt(graph, first.published).run())["said"]) == ["a #4", "w #1"]


async def test_answers_below_a_task_that_failed_and_did_not_ask_for_them_are_no_progress() -> None:
    """They may be of a subgraph whose tasks have other ids in each attempt, so that nobody will ask for them again."""
    journal = Attempt(asking(model(), Trace(), "a")).journal
    stored = list(journal._serializer.dumps_typed([]))
    journal.restore({"key": ["outer:task|inner:of-an-earlier-attempt", *stored]})
    assert journal.remembered == 1
    journal.task_failed("task", asyncio.CancelledError())
    assert journal.remembered == 0
    assert len(journal.content()) == 1
