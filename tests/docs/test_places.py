"""Files, folders and pages that the documentation names are there."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
PLACE = r"`((?:bench|cli|demo|durable|evidence|graphs|notebooks|orchestration|outlast|tests|tools)/[\w/.-]*)`"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_places_that_are_named_exist(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    links = [link for link in re.findall(r"\]\(([^)#]+)[^)]*\)", text) if "://" not in link]
    places = [ROOT / name for name in re.findall(PLACE, text)] + [page.parent / link for link in links]
    assert [str(place) for place in places if not place.exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_headings_that_are_linked_to_exist(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    links = re.findall(r"\]\(([^):#]*)#([^)]+)\)", text)
    missing = [
        f"{name}#{anchor}"
        for name, anchor in links
        if (target := page.parent / name if name else page).suffix == ".md" and anchor not in anchors(target)
    ]
    assert missing == []


def anchors(page: Path) -> set[str]:
    """By which links reach the headings of a page, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", sorted((ROOT / "docs").glob("*.md")), ids=lambda page: page.stem)
def test_the_first_sentence_says_for_whom_a_page_is(page: Path) -> None:
    title, _, first = page.read_text(encoding="utf-8").splitlines()[:3]
    assert title.startswith("# ")
    assert first.startswith("For ")


def test_reading_orders_have_as_many_files_as_they_say() -> None:
    text = (ROOT / "docs" / "how-it-is-built.md").read_text(encoding="utf-8")
    orders = re.findall(r"^### ([^\n]+): (\d+) files\n(.*?)(?=^##)", text, re.DOTALL | re.MULTILINE)
    assert len(orders) == 6
    named = {
        title: {place for place in re.findall(PLACE, order) if place.endswith(".py")} for title, _, order in orders
    }
    assert {title: len(files) for title, files in named.items()} == {title: int(count) for title, count, _ in orders}


def test_every_page_is_in_the_index() -> None:
    index = (ROOT / "docs" / "README.md").read_text(encoding="utf-8")
    pages = {page.name for page in (ROOT / "docs").glob("*.md")} - {"README.md"}
    assert pages - set(re.findall(r"\]\(([\w-]+\.md)\)", index)) == set()
