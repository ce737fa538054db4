"""The current details of a run, in Markdown for Temporal's UI: where it stands, and what to paste to go on.

What a graph asks is data, often written by a model. It stands in code blocks, in which no link and no image is one.
"""

import json
import re
from typing import Any, cast

from langgraph_heartbeat._call_log.phase_summary import PhaseSummary, counted

from .answer_schemas import example_of
from .messages import OpenQuestion, RunStatus

MAX_VALUE_CHARACTERS = 2_000
MAX_QUESTIONS = 20
MAX_SUMMARY_CHARACTERS = 90
"""Temporal refuses a summary of more than 400 bytes, and a character may take four."""

STATES = {
    "checking": "The input is being checked.",
    "running": "The graph **{graph}** is running. What it is doing stands in the heartbeat of its pending activity.",
    "asking": "The graph **{graph}** waits for an answer.",
    "stuck": "The graph **{graph}** is stuck, with its last good state kept.",
    "finished": "The graph **{graph}** has finished. The result is below.",
    "failed": "The run has failed.",
    "cancelled": "The run was cancelled.",
}


def details_of(status: RunStatus) -> str:
    """Return what Temporal's UI shows of a run."""
    parts = [STATES[status.state].format(graph=escaped(status.graph))]
    if status.problem:
        parts.append(in_block(status.problem))
    if status.state == "stuck":
        parts.append(
            "Once the cause is repaired, send the update or the signal `retry`, and the graph goes on from there:\n"
            + in_block('{"decision": "retry"}', "json")
            + '\nWith `{"decision": "fail"}`, the run fails. '
            'With `"recursion_limit": 2000` beside the decision, the graph may take more steps.'
        )
    waiting = [each for each in status.questions if not each.answered]
    parts += map(details_of_question, waiting[:MAX_QUESTIONS])
    if len(waiting) > MAX_QUESTIONS:
        parts.append(f"{len(waiting) - MAX_QUESTIONS} more questions: the query `status` has them all.")
    if status.refusal:
        parts.append(f"The last signal was refused:\n{in_block(status.refusal)}")
    if status.summary:
        parts.append(f"### What it has done\n{status.summary.markdown()}")
    return "\n\n".join(parts)


def details_of_question(question: OpenQuestion) -> str:
    parts = [f"### Question {question.name}\n{in_block(text_of(question.value))}"]
    if question.refused:
        parts.append(f"The last answer was not accepted:\n{in_block(question.refused)}")
    if question.response_schema:
        parts.append(f"The answer has this schema:\n{in_block(text_of(question.response_schema), 'json')}")
    answer = json.dumps({"question": question.name, "answer": example_of(question.response_schema)}, ensure_ascii=False)
    parts.append(f"Answer by the update or the signal `answer`, with this input:\n{in_block(answer, 'json')}")
    return "\n\n".join(parts)


def text_of(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, indent=2)


def in_block(text: str, language: str = "") -> str:
    """Return a text as a code block, which ends nowhere inside of the text."""
    if len(text) > MAX_VALUE_CHARACTERS:
        text = f"{text[:MAX_VALUE_CHARACTERS]} [... {len(text) - MAX_VALUE_CHARACTERS} characters more ...]"
    longest = max((len(each) for each in re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{text}\n{fence}"


def escaped(name: str) -> str:
    """Return a name as Markdown that shows exactly its characters, on one line."""
    return re.sub(r"([^\w\s]|_)", r"\\\1", " ".join(name.split()))


def summary_of(graph: str, given: Any, done: PhaseSummary | None = None) -> str:
    """Return a line that tells one activity from another: the graph, what it had done, and with what it was started."""
    text = " ".join((said_in(given) or text_field_of(given)).split())
    begun = f"{graph} after {counted(done.calls, 'model call')}" if done else graph
    line = f"{begun}: {text}" if text else begun
    return line if len(line) <= MAX_SUMMARY_CHARACTERS else f"{line[: MAX_SUMMARY_CHARACTERS - 3]}..."


def said_in(given: object) -> str:
    """Return the text of the last message of an input; "" if it has no message."""
    if isinstance(given, str):
        return given
    if isinstance(given, list):
        return next((text for each in reversed(cast("list[Any]", given)) if (text := said_in(each))), "")
    if not isinstance(given, dict):
        return ""
    fields = cast("dict[str, Any]", given)
    parts = (fields.get(key) for key in ("messages", "content", "text", "kwargs", "data"))
    return next((text for each in parts if (text := said_in(each))), "")


def text_field_of(given: object) -> str:
    """Return the first field of an input that is a text."""
    values = cast("dict[str, Any]", given).values() if isinstance(given, dict) else ()
    return next((each for each in values if isinstance(each, str)), "")
