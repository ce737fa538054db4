"""Run a graph in an attempt: report its tasks, and return its questions.

The end of the stream is not the end of the graph: it also ends where the graph stops to ask, or at a breakpoint.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any, cast

from langgraph.runtime import RunControl
from langgraph.types import Interrupt
from pydantic import ValidationError

from ._attempt import Attempt
from ._drain import Stop, drain_at_shutdown
from ._failures import dynamic_breakpoint, unanswerable_question
from ._heartbeats import Heartbeats
from ._messages import Question
from ._requests import Durability, reason_in
from ._saver.questions import INTERRUPT_CHANNEL
from ._saver.reports import missing_value

SYNC_ONLY_ATTRIBUTE = "_put_checkpoint_fut"
"""What LangGraph 1.2 looks for in vain, with durability="sync", in a subgraph compiled with `checkpointer=False`."""


@dataclass(frozen=True)
class RunOptions:
    """What a run of a graph needs besides its input."""

    recursion_limit: int
    durability: Durability
    resources: object
    control: RunControl


async def run_graph(attempt: Attempt, beats: Heartbeats, start: Any, options: RunOptions) -> list[Question]:
    """Run the graph until it ends or stops at questions, which are returned.

    If a question refuses its answer, the graph goes on without that answer, and the question is asked again. If a node
    calls a graph that LangGraph cannot run with durability="sync", it goes on with "async".
    """
    attempt.journal.activate()
    draining = asyncio.create_task(drain_at_shutdown(options.control))
    refused = attempt.saver.reports.invalid_answers
    try:
        while True:
            try:
                questions = await follow_graph(attempt, beats, start, options)
            except ValidationError as error:
                if not any(error is known for known in refused.values()):
                    raise
                attempt.journal.begin_again()
                attempt.saver.untracked.forget()  # it stops at a question
                start = None
            except AttributeError as error:
                if error.name != SYNC_ONLY_ATTRIBUTE or options.durability != "sync":
                    raise
                attempt.journal.begin_again()
                start, options = start if attempt.step is None else None, replace(options, durability="async")
            else:
                reasons = {each: reason_in(cast("ValidationError", error)) for each, error in refused.items()}
                return [each.model_copy(update={"refused": reasons.get(each.id)}) for each in questions]
    finally:
        draining.cancel()
        with suppress(asyncio.CancelledError):
            await draining
        if options.control.drain_reason == Stop.BY_RESET.value:
            attempt.forget_failures()


async def follow_graph(attempt: Attempt, beats: Heartbeats, start: Any, options: RunOptions) -> list[Question]:
    """Run the graph once; report each of its tasks to `beats`, and return its questions."""
    await require_untracked(attempt)
    beats.progress.graph_started()
    questions: dict[str, Question] = {}
    stopped: list[tuple[Mapping[str, Any], Interrupt]] = []
    events: AsyncIterator[Any] = attempt.graph.astream(
        start,
        attempt.config(options.recursion_limit),
        context=options.resources,
        stream_mode=["tasks", "updates"],
        durability=options.durability,
        control=options.control,
    )
    async for mode, event in events:
        if mode == "updates":
            interrupts: tuple[Interrupt, ...] = event.get(INTERRUPT_CHANNEL, ())
            if INTERRUPT_CHANNEL in event and not interrupts:
                raise dynamic_breakpoint()
            questions |= {
                each.id: Question(id=each.id, value=each.value, response_schema=schema_of(each)) for each in interrupts
            }
        elif "result" in event:
            stopped += [(event, Interrupt(value=each["value"], id=each["id"])) for each in event.get("interrupts", ())]
            beats.progress.task_finished(event["id"], event["name"], failed=bool(event.get("error")))
        else:  # the next checkpoint sends this, and it follows soon
            beats.progress.task_started(event["id"], event["name"])
    for task, question in stopped:
        if not attempt.saver.questions.can_reach(question, task["id"], task["name"]):
            raise unanswerable_question(task["name"], question.value)
    return list(questions.values())


async def require_untracked(attempt: Attempt) -> None:
    """Raise `UnfitChannelError` if the graph would go on without an untracked value that was left out."""
    missing = attempt.saver.untracked.missing()
    if missing and (await attempt.graph.aget_state(attempt.thread_config)).tasks:
        raise missing_value(*missing)


async def last_state(attempt: Attempt) -> Any:
    """Return the values of the channels that LangGraph tracks, or what an `@entrypoint` returned."""
    values: object = (await attempt.graph.aget_state(attempt.thread_config)).values
    untracked = attempt.saver.untracked.of("")
    if not (untracked and isinstance(values, dict)):
        return values
    return {name: value for name, value in cast("dict[str, Any]", values).items() if name not in untracked}


def open_questions(attempt: Attempt) -> list[Question]:
    """Return the questions of the graph that wait for an answer in the checkpoint."""
    open_now = attempt.saver.questions.open().values()
    return [Question(id=each.id, value=each.value, response_schema=schema_of(each)) for each in open_now]


def schema_of(question: Interrupt) -> dict[str, Any] | None:
    """Return the JSON schema of the answer to a question, if it was asked with one."""
    schema = question.response_schema
    return schema if isinstance(schema, dict) else None
