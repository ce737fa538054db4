"""A streamed answer that was finished comes back as one chunk, and the node sees an equal message."""

from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessageChunk, BaseMessage, HumanMessage
from langchain_core.outputs import ChatGenerationChunk
from langgraph.graph import StateGraph
from langgraph_heartbeat import remembered

from .asking import Scripted, State, asking, one
from .attempts import Attempt, Trace
from .test_journal_unremembered import Streaming


class Calling(Streaming):
    """A model that streams the call of a tool in parts."""

    def _stream(self, messages: list[BaseMessage], *given: Any, **kwargs: Any) -> Iterator[ChatGenerationChunk]:
        self.asked.append(messages[-1].text)
        for part in ('{"where":', ' "here"', "}"):
            calls = [{"name": "look" if part[-1] == ":" else None, "args": part, "id": "1", "index": 0}]
            message = AIMessageChunk("", tool_call_chunks=calls)  # pyright: ignore[reportArgumentType]
            yield ChatGenerationChunk(message=message, generation_info={"model": "calling"} if part == "}" else None)


class InThreads(Scripted):
    """A model whose client streams in threads only."""

    _stream = Streaming._stream


def streamed(llm: BaseChatModel, trace: Trace, got: list[Any], *, sync: bool = False) -> StateGraph[Any]:
    async def node(_: State) -> State:
        for question in ("a", "a"):
            whole = None
            if sync:
                for chunk in llm.stream([HumanMessage(question, id="1")]):
                    whole = chunk if whole is None else whole + chunk
            else:
                async for chunk in llm.astream([HumanMessage(question, id="1")]):
                    whole = chunk if whole is None else whole + chunk
            got.append(whole)
        await trace("asked")
        return {}

    return one(node)


@pytest.mark.parametrize("sync", [False, True])
@pytest.mark.parametrize("kind", [Streaming, Calling, InThreads])
async def test_finished_streams_come_back(kind: type[Scripted], sync: bool) -> None:
    original, trace, got = kind(), Trace("asked"), list[Any]()
    llm = remembered(original)
    first = Attempt(streamed(llm, trace, got, sync=sync))
    left = await first.kill_at(trace.reached, {"said": []})
    second = Attempt(streamed(llm, trace, got, sync=sync), left)
    await second.run()
    assert got[:2] == got[2:]
    assert original.asked == ["a", "a"]
    assert second.journal.unremembered.counts() == first.journal.unremembered.counts() == {}
    tokens = 0 if kind is Calling else 30
    assert [(each.journal.calls, each.journal.tokens) for each in (first, second)] == [(2, tokens), (0, 0)]


async def test_a_stream_that_was_cut_off_is_asked_again() -> None:
    original, trace, got = Streaming(), Trace("first chunk"), list[str]()
    llm = remembered(original)

    async def node(_: State) -> State:
        async for chunk in llm.astream("a"):
            got.append(chunk.text)
            await trace("first chunk")
        return {}

    left = await Attempt(one(node)).kill_at(trace.reached, {"said": []})
    await Attempt(one(node), left).run()
    assert original.asked == ["a", "a"]
    assert "".join(got[1:]) == "a #2"


async def test_a_node_that_leaves_a_stream_early_gets_the_same_again() -> None:
    original, trace, got = Streaming(), Trace("end"), list[str]()
    llm = remembered(original)

    async def node(_: State) -> State:
        stream = llm.astream("a")
        async for chunk in stream:
            got.append(chunk.text)
            break
        await stream.aclose()  # pyright: ignore[reportAttributeAccessIssue]
        got.append("".join([chunk.text async for chunk in llm.astream("a")]))
        await trace("end")
        return {}

    left = await Attempt(one(node)).kill_at(trace.reached, {"said": []})
    await Attempt(one(node), left).run()
    assert got[1] == "a #2"
    assert len(original.asked) == 3
    assert got[2:] == ["a #3", "a #2"] or got[2:] == ["a #2", "a #3"]


async def test_calls_of_such_a_model_are_remembered_as_with_a_journal_and_in_streams_of_the_graph() -> None:
    original, trace = Streaming(), Trace("1")
    llm = remembered(original)
    inner = asking(llm, trace, "a", "b").compile()  # pyright: ignore[reportArgumentType]

    async def node(state: State) -> State:
        parts = [part async for part in inner.astream(state, stream_mode=["messages", "values"])]
        return {"said": parts[-1][1]["said"]}  # type: ignore[index, call-overload]

    first = Attempt(one(node))
    left = await first.kill_at(trace.reached, {"said": []})
    second = Attempt(one(node), left)
    assert (await second.run())["said"] == ["a #1", "b #2"]
    assert original.asked == ["a", "b"]
    assert second.journal.unremembered.counts() == {}


async def test_what_a_node_asks_between_two_chunks_is_its_own() -> None:
    original, other, trace, got = Streaming(), Streaming(), Trace("end"), list[str]()
    llm, between = remembered(original), remembered(other)

    async def node(_: State) -> State:
        async for chunk in llm.astream("a"):
            got.append(f"{chunk.text}, {(await between.ainvoke('b')).text if chunk.text else ''}")
        got.append((await between.ainvoke("b")).text)
        await trace("end")
        return {}

    left = await Attempt(one(node)).kill_at(trace.reached, {"said": []})
    await Attempt(one(node), left).run()
    assert (original.asked, other.asked) == (["a"], ["b", "b"])
    assert [each for each in got if each.startswith("b")] == ["b #2", "b #2"]


class Whole(Scripted):
    """A model that does not stream."""


async def test_a_model_that_does_not_stream_stays_one_that_does_not() -> None:
    llm, trace, got = remembered(Whole()), Trace("asked"), list[Any]()
    left = await Attempt(streamed(llm, trace, got)).kill_at(trace.reached, {"said": []})
    await Attempt(streamed(llm, trace, got), left).run()
    assert got[:2] == got[2:]


def test_a_remembered_model_is_a_model_like_the_original() -> None:
    original = Streaming()
    llm = remembered(original)
    assert isinstance(llm, Streaming)
    assert llm._get_llm_string() == original._get_llm_string()
    assert original.cache is None
    assert next(iter(llm.stream("a"))).text == "a #1"


async def outside(llm: BaseChatModel) -> AsyncIterator[str]:
    async for chunk in llm.astream("a"):
        yield chunk.text


async def test_outside_of_a_phase_a_stream_is_one() -> None:
    assert len([text async for text in outside(remembered(Streaming()))]) > 1
