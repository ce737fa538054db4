"""The headers and footers of a Word document's pages. Each distinct line is written once, behind the body."""

import re
from collections.abc import Callable, Iterator
from typing import Any

from outlast.evidence.losses import LossKind
from outlast.tools.documents.office.looks import UNKNOWN, WHITE, color_code
from outlast.tools.documents.office.output import Output
from outlast.tools.documents.office.package import Package, R
from outlast.tools.documents.office.word.styles import W, switch

LETTER = re.compile(r"[^\W\d_]")
MAX_WORDS_AROUND_PAGE_NUMBER = 3
"""A line of a page number and at most so many words, such as `Page 3 of 9`, says nothing but where it stands."""

WriteParagraph = Callable[[str, bool], None]
ReadPart = Callable[[str, Any, WriteParagraph], None]


def write_margins(package: Package, root: Any, output: Output, read_part: ReadPart) -> None:
    """Write the headers and footers that pages show. `read_part` reads the paragraphs of one."""
    shown, hidden = _parts(package, root)
    written = set[str]()

    def write(text: str, numbers_page: bool) -> None:
        line = " ".join(text.split())
        words = len(LETTER.findall(line)) and len(line.split())
        if numbers_page and words <= MAX_WORDS_AROUND_PAGE_NUMBER:
            output.ledger.add_text(LossKind.REPEATED, "page numbers", line)
        elif line and line not in written:
            written.add(line)
            output.paragraph(line)

    for part in shown:
        element = package.root(part)
        if element is not None:
            read_part(part, element, write)
    for part in hidden:
        element = package.root(part)
        if element is not None:
            words = " ".join(element.itertext(W + "t"))
            output.ledger.add_text(LossKind.HIDDEN, "headers and footers that no page has", words)


def has_ground(package: Package, root: Any) -> bool:
    """Return whether pages have a color or a picture behind their text, so that white letters may be seen."""
    background = root.find(W + "background")
    if background is not None and color_code(background.get(W + "color")) not in (UNKNOWN, WHITE):
        return True
    roots = (root, *(package.root(part) for part in package.targets(package.main_name, "header")))
    anchors = (anchor for each in roots if each is not None for anchor in each.iter("{*}anchor"))
    return any(anchor.get("behindDoc") in ("1", "true") for anchor in anchors)


def _parts(package: Package, root: Any) -> tuple[list[str], list[str]]:
    """Return the names of the headers and footers that pages show, and of those that none shows, each once."""
    settings = package.related(package.main_name, "settings")
    differ = settings is not None and bool(switch(settings, "evenAndOddHeaders"))
    relations = package.relations(package.main_name)
    shown: list[str] = []
    hidden: list[str] = []
    for section in root.iter(W + "sectPr"):
        first_differs = bool(switch(section, "titlePg"))
        for reference in _references(section):
            relation = relations.get(str(reference.get(R + "id")))
            if relation is not None and not relation.is_external:
                kind = reference.get(W + "type")
                is_shown = {"first": first_differs, "even": differ}.get(str(kind), True)
                (shown if is_shown else hidden).append(relation.target)
    shown = list(dict.fromkeys(shown))
    return shown, [part for part in dict.fromkeys(hidden) if part not in shown]


def _references(section: Any) -> Iterator[Any]:
    for name in ("headerReference", "footerReference"):
        yield from section.iterchildren(W + name)
