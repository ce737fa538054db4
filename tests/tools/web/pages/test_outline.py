"""Pages with more headings and parts than a history can carry."""

from outlast.evidence.sources import Heading, Places
from outlast.tools.web.pages.pages import MAX_HEADINGS, MAX_PARTS, limit_headings, limit_places


def heading(number: int, level: int) -> Heading:
    return Heading(start=number * 10, end=number * 10 + 5, level=level)


def test_a_usual_page_keeps_all_its_headings() -> None:
    headings = [heading(number, number % 3 + 1) for number in range(MAX_HEADINGS)]
    assert limit_headings(headings) == tuple(headings)
    assert limit_headings([]) == ()


def test_of_too_many_the_inner_levels_go_whole() -> None:
    headings = [heading(number, 2 if number % 50 == 0 else 3) for number in range(5_000)]
    assert limit_headings(headings) == tuple(headings[::50])


def test_too_many_of_one_level_are_no_outline() -> None:
    assert limit_headings([heading(number, 1) for number in range(50_000)]) == ()


def test_parts_are_kept_whole_or_not_at_all() -> None:
    few, many = (Places(unit="page", starts=tuple(range(count))) for count in (MAX_PARTS, MAX_PARTS + 1))
    assert limit_places(few) == few
    assert limit_places(many) is None
    assert limit_places(None) is None
