"""Check a page again: does it show what its data says, and nothing else?

Rendering the same report and the same texts always gives the same bytes. So the page is rendered once more and
compared: any change by hand, visible or not, makes a line differ.
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
    """Return the report in an HTML page. Raises `Permanent` with one line that says what is wrong with the page."""
    return read_report(extract_json(decode_page(content)))


def check_page(content: bytes, text_of: Callable[[str], str | None]) -> CheckResult:
    """Check the data of an HTML page as `check` does, and then that the page is what this data renders to."""
    report = read_report_page(content)
    checked = check(report, text_of)
    texts = {quote.snapshot: text for quote in report.quotes() if (text := text_of(quote.snapshot)) is not None}
    if checked.problems or len(texts) < len({quote.snapshot for quote in report.quotes()}):
        return checked  # without valid texts, the expected page is not known
    problem = find_page_problem(decode_page(content), render_html(report, texts))
    return checked.model_copy(update={"problems": (problem,)}) if problem else checked


def check_markdown(content: bytes, report: Report) -> str | None:
    """Return what is wrong with a Markdown page of this report, or None if nothing is."""
    return find_difference(decode_page(content), render_markdown(report))


def find_page_problem(page: str, expected: str) -> str | None:
    generator = GENERATOR_TAG.search(page)
    if generator and generator.group(1) != GENERATOR:
        return (
            f"What the page shows was not checked: it says that it is an {excerpt(generator.group(1))}, and this "
            f"Outlast makes {GENERATOR}. Check the report.json beside it, or write it again: outlast report RUN"
        )
    return find_difference(page, expected)


def find_difference(page: str, expected: str) -> str | None:
    """Describe the first line that differs, or return None. Line ends do not count: readers do not see them."""
    pairs = zip_longest(page.replace("\r\n", "\n").split("\n"), expected.split("\n"), fillvalue="")
    for number, (line, expected_line) in enumerate(pairs, 1):
        if line != expected_line:
            return f"The page does not show its data: line {number} {describe_difference(line, expected_line)}."
    return None


def describe_difference(line: str, expected: str) -> str:
    """Show both lines from shortly before the first difference; their markup only if nothing else differs."""
    if MARKUP.sub("", line) != MARKUP.sub("", expected):
        line, expected = MARKUP.sub("", line), MARKUP.sub("", expected)
    pairs = zip(line, expected, strict=False)
    differs_at = next((at for at, (one, other) in enumerate(pairs) if one != other), min(len(line), len(expected)))
    start = max(differs_at - 20, 0)
    return f'has "{excerpt(line[start:])}" instead of "{excerpt(expected[start:])}"'


def decode_page(content: bytes) -> str:
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        raise Permanent(f"This is not a report: it is not UTF-8 ({error.reason} at byte {error.start}).") from None
