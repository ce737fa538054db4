"""What a phase spent on a state that is lost is in the usage of its result."""

from collections.abc import Mapping
from typing import Any

import pytest
from langgraph_heartbeat import Paused

from outlast.evidence.report import Draft, Plan, Task
from outlast.evidence.usage import ModelUsage, Usage
from outlast.orchestration.activities import earlier_usage
from outlast.orchestration.activities.earlier_usage import LOST_MODEL, add_earlier, with_earlier_usage
from outlast.orchestration.research.phases import PLAN

LOST = {"calls": 3.0, "tokens": 700.0, "usd": 0.25, "searches": 2.0, "pages": 1.0}
OWN = Usage.of([ModelUsage(model="openai:gpt-5", calls=2, input_tokens=300, output_tokens=50, usd=0.5)], searches=1)
PAUSED = Paused(questions=[], checkpoint="T1VUTA==")


def test_it_is_added_to_what_the_result_counts_itself() -> None:
    result = add_earlier(Draft(sections=(), usage=OWN), LOST)
    usage = result.usage
    assert (usage.calls, usage.tokens, usage.usd) == (5, 1050, 0.75)
    assert (usage.searches, usage.pages) == (3, 1)
    assert [each.model for each in usage.models] == [LOST_MODEL, "openai:gpt-5"]


def test_a_phase_without_models_has_lost_searches_alone() -> None:
    assert add_earlier(Draft(sections=()), {"searches": 2.0}).usage == Usage(searches=2)


def test_nothing_is_added_where_nothing_is_lost_or_the_phase_goes_on() -> None:
    draft = Draft(sections=(), usage=OWN)
    assert add_earlier(draft, {}) is draft
    assert add_earlier(PAUSED, LOST) is PAUSED


async def test_the_activity_of_a_phase_adds_it(monkeypatch: pytest.MonkeyPatch) -> None:
    plan = Plan(tasks=(Task(id="t1", question="When was it built?"),), usage=OWN)

    async def phase(request: Any = None, resume: Any = None) -> Plan | Paused:
        return PAUSED if resume else plan

    def lost() -> Mapping[str, float]:
        return LOST

    monkeypatch.setattr(earlier_usage, "spent_earlier", lost)
    run = with_earlier_usage(PLAN, phase)
    assert (await run({}, None)).usage.calls == 5  # pyright: ignore[reportAttributeAccessIssue]
    assert await run({}, "resume") == PAUSED
