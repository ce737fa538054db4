"""The cost estimates of a reasoner that asks models: rather too high than too low, and nothing without a call."""

import pytest

from outlast.evidence.report import Claim, Findings, Task
from outlast.evidence.usage import Usage
from outlast.graphs.agent import estimate_task_usage
from outlast.graphs.reasoners.model import MAX_PROMPT_FINDINGS, ModelReasoner
from outlast.tools.models.chat_models import chat_model
from tests.graphs.reasoners.made import finding, passage

TASK = Task(id="t1", question="When was the lamp made electric?")
PRICED, OWN = (
    chat_model(name, base_url="http://127.0.0.1:9/v1", api_key="k") for name in ("openai:gpt-4o", "openai:own")
)
REASONER = ModelReasoner(PRICED)


def findings(*texts: str) -> Findings:
    found = tuple(finding(text, start=100 * number) for number, text in enumerate(texts))
    return Findings(task=TASK, findings=found, queries=(), read=())


def test_a_call_costs_its_prompt_and_an_answer() -> None:
    short, long = (REASONER.reading(TASK, passage("Until 1903 it burned oil. " * times)) for times in (1, 100))
    assert (short.calls, short.unpriced) == (1, 0)
    assert short.usd > 0
    assert 500 < long.tokens - short.tokens < 2_600 / 2


def test_what_is_only_related_or_word_for_word_needs_no_call() -> None:
    verbatim = finding("It burned oil.").quote
    assert REASONER.section(findings()) == Usage()
    assert REASONER.verdict(Claim(text="It burned oil.", quotes=(verbatim,))) == Usage()
    assert REASONER.choice(TASK, [], 0) == Usage()
    assert REASONER.section(findings("It burned oil.")).calls == 1
    assert REASONER.verdict(Claim(text="It burnt oil.", quotes=(verbatim,))).calls == 1


def test_a_choice_costs_more_where_more_may_be_found_up_to_what_is_shown() -> None:
    known = findings(*(f"Sentence {number}." for number in range(100))).findings
    costs = [REASONER.choice(TASK, known[:3], more).tokens for more in (0, 1, 20, MAX_PROMPT_FINDINGS, 1_000)]
    assert costs == sorted(costs)
    assert costs[0] < costs[1] < costs[2] < costs[3] == costs[4]
    assert REASONER.choice(TASK, known, 0).tokens == REASONER.choice(TASK, known[:MAX_PROMPT_FINDINGS], 0).tokens


def test_the_same_words_from_two_places_are_shown_once() -> None:
    once, twice = findings("It burned oil."), findings("It burned oil.", "It burned oil.")
    assert REASONER.section(once).tokens == REASONER.section(twice).tokens


def test_a_run_grows_with_its_tasks_and_the_smallest_is_smaller_than_a_usual_one() -> None:
    one, two = REASONER.run(1), REASONER.run(2)
    assert REASONER.least().tokens < one.tokens < two.tokens
    assert REASONER.least().calls < one.calls
    assert one.usd > 0


def test_where_an_agent_investigates_a_run_is_estimated_by_what_that_takes() -> None:
    by_agent = ModelReasoner(PRICED, a_task=estimate_task_usage(PRICED))
    assert by_agent.run(0) == REASONER.run(0)
    assert by_agent.run(4).calls < REASONER.run(4).calls / 2
    changed = by_agent.with_prompts(plan=by_agent.prompts.plan)
    assert changed.run(4) == by_agent.run(4)


@pytest.mark.parametrize("reasoner", [ModelReasoner(PRICED, OWN), ModelReasoner(OWN, PRICED)])
def test_one_model_without_a_price_is_enough_for_a_run_to_have_none(reasoner: ModelReasoner) -> None:
    least = reasoner.least()
    assert [each.model for each in least.models if each.unpriced] == ["openai:own"]
    assert {each.model for each in reasoner.run(1).models} == {"openai:gpt-4o", "openai:own"}
