"""Chat models by name, and what their failures mean: the real client over real HTTP, each row of the table."""

import asyncio
import email.utils
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from langchain_core.exceptions import OutputParserException
from langchain_core.language_models.chat_models import BaseChatModel
from langchain_core.language_models.fake_chat_models import FakeListChatModel
from langchain_openai import ChatOpenAI
from pydantic import Field, SecretStr

from outlast.evidence.errors import NeedsOperator, OutlastError, Permanent, Transient
from outlast.tools.models import chat_models
from outlast.tools.models.answer_length import answers_within, is_cut_off
from outlast.tools.models.chat_models import chat_model, probe
from outlast.tools.models.failures import ContextTooLong, NotAccepted, Refused, as_error
from outlast.tools.retrying import Patience
from tests.servers.openai_server import (
    Answer,
    Asked,
    OpenAIServer,
    Script,
    calls,
    context_too_long,
    drips,
    fails,
    in_order,
    malformed,
    quota_exhausted,
    resets,
    says,
    short,
)

KEY = "sk-scripted-0123456789abcdef"
QUICK = Patience(
    total_timeout=timedelta(seconds=0.3),
    attempt_timeout=timedelta(seconds=5),
    first_wait=timedelta(milliseconds=10),
    max_wait=timedelta(milliseconds=50),
)
SETTLED = replace(QUICK, total_timeout=timedelta(seconds=20))
"""For calls that succeed in the end, even on a busy machine."""
PAGE = Answer(b"<!DOCTYPE html><html><body>Sign in</body></html>", 200, {"Content-Type": "text/html"})


@contextmanager
def serving(script: Script, patience: Patience = QUICK, **options: Any) -> Iterator[tuple[BaseChatModel, OpenAIServer]]:
    with OpenAIServer(script) as server:
        yield chat_model("openai:scripted", base_url=server.base_url, api_key=KEY, patience=patience, **options), server


async def failure(script: Script, patience: Patience = QUICK) -> tuple[OutlastError, int]:
    """Return the error of a call and the number of its requests."""
    with serving(script, patience) as (model, server):
        with pytest.raises(OutlastError) as raised:
            await model.ainvoke("How is rye baked?")
        return raised.value, len(server.asked)


async def test_an_answer_comes_with_its_usage() -> None:
    with serving(in_order(says("Slowly."))) as (model, server):
        answer = await model.ainvoke("How is rye baked?")
        assert (answer.text, server.asked[0].text, server.asked[0].key) == ("Slowly.", "How is rye baked?", KEY)
        assert answer.usage_metadata
        assert answer.usage_metadata["total_tokens"] > 0
        assert server.asked[0].body["model"] == "scripted"


async def test_it_is_the_providers_own_class_and_tools_can_be_bound() -> None:
    with serving(in_order(calls("bake", {"bread": "rye"})), temperature=0.0) as (model, server):
        assert isinstance(model, ChatOpenAI)
        tool = {"title": "bake", "description": "Bakes.", "type": "object", "properties": {"bread": {"type": "string"}}}
        answer = await model.bind_tools([tool]).ainvoke("Bake.")
        assert answer.tool_calls[0]["args"] == {"bread": "rye"}
        assert server.asked[0].body["temperature"] == 0.0


PASSING = {
    "408": fails(408),
    "409": fails(409),
    "429": fails(429),
    "429, at once": fails(429, retry_after="0"),
    "429, junk": fails(429, retry_after="soon"),
    "429, a date": fails(429, retry_after=email.utils.format_datetime(datetime.now(UTC) - timedelta(days=1))),
    "500": fails(500),
    "502, a page": Answer(b"<html>Bad gateway</html>", 502, {"Content-Type": "text/html"}),
    "503": fails(503),
    "an error inside a 200": Answer({"error": {"message": "overloaded", "code": 503}}),
    "reset": resets(),
    "cut off": short(),
    "null": malformed(),
    "empty": malformed(b""),
    "no JSON": malformed(b"hello"),
    "a list": malformed(b"[]"),
    "no choices": malformed(b'{"choices": []}'),
}


@pytest.mark.parametrize("bad", PASSING.values(), ids=PASSING.keys())
async def test_what_may_pass_is_tried_again_at_the_call(bad: Answer) -> None:
    with serving(in_order(bad, bad, says("Slowly.")), SETTLED) as (model, server):
        assert (await model.ainvoke("How is rye baked?")).text == "Slowly."
        assert len(server.asked) == 3


@pytest.mark.parametrize("bad", [fails(408), fails(409), fails(429), fails(500), resets(), short()])
async def test_what_outlasts_patience_is_transient(bad: Answer) -> None:
    error, asked = await failure(in_order(bad), replace(QUICK, total_timeout=timedelta(seconds=0.6)))
    assert isinstance(error, Transient)
    assert asked > 1


@pytest.mark.parametrize("bad", [malformed(), malformed(b"hello"), malformed(b'{"choices": []}')])
async def test_a_server_that_never_makes_sense_is_named_in_the_end(bad: Answer) -> None:
    error, asked = await failure(in_order(bad), replace(QUICK, total_timeout=timedelta(seconds=0.6)))
    assert isinstance(error, NeedsOperator)
    assert "base URL" in str(error)
    assert asked > 1


async def test_a_retry_after_beyond_patience_is_handed_on() -> None:
    error, asked = await failure(in_order(fails(429, retry_after="30")))
    assert isinstance(error, Transient)
    assert (error.retry_after, asked) == (timedelta(seconds=30), 1)


async def test_a_date_in_retry_after_is_handed_on() -> None:
    later = email.utils.format_datetime(datetime.now(UTC) + timedelta(minutes=10))
    error, asked = await failure(in_order(fails(429, retry_after=later)))
    assert isinstance(error, Transient)
    assert error.retry_after
    assert timedelta(minutes=9) < error.retry_after <= timedelta(minutes=10)
    assert asked == 1


@pytest.mark.parametrize(
    ("bad", "says_what"),
    [
        (fails(401), "key for the model openai:scripted"),
        (fails(403), "may not use the model openai:scripted"),
        (fails(404), "no model openai:scripted"),
        (PAGE, "not a model server"),
        (fails(400, "API key not valid. Please pass a valid API key."), "Set a valid key"),
        (fails(400, "Incorrect API key provided: xa***er. See the console."), "Set a valid key"),
    ],
)
async def test_what_will_fail_again_is_not_tried_again_and_names_what_to_fix(bad: Answer, says_what: str) -> None:
    error, asked = await failure(in_order(bad))
    assert type(error) is Permanent
    assert says_what in str(error)
    assert asked == 1


@pytest.mark.parametrize("status", [400, 422, 501])
async def test_a_form_that_is_refused_can_be_told_from_other_refusals(status: int) -> None:
    error, asked = await failure(in_order(fails(status)))
    assert (type(error), asked) == (NotAccepted, 1)


TOO_LARGE = (
    "Request too large for gpt-scripted in organization org-1 on tokens per min (TPM): Limit 30000, Requested 40000. "
    "The input or output tokens must be reduced in order to run successfully."
)


@pytest.mark.parametrize(
    "bad",
    [
        context_too_long(),
        fails(413),
        fails(400, "exceeds the available context size"),
        fails(400, "input length and `max_tokens` exceed context limit: 199000 + 21333 > 200000"),
        fails(400, "This model's maximum prompt length is 131072 but the request contains 200000 tokens."),
        fails(429, TOO_LARGE, "rate_limit_exceeded"),
    ],
)
async def test_a_prompt_that_is_too_long_can_be_told_from_other_refusals(bad: Answer) -> None:
    error, asked = await failure(in_order(bad))
    assert (type(error), asked) == (ContextTooLong, 1)


async def test_a_limit_of_tokens_a_minute_that_others_have_used_up_may_pass() -> None:
    said = "Rate limit reached for gpt-scripted on tokens per min (TPM): Limit 30000, Used 29000, Requested 4000."
    error, _ = await failure(in_order(fails(429, f"{said} Please check your plan.", "rate_limit_exceeded")))
    assert isinstance(error, Transient)


BLOCKED = {
    "Azure": fails(
        400,
        "The response was filtered due to the prompt triggering Azure OpenAI's content management policy.",
        "content_filter",
    ),
    "OpenAI": fails(400, "Invalid prompt: your prompt was flagged as potentially violating.", "invalid_prompt"),
    "a code alone": fails(400, "We have limited access to this.", "invalid_prompt"),
    "OpenRouter": fails(403, "The model requires moderation. Your input was flagged for violence."),
    "Anthropic": fails(400, "Output blocked by content filtering policy"),
    "at the end of the answer": says("", finish="content_filter"),
}


@pytest.mark.parametrize("bad", BLOCKED.values(), ids=BLOCKED.keys())
async def test_what_a_filter_blocks_is_refused_and_not_the_form_of_the_request(bad: Answer) -> None:
    with serving(in_order(bad)) as (model, server):
        with pytest.raises(Refused, match="refuses to answer"):
            await model.with_structured_output(FORM, method="json_schema").ainvoke("How is rye baked?")
        assert len(server.asked) == 1


async def test_a_request_that_only_speaks_of_a_filter_is_not_blocked() -> None:
    error, _ = await failure(in_order(fails(400, "Unknown parameter: content_filter.")))
    assert type(error) is NotAccepted


@pytest.mark.parametrize(
    "bad",
    [
        quota_exhausted(),
        fails(402),
        fails(400, "Your credit balance is too low."),
        fails(
            429, "Your account is not active, please check your billing details on our website.", "billing_not_active"
        ),
        fails(400, "Billing hard limit has been reached", "billing_hard_limit_reached"),
        fails(400, "You have reached your specified API usage limits. You will regain access on 2026-12-01."),
        fails(403, "Key limit exceeded (daily limit)."),
    ],
)
async def test_an_account_without_money_waits_for_a_person(bad: Answer) -> None:
    error, asked = await failure(in_order(bad))
    assert isinstance(error, NeedsOperator)
    assert "Add credit" in error.what_to_do
    assert asked == 1


FORM = {"title": "Form", "description": "F.", "type": "object", "properties": {"answer": {"type": "string"}}}
COST = {"prompt_tokens": 11, "completion_tokens": 7, "total_tokens": 18, "prompt_tokens_details": {"cached_tokens": 4}}


def cut_at(cost: Any) -> Answer:
    return Answer({**says('{"answer": "Slo', finish="length").body, "usage": cost})


async def test_a_form_that_was_cut_off_is_an_answer_that_says_so_and_what_it_cost() -> None:
    with serving(in_order(cut_at(COST))) as (model, server):
        asking = model.with_structured_output(FORM, method="json_schema", include_raw=True)
        asked, at_once = await asking.ainvoke("Q"), await asyncio.to_thread(asking.invoke, "Q")
    for answer in (asked["raw"], at_once["raw"]):
        assert is_cut_off(answer)
        assert answer.usage_metadata["input_tokens"] == 11
        assert answer.usage_metadata["output_tokens"] == 7
        assert answer.usage_metadata["input_token_details"]["cache_read"] == 4
        assert answer.response_metadata["finish_reason"] == "length"
    assert len(server.asked) == 2


async def test_half_a_form_is_not_given_out_as_a_whole_one() -> None:
    with serving(in_order(cut_at(None))) as (model, server):
        with pytest.raises(OutputParserException):
            await model.with_structured_output(FORM, method="json_schema").ainvoke("How is rye baked?")
        assert len(server.asked) == 1


async def test_an_answer_that_ended_by_itself_was_not_cut_off() -> None:
    with serving(in_order(says("Slowly."), says("Slo", finish="length"))) as (model, _), answers_within(99):
        assert [is_cut_off(await model.ainvoke("Q")) for _ in range(2)] == [False, True]


async def test_a_server_that_drips_is_left_after_the_limit_of_the_whole_call() -> None:
    begun = time.monotonic()
    error, _ = await failure(
        in_order(drips()), Patience(total_timeout=timedelta(milliseconds=1), attempt_timeout=timedelta(seconds=0.3))
    )
    assert isinstance(error, Transient)
    assert time.monotonic() - begun < 5


async def test_a_server_that_is_not_there_is_transient(nobody: str) -> None:
    model = chat_model("openai:scripted", base_url=f"http://{nobody}/v1", patience=QUICK)
    with pytest.raises(Transient, match="cannot be reached"):
        await model.ainvoke("Q")


async def test_siblings_go_on_undisturbed_while_one_is_tried_again() -> None:
    bad: list[str] = []

    def script(asked: Asked) -> Answer:
        if asked.text != "bad":
            return says("Yes.")
        bad.append(asked.text)
        return fails(500) if len(bad) < 3 else says("Yes.")

    with serving(script, SETTLED) as (model, server):
        answers = await asyncio.gather(*(model.ainvoke(word) for word in ("good", "bad", "fine")))
        assert [answer.text for answer in answers] == ["Yes."] * 3
        assert sorted(one.text for one in server.asked) == ["bad", "bad", "bad", "fine", "good"]


async def test_a_refusal_is_an_answer() -> None:
    with serving(in_order(says(None, refusal="I will not."))) as (model, _):
        assert (await model.ainvoke("Q")).additional_kwargs["refusal"] == "I will not."


def of_a_minute(limit: str = "limit: 10", per: str = "PerMinute") -> Answer:
    """Return a rate limit in Google's words."""
    metric = f"Quota exceeded for metric: requests, {limit}, quotaId: Requests{per}PerModel."
    return fails(429, f"You exceeded your current quota. {'Learn more. ' * 40}{metric} Please retry in 0.02s.")


async def test_a_limit_of_a_minute_in_the_words_of_a_quota_is_waited_for() -> None:
    with serving(in_order(of_a_minute(), says("Slowly.")), SETTLED) as (model, server):
        assert (await model.ainvoke("How is rye baked?")).text == "Slowly."
        assert len(server.asked) == 2


@pytest.mark.parametrize("bad", [of_a_minute("limit: 0"), of_a_minute(per="PerDay")])
async def test_a_limit_that_no_minute_lifts_waits_for_a_person(bad: Answer) -> None:
    error, asked = await failure(in_order(bad))
    assert isinstance(error, NeedsOperator)
    assert asked == 1


@pytest.mark.parametrize(("status", "kind"), [(401, Permanent), (400, NotAccepted), (429, Transient), (500, Transient)])
def test_a_status_counts_where_the_client_leaves_it_in_the_response(status: int, kind: type[OutlastError]) -> None:
    response = httpx.Response(
        status, headers={"Retry-After": "3"}, request=httpx.Request("POST", "http://model.example")
    )
    error = as_error(httpx.HTTPStatusError("Error response", request=response.request, response=response), "x:y")
    assert type(error) is kind
    if isinstance(error, Transient):
        assert error.retry_after == timedelta(seconds=3)


def echoing(status: int) -> Answer:
    return fails(status, f"Incorrect API key provided: {KEY}. See your account.")


@pytest.mark.parametrize("status", [400, 401, 403, 429, 500])
async def test_a_key_that_the_server_echoes_is_in_no_message_and_no_traceback(status: int) -> None:
    error, _ = await failure(in_order(echoing(status)))
    shown = "".join(traceback.format_exception(error))
    assert KEY not in shown
    assert "[hidden]" in shown
    assert KEY not in repr(error.__context__)


async def test_a_synchronous_call_maps_its_failure_too() -> None:
    with serving(in_order(echoing(401))) as (model, _), pytest.raises(Permanent, match=r"\[hidden\]"):
        await asyncio.to_thread(model.invoke, "Q")


async def test_a_probe_says_at_once_what_is_wrong() -> None:
    with OpenAIServer(in_order(fails(500), says("yes"))) as server:
        model = chat_model("openai:scripted", base_url=server.base_url)
        with pytest.raises(Transient, match="500"):
            await probe(model)
        await probe(model)
        assert len(server.asked) == 2


def test_without_a_key_a_person_is_told_which(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    with pytest.raises(NeedsOperator, match="OPENAI_API_KEY"):
        chat_model("openai:gpt-scripted")


class Silent(FakeListChatModel):
    """A client that does not report a missing key."""

    responses: list[str] = Field(default_factory=list)
    a_key: SecretStr | None = Field(default=None, alias="api_key")


@pytest.mark.parametrize(
    ("name", "variable"), [("anthropic:claude", "ANTHROPIC_API_KEY"), ("mistralai:small", "MISTRAL_API_KEY")]
)
def test_a_client_that_does_not_say_that_it_has_no_key_does_no_harm(
    monkeypatch: pytest.MonkeyPatch, name: str, variable: str
) -> None:
    monkeypatch.setattr(chat_models, "init_chat_model", lambda _, **given: Silent(**given))
    with pytest.raises(NeedsOperator, match=f"Set {variable}\\.$"):
        chat_model(name)
    assert isinstance(chat_model(name, api_key=KEY), Silent)


@pytest.mark.parametrize("name", ["", "nobody", "nobody:x", "openai"])
def test_a_name_that_is_none_says_how_one_looks(name: str) -> None:
    with pytest.raises(Permanent, match="provider:model"):
        chat_model(name, api_key=KEY)


async def test_a_server_of_ones_own_needs_no_key_but_gets_the_one_that_is_there(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with OpenAIServer(in_order(says("Yes."))) as server:
        monkeypatch.delenv("OPENAI_API_KEY", raising=False)
        await chat_model("openai:x", base_url=server.base_url).ainvoke("Q")
        monkeypatch.setenv("OPENAI_API_KEY", KEY)
        await chat_model("openai:x", base_url=server.base_url).ainvoke("Q")
        assert [one.key for one in server.asked] == ["not-needed", KEY]


def test_a_provider_that_is_not_installed_names_its_package() -> None:
    with pytest.raises(NeedsOperator, match="langchain-fireworks"):
        chat_model("fireworks:x", api_key=KEY)


def test_an_address_that_is_none_is_refused() -> None:
    with pytest.raises(Permanent, match="http"):
        chat_model("openai:x", base_url="localhost:8080")


def test_the_key_is_not_in_what_a_model_shows_of_itself() -> None:
    model = chat_model("openai:x", api_key=KEY)
    assert KEY not in repr(model)
    assert KEY not in model._get_llm_string()
