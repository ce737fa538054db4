"""The last words of a run, for people and for programs."""

from pathlib import Path

from cli.exporting import Exported
from cli.summary import document, facts, head
from evidence.report import Claim, Report
from orchestration.settings import Settings
from tests.evidence.reports import EXECUTED, NAMES, claim, many_questions, report


def test_the_first_sentences_and_how_many_more() -> None:
    assert head(report(*[claim(EXECUTED)] * 5)) == [
        *['  - The "finally" clause is executed. [try.txt]'] * 3,
        "  ... and 2 more",
    ]


def test_what_is_only_related_is_no_answer() -> None:
    [section] = report(claim(EXECUTED)).sections
    only_related = section.model_copy(update={"claims": (), "related": (claim(NAMES), claim(EXECUTED))})
    told = report(claim(NAMES), answered=False).model_copy(update={"sections": (only_related,)})
    assert head(told) == ["These documents do not answer this.", "  (2 that may be related: see the report)"]
    assert head(report(answered=False)) == ["These documents do not answer this."]


def test_a_long_sentence_is_cut() -> None:
    long = report(Claim(text="so it goes " * 200, quotes=(EXECUTED,)), claim(EXECUTED))
    assert len(head(long)[0]) < 330


def exported(told: Report) -> Exported:
    return Exported(told, Path("out"), {})


def test_weak_evidence_and_what_is_missing_are_said() -> None:
    told = many_questions()
    assert "  - *Names* refer to objects. [deep/naming.txt] (weak evidence)" in head(told)
    said = facts(exported(told), Settings(home=Path("home")))
    assert "Missing   no answer to: Who keeps the lighthouse?" in said
    assert "Missing   no document contains: lighthouse" in said
    assert "Check     outlast verify out" in said


def test_the_same_for_programs() -> None:
    told = document(exported(many_questions()))
    assert told["unanswered"] == ["Who keeps the lighthouse?"]
    assert told["files"] == {"md": "out/report.md", "html": "out/report.html", "json": "out/report.json"}
    assert (told["claims"], told["quotes"]) == (5, 6)
