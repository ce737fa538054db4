"""Pages with more headings and parts than a history can carry."""

from outlast.evidence.sources import Heading, Places
from outlast.tools.web.pages.outline import MOST_HEADINGS, MOST_PARTS, outline, parts


def heading(number: int, level: int) -> Heading:
    return Heading(start=number * 10, end=number * 10 + 5, level=level)


def test_a_usual_page_keeps_all_its_headings() -> None:
    headings = [heading(number, number % 3 + 1) for number in range(MOST_HEADINGS)]
    assert outline(headings) == tuple(headings)
    assert outline([]) == ()


def test_of_too_many_the_inner_levels_go_whole() -> None:
    headings = [heading(number, 2 if number % 50 == 0 else 3) for number in range(5_000)]
    assert outline(headings) == tuple(headings[::50])


def test_too_many_of_one_level_are_no_outline() -> None:
    assert outline([heading(number, 1) for number in range(50_000)]) == ()


def test_parts_are_kept_whole_or_not_at_all() -> None:
    few, many = (Places(unit="page", starts=tuple(range(count))) for count in (MOST_PARTS, MOST_PARTS + 1))
    assert parts(few) == few
    assert parts(many) is None
    assert parts(None) is None
