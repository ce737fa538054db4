from pydoc_data.topics import topics

import pytest

from outlast.evidence.locators import MAX_HEADING_CHARACTERS, heading_at, line_number, locator_of
from outlast.evidence.sources import Heading, Places, Quote, Source
from tests.evidence.reports import EXECUTED, SAVED, TEXTS, TRY

LINES = topics["try"].splitlines()


def heading(words: str, level: int) -> Heading:
    start = TEXTS[TRY].index(f"{words}\n{'*=='[level]}")
    return Heading(start=start, end=start + len(words), level=level)


HEADINGS = (heading('The "try" statement', 0), heading('"else" clause', 1), heading('"finally" clause', 1))


def source(media_type: str, headings: tuple[Heading, ...] = HEADINGS, places: Places | None = None) -> Source:
    return Source(
        uri="try.txt",
        title="try",
        media_type=media_type,
        snapshot=TRY,
        headings=headings,
        places=places,
        bytes_sha256="0" * 64,
        extractor="text/1",
    )


def where(quote: Quote, media_type: str, headings: tuple[Heading, ...] = (), places: Places | None = None) -> str:
    return locator_of(source(media_type, headings, places), TEXTS[TRY], quote)


LINE = next(number for number, line in enumerate(LINES, 1) if EXECUTED.text in line)


@pytest.mark.parametrize("media_type", ["text/plain", "text/markdown", "text/x-rst"])
def test_lines_of_the_file_itself(media_type: str) -> None:
    assert where(EXECUTED, media_type, HEADINGS) == f'"finally" clause, line {LINE}'
    assert where(EXECUTED, media_type) == f"line {LINE}"
    first = next(number for number, line in enumerate(LINES, 1) if line.endswith("If"))
    assert where(SAVED, media_type) == f"lines {first}-{first + 2}"


def test_other_formats_by_their_heading() -> None:
    assert where(EXECUTED, "text/html", HEADINGS) == '"finally" clause'
    assert where(EXECUTED, "text/html") == f"line {LINE} of the extracted text"


def test_pages_rows_and_cells() -> None:
    """A quote may begin on one page and end on the next; pages without text count."""
    pages = Places(unit="page", starts=(0, 50, 50, EXECUTED.start, EXECUTED.end + 1, SAVED.start + 10))
    assert where(EXECUTED, "application/pdf", places=pages) == "page 4"
    assert where(EXECUTED, "application/pdf", HEADINGS, pages) == '"finally" clause, page 4'
    assert where(SAVED, "application/pdf", places=pages) == "pages 5-6"
    rows = Places(unit="row", starts=tuple(range(0, 9000, 10)))
    assert where(EXECUTED, "text/csv", places=rows) == f"rows {EXECUTED.start // 10 + 1}-{(EXECUTED.end - 1) // 10 + 1}"
    assert where(EXECUTED, "application/x-ipynb+json", places=Places(unit="cell", starts=(0, 9, 20))) == "cell 3"


def test_before_the_first_page_there_is_no_page() -> None:
    late = Places(unit="page", starts=(EXECUTED.end,))
    assert where(EXECUTED, "application/pdf", places=late) == f"line {LINE} of the extracted text"
    assert where(EXECUTED, "application/pdf", HEADINGS, Places(unit="page", starts=())) == '"finally" clause'


def test_lines_are_counted_from_one() -> None:
    text = "ab\n\ncd\n"
    assert [line_number(text, offset) for offset in range(-2, 9)] == [1, 1, 1, 1, 1, 2, 3, 3, 3, 4, 4]


@pytest.mark.parametrize(
    ("offset", "expected"),
    [(0, ""), (2, "One"), (4, "One"), (5, "Two three"), (20, "Two three"), (26, "Four"), (99, "Four")],
)
def test_the_innermost_heading(offset: int, expected: str) -> None:
    text = "\n\nOneTwo\n  three" + " " * 10 + "Four" + " " * 80
    headings = [Heading(start=26, end=30, level=1), Heading(start=2, end=5, level=1), Heading(start=5, end=16, level=2)]
    assert heading_at(headings, text, offset) == expected


def test_a_heading_that_is_a_paragraph_is_cut() -> None:
    text = "so it goes on " * 100
    said = heading_at([Heading(start=0, end=len(text), level=1)], text, 5)
    assert said.endswith("…")
    assert len(said) <= MAX_HEADING_CHARACTERS + 1
