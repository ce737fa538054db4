"""What a phase does if the code of its nodes changed since its checkpoint was made: resume, start afresh, or ask."""

import logging
import sys
from collections.abc import Mapping
from typing import Any, Literal, cast, get_args

from langgraph_heartbeat._heartbeats import AttemptProgress
from langgraph_heartbeat._messages import Question

from .node_code import CodeChanges

log = logging.getLogger(__name__)

OnChange = Literal["resume", "afresh", "ask"]
CODE_QUESTION = "code-changed"
"""The id of the question whether to resume. The ids of a graph's own questions are hexadecimal numbers."""
ANSWERS: Mapping[str, str] = {
    "resume": "go on from the checkpoint: finished steps and tasks are not run again, and the others run the new code",
    "afresh": "start the phase from the beginning: everything is run, and paid for, again",
}

DONE: Mapping[OnChange, str] = {
    "resume": "resumed",
    "afresh": "started from the beginning",
    "ask": "asked whether to resume",
}


def policy_of(on_change: OnChange | None) -> OnChange:
    """Return what `on_change` means here: None asks in a notebook, and resumes elsewhere."""
    if on_change is not None and on_change not in get_args(OnChange):
        raise ValueError(f"on_change is 'resume', 'afresh', 'ask' or None, not {on_change!r}.")
    return on_change or ("ask" if is_notebook() else "resume")


def is_notebook() -> bool:
    """Return whether this process is the kernel of a notebook, where a person changes nodes between two runs."""
    ipython: Any = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    return getattr(shell, "kernel", None) is not None  # IPython in a terminal has no kernel


def decide(policy: OnChange, answer: object) -> OnChange:
    """Return what to do about a change. The answer of the person who was asked comes first; None if nobody was."""
    return cast("OnChange", answer) if answer in tuple(ANSWERS) else policy


def report(phase: str, progress: AttemptProgress, changes: CodeChanges, decision: OnChange) -> None:
    """Say in the progress and in the log what changed and what the phase did about it."""
    event = f"{changes} since the last attempt; {DONE[decision]}"
    progress.record_event(event)
    log.warning("In the phase %s, %s.", phase, event)


def code_question(changes: CodeChanges, answer: object) -> Question:
    """Return the question what to do about a change. `answer` is the one before, which was none of the two."""
    value = {
        "question": f"Since the checkpoint was made, {changes}. Shall the phase resume?",
        "changed": list(changes.changed),
        "added": list(changes.added),
        "removed": list(changes.removed),
        "answers": dict(ANSWERS),
    }
    refused = None if answer is None else f"The answer is one of {', '.join(map(repr, ANSWERS))}."
    return Question(id=CODE_QUESTION, value=value, refused=refused)


def graph_answers(answers: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return the answers without that to the question about the code, which is none of the graph's own."""
    return {question: answer for question, answer in (answers or {}).items() if question != CODE_QUESTION}
