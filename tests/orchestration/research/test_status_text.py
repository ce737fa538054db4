"""What a person reads at a gate."""

from datetime import UTC, datetime

from langgraph_heartbeat import Question

from outlast.evidence.budget import Budget
from outlast.evidence.report import Claim, Dispute, Draft, Section
from outlast.orchestration.research.budgeting import Spending
from outlast.orchestration.research.messages import OpenGate
from outlast.orchestration.research.status_text import draft_lines, gate_text, gate_text_with_choices


def dispute(*texts: str) -> Dispute:
    return Dispute(claims=tuple(Claim(text=text, quotes=()) for text in texts))


def test_sources_that_disagree_are_shown_before_a_draft_is_approved() -> None:
    section = Section(heading="Height", claims=(), disputes=(dispute("31 *m*.", "35 m."), dispute("A.", "B.")))
    assert list(draft_lines(Draft(sections=(section,)), ["Why?"])) == [
        "**Height**\n",
        "- Sources disagree: 31 \\*m\\*. / 35 m.",
        "- ... and 1 more such points",
        "",
        "Not answered: Why?",
    ]


def test_a_draft_with_many_disputes_stays_short() -> None:
    long = dispute(*["x" * 1000] * 9)
    draft = Draft(sections=(Section(heading="H", claims=(), disputes=(long,) * 9),) * 20)
    assert len("\n".join(draft_lines(draft, []))) < 12_000


def test_what_an_operator_must_do_is_not_cut_off() -> None:
    about = f"plan: The index {'/long' * 60}/index.db cannot be written. Free some space, then go on."
    gate = OpenGate(gate="operator", subject="operator-1", deadline=datetime(2026, 1, 1, tzinfo=UTC), about=about)
    assert "Free some space, then go on." in gate_text_with_choices(gate, None, None, [], Spending(Budget()))


def test_the_words_of_a_gate_carry_no_json_which_the_ui_adds() -> None:
    gate = OpenGate(gate="plan", subject="plan-1", deadline=datetime(2026, 1, 1, tzinfo=UTC))
    spending = Spending(Budget(tokens=500))
    words = gate_text(gate, None, None, [], spending)
    assert "Budget: 500 tokens." in words
    assert "{" not in words
    shown = gate_text_with_choices(gate, None, None, [], spending)
    assert shown.startswith(words)
    assert '{"decision": "approve"}' in shown
    assert "`steer`" in shown


def test_a_question_that_refused_its_answer_says_why() -> None:
    asked = [Question(id="a", value="How many?", refused="yes: Input should be *true*"), Question(id="b", value="Who?")]
    deadline = datetime(2026, 1, 1, tzinfo=UTC)
    gate = OpenGate(gate="questions", subject="questions-1", deadline=deadline, about="write", questions=asked)
    lines = gate_text(gate, None, None, [], Spending(Budget())).splitlines()
    assert lines[2:5] == [
        "- `a`: How many?",
        "  The last answer was refused: yes: Input should be \\*true\\*",
        "- `b`: Who?",
    ]
