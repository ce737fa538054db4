"""What a question, a note, a model or a failing engine says, where people read it: Temporal's UI, and the history."""

import json
import logging
from typing import Any

import pytest
from temporalio.api.failure.v1 import Failure
from temporalio.client import WorkflowFailureError, WorkflowHandle
from temporalio.converter import PayloadConverter
from temporalio.exceptions import ApplicationError
from temporalio.testing import WorkflowEnvironment

from outlast.evidence.errors import NeedsOperator, Permanent
from outlast.evidence.text import UNSAFE
from outlast.orchestration.research.messages import accept_ask
from outlast.orchestration.research.payloads import DATA_CONVERTER, SafeFailureConverter
from outlast.worker import SafeLogFormatter
from tests.orchestration.research.runs import at_gate, decide, refusal
from tests.orchestration.research.scripted import Script, scripted_run

EVIL = "a\x1b[31mred\x9b2J\u202eturned\u2066in\u0085line\u2028end\U000e0068\U000e0069\u200bz"


def is_harmless(text: str) -> bool:
    return UNSAFE.search(text) is None


async def summaries(handle: WorkflowHandle[Any, Any]) -> list[str]:
    """Of all activities and timers of the run."""
    events = (await handle.fetch_history()).events
    return [json.loads(event.user_metadata.summary.data) for event in events if event.user_metadata.summary.data]


async def shown_in_the_ui(handle: WorkflowHandle[Any, Any]) -> str:
    metadata = await handle.query("__temporal_workflow_metadata")
    return metadata.current_details


async def failures(handle: WorkflowHandle[Any, Any]) -> list[Failure]:
    """Of activities and of the run, with what they were raised from."""
    found: list[Failure] = []
    for event in (await handle.fetch_history()).events:
        for attributes in (
            event.activity_task_failed_event_attributes,
            event.workflow_execution_failed_event_attributes,
        ):
            failure = attributes.failure
            while failure.message or failure.stack_trace:
                found.append(failure)
                failure = failure.cause
    return found


async def test_a_question_and_a_note(skipping: WorkflowEnvironment) -> None:
    async with scripted_run(skipping.client, Script(), {"question": f"What is {EVIL}?"}) as handle:
        seen = await at_gate(handle, "plan-1")
        assert "red" in seen.details
        await decide(handle, {"decision": "revise", "note": f"Also {EVIL}"})
        seen = await at_gate(handle, "plan-2")
        shown = [seen.details, seen.question, await shown_in_the_ui(handle), *await summaries(handle)]
        refused = await refusal(handle, {"decision": "approve", "subject": EVIL})
        await decide(handle, "reject")
        outcome = await handle.result()
    assert all(map(is_harmless, [*shown, outcome.question, refused])), shown
    assert "Also a" in shown[0]
    assert "is not open now" in refused


async def test_a_model_that_plans_and_writes_such_text(skipping: WorkflowEnvironment) -> None:
    class Model(Script):
        def _note(self, name: str, request: Any, resume: Any = None) -> None:
            super()._note(name, request, resume)
            if name == "plan":  # tasks are a model's words, not a person's
                request.notes.append(EVIL)

    async with scripted_run(skipping.client, Model(), "What is baked?") as handle:
        seen = await at_gate(handle, "plan-1")
        assert "red" in seen.details
        await decide(handle, "approve")
        drafted = await at_gate(handle, "report-1")
        shown = [seen.details, drafted.details, await shown_in_the_ui(handle), *await summaries(handle)]
        await decide(handle, "reject")
        await handle.result()
    assert len([text for text in shown if "red" in text]) >= 2
    assert all(map(is_harmless, shown)), shown


@pytest.mark.parametrize("error", [Permanent(f"The model said: {EVIL}"), NeedsOperator(f"It said: {EVIL}", "Pay.")])
async def test_an_engine_or_a_model_that_fails(skipping: WorkflowEnvironment, error: Exception) -> None:
    script = Script()
    failure = ApplicationError(str(error), type=type(error).__name__, non_retryable=True)
    failure.__cause__ = error
    script.failing["plan"] = failure
    async with scripted_run(skipping.client, script, {"question": "What?", "approve": True}) as handle:
        if isinstance(error, NeedsOperator):
            seen = await at_gate(handle, "operator-1")
            assert "red" in seen.details
            shown = [seen.details, await shown_in_the_ui(handle)]
            await decide(handle, "stop")
            await handle.result()
        else:
            with pytest.raises(WorkflowFailureError) as failed:
                await handle.result()
            assert isinstance(failed.value.cause, ApplicationError)
            shown = [failed.value.cause.message]
        told = await failures(handle)
    shown += [text for each in told for text in (each.message, each.stack_trace)]
    assert len([text for text in shown if "red" in text]) >= 3, "the failure, what it was raised from, and the UI"
    assert all(map(is_harmless, shown)), shown


def test_half_a_surrogate_pair_in_a_failure_does_not_hide_it() -> None:
    converter, payloads = SafeFailureConverter(), DATA_CONVERTER.payload_converter
    assert isinstance(payloads, PayloadConverter)
    failure = Failure()
    converter.to_failure(ValueError("odd \ud800 name"), payloads, failure)
    assert (failure.message, failure.application_failure_info.type) == ("odd \ufffd name", "ValueError")
    of_ours = ApplicationError("odd \ud800 name", 7, type="Transient", non_retryable=True)
    converter.to_failure(of_ours, payloads, failure)
    assert (failure.message, failure.application_failure_info.type) == ("odd \ufffd name", "Transient")
    assert failure.application_failure_info.non_retryable
    assert payloads.from_payloads(failure.application_failure_info.details.payloads) == [7]


def test_the_workers_log() -> None:
    record = logging.LogRecord("x", logging.WARNING, __file__, 1, "It said: %s", (EVIL,), None)
    assert is_harmless(SafeLogFormatter("%(message)s").format(record))


def test_a_question_is_asked_in_its_own_script() -> None:
    question = "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645 1\u00a0000 \U0001f469\u200d\U0001f680?\nAnd?"
    assert accept_ask(question).question == question
