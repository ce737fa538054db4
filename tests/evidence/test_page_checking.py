"""Checking pages: those that show their data, and those that do not."""

import random

import pytest

from outlast.evidence.errors import Permanent
from outlast.evidence.page_checking import check_markdown, check_page, read_report_page
from outlast.evidence.rendering.html import GENERATOR, render_html
from outlast.evidence.rendering.markdown import render_markdown
from tests.evidence import reports
from tests.evidence.reports import (
    EXECUTED,
    NAMES,
    SAVED,
    TEXTS,
    TRY,
    claim,
    from_the_web,
    many_questions,
    placed,
    report,
)

GOOD = placed(report(claim(EXECUTED), claim(SAVED), claim(EXECUTED, NAMES)))
PAGE = render_html(GOOD, TEXTS)


def problems(page: str, texts: dict[str, str] = TEXTS) -> tuple[str, ...]:
    return check_page(page.encode(), texts.get).problems


@pytest.mark.parametrize("told", [GOOD, many_questions(), report(answered=False), from_the_web()])
def test_a_good_page_stands(told: object) -> None:
    page = render_html(told, TEXTS)  # pyright: ignore[reportArgumentType]
    assert problems(page) == ()
    assert problems(page.replace("\n", "\r\n")) == (), "line ends that a program changed are nothing to a reader"


@pytest.mark.parametrize("address", [reports.PAGE, reports.MOVED])
def test_a_link_that_was_turned_elsewhere_is_found(address: str) -> None:
    page = render_html(from_the_web(), TEXTS)
    link = f'href="{address.replace("&", "&amp;")}"'
    assert page.count(link) == 1
    [problem] = problems(page.replace(link, 'href="https://evil.example/"'))
    assert "evil.example" in problem


def test_a_link_that_was_added_is_found() -> None:
    shown = "<bdi>try.txt, page 7</bdi>"
    assert shown in PAGE
    [problem] = problems(PAGE.replace(shown, f'<a href="https://evil.example/">{shown}</a>', 1))
    assert "The page does not show its data" in problem


def test_a_sentence_that_was_changed_where_it_is_shown() -> None:
    changed = PAGE.replace("clause is executed.</span>", "clause is not executed.</span>", 1)
    [problem] = problems(changed)
    assert problem.startswith("The page does not show its data: line ")
    assert 'clause is not executed. [1]" instead of "' in problem
    assert 'clause is executed. [1]"' in problem


@pytest.mark.parametrize("seed", range(100))
def test_any_change_outside_the_data_is_found(seed: int) -> None:
    rng = random.Random(seed)
    at = rng.randrange(PAGE.index("<script "))
    changed = PAGE[:at] + rng.choice(["", "x", "<b>", " ", "not "]) + PAGE[at + rng.randrange(1, 3) :]
    if changed != PAGE:
        [problem] = problems(changed)
        assert problem.startswith(("The page does not show its data: line ", "What the page shows was not checked"))
        assert problem.isprintable()
        assert len(problem) < 300


def test_something_added_at_the_end_is_found() -> None:
    assert len(problems(PAGE + "<p>And so on.</p>")) == 1
    assert len(problems(PAGE.replace("</body>", "<p>And so on.</p></body>"))) == 1


def test_data_that_was_changed_with_what_is_shown() -> None:
    """The page agrees with its data, but the data does not agree with the documents."""
    wrong = GOOD.model_copy(update={"sections": report(claim(EXECUTED, text="It is not executed.")).sections})
    wrong = placed(wrong)
    assert ["does not consist of its quotes" in each for each in problems(render_html(wrong, TEXTS))] == [True]


def test_texts_that_are_missing_or_changed_are_named_once() -> None:
    assert ["is missing" in each for each in problems(PAGE, {TRY: TEXTS[TRY]})] == [True]
    assert "was changed" in problems(PAGE, TEXTS | {TRY: TEXTS[TRY] + "!"})[0]


def test_a_page_of_another_version_is_not_said_to_stand() -> None:
    [problem] = problems(PAGE.replace(GENERATOR, "Outlast report page 99"))
    assert "was not checked" in problem
    assert "page 99" in problem
    assert "outlast report RUN" in problem


@pytest.mark.parametrize(
    ("page", "said"),
    [
        (b"<html></html>", "without the data"),
        (b"<html>\xff", "not UTF-8"),
        (PAGE.encode() * 2, "of several"),
        (PAGE.replace("</script>", "").encode(), "without the data"),
        (PAGE.replace('"schema": 2', '"schema": 9').encode(), "newer"),
        (PAGE.replace('"schema": 2', '"schema": ').encode(), "not JSON"),
    ],
)
def test_what_is_no_page_of_a_report(page: bytes, said: str) -> None:
    with pytest.raises(Permanent, match=said):
        read_report_page(page)


def test_markdown_that_was_changed() -> None:
    page = render_markdown(GOOD)
    assert check_markdown(page.encode(), GOOD) is None
    problem = check_markdown(page.replace("is executed", "is skipped", 1).encode(), GOOD)
    assert problem is not None
    assert "is skipped" in problem
