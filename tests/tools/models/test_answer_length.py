"""The limit of an answer's length is sent to the server: the real client over real HTTP."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from langchain_core.caches import InMemoryCache
from langchain_core.language_models.chat_models import BaseChatModel

from outlast.tools.models.answer_length import DEFAULT_MAX_ANSWER_TOKENS, answers_within
from outlast.tools.models.chat_models import chat_model
from outlast.tools.models.failures import ContextTooLong
from outlast.tools.retrying import Patience
from tests.servers.openai_server import Answer, Asked, OpenAIServer, Script, context_too_long, fails, in_order, says

ASK = "How long does the dough rest?"
QUICK = Patience(total_timeout=timedelta(milliseconds=1), attempt_timeout=timedelta(seconds=5))
RESTS = says("For eleven hours.")


@contextmanager
def serving(
    script: Script, name: str = "openai:scripted", **options: Any
) -> Iterator[tuple[BaseChatModel, OpenAIServer]]:
    with OpenAIServer(script) as server:
        yield chat_model(name, base_url=server.base_url, api_key="sk-test", patience=QUICK, **options), server


def limits(server: OpenAIServer) -> list[int | None]:
    """Return the limit of the answer's length that each request sent."""
    return [asked.body.get("max_completion_tokens") for asked in server.asked]


async def test_the_limit_of_the_block_is_said_and_no_other() -> None:
    with serving(in_order(RESTS)) as (model, server):
        await model.ainvoke(ASK)
        with answers_within(900):
            await model.ainvoke(ASK)
            with answers_within(None):
                await model.ainvoke(ASK)
        await model.ainvoke(ASK)
    assert limits(server) == [None, 900, None, None]


async def test_of_two_limits_the_lower_one_counts() -> None:
    with serving(in_order(RESTS), max_tokens=500) as (model, server):
        for limit in (499, 501):
            with answers_within(limit):
                await model.ainvoke(ASK)
    assert limits(server) == [499, 500]


@pytest.mark.parametrize(("name", "most"), [("openai:gpt-4o", 16_384), ("openai:scripted", DEFAULT_MAX_ANSWER_TOKENS)])
async def test_no_model_is_told_of_more_than_it_can_do(name: str, most: int) -> None:
    with serving(in_order(RESTS), name) as (model, server):
        for limit in (most - 1, most, most * 10):
            with answers_within(limit):
                await model.ainvoke(ASK)
    assert limits(server) == [most - 1, None, None]


@pytest.mark.parametrize(
    "refusal",
    [
        fails(400, "Unsupported parameter: max_completion_tokens."),
        fails(400, "max_completion_tokens is too large: 5000. This model's maximum context length is 4096 tokens."),
    ],
)
async def test_a_server_that_takes_no_limit_is_asked_without_one(refusal: Answer) -> None:
    def strict(asked: Asked) -> Answer:
        return refusal if "max_completion_tokens" in asked.body else RESTS

    with serving(strict) as (model, server), answers_within(5000):
        assert (await model.ainvoke(ASK)).text == "For eleven hours."
    assert limits(server) == [5000, None]


async def test_a_prompt_that_is_too_long_is_too_long_without_a_limit_as_well() -> None:
    with serving(in_order(context_too_long())) as (model, _), answers_within(900), pytest.raises(ContextTooLong):
        await model.ainvoke(ASK)


async def test_what_was_answered_is_remembered_whatever_the_limit_is_now() -> None:
    """After a crash another budget may be left, but the finished call is still the same call."""
    with serving(in_order(RESTS), cache=InMemoryCache()) as (model, server):
        for limit in (900, 300, None):
            with answers_within(limit):
                await model.ainvoke(ASK)
    assert limits(server) == [900]
