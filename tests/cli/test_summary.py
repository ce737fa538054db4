"""The last words of a run, for people and for programs."""

import io
import json
from pathlib import Path

from outlast.cli.summary import answer_lines, fact_lines, summary_document
from outlast.cli.terminal import PlainConsole, print_indented
from outlast.evidence.report import Report
from outlast.orchestration.client.export import ExportedReport
from outlast.orchestration.settings import Settings
from tests.evidence.reports import EXECUTED, NAMES, PAGE, claim, covering, from_the_web, many_questions, report

NOT_ANSWERED = "What could be read of these documents does not answer this: 1 file could not be read."


def test_a_quote_and_how_many_more() -> None:
    assert answer_lines(report(*[claim(EXECUTED)] * 5)) == [
        '    "The "finally" clause is executed." [try.txt]',
        "  4 more sentences in the report",
    ]


def test_each_part_of_the_question_has_its_quote() -> None:
    told = many_questions()
    said = answer_lines(told)
    parts = dict.fromkeys(section.question for section in told.sections if section.claims)
    assert len(parts) > 1
    assert [each for each in said if each.removeprefix("  ") in parts] == [f"  {part}" for part in parts]
    for part in parts:
        first = next(section.claims[0] for section in told.sections if section.question == part and section.claims)
        assert " ".join(first.quotes[0].text.split()) in said[said.index(f"  {part}") + 1]


def test_what_is_only_related_is_no_answer() -> None:
    [section] = report(claim(EXECUTED)).sections
    only_related = section.model_copy(update={"claims": (), "related": (claim(NAMES), claim(EXECUTED))})
    told = report(claim(NAMES), answered=False).model_copy(update={"sections": (only_related,)})
    assert answer_lines(told) == [
        NOT_ANSWERED,
        "  (2 that may be related: see the report)",
    ]
    assert answer_lines(report(answered=False)) == [NOT_ANSWERED]


def test_a_long_quote_is_whole_and_wrapped_under_its_beginning() -> None:
    quote = EXECUTED.model_copy(update={"text": "so it goes " * 99 + "and ends"})
    [said] = answer_lines(report(claim(quote)))
    out = io.StringIO()
    print_indented(PlainConsole(file=out, width=60, force_terminal=True), said)
    shown = out.getvalue().splitlines()
    assert max(map(len, shown)) <= 60
    assert all(each.startswith("    ") for each in shown)
    assert " ".join(" ".join(shown).split()) == f'"{quote.text}" [try.txt]'


def exported(told: Report) -> ExportedReport:
    return ExportedReport(told, Path("out"), {})


def test_weak_evidence_and_what_is_missing_are_said() -> None:
    told = many_questions()
    assert '    "*Names* refer to objects." [deep/naming.txt] (weak evidence)' in answer_lines(told)
    said = fact_lines(exported(told), Settings(home=Path("home")))
    assert "Missing   no answer to: Who keeps the lighthouse?" in said
    unread = "could not be determined, because 1 file could not be read"
    assert f"Missing   whether a document contains lighthouse {unread}" in said
    assert "Check     outlast verify out" in said


def told_in_full(told: Report) -> list[str]:
    return fact_lines(exported(told), Settings(home=Path("home")))


def test_sources_that_disagree_are_shown_against_each_other() -> None:
    told = from_the_web()
    disagreeing = ["  Sources disagree:", f'    "{EXECUTED.text}" [try.txt]', f'    "{NAMES.text}" [{PAGE}]']
    assert answer_lines(told)[1:] == disagreeing
    [section] = told.sections
    more = section.model_copy(update={"claims": (), "disputes": section.disputes * 3})
    assert answer_lines(told.model_copy(update={"sections": (more,)})) == [
        *disagreeing * 2,
        "  ... and 1 more such point",
    ]


def test_the_web_the_limits_and_what_was_spent_are_said() -> None:
    said = told_in_full(from_the_web())
    for line in (
        "Sources   79 documents searched, 4 read, 1 skipped",
        "Web       12 pages fetched, 1 not reached; engines: searxng, tavily",
        "Missing   whether a document or web page contains ferry could not be determined, "
        "because 1 file could not be read and 1 web page could not be reached",
        "Limit     ended early: investigate: tokens",
        "Spent     6 calls, 31,500 tokens, cost 0.1234 USD (no known price for 3 calls), 5 searches, 12 pages read",
        "Budget    2.5 USD, 100,000 tokens, 20 searches, 600 s",
    ):
        assert line in said


def test_what_there_was_not_is_not_said() -> None:
    labels = [line.split()[0] for line in told_in_full(report(claim(EXECUTED)))]
    assert labels == ["Report", "Page", "Data", "Sources", "Claims", "Mode", "Time", "Check", "History"]
    alone = covering(from_the_web(), documents=0)
    assert [line.split()[0] for line in told_in_full(alone)][3:5] == ["Web", "Claims"]
    unanswered = alone.model_copy(update={"answered": False})
    assert answer_lines(unanswered)[0] == (
        "What could be read of these web pages does not answer this: "
        "1 file could not be read and 1 web page could not be reached."
    )


def test_the_same_for_programs() -> None:
    told = summary_document(exported(many_questions()))
    assert told["unanswered"] == ["Who keeps the lighthouse?"]
    assert told["files"] == {"md": "out/report.md", "html": "out/report.html", "json": "out/report.json"}
    assert (told["claims"], told["quotes"]) == (5, 6)
    assert (told["usage"]["calls"], told["phases"], told["budget"]) == (0, {}, {})


def test_the_web_and_the_models_for_programs() -> None:
    told = summary_document(exported(from_the_web()))
    assert json.loads(json.dumps(told)) == told
    assert (told["disputes"], told["pages"], told["engines"]) == (1, 12, ["searxng", "tavily"])
    assert told["unreached"] == [{"uri": "http://10.0.0.1/admin", "reason": "its address is not public"}]
    assert told["limited"] == ["investigate: tokens"]
    assert (told["usage"]["usd"], told["phases"]["investigate"]["searches"]) == (0.1234, 5)
    assert told["budget"] == {"usd": 2.5, "tokens": 100_000, "searches": 20, "seconds": 600}
