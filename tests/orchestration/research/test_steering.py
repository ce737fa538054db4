"""What a run may spend, and how people change it on the way. The phases are scripted; the servers are real."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from langgraph.channels import LastValue
from langgraph.graph import StateGraph
from temporalio.client import Client
from temporalio.exceptions import ApplicationError
from temporalio.testing import WorkflowEnvironment

from outlast.evidence.budget import Budget
from outlast.evidence.sources import Heading, Source
from outlast.evidence.usage import ModelUsage, Usage
from outlast.graphs import agent, investigate, plan, verify, write
from outlast.orchestration.research.messages import Outcome, SteeringResult
from outlast.orchestration.research.phase_io import (
    InvestigateRequest,
    PlanRequest,
    PublishRequest,
    VerifyRequest,
    WriteRequest,
)
from outlast.orchestration.research.phase_runner import budget_update
from outlast.tools.models.chat_models import chat_model
from tests.orchestration.research.runs import Handle, at_gate, decide, refusal, status
from tests.orchestration.research.scripted import Script, scripted_run


def used(tokens: int, calls: int = 1) -> Usage:
    return Usage.of([ModelUsage(model="m", calls=calls, input_tokens=tokens)])


def ask(budget: Any, *questions: str, **others: Any) -> dict[str, Any]:
    return {"question": "\n".join(questions) or "What is baked?", "budget": budget, "approve": True, **others}


async def steer(handle: Handle, steering: Any) -> str:
    return (await handle.execute_update("steer", steering, result_type=SteeringResult)).said


async def refused(handle: Handle, steering: Any) -> str:
    return await refusal(handle, steering, "steer")


def allowed(script: Script, phase: str) -> list[Budget]:
    return [request.budget for name, request in script.asked if name == phase]


async def until_true(happened: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not happened():  # noqa: ASYNC110 - the worker calls nobody back
            await asyncio.sleep(0.02)


async def begun(script: Script, phase: str, times: int) -> None:
    await until_true(lambda: script.names().count(phase) >= times)


async def finished(client: Client, script: Script, given: Any) -> Outcome:
    async with scripted_run(client, script, given) as handle:
        return await handle.result()


class Tasks(Script):
    """Plans so many tasks."""

    def __init__(self, count: int) -> None:
        super().__init__()
        self.questions = [f"Question {number}?" for number in range(1, count)]

    def _note(self, name: str, request: Any, resume: Any = None) -> None:
        super()._note(name, request, resume)
        if name == "plan":
            request.notes.extend(self.questions)


async def test_each_phase_is_told_what_it_may_spend_and_the_run_what_was(skipping: WorkflowEnvironment) -> None:
    script = Script()
    script.spends = {"plan": used(500), "investigate": used(2_000), "write": used(1_000), "verify": used(300)}
    outcome = await finished(skipping.client, script, ask({"tokens": 10_000, "calls": 50}))
    assert allowed(script, "plan") == [Budget(tokens=1_000, calls=5)]
    assert allowed(script, "investigate") == [Budget(tokens=6_650, calls=35)]
    assert allowed(script, "write") == [Budget(tokens=5_000, calls=32)]
    assert allowed(script, "verify") == [Budget(tokens=6_500, calls=47)]
    assert {each.phase: each.usage.tokens for each in outcome.usage} == {
        "plan": 500,
        "investigate": 2_000,
        "write": 1_000,
        "verify": 300,
    }
    published = next(request for name, request in script.asked if name == "publish")
    assert (published.usage, published.budget) == (list(outcome.usage), Budget(tokens=10_000, calls=50))
    [planning] = [request for name, request in script.asked if name == "plan"]
    assert planning.whole == Budget(tokens=10_000, calls=50)


async def test_without_a_budget_nothing_is_limited_and_all_is_counted(skipping: WorkflowEnvironment) -> None:
    script = Tasks(3)
    script.spends = {"investigate": used(2_000)}
    outcome = await finished(skipping.client, script, ask({}))
    assert {
        (request.budget, request.until) for name, request in script.asked if name not in ("collect", "publish")
    } == {(Budget(), None)}
    assert [(each.phase, each.usage.calls) for each in outcome.usage] == [("investigate", 3)]


@pytest.mark.parametrize("spends", [0.0, 0.3, 1.0])
async def test_tasks_that_spend_all_they_may_never_spend_more_than_there_is(
    skipping: WorkflowEnvironment, spends: float
) -> None:
    script = Tasks(9)

    def spent(name: str) -> Usage:
        request = next(request for asked, request in reversed(script.asked) if asked == name)
        return used(int(request.budget.tokens * spends))

    script._spent = spent  # type: ignore[method-assign]
    outcome = await finished(skipping.client, script, ask({"tokens": 10_000}))
    whole = sum(each.usage.tokens for each in outcome.usage)
    assert whole <= 10_000
    investigated = sum(each.usage.tokens for each in outcome.usage if each.phase == "investigate")
    assert investigated <= 7_000
    if spends == 1.0:
        assert whole == 10_000, "nothing is left lying"
        assert min(budget.tokens or 0 for budget in allowed(script, "investigate")) > 500, "no task starves"


async def test_tasks_get_what_others_have_left(skipping: WorkflowEnvironment) -> None:
    script = Tasks(8)
    await finished(skipping.client, script, ask({"searches": 8, "tokens": 8_000}))
    given = [budget.tokens or 0 for budget in allowed(script, "investigate")]
    assert given[:4] == [700] * 4
    assert given[-1] > given[0]
    assert all(budget.searches for budget in allowed(script, "investigate"))


async def test_a_limit_that_is_changed_at_a_gate_is_for_the_next_phase(skipping: WorkflowEnvironment) -> None:
    script = Script()
    script.spends, script.estimate = {"plan": used(1_000)}, used(123_456, calls=40)
    async with scripted_run(skipping.client, script, ask({"tokens": 10_000, "usd": 2}, approve=False)) as handle:
        seen = await at_gate(handle, "plan-1")
        assert "Estimated: about 40 calls, 123,456 tokens" in seen.details
        assert "Spent so far: 1 call, 1,000 tokens" in seen.details
        assert "Budget: 2 USD, 10,000 tokens." in seen.details
        said = await steer(handle, {"budget": {"tokens": 1_234_567}})
        assert said == "The run may spend 2 USD, 1,234,567 tokens in total. The next phase uses it."
        seen = await status(handle)
        assert "Budget: 2 USD, 1,234,567 tokens." in seen.details
        assert (seen.budget, seen.usage.tokens) == (Budget(tokens=1_234_567, usd=2), 1_000)
        await decide(handle, "approve")
        await at_gate(handle, "report-1")
        await decide(handle, "approve")
        outcome = await handle.result()
    assert allowed(script, "investigate")[0].tokens == int((1_234_567 - 1_000) * 0.7) + 1
    assert outcome.budget == Budget(tokens=1_234_567, usd=2)


async def test_a_first_limit_may_come_on_the_way(skipping: WorkflowEnvironment) -> None:
    script = Script()
    async with scripted_run(skipping.client, script, ask({}, approve=False)) as handle:
        assert "Budget" not in (await at_gate(handle, "plan-1")).details
        await steer(handle, {"budget": {"calls": 10}})
        await decide(handle, "approve")
        await at_gate(handle, "report-1")
        await decide(handle, "approve")
        await handle.result()
    assert allowed(script, "plan") == [Budget()]
    assert allowed(script, "investigate") == [Budget(calls=7)]


async def test_phases_under_way_take_it_up_at_once_where_they_stand(client: Client) -> None:
    script = Tasks(3)
    script.held["investigate"] = asyncio.Event()
    async with scripted_run(client, script, ask({"tokens": 10_000})) as handle:
        await begun(script, "investigate", 3)
        said = await steer(handle, {"budget": {"tokens": 20_000}, "at_once": True})
        assert said == "The run may spend 20,000 tokens in total. Phases under way use it at once."
        await begun(script, "investigate", 6)
        script.held["investigate"].set()
        await handle.result()
    resumes = [resume for name, resume in script.resumed if name == "investigate"]
    assert resumes[:3] == [None] * 3
    for resume in resumes[3:]:
        assert resume is not None
        assert resume.checkpoint == "c3RhbmQ="
        assert resume.update["budget"]["tokens"] == pytest.approx(4_667, abs=1)
        assert resume.update["until"] is None
    tasks = [request.task.id for name, request in script.asked if name == "investigate"]
    assert sorted(tasks[:3]) == sorted(tasks[3:]) == ["t1", "t2", "t3"]
    assert sorted(budget.tokens for budget in allowed(script, "investigate")[:3]) == [2_333, 2_333, 2_334]


async def test_phases_under_way_are_left_alone_where_it_is_not_for_at_once(client: Client) -> None:
    script = Script()
    script.held["investigate"] = asyncio.Event()
    async with scripted_run(client, script, ask({"tokens": 10_000})) as handle:
        await begun(script, "investigate", 1)
        assert "The next phase uses it." in await steer(handle, {"budget": {"tokens": 20_000}})
        script.held["investigate"].set()
        await handle.result()
    assert script.names().count("investigate") == 1
    assert [budget.tokens for budget in allowed(script, "write")] == [13_334]


async def test_two_people_who_steer_at_once_are_both_heard(client: Client) -> None:
    script = Script()
    script.held["plan"] = asyncio.Event()
    async with scripted_run(client, script, ask({"tokens": 10_000})) as handle:
        await begun(script, "plan", 1)
        limits: Sequence[dict[str, Any]] = [{"tokens": 20_000}, {"calls": 100}, {"tokens": 30_000}]
        for limit in limits:
            await steer(handle, {"budget": limit, "at_once": True})
        await until_true(lambda: allowed(script, "plan")[-1] == Budget(tokens=3_000, calls=10))
        script.held["plan"].set()
        outcome = await handle.result()
    assert outcome.budget == Budget(tokens=30_000, calls=100)
    [*_, planning] = [request for name, request in script.asked if name == "plan"]
    assert planning.whole == Budget(tokens=30_000, calls=100)
    [*_, (_, resume)] = [each for each in script.resumed if each[0] == "plan"]
    assert resume is not None
    assert resume.update["whole"] == Budget(tokens=30_000, calls=100).model_dump()


@pytest.mark.parametrize(
    ("steering", "said"),
    [
        (None, "An empty value is not accepted here"),
        ("more", '"more" is not accepted here'),
        ({}, "budget: Field required"),
        ({"budget": {}}, "The budget names no limit"),
        ({"budget": 5}, "budget: Input should be"),
        ({"budget": {"tokens": 0}}, "A run cannot work with a budget of 0 tokens"),
        ({"budget": {"tokens": -1}}, "budget.tokens: Input should be greater than or equal to 0"),
        ({"budget": {"seconds": 1e300}}, "budget.seconds: Input should be less than or equal to"),
        ({"budget": {"tokens": "many"}}, "budget.tokens: Input should be a valid integer"),
        ({"budget": {"euros": 1}}, "budget.euros: Extra inputs are not permitted"),
        ({"budget": {"usd": 1}, "at_once": "yes"}, "at_once: Input should be a valid boolean"),
        ({"budget": {"usd": 1}, "phase": "write"}, "phase: Extra inputs are not permitted"),
    ],
)
async def test_what_cannot_be_steered_is_refused_in_one_line_and_changes_nothing(
    skipping: WorkflowEnvironment, steering: Any, said: str
) -> None:
    async with scripted_run(skipping.client, Script(), ask({"tokens": 10_000}, approve=False)) as handle:
        await at_gate(handle, "plan-1")
        message = await refused(handle, steering)
        assert said in message
        assert 'Give {"budget": {"usd": 2' in message
        assert "\n" not in message
        assert (await status(handle)).budget == Budget(tokens=10_000)
        await decide(handle, "reject")


async def test_when_its_report_comes_out_there_is_nothing_to_steer(client: Client) -> None:
    script = Script()
    script.held["publish"] = asyncio.Event()
    async with scripted_run(client, script, ask({})) as handle:
        await begun(script, "publish", 1)
        assert "there is nothing to steer" in await refused(handle, {"budget": {"usd": 1}})
        script.held["publish"].set()
        await handle.result()


def until(script: Script, phase: str) -> list[Any]:
    return [request.until for name, request in script.asked if name == phase]


async def test_the_time_in_which_a_person_is_waited_for_is_no_work(skipping: WorkflowEnvironment) -> None:
    script = Script()
    broken = ApplicationError("The key is wrong.", type="NeedsOperator", non_retryable=True)
    script.failing_once["investigate"] = broken
    day = timedelta(days=1)
    async with scripted_run(skipping.client, script, ask({"seconds": 600}, approve=False)) as handle:
        await at_gate(handle, "plan-1")
        await skipping.sleep(day)
        await decide(handle, "approve")
        await at_gate(handle, "operator-1")
        await skipping.sleep(day)
        await decide(handle, "retry")
        await at_gate(handle, "report-1")
        assert sum((await status(handle)).seconds.values()) < 60
        await decide(handle, "approve")
        outcome = await handle.result()
    assert outcome.status == "published"
    [planned], [before, after], [verified] = (until(script, phase) for phase in ("plan", "investigate", "verify"))
    assert day < before - planned < 2 * day
    assert abs(after - before - day) < timedelta(seconds=20)
    assert timedelta(seconds=500) < verified - planned - 2 * day < timedelta(seconds=600), "all that was left"


class Waves(Tasks):
    """Each task takes its time."""

    async def _hold(self, name: str) -> Any:
        if name == "investigate":
            await asyncio.sleep(2)
        return await super()._hold(name)


async def test_time_passes_for_tasks_that_have_not_begun(client: Client) -> None:
    """Eight tasks, four at a time: the second four have the time that is left, and not all of it again."""
    script = Waves(8)
    await finished(client, script, ask({"seconds": 600}))
    moments = until(script, "investigate")
    assert len(moments) == 8
    assert max(moments) - min(moments) < timedelta(seconds=1.5)


async def test_time_passes_for_a_phase_that_is_stopped_on_its_way(client: Client) -> None:
    script = Script()
    script.held["plan"] = asyncio.Event()
    async with scripted_run(client, script, ask({"seconds": 600})) as handle:
        await begun(script, "plan", 1)
        await asyncio.sleep(2)
        await steer(handle, {"budget": {"calls": 50}, "at_once": True})
        await begun(script, "plan", 2)
        script.held["plan"].set()
        await handle.result()
    first, second = until(script, "plan")
    assert abs(second - first) < timedelta(seconds=1.5)


async def test_a_report_that_is_revised_keeps_its_plan(skipping: WorkflowEnvironment) -> None:
    script = Script()
    async with scripted_run(skipping.client, script, ask({}, approve=False)) as handle:
        await at_gate(handle, "plan-1")
        await decide(handle, {"decision": "revise", "note": "When does it open?"})
        await at_gate(handle, "plan-2")
        await decide(handle, "approve")
        await at_gate(handle, "report-1")
        await decide(handle, {"decision": "revise", "note": "And in winter?"})
        await at_gate(handle, "report-2")
        await decide(handle, "approve")
        await handle.result()
    kept = [request.approved for name, request in script.asked if name == "plan"]
    assert kept == [[], [], ["What is baked?", "When does it open?"]]


def page(number: int, headings: int, snapshot: str) -> Source:
    return Source(
        uri=f"https://example.org/{number}",
        title="A page",
        media_type="text/html",
        snapshot=snapshot,
        headings=tuple(Heading(start=n, end=n + 1, level=1) for n in range(headings)),
        bytes_sha256="0" * 64,
        extractor="html/1",
    )


async def test_pages_cross_the_boundary_once_and_with_their_headings_only_where_they_are_quoted(
    skipping: WorkflowEnvironment,
) -> None:
    script = Tasks(3)
    script.pages = (page(1, 3, "a" * 64), page(2, 200, "b" * 64))  # the first is quoted
    await finished(skipping.client, script, ask({}, web=True))
    requests = dict(script.asked)
    assert [findings.pages for findings in requests["write"].investigated] == [(), (), ()]
    publication: PublishRequest = requests["publish"]
    assert [(each.uri[-1], len(each.headings)) for each in publication.pages] == [("1", 3), ("2", 0)]


async def test_the_web_alone_needs_no_collection(skipping: WorkflowEnvironment) -> None:
    script = Script()
    await finished(skipping.client, script, ask({}, web=True))
    requests = dict(script.asked)
    assert (requests["collect"].collection, requests["collect"].web) == (None, True)
    assert requests["plan"].web
    assert requests["investigate"].web


MODEL = chat_model("openai:scripted", base_url="http://127.0.0.1:9/v1", api_key="k")


@pytest.mark.parametrize(
    ("request_type", "graph"),
    [
        (PlanRequest, plan.builder),
        (InvestigateRequest, investigate.builder),
        (InvestigateRequest, agent.compile_agent(MODEL)),
        (WriteRequest, write.builder),
        (VerifyRequest, verify.builder),
    ],
    ids=["plan", "investigate", "agent", "write", "verify"],
)
def test_every_graph_takes_another_budget_where_it_stands(request_type: Any, graph: Any) -> None:
    """Else a run that is steered, or goes on after an operator's help, would fail or not notice."""
    budget = {"budget": Budget(tokens=5), "until": datetime(2026, 1, 1, tzinfo=UTC)}
    said = budget_update(request_type.model_construct(**budget))
    assert said["budget"]["tokens"] == 5
    assert said["until"] == "2026-01-01T00:00:00Z"
    channels = (graph.compile() if isinstance(graph, StateGraph) else graph).channels
    assert {field: type(channels[field]) for field in said} == dict.fromkeys(said, LastValue)


async def test_a_limit_that_cannot_be_held_is_refused(skipping: WorkflowEnvironment) -> None:
    script = Script()
    script.estimate = Usage(calls=9, tokens=9_000, unpriced=9)
    async with scripted_run(skipping.client, script, ask({}, approve=False)) as handle:
        await at_gate(handle, "plan-1")
        assert "Give one in tokens." in await refused(handle, {"budget": {"usd": 1}})
        await steer(handle, {"budget": {"tokens": 90_000}})
        await decide(handle, "reject")


@pytest.mark.parametrize("phase", ["write", "verify"])
async def test_phases_that_have_dealt_out_their_parts_are_not_disturbed(client: Client, phase: str) -> None:
    script = Script()
    script.held[phase] = asyncio.Event()
    async with scripted_run(client, script, ask({"tokens": 10_000})) as handle:
        await begun(script, phase, 1)
        said = await steer(handle, {"budget": {"tokens": 20_000}, "at_once": True})
        assert "The next phase uses it." in said
        script.held[phase].set()
        await handle.result()
    assert script.names().count(phase) == 1


async def test_a_plan_for_which_nothing_was_left_says_so_at_its_gate_and_in_the_report(
    skipping: WorkflowEnvironment,
) -> None:
    script = Script()
    script.limited_plan = ("tokens",)
    async with scripted_run(skipping.client, script, ask({"tokens": 14_000}, approve=False)) as handle:
        assert "too small for planning (tokens)" in (await at_gate(handle, "plan-1")).details
        await decide(handle, "approve")
        await at_gate(handle, "report-1")
        await decide(handle, "approve")
        await handle.result()
    [published] = [request for name, request in script.asked if name == "publish"]
    assert published.limited == ["plan: tokens"]
