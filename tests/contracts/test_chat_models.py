"""One suite over the double of a model server and over llama.cpp's, by the real client over real HTTP.

llama.cpp runs where it is installed (`make test-model`), with a model of 135 million parameters, which calls no tools:
what is shown is that both sides understand each other, not how good an answer is.
"""

import asyncio
import traceback
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Any, Literal

import pytest
from langchain_core.language_models.chat_models import BaseChatModel
from langchain_core.messages import HumanMessage
from pydantic import BaseModel

from outlast.evidence.errors import Permanent, Transient
from outlast.graphs.prompts import schemas
from outlast.tools.models.answer_length import answers_within, is_cut_off
from outlast.tools.models.chat_models import chat_model, probe
from outlast.tools.models.failures import ContextTooLong
from outlast.tools.models.metering import metered
from outlast.tools.models.structured import (
    StructuredModel,
    Unfitting,
    answer_text,
    parse_answer,
    prepare_json_schema,
    prepare_tool_call,
)
from outlast.tools.retrying import Patience
from tests.contracts.model_servers import KEY, LONG_TALE, MODEL, SERVERS, ModelServer

Start = Callable[[], AbstractContextManager[ModelServer]]

PATIENCE = Patience(total_timeout=timedelta(milliseconds=1), attempt_timeout=timedelta(minutes=1))
"""One attempt, on a machine that may be busy."""
FORMS = [
    form
    for form in vars(schemas).values()
    if isinstance(form, type) and issubclass(form, BaseModel) and form is not BaseModel
]
ASK = [HumanMessage("How is rye bread baked?")]


@pytest.fixture(scope="module", params=["scripted", pytest.param("llama.cpp", marks=pytest.mark.processes)])
def start(request: pytest.FixtureRequest) -> Start:
    return SERVERS[request.param]


@pytest.fixture(scope="module")
def server(start: Start) -> Iterator[ModelServer]:
    """The one that all share who do not stop it."""
    with start() as running:
        yield running


def model_at(server: ModelServer, name: str = MODEL, tokens: int = 40, **options: Any) -> BaseChatModel:
    given: dict[str, Any] = {"base_url": server.base_url, "api_key": KEY, "patience": PATIENCE} | options
    return chat_model(f"openai:{name}", temperature=0, max_tokens=tokens, **given)


async def test_an_answer_comes_with_its_usage(server: ModelServer) -> None:
    answer = await model_at(server).ainvoke(ASK)
    assert answer.text.strip()
    assert answer.usage_metadata
    assert answer.usage_metadata["input_tokens"] > 4
    assert 0 < answer.usage_metadata["output_tokens"] <= 40
    assert answer.response_metadata["model_name"]


async def test_a_longer_question_costs_more(server: ModelServer) -> None:
    short, long = [await model_at(server, tokens=3).ainvoke("rye " * words) for words in (10, 200)]
    assert short.usage_metadata
    assert long.usage_metadata
    assert long.usage_metadata["input_tokens"] > short.usage_metadata["input_tokens"] + 150


async def test_a_stream_is_the_whole_answer_in_one_piece(server: ModelServer) -> None:
    pieces = [piece async for piece in model_at(server).astream(ASK)]
    assert len(pieces) == 1
    assert pieces[0].text.strip()
    assert pieces[0].usage_metadata
    assert pieces[0].usage_metadata["output_tokens"] > 0


async def test_a_plain_answer_that_is_cut_off_says_so(server: ModelServer) -> None:
    answer = await model_at(server, tokens=3).ainvoke(ASK)
    assert answer.response_metadata["finish_reason"] == "length"


async def test_an_answer_ends_where_the_block_says(server: ModelServer) -> None:
    with answers_within(3):
        answer = await model_at(server, tokens=40).ainvoke(ASK)
    assert answer.response_metadata["finish_reason"] == "length"
    assert len(answer.text.split()) <= 3


class Loaf(BaseModel):
    """A loaf of bread."""

    grain: Literal["rye", "wheat"]
    hours: int


async def test_a_form_is_filled_in(server: ModelServer) -> None:
    model = StructuredModel(model_at(server, tokens=200))
    loaf = await model.answer([HumanMessage("A loaf of rye bread, whose dough rests for 11 hours.")], Loaf)
    assert loaf.grain in {"rye", "wheat"}


async def test_a_form_that_is_cut_off_says_what_it_cost(server: ModelServer) -> None:
    asking, _ = prepare_json_schema(model_at(server, tokens=2), Loaf)
    answer = await asking.ainvoke(ASK)
    assert is_cut_off(answer)
    assert answer.usage_metadata
    assert answer.usage_metadata["input_tokens"] > 4
    assert answer.usage_metadata["output_tokens"] > 0


async def test_forms_that_are_cut_off_are_asked_for_again_and_all_are_counted(server: ModelServer) -> None:
    with metered() as meter, pytest.raises(Unfitting, match="limit of its length"):
        await StructuredModel(model_at(server, tokens=2)).answer(ASK, Loaf)
    assert meter.usage.calls == 3


@pytest.mark.parametrize("form", FORMS, ids=[form.__name__ for form in FORMS])
async def test_every_form_of_the_prompts_is_a_schema_that_the_server_takes(
    server: ModelServer, form: type[BaseModel]
) -> None:
    asking, _ = prepare_json_schema(model_at(server, tokens=24), form)
    answer = await asking.ainvoke(ASK)
    assert is_cut_off(answer) or parse_answer(answer_text(answer), form)[0] is not None


async def test_a_tool_may_be_offered_to_a_model_that_calls_none(server: ModelServer) -> None:
    asking, _ = prepare_tool_call(model_at(server), Loaf)
    answer = await asking.ainvoke(ASK)
    assert answer.tool_calls or answer.text.strip()
    assert answer.usage_metadata


async def test_a_prompt_that_is_too_long_is_known_as_such(server: ModelServer) -> None:
    with pytest.raises(ContextTooLong, match=f"openai:{MODEL}"):
        await model_at(server).ainvoke("rye " * 3000)


async def test_a_form_asked_for_in_a_prompt_that_is_too_long_too(server: ModelServer) -> None:
    with pytest.raises(ContextTooLong):
        await StructuredModel(model_at(server)).answer([HumanMessage("rye " * 3000)], Loaf)


async def test_an_unknown_model_is_named_where_the_server_knows_names(server: ModelServer) -> None:
    asked = model_at(server, name="nobody").ainvoke(ASK)
    if not server.knows_names:
        assert (await asked).text.strip()
        return
    with pytest.raises(Permanent, match="no model openai:nobody"):
        await asked


async def test_an_address_beside_the_server_is_named(server: ModelServer) -> None:
    with pytest.raises(Permanent, match="base URL"):
        await model_at(server, base_url=f"{server.base_url}/nowhere").ainvoke(ASK)


async def test_a_wrong_key_is_refused_and_not_shown(server: ModelServer) -> None:
    wrong = "sk-wrong-0123456789abcdef"
    with pytest.raises(Permanent, match="refuses the key") as raised:
        await model_at(server, api_key=wrong).ainvoke(ASK)
    assert wrong not in "".join(traceback.format_exception(raised.value))


async def test_a_probe_says_that_it_can_be_used(server: ModelServer) -> None:
    await probe(model_at(server))
    with pytest.raises(Permanent, match="base URL"):
        await probe(model_at(server, base_url=f"{server.base_url}/nowhere"))


async def test_a_server_that_stops_during_a_call_and_before_one_is_transient(start: Start) -> None:
    with start() as server:
        asked = asyncio.create_task(model_at(server, tokens=900).ainvoke(LONG_TALE))
        await asyncio.to_thread(server.await_call)
        assert not asked.done()
        await asyncio.to_thread(server.stop)
        with pytest.raises(Transient):
            await asked
        with pytest.raises(Transient, match="cannot be reached"):
            await model_at(server).ainvoke(ASK)
        with pytest.raises(Transient, match="cannot be reached"):
            await probe(model_at(server))
