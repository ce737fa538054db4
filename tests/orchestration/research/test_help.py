"""Runs that need help on the way: an operator who mends something, answers to what a graph asks."""

import asyncio
from typing import Any

import pytest
from langgraph_heartbeat.workflow import Paused, Question, Resume
from temporalio.api.enums.v1 import EventType
from temporalio.client import Client, WorkflowFailureError
from temporalio.exceptions import ApplicationError
from temporalio.testing import WorkflowEnvironment

from tests.orchestration.research.runs import at_gate, decide, refusal
from tests.orchestration.research.scripted import Script, scripted_run

ASK = {"question": "What is baked?", "approve": True}


def needs_operator(message: str = "The key is refused. Set another.") -> ApplicationError:
    return ApplicationError(message, Resume(checkpoint="c3RhdGU="), type="NeedsOperator", non_retryable=True)


async def test_an_operator_mends_it_and_the_phase_goes_on_where_it_stood(skipping: WorkflowEnvironment) -> None:
    script = Script()
    script.failing["write"] = needs_operator()
    async with scripted_run(skipping.client, script, ASK) as handle:
        seen = await at_gate(handle, "operator-1")
        assert "write: The key is refused. Set another." in seen.details
        assert '"approve" does not fit operator-1, which accepts: retry, stop.' in await refusal(handle, "approve")
        del script.failing["write"]
        assert (await decide(handle, "retry")).said == "operator-1 is tried again."
        assert (await handle.result()).status == "published"
    assert script.names().count("investigate") == 1
    assert [resume.checkpoint for name, resume in script.resumed if name == "write" and resume] == ["c3RhdGU="]


async def test_a_stuck_phase_waits_for_an_operator_who_stops_the_run(skipping: WorkflowEnvironment) -> None:
    script = Script()
    script.failing["plan"] = ApplicationError("It failed 3 times at step 1.", type="Stuck", non_retryable=True)
    async with scripted_run(skipping.client, script, ASK) as handle:
        await at_gate(handle, "operator-1")
        await decide(handle, {"decision": "stop", "note": "enough"})
        outcome = await handle.result()
    assert (outcome.status, outcome.gate, outcome.note) == ("stopped", "operator", "enough")


@pytest.mark.parametrize("phase", ["collect", "publish"])
async def test_a_run_is_stopped_before_its_plan_and_after_its_report_too(
    skipping: WorkflowEnvironment, phase: str
) -> None:
    """A full disk at either end of a run: to stop it there failed each task of the workflow, for ever."""
    script = Script()
    script.failing[phase] = ApplicationError("The disk is full.", type="NeedsOperator", non_retryable=True)
    async with scripted_run(skipping.client, script, ASK) as handle:
        await at_gate(handle, "operator-1")
        await decide(handle, {"decision": "stop", "note": "enough"})
        async with asyncio.timeout(20):
            outcome = await handle.result()
    assert (outcome.status, outcome.gate, outcome.note) == ("stopped", "operator", "enough")


async def test_one_retry_means_all_tasks_that_wait_for_the_same_repair(skipping: WorkflowEnvironment) -> None:
    script = Script()
    script.failing["investigate"] = needs_operator("The quota is used up. Raise it.")
    async with scripted_run(skipping.client, script, {"question": "One?", "approve": False}) as handle:
        await at_gate(handle, "plan-1")
        await decide(handle, {"decision": "revise", "note": "Two?\nThree?"})
        await at_gate(handle, "plan-2")
        await decide(handle, "approve")
        seen = await at_gate(handle, "operator-3")
        assert len(seen.gates) == 3
        del script.failing["investigate"]
        assert (await decide(handle, "retry")).said == "operator-1, operator-2, operator-3 is tried again."
        await at_gate(handle, "report-1")
        await decide(handle, "approve")
        assert (await handle.result()).status == "published"


async def test_nobody_helps_and_the_run_expires(skipping: WorkflowEnvironment) -> None:
    script = Script()
    script.failing["plan"] = needs_operator()
    async with scripted_run(skipping.client, script, ASK) as handle:
        outcome = await handle.result()
    assert (outcome.status, outcome.gate) == ("expired", "operator")


async def test_a_graph_asks_and_goes_on_with_the_answers(skipping: WorkflowEnvironment) -> None:
    script = Script()
    questions = [Question(id="q1", value={"ask": "Which year?"}), Question(id="q2", value="Which town?")]
    script.pausing["write"] = Paused(questions=questions, checkpoint="c3RhdGU=")
    async with scripted_run(skipping.client, script, ASK) as handle:
        seen = await at_gate(handle, "questions-1")
        assert "The phase write asks" in seen.details
        assert "Which town?" in seen.details
        assert "by the ids of the open questions: q1, q2" in await refusal(
            handle, {"decision": "answer", "answers": {"q9": 1}}
        )
        assert "To answer, give the answers" in await refusal(handle, {"decision": "answer"})
        answers: dict[str, Any] = {"q1": 1871, "q2": "Grey Point"}
        assert (await decide(handle, {"decision": "answer", "answers": answers})).said == "questions-1 is answered."
        assert (await handle.result()).status == "published"
    [resume] = [resume for name, resume in script.resumed if name == "write" and resume]
    assert resume == Resume(checkpoint="c3RhdGU=", answers=answers)


async def test_heartbeats_that_cannot_be_decoded_start_the_phase_anew(skipping: WorkflowEnvironment) -> None:
    script = Script()
    script.failing_once["plan"] = ApplicationError("Failed decoding heartbeat details", non_retryable=True)
    async with scripted_run(skipping.client, script, ASK) as handle:
        assert (await handle.result()).status == "published"
    assert script.names().count("plan") == 2


async def test_heartbeats_that_never_can_be_decoded_fail_the_run(skipping: WorkflowEnvironment) -> None:
    script = Script()
    script.failing["plan"] = ApplicationError("Failed decoding heartbeat details", non_retryable=True)
    async with scripted_run(skipping.client, script, ASK) as handle:
        with pytest.raises(WorkflowFailureError):
            await handle.result()
    assert script.names().count("plan") == 4


async def test_a_run_that_is_stopped_stops_the_tasks_that_are_under_way(client: Client) -> None:
    script = Script()
    script.held["investigate"] = asyncio.Event()
    script.failing_once["investigate"] = needs_operator("The quota is used up. Raise it.")
    async with scripted_run(client, script, "One?") as handle:
        await at_gate(handle, "plan-1")
        await decide(handle, {"decision": "revise", "note": "Two?"})
        await at_gate(handle, "plan-2")
        await decide(handle, "approve")
        await at_gate(handle, "operator-1")
        await decide(handle, "stop")
        assert (await handle.result()).status == "stopped"
        history = await handle.fetch_history()
    kinds = [EventType.Name(event.event_type) for event in history.events]
    scheduled = kinds.count("EVENT_TYPE_ACTIVITY_TASK_SCHEDULED")
    ended = kinds.count("EVENT_TYPE_ACTIVITY_TASK_COMPLETED") + kinds.count("EVENT_TYPE_ACTIVITY_TASK_FAILED")
    assert "EVENT_TYPE_ACTIVITY_TASK_CANCEL_REQUESTED" in kinds
    assert ended == scheduled, "nothing is left running, and spending, for a run that has ended"
