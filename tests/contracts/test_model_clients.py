"""The clients of the other providers, over real HTTP: what they make of an answer and of each kind of failure.

`make check` and `make test` install their packages (clients.lock).
"""

import json
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from importlib.util import find_spec
from typing import Any

import pytest
from langchain_core.language_models.chat_models import BaseChatModel

from outlast.evidence.errors import NeedsOperator, OutlastError, Permanent, Transient
from outlast.tools.models.answer_length import answers_within, is_cut_off
from outlast.tools.models.chat_models import chat_model
from outlast.tools.models.failures import ContextTooLong, NotAccepted, Refused
from outlast.tools.retrying import Patience
from tests.servers.scripted import RESET, Reply, ScriptedServer, answers, fails

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")
"""What these packages do among themselves."""

KEY = "sk-client-0123456789abcdef"
SETTLED = Patience(
    total_timeout=timedelta(seconds=20),
    attempt_timeout=timedelta(seconds=20),
    first_wait=timedelta(milliseconds=10),
    max_wait=timedelta(milliseconds=50),
)
JSON = {"Content-Type": "application/json"}
HASTY = replace(SETTLED, total_timeout=timedelta(milliseconds=1))


@dataclass(frozen=True)
class Provider:
    name: str
    package: str
    answer: Mapping[str, Any]
    """With the text "Slowly.", 5 tokens in and 2 out."""
    error: Callable[[str], Any]
    """How it words one."""
    too_long: str
    ends: tuple[str, str] = ("stop", "length")
    """How it says that an answer ended by itself, and at the limit."""
    limit: str = "max_tokens"
    """Where a request says how long its answer may be."""
    keeps_headers: bool = True
    """Does its client keep those of an error?"""
    key: str = ""
    """The variable of its key; "" where it needs none."""


PROVIDERS = {
    "anthropic": Provider(
        name="anthropic:claude-sonnet-5-5",
        package="langchain_anthropic",
        answer={
            "id": "m",
            "type": "message",
            "role": "assistant",
            "model": "claude-sonnet-5-5",
            "content": [{"type": "text", "text": "Slowly."}],
            "stop_reason": "end_turn",
            "usage": {"input_tokens": 5, "output_tokens": 2},
        },
        error=lambda said: {"type": "error", "error": {"type": "some_error", "message": said}},
        too_long="prompt is too long: 300000 tokens > 200000 maximum",
        ends=("end_turn", "max_tokens"),
        key="ANTHROPIC_API_KEY",
    ),
    "google": Provider(
        name="google_genai:gemini-3.5-flash",
        package="langchain_google_genai",
        answer={
            "candidates": [{"content": {"role": "model", "parts": [{"text": "Slowly."}]}, "finishReason": "STOP"}],
            "usageMetadata": {"promptTokenCount": 5, "candidatesTokenCount": 2, "totalTokenCount": 7},
        },
        error=lambda said: {"error": {"message": said, "status": "SOME_ERROR"}},
        too_long="The input token count (2000000) exceeds the maximum number of tokens allowed (1048576).",
        ends=("STOP", "MAX_TOKENS"),
        limit="generationConfig.maxOutputTokens",
        key="GOOGLE_API_KEY",
    ),
    "mistral": Provider(
        name="mistralai:mistral-small-latest",
        package="langchain_mistralai",
        answer={
            "id": "c",
            "object": "chat.completion",
            "created": 1,
            "model": "mistral-small-latest",
            "choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "Slowly."}}],
            "usage": {"prompt_tokens": 5, "completion_tokens": 2, "total_tokens": 7},
        },
        error=lambda said: {"object": "error", "message": said, "type": "some_error"},
        too_long="Prompt contains 90000 tokens, too large for model with 32768 maximum context length",
        key="MISTRAL_API_KEY",
    ),
    "ollama": Provider(
        name="ollama:qwen3",
        package="langchain_ollama",
        answer={
            "model": "qwen3",
            "created_at": "2026-01-01T00:00:00Z",
            "message": {"role": "assistant", "content": "Slowly."},
            "done": True,
            "done_reason": "stop",
            "prompt_eval_count": 5,
            "eval_count": 2,
        },
        error=lambda said: {"error": said},
        too_long="the input length exceeds the context length",
        limit="options.num_predict",
        keeps_headers=False,
    ),
}


@pytest.fixture(params=PROVIDERS)
def provider(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Provider:
    chosen = PROVIDERS[request.param]
    if not find_spec(chosen.package):
        pytest.skip(f"{chosen.package} is not installed: `make test` does it")
    monkeypatch.delenv(chosen.key or "NO_KEY", raising=False)
    return chosen


def serving(provider: Provider, *bad: Reply) -> ScriptedServer:
    """Replies with each of `bad` once, and then with an answer."""
    server = ScriptedServer(lambda _: once(answers(provider.answer)))
    server.faults += [once(reply) for reply in bad]
    return server


def once(reply: Reply) -> Reply:
    """Over a connection that ends with it: these clients close none by themselves."""
    return replace(reply, headers={**reply.headers, "Connection": "close"})


def model_at(provider: Provider, server: ScriptedServer, patience: Patience = SETTLED) -> BaseChatModel:
    return chat_model(provider.name, base_url=server.url, api_key=KEY if provider.key else "", patience=patience)


async def failure(provider: Provider, bad: Reply, patience: Patience = SETTLED) -> tuple[OutlastError, int]:
    """What a call raises, and how many requests it took."""
    with serving(provider, *[bad] * 50) as server:
        with pytest.raises(OutlastError) as raised:
            await model_at(provider, server, patience).ainvoke("How is rye baked?")
        return raised.value, len(server.requests)


async def test_an_answer_comes_with_its_usage(provider: Provider) -> None:
    with serving(provider) as server:
        answer = await model_at(provider, server).ainvoke("How is rye baked?")
        assert answer.text == "Slowly."
        assert answer.usage_metadata
        assert (answer.usage_metadata["input_tokens"], answer.usage_metadata["output_tokens"]) == (5, 2)
        assert not provider.key or KEY in json.dumps(dict(server.requests[0].headers))


async def test_how_long_an_answer_may_be_is_said_where_this_provider_looks_for_it(provider: Provider) -> None:
    with serving(provider) as server, answers_within(77):
        await model_at(provider, server).ainvoke("How is rye baked?")
        asked: Any = server.requests[0].fields
        for step in provider.limit.split("."):
            asked = asked[step]
        assert asked == 77


async def test_an_answer_that_was_cut_off_is_known_as_such(provider: Provider) -> None:
    ended, cut = (f'"{end}"' for end in provider.ends)
    answer = json.loads(json.dumps(provider.answer).replace(ended, cut))
    with serving(provider, answers(answer)) as server:
        model = model_at(provider, server)
        assert [is_cut_off(await model.ainvoke("How is rye baked?")) for _ in range(2)] == [True, False]


@pytest.mark.parametrize("status", [408, 429, 500, 503])
async def test_what_may_pass_is_tried_again_at_the_call(provider: Provider, status: int) -> None:
    with serving(provider, fails(status, provider.error("Later.")), RESET) as server:
        assert (await model_at(provider, server).ainvoke("How is rye baked?")).text == "Slowly."
        assert len(server.requests) == 3


async def test_a_retry_after_is_handed_on_where_the_client_keeps_it(provider: Provider) -> None:
    error, asked = await failure(provider, fails(429, provider.error("Later."), Retry_After="30"), HASTY)
    assert isinstance(error, Transient)
    assert (error.retry_after, asked) == (timedelta(seconds=30) if provider.keeps_headers else None, 1)


@pytest.mark.parametrize(
    ("status", "said", "kind"),
    [
        (400, "Unknown parameter.", NotAccepted),
        (401, f"The key {KEY} is not valid.", Permanent),
        (403, f"The key {KEY} may not.", Permanent),
        (404, "There is no such model.", Permanent),
        (400, "Your credit balance is too low.", NeedsOperator),
        (429, "You exceeded your current quota.", NeedsOperator),
        (400, "You have reached your specified API usage limits. You will regain access on 2026-12-01.", NeedsOperator),
        (400, "API key not valid. Please pass a valid API key.", Permanent),
        (400, "Output blocked by content filtering policy", Refused),
    ],
)
async def test_what_will_fail_again_is_not_tried_again(
    provider: Provider, status: int, said: str, kind: type[OutlastError]
) -> None:
    error, asked = await failure(provider, fails(status, provider.error(said)))
    assert (type(error), asked) == (kind, 1)
    assert KEY not in "".join(traceback.format_exception(error)) + repr(error.__context__)


async def test_a_prompt_that_is_too_long_is_known_as_such(provider: Provider) -> None:
    beyond = "input length and `max_tokens` exceed context limit: 199000 + 21333 > 200000"
    for said in (provider.too_long, beyond):
        error, asked = await failure(provider, fails(400, provider.error(said)))
        assert (type(error), asked) == (ContextTooLong, 1)


@pytest.mark.parametrize("bad", [b"hello", b'{"text": "Slow'])
async def test_an_answer_that_is_none_is_tried_again(provider: Provider, bad: bytes) -> None:
    with serving(provider, Reply(bad, headers=JSON)) as server:
        assert (await model_at(provider, server).ainvoke("How is rye baked?")).text == "Slowly."


async def test_a_server_that_is_not_there_is_transient(provider: Provider, nobody: str) -> None:
    key = KEY if provider.key else ""
    model = chat_model(provider.name, base_url=f"http://{nobody}", api_key=key, patience=HASTY)
    with pytest.raises(Transient, match="cannot be reached"):
        await model.ainvoke("How is rye baked?")


async def test_without_a_key_a_person_is_told_which(provider: Provider) -> None:
    if not provider.key:
        assert chat_model(provider.name)
        return
    with pytest.raises(NeedsOperator, match=f"Set {provider.key}"):
        chat_model(provider.name)
