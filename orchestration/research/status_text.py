"""The Markdown that people read about a run, in Temporal's UI and on the terminal: its progress, and what to do now.

It is a few kilobytes at most, because Temporal's UI puts this text into a URL.
"""

import json
from collections.abc import Iterator, Sequence

from outlast.evidence.rendering.spending import format_budget, format_usage
from outlast.evidence.report import Dispute, Draft, Plan
from outlast.evidence.text import escape_markdown, shell_command
from outlast.orchestration.research.budgeting import Spending
from outlast.orchestration.research.messages import OpenGate, Outcome

MAX_ITEMS_SHOWN = 12
# Written as code, because the UI would otherwise show typographic quotation marks, which no message may contain.
APPROVAL_CHOICES = (
    '- `{"decision": "approve"}`',
    '- `{"decision": "revise", "note": "..."}` adds one task a line of the note',
    '- `{"decision": "reject"}`',
)
STOP_CHOICE = '- `{"decision": "stop"}` ends the run; what it has made stays in its history'
OPERATOR_CHOICES = ('- `{"decision": "retry"}` resumes the phase, once this is fixed', STOP_CHOICE)
STEERING_HINT = 'To change the budget: the update `steer`, such as `{"budget": {"tokens": 500000}}`.'
MAX_TEXT_CHARACTERS = 240
MAX_REASON_CHARACTERS = 1000
"""Longer than other texts, because the end of the reason says what to fix."""

CANCELLED_TEXT = "Cancelled. What it has made stays in its history."


def gate_text_with_choices(
    gate: OpenGate, plan: Plan | None, draft: Draft | None, unanswered: Sequence[str], spending: Spending
) -> str:
    """Return the text of a gate for Temporal's UI: the question, the deadline, and the messages that answer it."""
    match gate.gate:
        case "plan" | "report":
            choices = APPROVAL_CHOICES
        case "operator":
            choices = OPERATOR_CHOICES
        case "questions":
            choices = (example_answer(gate), STOP_CHOICE)
    send = "Send the update (or the signal) `decide`, with one of:"
    return "\n".join(
        [f"{gate_text(gate, plan, draft, unanswered, spending)} {send}", "", *choices, *steering_lines(spending)]
    )


def gate_text(
    gate: OpenGate, plan: Plan | None, draft: Draft | None, unanswered: Sequence[str], spending: Spending
) -> str:
    """Return the question of a gate and its deadline. How to answer is left to each front end."""
    match gate.gate:
        case "plan":
            heading, lines = "Is this the right plan?", [*plan_lines(plan), *cost_lines(plan, spending)]
        case "report":
            heading, lines = (
                "Is this the report you want?",
                [*draft_lines(draft, unanswered), *spending_lines(spending)],
            )
        case "operator":
            heading, lines = "Something must be fixed first", [escape_line(gate.about, MAX_REASON_CHARACTERS)]
        case "questions":
            heading, lines = f"The phase {gate.about} asks", list(question_lines(gate))
    until = f"Waiting until {gate.deadline:%A %d %B %Y, %H:%M} UTC."
    return "\n".join([f"## {heading} ({gate.subject})", "", *lines, "", until])


def question_lines(gate: OpenGate) -> Iterator[str]:
    for question in gate.questions[:MAX_ITEMS_SHOWN]:
        text = question.value if isinstance(question.value, str) else json.dumps(question.value, ensure_ascii=False)
        yield f"- `{question.id}`: {escape_line(text)}"
        if question.refused:
            yield f"  The last answer was refused: {escape_line(question.refused)}"


def example_answer(gate: OpenGate) -> str:
    answers = {question.id: "..." for question in gate.questions[:MAX_ITEMS_SHOWN]}
    return f"- `{json.dumps({'decision': 'answer', 'answers': answers})}`"


def plan_lines(plan: Plan | None) -> Iterator[str]:
    tasks = plan.tasks if plan else ()
    yield from (f"{number}. {escape_line(task.question)}" for number, task in enumerate(tasks[:MAX_ITEMS_SHOWN], 1))
    if len(tasks) > MAX_ITEMS_SHOWN:
        yield f"\n... and {len(tasks) - MAX_ITEMS_SHOWN} more tasks."


def cost_lines(plan: Plan | None, spending: Spending) -> Iterator[str]:
    """Yield the estimated cost of the run, its usage and its budget; nothing for a run that costs nothing."""
    if plan and plan.limited:
        limits = ", ".join(plan.limited)
        yield f"\nThe budget was too small for planning ({limits}): the only task is the question as it was asked."
    if plan and (estimate := format_usage(plan.estimate)):
        yield f"\nEstimated: about {estimate}."
    yield from spending_lines(spending)


def spending_lines(spending: Spending) -> Iterator[str]:
    if amounts := format_usage(spending.usage):
        yield f"\nSpent so far: {amounts}."
    if spending.budget.is_set:
        yield f"\nBudget: {format_budget(spending.budget)}."


def steering_lines(spending: Spending) -> Iterator[str]:
    if spending.budget.is_set:
        yield f"\n{STEERING_HINT}"


def draft_lines(draft: Draft | None, unanswered: Sequence[str]) -> Iterator[str]:
    sections = draft.sections if draft else ()
    if not sections:
        yield "These documents do not answer this."
    for section in sections[:MAX_ITEMS_SHOWN]:
        yield f"**{escape_line(section.heading)}**\n"
        yield from (f"- {escape_line(claim.text)} ({claim.verdict})" for claim in section.claims[:3])
        if len(section.claims) > 3:
            yield f"- ... and {len(section.claims) - 3} more"
        yield from (f"- Sources disagree: {dispute_text(dispute)}" for dispute in section.disputes[:1])
        if len(section.disputes) > 1:
            yield f"- ... and {len(section.disputes) - 1} more such points"
        yield ""
    for question in unanswered[:MAX_ITEMS_SHOWN]:
        yield f"Not answered: {escape_line(question)}"


def dispute_text(dispute: Dispute) -> str:
    return " / ".join(escape_line(side.text) for side in dispute.claims[:3])


def outcome_text(outcome: Outcome, run: str) -> str:
    match outcome.status:
        case "published" if outcome.report:
            folder = shell_command("report", run, "--out", "DIR")
            return f"Published: `{outcome.report.report_md}` in the object store. To a folder: `{folder}`"
        case "stopped":
            return f"Stopped at the gate {outcome.gate}. What it has made stays in the history."
        case "rejected":
            return f"Rejected at the gate {outcome.gate}. Its plan and its draft stay in the history."
        case _:
            return f"Nobody decided at the gate {outcome.gate} in time. Its plan and its draft stay in the history."


def escape_line(text: str, max_characters: int = MAX_TEXT_CHARACTERS) -> str:
    """Return text of documents or people as one line of limited length whose markup is escaped."""
    return escape_markdown(text, max_characters)
