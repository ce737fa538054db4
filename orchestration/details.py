"""What a person reads about a run, in the UI and on the terminal: where it stands, and what to do now. Markdown.

A few kilobytes at most: the UI carries this text in an address.
"""

from collections.abc import Iterator, Sequence

from evidence.report import Draft, Plan
from orchestration.messages import OpenGate, Outcome

MOST_SHOWN = 12
# In code, or the UI would set typographic quotation marks, which nobody can send back.
DECISIONS = (
    '- `{"decision": "approve"}`',
    '- `{"decision": "revise", "note": "..."}` adds one task a line of the note',
    '- `{"decision": "reject"}`',
)
LONGEST = 240


def waiting(gate: OpenGate, plan: Plan | None, draft: Draft | None, unanswered: Sequence[str]) -> str:
    """What is to be decided, until when, and how."""
    shown = list(of_plan(plan)) if gate.gate == "plan" else list(of_draft(draft, unanswered))
    until = f"{gate.deadline:%A %d %B %Y, %H:%M} UTC"
    asked = "Is this the right plan?" if gate.gate == "plan" else "Is this the report you want?"
    how = f"Waiting until {until}. Send the update (or the signal) `decide`, with one of these:"
    return "\n".join([f"## {asked} ({gate.subject})", "", *shown, "", how, "", *DECISIONS])


def of_plan(plan: Plan | None) -> Iterator[str]:
    tasks = plan.tasks if plan else ()
    yield from (f"{number}. {plain(task.question)}" for number, task in enumerate(tasks[:MOST_SHOWN], 1))
    if len(tasks) > MOST_SHOWN:
        yield f"\n... and {len(tasks) - MOST_SHOWN} tasks more."


def of_draft(draft: Draft | None, unanswered: Sequence[str]) -> Iterator[str]:
    sections = draft.sections if draft else ()
    if not sections:
        yield "These documents do not answer this."
    for section in sections[:MOST_SHOWN]:
        yield f"**{plain(section.heading)}**\n"
        yield from (f"- {plain(claim.text)} ({claim.verdict})" for claim in section.claims[:3])
        if len(section.claims) > 3:
            yield f"- ... and {len(section.claims) - 3} more"
        yield ""
    for question in unanswered[:MOST_SHOWN]:
        yield f"Not answered: {plain(question)}"


def ended(outcome: Outcome) -> str:
    match outcome.status:
        case "published" if outcome.report:
            return f"Published: `{outcome.report.report_md}`. Nothing to do now."
        case "rejected":
            return f"Rejected at the gate {outcome.gate}. Its plan and its draft stay in the history."
        case _:
            return f"Nobody decided at the gate {outcome.gate} in time. Its plan and its draft stay in the history."


def plain(text: str) -> str:
    """Text of documents and people as data: one line, not too long, and no markup of its own."""
    line = " ".join(text.split())
    line = line if len(line) <= LONGEST else f"{line[: LONGEST - 4]} ..."
    return "".join(f"\\{character}" if character in r"\`*_[]<>#!|" else character for character in line)
