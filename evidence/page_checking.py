"""Check a page again: does it show what its data says, and nothing else?

A page is the same bytes whenever it is rendered from the same report and the same texts. So it is rendered once more,
and compared: whatever was changed in it by hand, seen or unseen, is in the first line that differs.
"""

import re
from collections.abc import Callable
from itertools import zip_longest

from outlast.evidence.checking import CheckResult, check, excerpt, read_report
from outlast.evidence.errors import Permanent
from outlast.evidence.rendering.html import GENERATOR, render_html
from outlast.evidence.rendering.markdown import render_markdown
from outlast.evidence.rendering.markup import extract_json
from outlast.evidence.report import Report

GENERATOR_TAG = re.compile(r'<meta name="generator" content="([^"]*)">')
MARKUP = re.compile(r"<[^>]*>")


def read_report_page(content: bytes) -> Report:
    """The data of an HTML page. Raises `Permanent` with one line that says what is wrong with it."""
    return read_report(extract_json(decode_page(content)))


def check_page(content: bytes, text_of: Callable[[str], str | None]) -> CheckResult:
    """Check the data of an HTML page as `check` does, and then that the page is what this data renders to."""
    report = read_report_page(content)
    checked = check(report, text_of)
    texts = {quote.snapshot: text for quote in report.quotes() if (text := text_of(quote.snapshot)) is not None}
    if checked.problems or len(texts) < len({quote.snapshot for quote in report.quotes()}):
        return checked  # what the page should show is not known
    problem = find_page_problem(decode_page(content), render_html(report, texts))
    return checked.model_copy(update={"problems": (problem,)}) if problem else checked


def check_markdown(content: bytes, report: Report) -> str | None:
    """What is wrong with a Markdown page of this report; None if nothing."""
    return find_difference(decode_page(content), render_markdown(report))


def find_page_problem(page: str, expected: str) -> str | None:
    made_by = GENERATOR_TAG.search(page)
    if made_by and made_by.group(1) != GENERATOR:
        return (
            f"What the page shows was not checked: it says that it is an {excerpt(made_by.group(1))}, and this Outlast "
            f"makes {GENERATOR}. Check the report.json beside it, or write it anew: outlast report RUN"
        )
    return find_difference(page, expected)


def find_difference(page: str, expected: str) -> str | None:
    """Line ends do not count: to a reader they are all the same."""
    pairs = zip_longest(page.replace("\r\n", "\n").split("\n"), expected.split("\n"), fillvalue="")
    for number, (line, right) in enumerate(pairs, 1):
        if line != right:
            return f"The page does not show its data: line {number} {describe_difference(line, right)}."
    return None


def describe_difference(line: str, right: str) -> str:
    """The two lines from shortly before where they part."""
    if MARKUP.sub("", line) != MARKUP.sub("", right):
        line, right = MARKUP.sub("", line), MARKUP.sub("", right)
    same = next((at for at, (one, other) in enumerate(zip(line, right, strict=False)) if one != other), None)
    at = max((min(len(line), len(right)) if same is None else same) - 20, 0)
    return f'has "{excerpt(line[at:])}" where "{excerpt(right[at:])}" belongs'


def decode_page(content: bytes) -> str:
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        raise Permanent(f"This is not a report: it is not UTF-8 ({error.reason} at byte {error.start}).") from None
