"""A row of a table is quoted with its header: shown as one, checked as all."""

import pytest

from outlast.cli.summary import quote_text
from outlast.evidence.checking import check, read_report
from outlast.evidence.comparing import compare_reports
from outlast.evidence.page_checking import check_markdown, check_page
from outlast.evidence.rendering.html import render_html
from outlast.evidence.rendering.markdown import render_markdown
from outlast.evidence.report import CitedSource, Claim, Report
from outlast.evidence.sources import Quote, Span, sha256
from tests.evidence.rendering.test_html import tree
from tests.evidence.reports import EXECUTED, TEXTS, placed
from tests.evidence.reports import report as make_report

FAR = "Nobody reads this row | 0 | 0\n" * 60
HEADER = "Harbour | Summer night | Winter night"
TABLE = f"Rates\n\n{HEADER}\n{FAR}Norby | 8 | 5\nSund | 9 | 6\n\nThe fee includes:\n\n- water\n"
NAME = sha256(TABLE)


def span(words: str) -> Span:
    start = TABLE.index(words)
    return Span(start=start, end=start + len(words), text=words)


def quote(words: str, *lead: str) -> Quote:
    return Quote(snapshot=NAME, **span(words).model_dump(), lead=tuple(map(span, lead)))


ROW = quote("Sund | 9 | 6", HEADER)
ITEM = quote("- water", "The fee includes:")
SHOWN = "Harbour: Sund; Summer night: 9; Winter night: 6"


def report(*quotes: Quote, texts: tuple[str, ...] = ()) -> Report:
    said = texts or tuple(each.shown for each in quotes)
    told = make_report(*(Claim(text=text, quotes=(each,)) for text, each in zip(said, quotes, strict=True)))
    source = CitedSource(snapshot=NAME, uri="rates.html", title="Rates", media_type="text/html")
    told = placed(told.model_copy(update={"sources": (source,)}), "Rates")
    leads = [tuple((each.start, each.end) for each in quote.lead) for quote in told.quotes()]
    citations = (
        citation.model_copy(update={"lead": lead}) for citation, lead in zip(told.citations, leads, strict=True)
    )
    return told.model_copy(update={"citations": tuple(citations)})


def problems(told: Report) -> tuple[str, ...]:
    return check(told, {NAME: TABLE}.get).problems


def test_a_row_with_its_header_stands() -> None:
    assert problems(report(ROW, ITEM)) == ()
    assert [claim.text for claim in report(ROW, ITEM).claims()] == [SHOWN, "The fee includes: water"]


def test_it_is_read_again_as_it_was_written() -> None:
    told = report(ROW, ITEM)
    assert read_report(told.model_dump_json()) == told


@pytest.mark.parametrize(
    "text",
    [
        "Harbour: Norby; Summer night: 9; Winter night: 6",
        "Harbour: Sund; Summer night: 6; Winter night: 9",
        "Harbour: Sund; Winter night: 6",
        "Sund | 9 | 6",
    ],
)
def test_a_claim_that_pairs_names_and_values_otherwise_is_found(text: str) -> None:
    [problem] = problems(report(ROW, texts=(text,)))
    assert "does not consist of its quotes" in problem


@pytest.mark.parametrize(
    ("lead", "reason"),
    [
        (
            span(HEADER).model_copy(update={"text": "Harbour | Rate | Fee"}),
            "not the quote",
        ),
        (span(HEADER).model_copy(update={"start": -5}), "are not a span"),
        (span("The fee includes:"), "do not follow"),
    ],
)
def test_each_span_is_checked(lead: Span, reason: str) -> None:
    changed = ROW.model_copy(update={"lead": (lead,)})
    [problem] = problems(report(changed))
    assert reason in problem


def test_a_citation_names_all_spans() -> None:
    told = report(ROW)
    bare = told.model_copy(update={"citations": (told.citations[0].model_copy(update={"lead": ()}),)})
    [problem] = problems(bare)
    assert "citations" in problem


def test_all_spans_are_marked_in_the_page_and_the_quote_is_its_target() -> None:
    told = report(ROW, ITEM)
    page = render_html(told, {NAME: TABLE})
    row, item = tree(page).css("blockquote")
    assert [mark.text() for mark in row.css("mark")] == [HEADER, "Sund | 9 | 6"]
    assert [mark.text() for mark in item.css("mark")] == ["The fee includes:", "- water"]
    assert [mark.attributes.get("id") for mark in (*row.css("mark"), *item.css("mark"))] == [None, "p1", None, "p2"]
    assert "The fee includes:\n\n- water" in item.text()
    assert SHOWN in page
    assert check_page(page.encode(), {NAME: TABLE}.get).problems == ()


def test_a_page_of_which_a_lead_was_changed_is_found() -> None:
    page = render_html(report(ROW), {NAME: TABLE})
    changed = page.replace("<mark>Harbour | Summer night", "<mark>Harbour | Winter night")
    assert changed != page
    assert check_page(changed.encode(), {NAME: TABLE}.get).problems


def test_markdown_and_the_terminal_show_the_same_words() -> None:
    told = report(ROW)
    markdown = render_markdown(told)
    assert f"- {SHOWN} [1]" in markdown
    assert ">" not in markdown  # nobody reads the words twice
    assert check_markdown(markdown.encode(), told) is None
    assert quote_text(next(told.claims()), {NAME: "rates.html"}) == f'"{SHOWN}" [rates.html]'


def test_a_report_that_quotes_the_row_alone_is_another_one() -> None:
    bare = report(ROW.model_copy(update={"lead": ()}))
    assert not compare_reports(bare, report(ROW)).is_same


def test_several_files_may_say_the_same_in_other_case() -> None:
    other = EXECUTED.model_copy(update={"start": 0, "end": 33, "text": 'the "finally" Clause is executed'})
    texts = TEXTS | {sha256(other.text): other.text}
    other = other.model_copy(update={"snapshot": sha256(other.text), "end": len(other.text)})
    told = make_report(Claim(text=EXECUTED.text, quotes=(EXECUTED, other)))
    source = told.sources[0].model_copy(update={"snapshot": other.snapshot, "uri": "other.txt"})
    told = told.model_copy(update={"sources": (*told.sources, source)})
    assert check(told, texts.get).problems == ()
    third = make_report(Claim(text="It is.", quotes=(EXECUTED, other)))
    assert len(check(told.model_copy(update={"sections": third.sections}), texts.get).problems) == 1
