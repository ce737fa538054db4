"""What calls spend, counted as they are made: the real client over real HTTP, against a scripted server."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, TypedDict

import pytest
from langchain_core.language_models.chat_models import BaseChatModel
from langchain_core.messages import HumanMessage
from langgraph.graph import START, StateGraph
from langgraph_heartbeat import CallJournal
from pydantic import BaseModel

from durable.tests.attempts import Attempt, Trace
from outlast.evidence.budget import Budget
from outlast.evidence.errors import LimitReached, Transient
from outlast.evidence.usage import Usage, add_usages
from outlast.tools.models.chat_models import chat_model
from outlast.tools.models.metering import (
    EXPECTED_OUTPUT_TOKENS,
    estimate_tokens,
    estimate_usage,
    metered,
    model_name_of,
)
from outlast.tools.models.prices import price_usd
from outlast.tools.models.structured import StructuredModel, Unfitting, estimate_schema_tokens
from outlast.tools.retrying import Patience
from tests.servers.openai_server import Answer, Asked, OpenAIServer, Script, fails, in_order, says, says_json

NAME = "openai:gpt-4o-mini"  # it has a price
ASK = [HumanMessage("How many?")]
QUICK = Patience(total_timeout=timedelta(milliseconds=1), attempt_timeout=timedelta(seconds=5))


class Form(BaseModel):
    """What is wanted."""

    number: int


@contextmanager
def serving(script: Script, name: str = NAME) -> Iterator[tuple[BaseChatModel, OpenAIServer]]:
    with OpenAIServer(script) as server:
        yield chat_model(name, base_url=server.base_url, cache=CallJournal(), patience=QUICK), server


def costs(answer: Answer, tokens_in: int, tokens_out: int) -> Answer:
    usage = {"prompt_tokens": tokens_in, "completion_tokens": tokens_out, "total_tokens": tokens_in + tokens_out}
    return replace(answer, body={**answer.body, "usage": usage})


def uncounted(answer: Answer) -> Answer:
    return replace(answer, body={**answer.body, "usage": None})


GOOD = costs(says_json({"number": 3}), 70, 7)
BAD = costs(says("Never."), 50, 5)
CUT = costs(says('{"num', finish="length"), 60, 4_096)


async def test_a_call_is_counted_with_its_model_and_its_price() -> None:
    with serving(in_order(GOOD)) as (model, _), metered() as meter:
        await StructuredModel(model).answer(ASK, Form)
    [counted] = meter.usage.models
    assert counted.model == NAME == model_name_of(model)
    assert (counted.calls, counted.input_tokens, counted.output_tokens, counted.unpriced) == (1, 70, 7, 0)
    assert counted.usd == pytest.approx(price_usd(NAME, 70, 7))
    assert counted.usd > 0


async def test_a_model_without_a_price_is_counted_as_such() -> None:
    with serving(in_order(GOOD), "openai:scripted") as (model, _), metered() as meter:
        await StructuredModel(model).answer(ASK, Form)
    assert (meter.usage.calls, meter.usage.usd, meter.usage.unpriced) == (1, 0, 1)


async def test_answers_that_do_not_fit_were_paid_for() -> None:
    with serving(in_order(BAD)) as (model, _), metered() as meter, pytest.raises(Unfitting):
        await StructuredModel(model).answer(ASK, Form)
    assert (meter.usage.calls, meter.usage.tokens) == (3, 165)


async def test_an_answer_that_was_cut_off_was_paid_for() -> None:
    with serving(in_order(CUT, GOOD)) as (model, _), metered() as meter:
        await StructuredModel(model).answer(ASK, Form)
    assert (meter.usage.calls, meter.usage.tokens) == (2, 4_156 + 77)


async def test_what_a_server_refuses_or_fails_at_costs_nothing() -> None:
    with serving(in_order(fails(400), GOOD, fails(500))) as (model, _), metered() as meter:
        structured = StructuredModel(model)
        await structured.answer(ASK, Form)
        with pytest.raises(Transient):
            await structured.answer(ASK, Form)
    assert (meter.usage.calls, meter.usage.tokens) == (1, 77)


async def test_what_a_server_does_not_count_is_estimated_from_what_was_said() -> None:
    with serving(in_order(uncounted(says_json({"number": 3})))) as (model, _), metered() as meter:
        await StructuredModel(model).answer([HumanMessage("a" * 3_000)], Form)
    [counted] = meter.usage.models
    assert counted.input_tokens == pytest.approx(1_000, abs=20)
    assert 0 < counted.output_tokens < 50


@pytest.mark.parametrize(("cached_tokens", "price"), [(0, 9_000), (8_000, 5_000), (90_000, 9_000)])
async def test_a_prompt_that_the_provider_has_in_its_cache_is_counted_at_its_price(
    cached_tokens: int, price: int
) -> None:
    """With this model, cached tokens cost half. A count that exceeds the prompt is ignored."""
    answer = costs(says_json({"number": 3}), 9_000, 0)
    answer.body["usage"]["prompt_tokens_details"] = {"cached_tokens": cached_tokens}
    with serving(in_order(answer)) as (model, _), metered() as meter:
        await StructuredModel(model).answer(ASK, Form)
    assert meter.usage.usd == pytest.approx(price_usd(NAME, price, 0))
    assert meter.usage.tokens == 9_000


async def test_calls_outside_of_a_block_and_of_another_block_are_not_counted() -> None:
    with serving(in_order(GOOD)) as (model, _):
        structured = StructuredModel(model)
        with metered() as one:
            await structured.answer(ASK, Form)
        await structured.answer(ASK, Form)
        with metered() as other:
            await structured.answer(ASK, Form)
    assert (one.usage.calls, other.usage.calls) == (1, 1)


async def test_nothing_is_asked_where_one_call_more_does_not_fit() -> None:
    with serving(in_order(GOOD)) as (model, server), metered(Budget(tokens=100)) as meter, pytest.raises(LimitReached):
        await StructuredModel(model).answer(ASK, Form)
    assert (server.asked, meter.usage, meter.limited) == ([], Usage(), ["tokens"])


@pytest.mark.parametrize(
    ("budget", "kind"),
    [
        (Budget(calls=2), "calls"),
        (Budget(tokens=2 * 55 + EXPECTED_OUTPUT_TOKENS), "tokens"),
        (Budget(usd=price_usd(NAME, 100, EXPECTED_OUTPUT_TOKENS)), "usd"),
    ],
)
async def test_repairs_are_calls_too(budget: Budget, kind: str) -> None:
    limit = pytest.raises(LimitReached)
    with serving(in_order(BAD)) as (model, server), metered(budget) as meter, limit as reached:
        await StructuredModel(model).answer(ASK, Form)
    assert (reached.value.kind, meter.limited) == (kind, [kind])
    assert len(server.asked) == meter.usage.calls
    assert 1 <= len(server.asked) < 3


def thinking(tokens: int) -> Script:
    """Return the script of a model that thinks for `tokens` before it answers, and is cut off if fewer are allowed."""

    def answer(asked: Asked) -> Answer:
        allowed = asked.body.get("max_completion_tokens", tokens)
        return costs(says("", "length"), 50, allowed) if allowed < tokens else costs(GOOD, 50, tokens)

    return answer


@pytest.mark.parametrize(
    "budget",
    [
        Budget(tokens=EXPECTED_OUTPUT_TOKENS + 100),
        Budget(tokens=3_000),
        Budget(tokens=4_000, usd=1),
        Budget(usd=price_usd(NAME, 50, 3_000)),
    ],
)
async def test_an_answer_that_would_be_longer_than_what_is_left_is_cut_off_there(budget: Budget) -> None:
    with serving(thinking(5_000)) as (model, server), metered(budget) as meter, pytest.raises(LimitReached):
        await StructuredModel(model).answer(ASK, Form)
    assert len(server.asked) == meter.usage.calls == 1
    assert budget.insufficient_kind(meter.usage) is None, "no limit was passed"
    assert meter.usage.tokens > 0.8 * (budget.tokens or 3_000), "and it was made use of"


async def test_an_answer_that_fits_is_not_cut_off() -> None:
    with serving(thinking(2_000)) as (model, _), metered(Budget(tokens=3_000)) as meter:
        await StructuredModel(model).answer(ASK, Form)
    assert meter.usage.tokens == 2_050


async def test_no_call_begins_after_the_moment() -> None:
    now = datetime.now(UTC)
    with serving(in_order(GOOD)) as (model, server):
        structured = StructuredModel(model)
        with metered(until=now + timedelta(minutes=1)):
            await structured.answer(ASK, Form)
        with metered(until=now) as meter, pytest.raises(LimitReached):
            await structured.answer(ASK, Form)
    assert (len(server.asked), meter.limited) == (1, ["seconds"])


async def test_answers_that_are_longer_than_expected_make_the_next_call_dearer() -> None:
    """Otherwise a model that thinks for thousands of tokens would spend a multiple of what is set aside for it."""
    with serving(in_order(costs(says_json({"number": 3}), 70, 4_000))) as (model, _):
        structured = StructuredModel(model)
        assert structured.need(100, Form).tokens == 100 + estimate_schema_tokens(Form) + EXPECTED_OUTPUT_TOKENS
        await structured.answer(ASK, Form)
        assert structured.need(100, Form).tokens == 4_100 + estimate_schema_tokens(Form)
        with metered(Budget(tokens=3_000)), pytest.raises(LimitReached):
            await structured.answer(ASK, Form)


async def test_short_answers_do_not_make_the_next_call_cheaper_than_is_usual() -> None:
    with serving(in_order(GOOD, uncounted(says_json({"number": 3})))) as (model, _):
        structured = StructuredModel(model)
        for _ in range(2):
            await structured.answer(ASK, Form)
        assert structured.need(0, Form).tokens == estimate_schema_tokens(Form) + EXPECTED_OUTPUT_TOKENS


def test_estimates_are_rather_too_much_than_too_little() -> None:
    with serving(in_order(GOOD)) as (model, _):
        assert estimate_usage(model, 100, 10).tokens == 110
        assert estimate_usage(model, 100).usd == pytest.approx(price_usd(NAME, 100, EXPECTED_OUTPUT_TOKENS))
    assert estimate_tokens([HumanMessage("It rests for eleven hours before it is shaped.")]) >= 12
    assert estimate_tokens([HumanMessage("休息十一个小时")]) >= 7


class Spent(TypedDict):
    said: int
    usage: Annotated[Usage, add_usages]


def graph(model: BaseChatModel, trace: Trace) -> StateGraph[Any]:
    async def node(_: dict[str, Any]) -> dict[str, Any]:
        with metered() as meter:
            form = await StructuredModel(model).answer(ASK, Form)
            await trace("after")
        return {"said": form.number, "usage": meter.usage}

    built = StateGraph(Spent)
    built.add_node("node", node)
    built.add_edge(START, "node")
    return built


@pytest.mark.parametrize("counts", [True, False])
@pytest.mark.parametrize(("bad", "tokens"), [(BAD, 55), (CUT, 4_156)], ids=["unfit", "cut off"])
async def test_after_a_crash_answers_that_were_remembered_are_counted_once(
    bad: Answer, tokens: int, counts: bool
) -> None:
    bad, good = (bad, GOOD) if counts else (uncounted(bad), uncounted(GOOD))
    with serving(in_order(bad, good)) as (model, server):
        undisturbed = await Attempt(graph(model, Trace())).run({"said": 0})
        server.asked.clear()
        trace = Trace("after")
        left = await Attempt(graph(model, trace)).kill_at(trace.reached, {"said": 0})
        state = await Attempt(graph(model, trace), left).run()
    assert len(server.asked) == 2
    assert state["usage"].calls == 2
    assert state["usage"] == undisturbed["usage"]
    assert not counts or state["usage"].tokens == tokens + 77


async def test_calls_are_counted_by_every_block_around_them() -> None:
    """A notebook needs this, and so does a run in this process that retries a phase."""
    with serving(in_order(GOOD)) as (model, _), metered() as meter:
        state = await graph(model, Trace()).compile().ainvoke({"said": 0})
    assert meter.usage == state["usage"]
    assert meter.usage.calls == 1
