"""Structured answers of strong and weak models: the real client over real HTTP, against a scripted server."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TypedDict

import pytest
from langchain_core.messages import HumanMessage
from langgraph.graph import START, StateGraph
from langgraph_heartbeat import CallJournal
from pydantic import BaseModel

from durable.tests.attempts import Attempt, Trace
from outlast.evidence.errors import Permanent
from outlast.tools.models.chat_models import chat_model
from outlast.tools.models.structured import StructuredModel, Unfitting, strict_json_schema
from tests.servers.openai_server import (
    Answer,
    Asked,
    OpenAIServer,
    Script,
    calls,
    fails,
    in_order,
    says,
    says_json,
)


class Inner(BaseModel):
    """A part."""

    text: str


class Form(BaseModel):
    """What is wanted."""

    number: int
    parts: list[Inner]


GOOD = {"number": 3, "parts": [{"text": "one"}]}
ASK = [HumanMessage("How many?")]


@contextmanager
def serving(script: Script) -> Iterator[tuple[StructuredModel, OpenAIServer]]:
    with OpenAIServer(script) as server:
        model = chat_model("openai:scripted", base_url=server.base_url, cache=CallJournal())
        yield StructuredModel(model), server


def ways(server: OpenAIServer) -> list[str]:
    """Return the output method that each request used."""
    return [
        "schema" if "response_format" in one.body else "tool" if "tools" in one.body else "text" for one in server.asked
    ]


async def filled(script: Script) -> tuple[Form, list[str]]:
    with serving(script) as (model, server):
        form = await model.answer(ASK, Form)
        return form, ways(server)


async def test_a_strong_model_needs_one_call() -> None:
    form, asked = await filled(in_order(says_json(GOOD)))
    assert (form.number, form.parts[0].text, asked) == (3, "one", ["schema"])


def only(*able: str) -> Script:
    """Return the script of a server that supports only the given output methods and refuses the others."""

    def script(asked: Asked) -> Answer:
        way = "schema" if "response_format" in asked.body else "tool" if "tools" in asked.body else "text"
        if way not in able:
            return fails(400, f"{way} is not supported")
        return calls("Form", GOOD) if way == "tool" else says(f"Here: {json.dumps(GOOD)}")

    return script


@pytest.mark.parametrize(("able", "asked"), [("tool", ["schema", "tool"]), ("text", ["schema", "tool", "text"])])
async def test_what_a_server_refuses_is_asked_another_way_and_not_tried_again(able: str, asked: list[str]) -> None:
    with serving(only(able)) as (model, server):
        assert (await model.answer(ASK, Form)).number == 3
        assert (await model.answer(ASK, Form)).number == 3
        assert ways(server) == [*asked, able]


async def test_a_question_that_is_refused_every_way_says_nothing_of_the_ways() -> None:
    with serving(only()) as (model, server):
        with pytest.raises(Permanent):
            await model.answer(ASK, Form)
        server.script = only("schema", "tool", "text")
        await model.answer(ASK, Form)
        assert ways(server) == ["schema", "tool", "text", "schema"]


@pytest.mark.parametrize(
    "blocked",
    [
        fails(400, "The response was filtered due to Azure OpenAI's content management policy.", "content_filter"),
        fails(400, "Invalid prompt: your prompt was flagged as potentially violating our policy.", "invalid_prompt"),
    ],
)
async def test_what_a_filter_blocks_costs_that_question_only(blocked: Answer) -> None:
    with serving(in_order(blocked, says_json(GOOD))) as (model, server):
        with pytest.raises(Unfitting, match="refuses to answer"):
            await model.answer(ASK, Form)
        await model.answer(ASK, Form)
        assert ways(server) == ["schema", "schema"]


async def test_a_way_that_is_refused_before_a_filter_blocks_is_not_judged_by_it() -> None:
    blocked = fails(400, "Your prompt was flagged.", "invalid_prompt")
    with serving(in_order(fails(400), blocked, says_json(GOOD))) as (model, server):
        with pytest.raises(Unfitting):
            await model.answer(ASK, Form)
        await model.answer(ASK, Form)
        assert ways(server) == ["schema", "tool", "schema"]


async def test_a_request_that_is_refused_every_way_says_what_the_server_said() -> None:
    with serving(only()) as (model, server), pytest.raises(Permanent, match="text is not supported"):
        await model.answer(ASK, Form)
    assert len(server.asked) == 3


@pytest.mark.parametrize(
    "bad",
    [
        says(""),
        says(None),
        says("I would rather talk."),
        says('{"number": 3, "parts": [{"te'),
        says_json({"number": "many", "parts": []}),
        says_json({"parts": []}),
        calls("Form", {}),
        calls("Form", ""),
        calls("Form", '{"number": 3'),
        says('{"number": 3, "pa', finish="length"),
    ],
)
async def test_an_answer_that_does_not_fit_is_repaired(bad: Answer) -> None:
    form, asked = await filled(in_order(bad, bad, says_json(GOOD)))
    assert (form.number, asked) == (3, ["schema", "tool", "text"])


@pytest.mark.parametrize("said", [json.dumps([GOOD]), f"Gladly:\n```json\n{json.dumps(GOOD)}\n```"])
async def test_a_whole_object_between_other_things_needs_no_repair(said: str) -> None:
    assert (await filled(in_order(says(said))))[1] == ["schema"]


async def test_a_repair_says_what_was_wrong() -> None:
    with serving(in_order(says_json({"number": "many", "parts": []}), says_json(GOOD))) as (model, server):
        await model.answer(ASK, Form)
        assert "number: Input should be a valid integer" in server.asked[1].text
        assert "many" in server.asked[1].text


CUTS = {
    "schema": (says('{"number": 3, "pa', finish="length"),),
    "tool": (fails(400), calls("Form", '{"number": 3, "pa')),
    "text": (fails(400), fails(400), says('{"number": 3, "pa', finish="length")),
}


@pytest.mark.parametrize("way", CUTS)
async def test_an_answer_that_was_cut_off_is_asked_for_more_shortly(way: str) -> None:
    *before, bad = CUTS[way]
    choice = {**bad.body["choices"][0], "finish_reason": "length"}
    cut = Answer({**bad.body, "choices": [choice]})
    with serving(in_order(*before, cut, says_json(GOOD))) as (model, server):
        assert (await model.answer(ASK, Form)).number == 3
        assert "reached the limit of its length before its end. Answer more shortly." in server.asked[-1].text
        assert '"number": 3' not in server.asked[-1].text, "what was cut off is not shown to it again"


async def test_a_form_that_is_whole_where_the_answer_was_cut_off_is_taken() -> None:
    cut = says(f"{json.dumps(GOOD)} And now I will", finish="length")
    assert (await filled(in_order(fails(400), fails(400), cut)))[1] == ["schema", "tool", "text"]


async def test_after_two_repairs_it_is_given_up_and_the_message_says_what_to_do() -> None:
    with serving(in_order(says("Never."))) as (model, server):
        with pytest.raises(Unfitting, match=r"no Form that fits, in 3 answers: .* Use a model that can write JSON"):
            await model.answer(ASK, Form)
        assert len(server.asked) == 3


async def test_an_answer_in_a_tool_call_counts_whatever_was_asked_for() -> None:
    assert (await filled(in_order(calls("Form", GOOD))))[0].number == 3


async def test_a_failure_is_no_answer_and_is_not_repaired() -> None:
    with serving(in_order(fails(401))) as (model, server):
        with pytest.raises(Permanent, match="key"):
            await model.answer(ASK, Form)
        assert len(server.asked) == 1


async def test_a_refusal_is_said_and_not_repaired() -> None:
    with serving(in_order(says(None, refusal="I will not."))) as (model, server):
        with pytest.raises(Permanent, match=r"refuses to answer: I will not\."):
            await model.answer(ASK, Form)
        assert len(server.asked) == 1


def test_schemas_are_strict_and_whole() -> None:
    schema = strict_json_schema(Form)
    assert schema["additionalProperties"] is False
    assert schema["properties"]["parts"]["items"]["required"] == ["text"]
    assert "$ref" not in json.dumps(schema)
    assert schema["description"] == "What is wanted."


class Said(TypedDict):
    said: int


async def test_the_journal_remembers_repairs_that_were_answered_before_a_crash() -> None:
    trace = Trace("after")
    with serving(in_order(says("Never."), says_json(GOOD), says_json({"number": 4, "parts": []}))) as (model, server):

        def graph() -> StateGraph[Any]:
            async def node(_: dict[str, Any]) -> dict[str, Any]:
                form = await StructuredModel(model.model).answer(ASK, Form)
                await trace("after")
                return {"said": form.number}

            built = StateGraph(Said)
            built.add_node("node", node)
            built.add_edge(START, "node")
            return built

        left = await Attempt(graph()).kill_at(trace.reached, {"said": 0})
        assert len(server.asked) == 2
        assert (await Attempt(graph(), left).run())["said"] == 3
        assert len(server.asked) == 2
