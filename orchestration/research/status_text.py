"""What a person reads about a run, in the UI and on the terminal: where it stands, and what to do now. Markdown.

A few kilobytes at most: the UI carries this text in an address.
"""

import json
from collections.abc import Iterator, Sequence

from outlast.evidence.rendering.spending import allowed, spent
from outlast.evidence.report import Dispute, Draft, Plan
from outlast.evidence.text import command, markdown
from outlast.orchestration.research.budgeting import Spending
from outlast.orchestration.research.messages import OpenGate, Outcome

MOST_SHOWN = 12
# In code, or the UI would set typographic quotation marks, which nobody can send back.
APPROVALS = (
    '- `{"decision": "approve"}`',
    '- `{"decision": "revise", "note": "..."}` adds one task a line of the note',
    '- `{"decision": "reject"}`',
)
STOP = '- `{"decision": "stop"}` ends the run; what it has made stays in its history'
REPAIRS = ('- `{"decision": "retry"}` goes on where it stood, once this is fixed', STOP)
STEERING = 'To change the budget: the update `steer`, such as `{"budget": {"tokens": 500000}}`.'
LONGEST = 240
LONGEST_REASON = 1000
"""What is to be fixed stands at its end."""

CANCELLED = "Cancelled. What it has made stays in its history."


def waiting(
    gate: OpenGate, plan: Plan | None, draft: Draft | None, unanswered: Sequence[str], spending: Spending
) -> str:
    """For the UI: what is to be decided, until when, and what to send."""
    match gate.gate:
        case "plan" | "report":
            how = APPROVALS
        case "operator":
            how = REPAIRS
        case "questions":
            how = (example_answer(gate), STOP)
    send = "Send the update (or the signal) `decide`, with one of:"
    return "\n".join([f"{in_words(gate, plan, draft, unanswered, spending)} {send}", "", *how, *of_steering(spending)])


def in_words(
    gate: OpenGate, plan: Plan | None, draft: Draft | None, unanswered: Sequence[str], spending: Spending
) -> str:
    """What is to be decided, and until when; not how, which every front end has its own way for."""
    match gate.gate:
        case "plan":
            asked, shown = "Is this the right plan?", [*of_plan(plan), *of_cost(plan, spending)]
        case "report":
            asked, shown = "Is this the report you want?", [*of_draft(draft, unanswered), *of_spending(spending)]
        case "operator":
            asked, shown = "Something must be fixed first", [plain(gate.about, LONGEST_REASON)]
        case "questions":
            asked, shown = f"The phase {gate.about} asks", list(of_questions(gate))
    until = f"Waiting until {gate.deadline:%A %d %B %Y, %H:%M} UTC."
    return "\n".join([f"## {asked} ({gate.subject})", "", *shown, "", until])


def of_questions(gate: OpenGate) -> Iterator[str]:
    for question in gate.questions[:MOST_SHOWN]:
        said = question.value if isinstance(question.value, str) else json.dumps(question.value, ensure_ascii=False)
        yield f"- `{question.id}`: {plain(said)}"


def example_answer(gate: OpenGate) -> str:
    answers = {question.id: "..." for question in gate.questions[:MOST_SHOWN]}
    return f"- `{json.dumps({'decision': 'answer', 'answers': answers})}`"


def of_plan(plan: Plan | None) -> Iterator[str]:
    tasks = plan.tasks if plan else ()
    yield from (f"{number}. {plain(task.question)}" for number, task in enumerate(tasks[:MOST_SHOWN], 1))
    if len(tasks) > MOST_SHOWN:
        yield f"\n... and {len(tasks) - MOST_SHOWN} tasks more."


def of_cost(plan: Plan | None, spending: Spending) -> Iterator[str]:
    """What the run will spend if it goes as such runs do, and what it may; nothing for a run that costs nothing."""
    if plan and plan.limited:
        limits = ", ".join(plan.limited)
        yield f"\nThe budget left too little for planning ({limits}): the question stands as it was asked."
    if plan and (estimate := spent(plan.estimate)):
        yield f"\nEstimated: about {estimate}."
    yield from of_spending(spending)


def of_spending(spending: Spending) -> Iterator[str]:
    if said := spent(spending.usage):
        yield f"\nSpent so far: {said}."
    if spending.budget.is_set:
        yield f"\nBudget: {allowed(spending.budget)}."


def of_steering(spending: Spending) -> Iterator[str]:
    if spending.budget.is_set:
        yield f"\n{STEERING}"


def of_draft(draft: Draft | None, unanswered: Sequence[str]) -> Iterator[str]:
    sections = draft.sections if draft else ()
    if not sections:
        yield "These documents do not answer this."
    for section in sections[:MOST_SHOWN]:
        yield f"**{plain(section.heading)}**\n"
        yield from (f"- {plain(claim.text)} ({claim.verdict})" for claim in section.claims[:3])
        if len(section.claims) > 3:
            yield f"- ... and {len(section.claims) - 3} more"
        yield from (f"- Sources disagree: {sides_of(dispute)}" for dispute in section.disputes[:1])
        if len(section.disputes) > 1:
            yield f"- ... and {len(section.disputes) - 1} more such points"
        yield ""
    for question in unanswered[:MOST_SHOWN]:
        yield f"Not answered: {plain(question)}"


def sides_of(dispute: Dispute) -> str:
    return " / ".join(plain(side.text) for side in dispute.claims[:3])


def ended(outcome: Outcome, run: str) -> str:
    match outcome.status:
        case "published" if outcome.report:
            folder = command("report", run, "--out", "DIR")
            return f"Published: `{outcome.report.report_md}` in the object store. To a folder: `{folder}`"
        case "stopped":
            return f"Stopped at the gate {outcome.gate}. What it has made stays in the history."
        case "rejected":
            return f"Rejected at the gate {outcome.gate}. Its plan and its draft stay in the history."
        case _:
            return f"Nobody decided at the gate {outcome.gate} in time. Its plan and its draft stay in the history."


def plain(text: str, most: int = LONGEST) -> str:
    """Text of documents and people as data: one line, not too long, and no markup of its own."""
    return markdown(text, most)
