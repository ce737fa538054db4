"""Titles in text, reStructuredText and Markdown: which lines are titles, and which only look like titles."""

import pytest

from outlast.tools.documents.document import Document
from outlast.tools.documents.lightweight import markdown, restructured_text
from outlast.tools.documents.markup import html
from outlast.tools.documents.plain import reader as plain


def found(document: Document) -> list[tuple[int, str]]:
    return [(heading.level, document.text[heading.start : heading.end]) for heading in document.headings]


@pytest.mark.parametrize("reader", [plain, restructured_text])
def test_levels_follow_the_order_of_underlines(reader):
    text = "Top\n***\n\nA\n===\ntext\n\nDeep\n----\n\nB\n===\n"
    assert found(reader.read(text.encode(), "x")) == [(1, "Top"), (2, "A"), (3, "Deep"), (2, "B")]


def test_an_overline_makes_another_style():
    text = "=======\n  Book\n=======\n\nChapter\n=======\nSection\n-------\n\ntext\n"
    document = restructured_text.read(text.encode(), "x")
    assert found(document) == [(1, "Book"), (2, "Chapter"), (3, "Section")]
    assert document.title == "Book"


@pytest.mark.parametrize(
    "text",
    [
        "the end of a paragraph\nof two lines\n------------\n\nmore",
        "a longer line than its row\n---\n",
        "    indented\n    ========\n",
        "  indented\n==========\n",
        "=====  =====\nA      B\n=====  =====\n1      2\n",
        "+-----+\n| A   |\n+-----+\n",
        "----------\n\ntext\n\n----------\n",
        "text",
        "",
    ],
)
def test_what_only_looks_like_a_title(text: str):
    assert found(plain.read(text.encode(), "x")) == []


STANDING = """
                     CHARTER OF THE FERRY
                      Third of its kind

  PREAMBLE

   The ferry sails because the island has no bridge, and
   because nobody wants one.

1. Crossings

   The ferry crosses twice a day. In winter it crosses as

   1. the ice allows,

   2. the captain likes, and

   3. the harbour says.

   4. A clause that is a whole paragraph, and so no title, although
   it is numbered like one.

1.1. In fog

   The ferry waits, see section 1.

   Fares:

   - one way

Who may come along?

   Everybody who has paid may.

   NOTE

   a | b

2. Nothing comes after this
"""


def test_titles_that_stand_alone():
    document = plain.read(STANDING.encode(), "x")
    assert found(document) == [
        (1, "CHARTER OF THE FERRY"),
        (2, "PREAMBLE"),
        (4, "1. Crossings"),
        (5, "1.1. In fog"),
        (3, "Who may come along?"),
        (2, "NOTE"),
    ]
    assert document.title == "CHARTER OF THE FERRY"
    assert document.text == STANDING


def test_underlined_titles_make_others_doubtful():
    text = "Top\n===\n\ntext\n\nPREAMBLE\n\n    text.\n"
    assert found(plain.read(text.encode(), "x")) == [(1, "Top")]


def test_markdown_headings():
    text = (
        "---\ntitle: no heading\n---\n\n# The `first` ##\n\ntext\n\nSetext\nof two lines\n------------\n\n"
        "```\n# a comment\n```\n\n    # indented code\n\n> # quoted\n\n- # item\n\n#\n\n#no space\n\n###  Third  ###\n"
    )
    document = markdown.read(text.encode(), "x")
    assert found(document) == [(1, "The `first`"), (2, "Setext\nof two lines"), (3, "Third")]
    assert document.text == text.replace("---\n", "\n", 2)


def test_html_headings():
    page = "<h1>One <b>two</b><a href='#x'>¶</a></h1><li><h3>In an item</h3><h2> </h2><h2>A<br>B</h2><h3>Note</h3>box"
    document = html.read(page.encode(), "x")
    assert found(document) == [(1, "One two"), (3, "In an item"), (2, "A\nB")]
    assert "Note\n\nbox" in document.text


@pytest.mark.parametrize(
    ("reader", "text", "title"),
    [
        (plain, "## no\n\nFirst\n=====\n\nSecond\n------\n", "First"),
        (plain, "no heading", "stem"),
        (plain, f"{'word ' * 500}\n\nDeep down\n=========\n", "stem"),
        (markdown, "## Second\n\n# A  top\n", "A top"),
        (html, "<title> The\n title </title><h1>Other</h1>", "The title"),
        (html, "<title>One two - The site</title><h1>One two</h1>", "One two"),
        (plain, "1. Scope\n\n   What is here.\n", "stem"),
        (html, "<h2>No</h2><h1>First</h1>", "First"),
        (html, "<svg><title>icon</title></svg><p>text", "stem"),
    ],
)
def test_title(reader, text: str, title: str):
    assert reader.read(text.encode(), "stem").title == title
