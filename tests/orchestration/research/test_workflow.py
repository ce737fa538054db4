"""The macro workflow on the time-skipping server, its phases scripted."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from temporalio.client import Client, WorkflowFailureError
from temporalio.exceptions import ApplicationError
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Worker

from outlast.orchestration.research.gates import GATE_TIMEOUT
from outlast.orchestration.research.messages import DecidedGate, DecisionResult
from outlast.orchestration.research.workflow import Research
from tests.orchestration.research.runs import at_gate, decide, refusal, status
from tests.orchestration.research.scripted import Script, scripted_run


async def test_a_run_goes_through_its_phases_and_both_gates(skipping: WorkflowEnvironment) -> None:
    script = Script()
    async with scripted_run(skipping.client, script, {"question": "What is baked?"}) as handle:
        seen = await at_gate(handle, "plan-1")
        assert "1. What is baked?" in seen.details
        decided = await decide(handle, {"decision": "approve", "subject": "plan-1", "by": "anna"})
        assert decided == DecisionResult(
            decision="approve",
            gates=(DecidedGate(gate="plan", subject="plan-1"),),
            by="anna",
            said="plan-1 is approved.",
        )
        seen = await at_gate(handle, "report-1")
        assert "Rye." in seen.details
        await decide(handle, "looks good")
        outcome = await handle.result()
    assert outcome.status == "published"
    assert outcome.report is not None
    assert script.names() == ["collect", "plan", "investigate", "write", "verify", "publish"]


async def test_a_run_whose_input_approves_asks_nobody(skipping: WorkflowEnvironment) -> None:
    async with scripted_run(skipping.client, Script(), {"question": "What is baked?", "approve": True}) as handle:
        assert (await handle.result()).status == "published"


async def test_a_bare_string_is_a_question(skipping: WorkflowEnvironment) -> None:
    script = Script()
    async with scripted_run(skipping.client, script, "What is baked?") as handle:
        await at_gate(handle, "plan-1")
        await decide(handle, "reject")
        assert (await handle.result()).question == "What is baked?"


@pytest.mark.parametrize("gate", ["plan", "report"])
async def test_a_gate_at_which_nobody_decides_expires_and_the_work_is_kept(
    skipping: WorkflowEnvironment, gate: str
) -> None:
    script = Script()
    async with scripted_run(skipping.client, script, "What is baked?") as handle:
        if gate == "report":
            await at_gate(handle, "plan-1")
            await decide(handle, "approve")
        outcome = await handle.result()
        described = await handle.describe()
    assert (outcome.status, outcome.gate) == ("expired", gate)
    assert outcome.plan is not None
    assert described.close_time is not None
    assert described.close_time - described.start_time >= GATE_TIMEOUT - timedelta(seconds=5)


@pytest.mark.parametrize("gate", ["plan", "report"])
async def test_a_rejected_run_ends_at_that_gate(skipping: WorkflowEnvironment, gate: str) -> None:
    async with scripted_run(skipping.client, Script(), "What is baked?") as handle:
        await at_gate(handle, "plan-1")
        if gate == "report":
            await decide(handle, "approve")
            await at_gate(handle, "report-1")
        await decide(handle, {"decision": "reject", "gate": gate, "note": "not this"})
        outcome = await handle.result()
    assert (outcome.status, outcome.gate, outcome.note, outcome.report) == ("rejected", gate, "not this", None)


async def test_a_revised_plan_is_planned_anew_with_the_note(skipping: WorkflowEnvironment) -> None:
    script = Script()
    async with scripted_run(skipping.client, script, "What is baked?") as handle:
        await at_gate(handle, "plan-1")
        await decide(handle, {"decision": "revise", "note": "When does it open?"})
        assert "2. When does it open?" in (await at_gate(handle, "plan-2")).details
        await decide(handle, "approve")
        await at_gate(handle, "report-1")
        await decide(handle, "approve")
        await handle.result()
    assert script.names().count("investigate") == 2


async def test_a_revised_report_investigates_only_what_is_new(skipping: WorkflowEnvironment) -> None:
    script = Script()
    async with scripted_run(skipping.client, script, "What is baked?") as handle:
        await at_gate(handle, "plan-1")
        await decide(handle, "approve")
        await at_gate(handle, "report-1")
        await decide(handle, {"decision": "revise", "note": "When does it open?\nFind nothing"})
        seen = await at_gate(handle, "report-2")
        assert "Not answered: Find nothing" in seen.details
        await decide(handle, "approve")
        outcome = await handle.result()
    investigated = [request.task.question for name, request in script.asked if name == "investigate"]
    assert sorted(investigated) == ["Find nothing", "What is baked?", "When does it open?"]
    assert outcome.report is not None
    assert outcome.report.claims == 2


async def test_decisions_that_cannot_be_taken_are_refused_in_one_line(skipping: WorkflowEnvironment) -> None:
    async with scripted_run(skipping.client, Script(), "What is baked?") as handle:
        await at_gate(handle, "plan-1")
        assert await refusal(handle, {"decision": "approve", "gate": "report"}) == (
            'The gate "report" is not open. The gate "plan" is.'
        )
        assert "plan-1 is: look again" in await refusal(handle, {"decision": "approve", "subject": "plan-7"})
        assert "say what to change" in await refusal(handle, {"decision": "revise"})
        assert "dance" in await refusal(handle, {"decision": "approve", "dance": 1})
        assert "An empty value is not accepted" in await refusal(handle, None)
        assert "17 is not accepted" in await refusal(handle, 17)
        await decide(handle, "approve")
        await at_gate(handle, "report-1")
        assert "plan-1 is not open now" in await refusal(handle, {"decision": "approve", "subject": "plan-1"})
        await decide(handle, "approve")
        await handle.result()


async def test_a_second_decision_finds_no_gate(skipping: WorkflowEnvironment) -> None:
    """Two people decide at once: one of them is told."""
    async with scripted_run(skipping.client, Script(), "What is baked?") as handle:
        await at_gate(handle, "plan-1")
        both = await asyncio.gather(
            *(decide(handle, {"decision": "approve", "subject": "plan-1"}) for _ in range(2)), return_exceptions=True
        )
        assert sorted(type(each).__name__ for each in both) == ["DecisionResult", "WorkflowUpdateFailedError"]
        await at_gate(handle, "report-1")
        await decide(handle, "reject")


async def test_a_signal_decides_too_and_a_refused_one_shows(skipping: WorkflowEnvironment) -> None:
    async with scripted_run(skipping.client, Script(), "What is baked?") as handle:
        await at_gate(handle, "plan-1")
        await handle.signal("decide", {"decision": "approve", "gate": "report"})
        assert 'A signal was refused: The gate "report" is not open' in (await status(handle)).details
        await handle.signal("decide", {"decision": "approve", "gate": "plan"})
        assert "refused" not in (await at_gate(handle, "report-1")).details
        await handle.signal("decide", "fine")
        assert (await handle.result()).status == "published"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (None, "An empty value is not accepted here"),
        (5, "5 is not accepted here"),
        ([], "[] is not accepted here"),
        ({"questio": "x"}, "questio"),
        ({}, "question: Field required"),
        ("  ", "The question is empty"),
        ({"question": "x", "approve": "perhaps"}, "approve"),
        ({"question": "x", "web": "yes"}, "web: Input should be a valid boolean"),
        ({"question": "x", "budget": {"usd": 0}}, "A run cannot work with a budget of 0 usd"),
        ({"question": "x", "budget": {"tokens": 0}}, "A run cannot work with a budget of 0 tokens"),
        ({"question": "x", "budget": {"tokens": -1}}, "budget.tokens: Input should be greater than or equal to 0"),
        ({"question": "x", "budget": {"usd": float("nan")}}, "budget.usd: Input should be"),
        ({"question": "x", "budget": {"seconds": 1e12}}, "budget.seconds: Input should be less than or equal to"),
        ({"question": "x", "budget": {"tokens": 10**30}}, "budget.tokens: Input should be less than or equal to"),
        ({"question": "x", "budget": {"calls": 1.5}}, "budget.calls: Input should be a valid integer"),
        ({"question": "x", "budget": {"euros": 1}}, "budget.euros: Extra inputs are not permitted"),
        ({"question": "x", "budget": {"tokens": "many"}}, "budget.tokens: Input should be a valid integer"),
        ({"question": "x", "budget": "2 USD"}, "budget: Input should be"),
        ({"question": "x", "budget": 2}, "budget: Input should be"),
    ],
)
async def test_bad_input_fails_at_once_and_says_what_is_accepted(
    skipping: WorkflowEnvironment, given: Any, said: str
) -> None:
    async with scripted_run(skipping.client, Script(), given) as handle:
        with pytest.raises(WorkflowFailureError) as failed:
            await handle.result()
    cause = failed.value.cause
    assert isinstance(cause, ApplicationError)
    assert said in cause.message
    assert 'Give "a question"' in cause.message
    assert "\n" not in cause.message
    assert cause.type == "BadInput"


async def test_no_input_at_all_is_bad_input_too(skipping: WorkflowEnvironment) -> None:
    queue = "no-input"
    async with Worker(skipping.client, task_queue=queue, workflows=[Research]):
        with pytest.raises(WorkflowFailureError) as failed:
            await skipping.client.execute_workflow("Research", id=queue, task_queue=queue)
    assert "An empty value is not accepted here" in str(failed.value.cause)


async def test_a_phase_that_cannot_succeed_fails_the_run_with_its_own_words(skipping: WorkflowEnvironment) -> None:
    script = Script()
    script.failing["collect"] = ApplicationError("There is no collection.", type="Permanent", non_retryable=True)
    async with scripted_run(skipping.client, script, "What is baked?") as handle:
        with pytest.raises(WorkflowFailureError) as failed:
            await handle.result()
    assert isinstance(failed.value.cause, ApplicationError)
    assert failed.value.cause.message == "collect: There is no collection."


async def test_the_history_grows_with_tasks_and_gates_alone(client: Client) -> None:
    question = "\n".join(f"Question {number}?" for number in range(10))
    script = Script()
    async with scripted_run(client, script, "What is baked?") as handle:
        await at_gate(handle, "plan-1")
        await decide(handle, {"decision": "revise", "note": question})
        await at_gate(handle, "plan-2")
        await decide(handle, "approve")
        await at_gate(handle, "report-1")
        await decide(handle, "approve")
        await handle.result()
        history = await handle.fetch_history()
    tasks, gates = 11, 3
    assert script.names().count("investigate") == tasks
    assert len(history.events) <= 60 + 6 * tasks + 12 * gates


async def test_a_note_that_would_make_the_plan_too_long_is_refused_and_costs_nothing(
    skipping: WorkflowEnvironment,
) -> None:
    async with scripted_run(skipping.client, Script(), "What is baked?") as handle:
        await at_gate(handle, "plan-1")
        note = "\n".join(f"Question {number}?" for number in range(45))
        assert "at most 40" in await refusal(handle, {"decision": "revise", "note": note})
        await decide(handle, "reject")
        assert (await handle.result()).status == "rejected"


async def test_two_values_and_half_a_character_are_bad_input(skipping: WorkflowEnvironment) -> None:
    queue = "bad-values"
    async with Worker(skipping.client, task_queue=queue, workflows=[Research]):
        with pytest.raises(WorkflowFailureError) as failed:
            await skipping.client.execute_workflow("Research", args=["q", 2], id="two-values", task_queue=queue)
        assert "One value is accepted, not 2" in str(failed.value.cause)


async def test_a_question_whose_sentences_do_not_stand_is_unanswered(skipping: WorkflowEnvironment) -> None:
    script = Script()
    script.untrue = {"When does it open?"}
    async with scripted_run(skipping.client, script, "What is baked?") as handle:
        await at_gate(handle, "plan-1")
        await decide(handle, {"decision": "revise", "note": "When does it open?"})
        await at_gate(handle, "plan-2")
        await decide(handle, "approve")
        assert "When does it open?" in (await at_gate(handle, "report-1")).details
        await decide(handle, "approve")
        await handle.result()
    [published] = [request for name, request in script.asked if name == "publish"]
    assert published.unanswered == ["When does it open?"]
    assert published.draft.mode == "scripted", "as it was written, whoever checks and publishes it"
