"""`ScriptedChatModel` is a chat model like others, with answers and faults by a script."""

import asyncio
import json
import re
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from langchain.agents import create_agent
from langchain.agents.structured_output import ToolStrategy
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage, HumanMessage
from langchain_core.tools import tool
from langgraph_heartbeat import CallJournal
from langgraph_heartbeat.testing import (
    ScriptedChatModel,
    ScriptError,
    answer_after,
    calling,
    garbage,
    no_answer,
)
from pydantic import BaseModel, ValidationError


class Year(BaseModel):
    year: int


@tool
def tide(place: str) -> str:
    """Look up the tide at a place."""
    return f"high at {place}"


async def test_a_list_answers_in_the_order_of_the_calls_and_says_when_it_is_over() -> None:
    model = ScriptedChatModel(["one", AIMessage("two")])
    assert [(await model.ainvoke("a")).text, model.invoke("b").text] == ["one", "two"]
    with pytest.raises(ScriptError, match=r"has 2 answers, and this is call 3. Its last message: 'what now\?'"):
        await model.ainvoke("what now?")
    assert [each[-1].text for each in model.asked] == ["a", "b", "what now?"]


def test_patterns_answer_by_the_last_message() -> None:
    model = ScriptedChatModel({"tide at (?i:dover)": ["high", "low"], re.compile("TIDE", re.IGNORECASE): "unknown"})
    asked = ["the tide at DOVER", "the tide at Calais", "the tide at Dover", "the tide at Dover"]
    assert [model.invoke(each).text for each in asked] == ["high", "unknown", "low", "low"]
    with pytest.raises(ScriptError, match=r"No pattern of the script is found in 'Hello'\. Its patterns: 'tide at"):
        model.invoke("Hello")


def test_patterns_answer_by_the_conversation() -> None:
    conversation: list[Any] = [("user", "I am Ada."), ("ai", "Hello."), ("user", "Who am I?")]
    with pytest.raises(ScriptError):
        ScriptedChatModel({"Ada": "You are Ada."}).invoke(conversation)
    assert (
        ScriptedChatModel({"Ada": "You are Ada."}, searched="conversation").invoke(conversation).text == "You are Ada."
    )


async def test_a_function_answers_and_may_be_async() -> None:
    def count(messages: list[BaseMessage]) -> str:
        return f"{len(messages)} messages"

    async def say(messages: list[BaseMessage]) -> Any:
        await asyncio.sleep(0)
        return calling("tide", place=messages[-1].text)

    assert ScriptedChatModel(count).invoke("a").text == "1 messages"
    asked = await ScriptedChatModel(say).bind_tools([tide]).ainvoke("Dover")
    assert [each["args"] for each in asked.tool_calls] == [{"place": "Dover"}]
    with pytest.raises(ScriptError, match="use ainvoke"):
        ScriptedChatModel(say).invoke("Dover")


def test_tool_calls_have_ids_that_depend_on_what_was_asked() -> None:
    script = [calling("tide", place="Dover") & calling("tide", place="Calais")] * 3
    model = ScriptedChatModel(script).bind_tools([tide])
    first, again = model.invoke("now"), model.invoke("now")
    other = model.invoke("tomorrow")
    assert [each["id"] for each in first.tool_calls] == [each["id"] for each in again.tool_calls]
    assert len({each["id"] for message in (first, other) for each in message.tool_calls}) == 4


def test_a_tool_that_the_model_does_not_have_is_refused() -> None:
    model = ScriptedChatModel([calling("wind")] * 2)
    with pytest.raises(ScriptError, match="the tool 'wind', which the model does not have: it has tide"):
        model.bind_tools([tide]).invoke("?")
    with pytest.raises(ScriptError, match="it was given none"):
        model.invoke("?")


@pytest.mark.parametrize("schema", [Year, Year.model_json_schema() | {"title": "Year"}], ids=["class", "schema"])
@pytest.mark.parametrize("answer", [Year(year=1871), {"year": 1871}], ids=["object", "dict"])
async def test_structured_output(schema: Any, answer: Any) -> None:
    structured = ScriptedChatModel([answer, answer]).with_structured_output(schema)
    for found in (structured.invoke("When?"), await structured.ainvoke("When?")):
        assert (found if isinstance(found, dict) else found.model_dump()) == {"year": 1871}


def test_structured_output_of_an_agent() -> None:
    agent = create_agent(ScriptedChatModel([Year(year=1871)]), [tide], response_format=ToolStrategy(Year))
    assert agent.invoke({"messages": [("user", "When?")]})["structured_response"] == Year(year=1871)


def test_an_object_is_json_where_no_form_is_asked_for() -> None:
    assert json.loads(ScriptedChatModel([Year(year=1871)]).invoke("When?").text) == {"year": 1871}


async def test_it_streams_word_by_word_with_its_tool_calls_and_its_usage() -> None:
    script = [AIMessage("High at  both.\n", tool_calls=[{"name": "tide", "args": {"place": "Dover"}, "id": "c-1"}])] * 2
    model = ScriptedChatModel(script).bind_tools([tide])
    chunks = [each async for each in model.astream("When?")]
    assert [each.text for each in chunks] == ["High", " at", "  both.\n", ""]
    whole = sum(chunks[1:], start=chunks[0])
    assert isinstance(whole, AIMessageChunk)
    assert [(each["name"], each["args"], each["id"]) for each in whole.tool_calls] == [
        ("tide", {"place": "Dover"}, "c-1")
    ]
    assert whole.usage_metadata == {"input_tokens": 1, "output_tokens": 6, "total_tokens": 7}
    assert "".join(each.text for each in model.stream("When?")) == "High at  both.\n"


async def test_a_graph_streams_its_tokens() -> None:
    agent = create_agent(ScriptedChatModel(["It is high."]), [])
    given = {"messages": [("user", "When?")]}
    assert [each[0].text async for each in agent.astream(given, stream_mode="messages")] == ["It", " is", " high.", ""]


def test_an_answer_may_say_what_it_costs() -> None:
    usage: Any = {"input_tokens": 100, "output_tokens": 5, "total_tokens": 105}
    model = ScriptedChatModel(["It is high.", AIMessage("Low.", usage_metadata=usage)])
    assert model.invoke("How is the tide?").usage_metadata == {"input_tokens": 4, "output_tokens": 3, "total_tokens": 7}
    assert model.invoke("How is the tide?").usage_metadata == usage


async def test_errors_are_raised_each_with_a_traceback_of_its_own() -> None:
    error = ConnectionError("reset")
    model = ScriptedChatModel([error, TimeoutError, error, "at last"])
    raised: list[BaseException] = []
    for kind in (ConnectionError, TimeoutError, ConnectionError):
        with pytest.raises(kind) as caught:
            await model.ainvoke("?")
        raised.append(caught.value)
    assert (await model.ainvoke("?")).text == "at last"
    assert raised[0] is not raised[2]
    assert error.__traceback__ is None


async def test_faults_come_at_their_calls_whatever_the_script_says() -> None:
    model = ScriptedChatModel({"": "yes"}, faults={2: ConnectionError("reset"), 3: garbage()})
    assert (await model.ainvoke("?")).text == "yes"
    with pytest.raises(ConnectionError):
        await model.ainvoke("?")
    with pytest.raises(json.JSONDecodeError):
        json.loads((await model.ainvoke("?")).text)
    assert (await model.ainvoke("?")).text == "yes"
    with pytest.raises(ValueError, match="numbered by its calls, from 1, not 0"):
        ScriptedChatModel(["yes"], faults={0: TimeoutError()})


async def test_garbage_does_not_fit_the_form_that_is_asked_for() -> None:
    structured = ScriptedChatModel([garbage(), Year(year=1871)]).with_structured_output(Year)
    with pytest.raises(ValidationError):
        await structured.ainvoke("When?")
    assert await structured.ainvoke("When?") == Year(year=1871)


async def test_a_call_without_an_answer_lasts_until_it_is_cancelled() -> None:
    model = ScriptedChatModel([no_answer(), no_answer(), "there"])
    calling_it = asyncio.create_task(model.ainvoke("?"))
    await asyncio.sleep(0.01)
    assert not calling_it.done()
    calling_it.cancel()
    with pytest.raises(asyncio.CancelledError):
        await calling_it
    with pytest.raises(ScriptError, match="use ainvoke"):
        model.invoke("?")
    assert model.invoke("?").text == "there"


async def test_an_answer_waits_for_its_event() -> None:
    gate, gate_of_threads = asyncio.Event(), threading.Event()
    model = ScriptedChatModel([answer_after(gate, "one"), answer_after(gate_of_threads, ConnectionError("two"))])
    first = asyncio.create_task(model.ainvoke("?"))
    await asyncio.sleep(0.01)
    second = asyncio.create_task(asyncio.to_thread(model.invoke, "?"))
    await asyncio.sleep(0.01)
    assert not first.done()
    assert not second.done()
    gate.set()
    gate_of_threads.set()
    assert (await first).text == "one"
    with pytest.raises(ConnectionError, match="two"):
        await second
    with pytest.raises(ScriptError, match=re.escape("a threading.Event")):
        ScriptedChatModel([answer_after(asyncio.Event(), "?")]).invoke("?")


async def test_parallel_calls_on_a_loop_get_the_answers_in_their_order() -> None:
    for _ in range(10):
        model = ScriptedChatModel([str(number) for number in range(50)])
        answers = await asyncio.gather(*(model.ainvoke(f"call {number}") for number in range(50)))
        assert [each.text for each in answers] == [str(number) for number in range(50)]


def test_parallel_calls_in_threads_get_each_answer_once() -> None:
    model = ScriptedChatModel([str(number) for number in range(200)])
    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda number: model.invoke(f"call {number}").text, range(200)))
    assert sorted(answers, key=int) == [str(number) for number in range(200)]
    assert len(model.asked) == 200


def test_models_with_different_scripts_are_different_for_a_cache() -> None:
    first, second = (ScriptedChatModel([text], cache=CallJournal()) for text in ("a", "b"))
    assert first._get_llm_string() != second._get_llm_string()
    assert first._get_llm_string() == ScriptedChatModel(["a"])._get_llm_string()


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        ("text", "A script is a list of answers"),
        (7, "A script is a list of answers"),
        ({"a": []}, "The pattern 'a' of the script has no answers"),
    ],
)
def test_what_is_no_script_is_refused(script: Any, reason: str) -> None:
    with pytest.raises((TypeError, ValueError), match=reason):
        ScriptedChatModel(script)


def test_what_is_no_answer_is_refused() -> None:
    with pytest.raises(ScriptError, match="not with 7"):
        ScriptedChatModel([7]).invoke([HumanMessage("?")])
