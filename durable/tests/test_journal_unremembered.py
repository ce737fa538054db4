"""No call is paid twice in silence: what the journal cannot remember is counted and named, with what to do."""

import asyncio
import json
from base64 import b64encode
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from random import randbytes
from typing import Any
from uuid import uuid4

import pytest
from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.language_models import FakeListLLM
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from langchain_core.runnables import RunnableConfig
from langgraph.graph import StateGraph
from langgraph_heartbeat._journal.call_journal import CallJournal
from langgraph_heartbeat._journal.call_observer import Run
from langgraph_heartbeat._journal.unremembered import Unremembered
from langgraph_heartbeat._serialising.serialising import full_name
from pydantic import BaseModel
from temporalio.client import Client

from .asking import Scripted, State, asking, model, one
from .attempts import Attempt, Trace
from .kinds import Colour, Listed, Number, Unlisted
from .phases import phase_worker, progress_of, start, until


class Streaming(Scripted):
    """A model that can stream its answer in two chunks."""

    def _stream(self, messages: list[BaseMessage], *given: Any, **kwargs: Any) -> Iterator[ChatGenerationChunk]:
        message = self._generate(messages, *given, **kwargs).generations[0].message
        assert isinstance(message, AIMessage)
        yield ChatGenerationChunk(message=AIMessageChunk(message.text, id=message.id))
        yield ChatGenerationChunk(message=AIMessageChunk("", usage_metadata=message.usage_metadata))

    async def _astream(self, *given: Any, **kwargs: Any) -> AsyncIterator[ChatGenerationChunk]:
        for chunk in self._stream(*given, **kwargs):
            yield chunk


def streaming(**options: Any) -> Streaming:
    return Streaming(cache=CallJournal(), **options)


def streamed_by(llm: Scripted, trace: Trace, callbacks: list[BaseCallbackHandler] | None = None) -> StateGraph[Any]:
    async def node(_: State) -> State:
        said = "".join([chunk.text async for chunk in llm.astream("a", {"callbacks": callbacks})])
        await trace("asked")
        return {"said": [said]}

    return one(node)


# --- Calls that the journal is not asked for ---


async def test_a_streamed_answer_is_named(caplog: pytest.LogCaptureFixture) -> None:
    llm, trace = streaming(), Trace("asked")
    first = Attempt(streamed_by(llm, trace))
    left = await first.kill_at(trace.reached, {"said": []})
    assert first.journal.unremembered.counts() == {"Streaming in node: streamed": 1}
    assert (first.journal.calls, first.journal.tokens) == (1, 15)
    assert "give the model disable_streaming=True" in caplog.text
    assert (await Attempt(streamed_by(llm, trace), left).run())["said"] == ["a #2"]


async def test_it_is_remembered_if_its_model_does_as_advised() -> None:
    llm, trace = streaming(disable_streaming=True), Trace("asked")
    first = Attempt(streamed_by(llm, trace))
    left = await first.kill_at(trace.reached, {"said": []})
    assert first.journal.unremembered.counts() == {}
    assert (await Attempt(streamed_by(llm, trace), left).run())["said"] == ["a #1"]


@pytest.mark.parametrize("cache", [None, False])
async def test_a_model_without_the_journal_is_named_once(cache: bool | None, caplog: pytest.LogCaptureFixture) -> None:
    attempt = Attempt(asking(Scripted(cache=cache), Trace(), "a", "b", "c"))
    await attempt.run({"said": []})
    assert attempt.journal.unremembered.counts() == {"Scripted in node: no journal": 3}
    assert (attempt.journal.calls, attempt.journal.tokens) == (3, 45)
    assert caplog.text.count("cache=CallJournal()") == 1


async def test_a_call_without_the_journal_that_failed_has_no_answer_to_remember() -> None:
    def fail(_: str) -> None:
        raise ConnectionError

    attempt = Attempt(asking(Scripted(before=fail), Trace(), "a"))
    with pytest.raises(ConnectionError):
        await attempt.run({"said": []})
    assert (attempt.journal.calls, attempt.journal.unremembered.counts()) == (1, {})


async def test_what_a_model_asks_another_is_remembered_as_a_part_of_its_own_answer() -> None:
    class Wrapping(Scripted):
        def _generate(self, messages: list[BaseMessage], *given: Any, **kwargs: Any) -> ChatResult:
            return ChatResult(generations=[ChatGeneration(message=inner.invoke(messages))])

        async def _agenerate(self, messages: list[BaseMessage], *given: Any, **kwargs: Any) -> ChatResult:
            return ChatResult(generations=[ChatGeneration(message=await inner.ainvoke(messages))])

    inner, outer = Scripted(), Wrapping(cache=CallJournal())

    async def node(_: State) -> State:
        return {"said": [outer.invoke("a").text, (await outer.ainvoke("a")).text, inner.invoke("a").text]}

    attempt = Attempt(one(node))
    assert (await attempt.run({"said": []}))["said"] == ["a #1", "a #2", "a #3"]
    assert attempt.journal.unremembered.counts() == {"Scripted in node: no journal": 1}


async def test_a_node_that_passes_no_callbacks_on_is_seen_too() -> None:
    llm, trace = streaming(), Trace()
    attempt = Attempt(streamed_by(llm, trace, callbacks=[]))
    await attempt.run({"said": []})
    assert attempt.journal.unremembered.counts() == {"Streaming in node: streamed": 1}


async def test_a_thread_without_the_context_of_its_node_is_seen_by_the_callbacks_it_is_given() -> None:
    llm = model()

    def node(_: State, config: RunnableConfig) -> State:
        with ThreadPoolExecutor() as threads:
            return {"said": [threads.submit(llm.invoke, "a", config).result().text]}

    attempt = Attempt(one(node))
    await attempt.run({"said": []})
    assert attempt.journal.unremembered.counts() == {"Scripted in node: no journal": 1}


async def test_calls_outside_of_a_phase_are_not_observed(caplog: pytest.LogCaptureFixture) -> None:
    await asking(Scripted(), Trace(), "a").compile().ainvoke({"said": []})
    assert caplog.text == ""


# --- Answers that would not come back as they were ---


async def test_an_object_in_an_answer_is_named(caplog: pytest.LogCaptureFixture) -> None:
    attempt = Attempt(asking(model(metadata_of_answers={"raw": Unlisted(number=1)}), Trace(), "a", "b"))
    await attempt.run({"said": []})
    assert attempt.journal.unremembered.counts() == {f"Scripted in node: {full_name(Unlisted)}": 2}
    assert caplog.text.count("An answer of Scripted in node is not remembered") == 1


@pytest.mark.parametrize(
    "value", [Colour.RED, [{"probability": Colour.RED}], Listed(number=1, pair=(1, "a")), {"more": [Number.ONE]}]
)
async def test_enums_and_registered_types_come_back(value: Any) -> None:
    llm, trace, got = model(metadata_of_answers={"raw": value}), Trace("asked"), list[Any]()

    async def node(_: State) -> State:
        got.append((await llm.ainvoke("a")).response_metadata["raw"])
        await trace("asked")
        return {}

    first = Attempt(one(node), types=[Listed, Number])
    left = await first.kill_at(trace.reached, {"said": []})
    assert first.journal.unremembered.counts() == {}
    await Attempt(one(node), left, types=[Listed, Number]).run()
    assert got == [value, value]
    assert llm.asked == ["a"]


async def test_an_answer_whose_class_has_changed_is_asked_for_again() -> None:
    """The parsed object of `with_structured_output` is made by the class that the request names then."""

    class Parsing(Scripted):
        def _generate(self, messages: list[BaseMessage], *given: Any, **kwargs: Any) -> ChatResult:
            result = super()._generate(messages, *given, **kwargs)
            answer, form = result.generations[0].message, kwargs["form"]
            answer.content = json.dumps(dict.fromkeys(form.model_fields, "1"))
            answer.additional_kwargs["parsed"] = form.model_validate_json(answer.content)
            return result

    class Changed(Unlisted):
        other: str

    Changed.__qualname__, Changed.__module__ = Unlisted.__qualname__, Unlisted.__module__
    llm, trace = Parsing(cache=CallJournal()), Trace("asked")

    def graph(form: type[Unlisted]) -> StateGraph[Any]:
        async def node(_: State) -> State:
            await llm.bind(form=form).ainvoke("a")
            await trace("asked")
            return {}

        return one(node)

    first = Attempt(graph(Unlisted))
    left = await first.kill_at(trace.reached, {"said": []})
    assert first.journal.unremembered.counts() == {}
    second = Attempt(graph(Changed), left)
    await second.run()
    assert llm.asked == ["a", "a"]
    assert list(second.journal.unremembered.counts().values()) == [1]


def test_many_kinds_are_shown_as_ten_and_others() -> None:
    unremembered = Unremembered()
    for number in range(12):
        unremembered.note(Run("ChatX", f"node {number}"), "streamed", "")
    assert len(unremembered.counts()) == 11
    assert unremembered.counts()["others"] == 2


# --- The ways to ask that the journal knows ---


async def test_a_streaming_handler_does_not_keep_an_answer_from_being_remembered() -> None:
    """LangGraph's stream_mode="messages" attaches one; LangChain then streams inside `ainvoke`, behind the cache."""
    llm, trace, seen = streaming(), Trace("asked"), list[AIMessage]()

    async def node(_: State) -> State:
        inner = asking(llm, Trace(), "a").compile()
        parts = [part async for part in inner.astream({"said": []}, stream_mode=["messages", "values"])]
        seen.append(await llm.ainvoke("b"))
        await trace("asked")
        return {"said": parts[-1][1]["said"]}

    left = await Attempt(one(node)).kill_at(trace.reached, {"said": []})
    second = Attempt(one(node), left)
    assert (await second.run())["said"] == ["a #1"]
    assert seen[0] == seen[1]
    assert llm.asked == ["a", "b"]
    assert second.journal.unremembered.counts() == {}


@pytest.mark.parametrize("way", ["batch", "abatch", "generate", "agenerate", "threads"])
async def test_requests_that_are_made_at_once_are_remembered(way: str) -> None:
    llm, trace, got = model(), Trace("asked"), list[list[str]]()

    async def ask() -> list[str]:
        if way == "batch":
            return [each.text for each in llm.batch(["a", "b", "c"])]
        if way == "abatch":
            return [each.text for each in await llm.abatch(["a", "b", "c"])]
        if way == "threads":
            return [
                each.text for each in await asyncio.gather(*(asyncio.to_thread(llm.invoke, text) for text in "abc"))
            ]
        messages = [[AIMessage(text)] for text in "abc"]
        result = llm.generate(messages) if way == "generate" else await llm.agenerate(messages)
        return [generations[0].text for generations in result.generations]

    async def node(_: State) -> State:
        got.append(await ask())
        await trace("asked")
        return {}

    first = Attempt(one(node))
    left = await first.kill_at(trace.reached, {"said": []})
    await Attempt(one(node), left).run()
    assert got[0] == got[1]
    assert sorted(llm.asked) == ["a", "b", "c"]
    assert first.journal.unremembered.counts() == {}


@pytest.mark.parametrize("sync", [True, False])
async def test_a_model_for_plain_text_is_remembered(sync: bool) -> None:
    llm = FakeListLLM(responses=["first", "second", "third", "fourth"], cache=CallJournal())
    trace, got = Trace("asked"), list[list[str]]()

    async def node(_: State) -> State:
        got.append([llm.invoke("a"), *llm.batch(["b", "c"])] if sync else [await llm.ainvoke("a")])
        await trace("asked")
        return {}

    first = Attempt(one(node))
    left = await first.kill_at(trace.reached, {"said": []})
    assert first.journal.unremembered.counts() == {}
    await Attempt(one(node), left).run()
    assert got[0] == got[1]
    assert first.journal.calls == (3 if sync else 1)


class Nothing(BaseModel):
    """A request without a field."""


async def test_people_read_in_the_progress_what_is_not_remembered(client: Client) -> None:
    queue, gate = str(uuid4()), asyncio.Event()

    async def node(_: State) -> State:
        for question in "ab":
            await llm.ainvoke(question)
        await gate.wait()
        return {}

    llm, graph = Scripted(), one(node)
    async with phase_worker(client, queue, graph, Nothing, Nothing):
        handle = await start(client, queue, {}, result=Nothing)

        async def shown() -> bool:
            progress, _ = await progress_of(client, handle)
            return progress.get("not remembered") == {"Scripted in node: no journal": 2}

        await until(shown)  # while the node works: a heartbeat tells it, and no checkpoint is due
        progress, _ = await progress_of(client, handle)
        assert (progress["calls"], progress["tokens"]) == (2, 30)
        gate.set()
        await handle.result()


async def test_people_read_in_the_progress_that_answers_are_too_large_for_a_heartbeat(client: Client) -> None:
    queue, gate, llm = str(uuid4()), asyncio.Event(), model()

    async def node(_: State) -> State:
        await llm.ainvoke(b64encode(randbytes(400_000)).decode())  # it answers with its question
        await gate.wait()
        return {}

    async with phase_worker(client, queue, one(node), Nothing, Nothing):
        handle = await start(client, queue, {}, result=Nothing)

        async def shown() -> bool:
            progress, _ = await progress_of(client, handle)
            return progress.get("not remembered") == {"too large beside the state": 1}

        await until(shown)
        gate.set()
        await handle.result()
