"""The coverage of a report: what was searched and what is missing, for documents, the web, and both."""

import pytest

from outlast.evidence.losses import Loss, LossKind
from outlast.evidence.rendering.coverage import coverage_lines, coverage_listings, not_answered, summary_sentences
from outlast.evidence.report import DocumentLosses, Report
from tests.evidence.reports import EXECUTED, claim, covering, from_the_web, report

DOCUMENTS = report(claim(EXECUTED))
BOTH = from_the_web()
WEB = covering(BOTH, documents=0, collection="", skipped=())
SCAN = Loss(kind=LossKind.SCAN, place="page 2")


@pytest.mark.parametrize(
    ("told", "said"),
    [
        (covering(DOCUMENTS, skipped=()), "These documents do not answer this."),
        (covering(BOTH, skipped=(), unreached=()), "These documents and web pages do not answer this."),
        (covering(WEB, unreached=()), "These web pages do not answer this."),
        (
            DOCUMENTS,
            "What could be read of these documents does not answer this: 1 file could not be read.",
        ),
        (
            covering(DOCUMENTS, skipped=(), losses=(DocumentLosses(uri="a.pdf", losses=(SCAN,)),)),
            "What could be read of these documents does not answer this: 1 document could be read only in part.",
        ),
        (WEB, "What could be read of these web pages does not answer this: 1 web page could not be reached."),
    ],
)
def test_what_does_not_answer(told: Report, said: str) -> None:
    assert not_answered(told.coverage) == said


def test_a_run_over_documents_alone_says_nothing_of_the_web() -> None:
    assert list(coverage_lines(DOCUMENTS)) == [
        "Searched: 79 documents; read: 4; skipped: 1",
        "Claims removed by verification: 0",
        f"Collection: {'c' * 64}",
    ]
    assert list(summary_sentences(DOCUMENTS)) == ["1 sentence from 1 of 79 documents."]


def test_a_run_over_both() -> None:
    assert list(coverage_lines(BOTH)) == [
        "Searched: 79 documents; read: 4; skipped: 1",
        "Web: 12 pages fetched; search engines asked: searxng, tavily; could not be reached: 1",
        "A limit ended the work early (investigate: tokens)",
        "Whether a document or web page contains ferry could not be determined, because 1 file could not be read "
        "and 1 web page could not be reached",
        "Claims removed by verification: 0",
        f"Collection: {'c' * 64}",
    ]
    assert list(summary_sentences(BOTH)) == [
        "3 sentences from 1 of 79 documents and 1 of 12 web pages.",
        "Sources disagree on 1 point.",
        "Whether a document or web page contains ferry could not be determined, because 1 file could not be read "
        "and 1 web page could not be reached.",
        "A limit ended the work early (investigate: tokens).",
    ]


def test_a_run_over_the_web_alone_says_nothing_of_documents() -> None:
    said = [
        *coverage_lines(WEB),
        *summary_sentences(WEB),
        *(listing.title for listing in coverage_listings(WEB.coverage, ()) if listing.items),
    ]
    assert not [line for line in said if "document" in line or "Collection" in line]
    assert "Whether a web page contains ferry could not be determined, because 1 web page could not be reached" in said
    assert "No web page contains: ferry" in list(coverage_lines(covering(WEB, unreached=())))


def test_nothing_found_says_how_much_was_searched() -> None:
    assert (
        next(iter(summary_sentences(covering(report(answered=False), pages=1))))
        == "Searched: 79 documents and 1 web page."
    )


def test_a_dispute_alone_is_something_said() -> None:
    [section] = BOTH.sections
    told = BOTH.model_copy(update={"sections": (section.model_copy(update={"claims": ()}),)})
    said = list(summary_sentences(told))
    assert said[:2] == ["2 sentences from 1 of 79 documents and 1 of 12 web pages.", "Sources disagree on 1 point."]


def test_what_could_not_be_reached_is_listed_with_the_reason() -> None:
    listed = {listing.title: listing.items for listing in coverage_listings(BOTH.coverage, ("Why?",))}
    assert listed["Could not be reached"] == ("http://10.0.0.1/admin: its address is not public",)
    assert listed["Not answered by these documents and web pages"] == ("Why?",)


def test_what_may_hide_words_is_listed_before_what_lost_a_menu() -> None:
    menu, scan = Loss(kind=LossKind.NAVIGATION, words=9), Loss(kind=LossKind.SCAN, place="page 2")
    losses = (DocumentLosses(uri="a.html", losses=(menu,)), DocumentLosses(uri="b.pdf", losses=(menu, scan)))
    told = BOTH.coverage.model_copy(update={"losses": losses})
    (listing,) = [each for each in coverage_listings(told, ()) if each.title.startswith("Left out")]
    assert listing.items == (
        "b.pdf: navigation (9 words); pages without text: page 2",
        "a.html: navigation (9 words)",
    )


def test_absence_is_said_of_what_was_read_and_not_of_menus_and_pictures() -> None:
    menu, photograph, comment = (
        Loss(kind=kind, words=9) for kind in (LossKind.NAVIGATION, LossKind.PICTURE, LossKind.HIDDEN)
    )
    losses = (DocumentLosses(uri="a.html", losses=(menu, comment)), DocumentLosses(uri="b.docx", losses=(photograph,)))
    told = covering(DOCUMENTS, skipped=(), unknown=("ferry",), losses=losses)
    assert "No document contains, outside navigation and pictures: ferry" in coverage_lines(told)
    assert "No document contains: ferry" in coverage_lines(covering(told, losses=()))
