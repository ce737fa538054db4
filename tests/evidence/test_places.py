from pydoc_data.topics import topics

import pytest

from evidence.places import heading_at, line_of, place
from evidence.sources import Heading, Source
from tests.evidence.reports import EXECUTED, TEXTS, TRY


def heading(words: str, level: int) -> Heading:
    start = TEXTS[TRY].index(f"{words}\n{'*=='[level]}")
    return Heading(start=start, end=start + len(words), level=level)


HEADINGS = (heading('The "try" statement', 0), heading('"else" clause', 1), heading('"finally" clause', 1))


def source(media_type: str, headings: tuple[Heading, ...] = HEADINGS) -> Source:
    return Source(
        uri="try.txt",
        title="try",
        media_type=media_type,
        snapshot=TRY,
        headings=headings,
        bytes_sha256="0" * 64,
        extractor="text/1",
    )


def test_a_place_in_words() -> None:
    line = next(n for n, line in enumerate(topics["try"].splitlines(), 1) if EXECUTED.text in line)
    assert place(source("text/plain"), TEXTS[TRY], EXECUTED) == f'"finally" clause, line {line}'
    assert place(source("text/markdown", ()), TEXTS[TRY], EXECUTED) == f"line {line}"
    assert place(source("text/html", ()), TEXTS[TRY], EXECUTED) == f"line {line} of the extracted text"


def test_lines_are_counted_from_one() -> None:
    text = "ab\n\ncd\n"
    assert [line_of(text, offset) for offset in range(-2, 9)] == [1, 1, 1, 1, 1, 2, 3, 3, 3, 4, 4]


@pytest.mark.parametrize(
    ("offset", "expected"),
    [(0, ""), (2, "One"), (4, "One"), (5, "Two three"), (20, "Two three"), (26, "Four"), (99, "Four")],
)
def test_the_innermost_heading(offset: int, expected: str) -> None:
    text = "\n\nOneTwo\n  three" + " " * 10 + "Four" + " " * 80
    headings = [Heading(start=26, end=30, level=1), Heading(start=2, end=5, level=1), Heading(start=5, end=16, level=2)]
    assert heading_at(headings, text, offset) == expected
