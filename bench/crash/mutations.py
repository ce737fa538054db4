"""Mistakes that the campaign must notice. Each takes one mechanism away from the library, in the worker's process.

The library has no switch for them: its classes are changed from here, after the worker's process has begun.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any

from langgraph.checkpoint.memory import InMemorySaver
from langgraph.types import Command

ERROR_CHANNEL = "__error__"


def library(module: str) -> Any:
    """Return a module of the library that is none of its face."""
    return import_module(f"langgraph_heartbeat.{module}")


def replace(owner: Any, name: str, function: Callable[..., Any]) -> None:
    """Set a function of a class or module; raise `AttributeError` if it has none of this name any more."""
    getattr(owner, name)
    setattr(owner, name, function)


def believe_in_every_attempt() -> None:
    """Take every attempt for the valid one, although another worker has replaced it."""

    async def fence(self: Any) -> bool:
        del self
        return True

    replace(library("_heartbeats").Heartbeats, "fence", fence)


def keep_writes_after_an_error() -> None:
    """Keep what a task wrote before it raised, so that it counts as finished."""
    saver = library("_saver.saver").HeartbeatSaver
    put_writes = saver.put_writes

    def put_all_writes(self: Any, config: Any, writes: Any, task_id: str, task_path: str = "") -> None:
        put_writes(self, config, writes, task_id, task_path)
        if any(channel == ERROR_CHANNEL for channel, _ in writes):
            others = [(channel, value) for channel, value in writes if channel != ERROR_CHANNEL]
            InMemorySaver.put_writes(self, config, others, task_id, task_path)

    replace(saver, "put_writes", put_all_writes)


def pass_input_again() -> None:
    """Give the graph its input although it goes on from a checkpoint."""
    attempt = library("_attempt").Attempt
    restore = attempt.restore

    async def restore_and_deny(self: Any, resume: Any) -> bool:
        await restore(self, resume)
        return False

    replace(attempt, "restore", restore_and_deny)


def pass_answers_again() -> None:
    """Give each attempt the answers as LangGraph's documentation says, in place of putting them into the checkpoint."""
    graph_run = library("_graph_run")
    follow_graph = graph_run.follow_graph

    def keep_answers(attempt: Any, resume: Any) -> None:
        attempt.answers = resume.answers

    async def follow_with_answers(attempt: Any, beats: Any, start: Any, options: Any) -> Any:
        if start is None and attempt.answers:
            start = Command(resume=attempt.answers)
        return await follow_graph(attempt, beats, start, options)

    replace(library("_phase_run"), "answer_questions", keep_answers)
    replace(graph_run, "follow_graph", follow_with_answers)


def forget_the_journal() -> None:
    """Leave the finished calls of unfinished nodes out of the checkpoint."""

    def content(self: Any) -> dict[str, Any]:
        del self
        return {}

    replace(library("_journal.journal").Journal, "content", content)


def count_progress_before_failure() -> None:
    """Count an answer as progress although its node has thrown it away."""
    module = library("_journal.journal")
    end, outermost_task = module.Journal.end, library("_journal.answer_memory").outermost_task

    def end_and_count(self: Any, call: Any, *arguments: Any) -> Any:
        self.ended_by_task = ended_by_task(self) + Counter([outermost_task(call.namespace)])
        return end(self, call, *arguments)

    def ended_by_task(self: Any) -> Counter[str]:
        ended: Any = getattr(self, "ended_by_task", Counter[str]())
        return ended

    replace(module.Journal, "end", end_and_count)
    replace(module.Journal, "remembered_by_task", ended_by_task)


def commit_puts_at_once() -> None:
    """Take every put for one from outside the tasks, which nobody makes again, so that it is committed at once."""
    store = library("_store.store")

    def outside() -> Any:
        return store.Place("", {}, None)

    replace(store, "current_place", outside)


MUTATIONS: Mapping[str, Callable[[], None]] = {
    "fence": believe_in_every_attempt,
    "writes": keep_writes_after_an_error,
    "input": pass_input_again,
    "answers": pass_answers_again,
    "journal": forget_the_journal,
    "progress": count_progress_before_failure,
    "store": commit_puts_at_once,
}
"""The mistakes by their names, for `MUTATION=fence make crash`."""


def mutate(name: str) -> None:
    """Make a mistake in this process, from now on; "" makes none."""
    if name:
        MUTATIONS[name]()
