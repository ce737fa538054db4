"""Build HTML as a tree of elements: text stays text, so that nothing from outside can become markup.

A page also holds the JSON of its report, in an element that browsers neither run nor show.
"""

import re
from xml.etree.ElementTree import Element, tostring

from outlast.evidence.errors import Permanent
from outlast.evidence.text import UNSAFE

INLINE_ELEMENTS = frozenset({"a", "b", "bdi", "code", "em", "mark", "small", "span", "strong"})
"""Elements inside a line of text. After any other element the source has a line end, so that lines can be compared."""


def element(name: str, /, *children: Element | str, **attributes: str) -> Element:
    """Make an element: `class_` is the attribute `class`, `aria_label` is `aria-label`; strings are always text."""
    created = Element(name, {key.rstrip("_").replace("_", "-"): value for key, value in attributes.items()})
    last: Element | None = None
    for child in children:
        if isinstance(child, Element):
            created.append(child)
            last = child
        elif last is None:
            created.text = (created.text or "") + child
        else:
            last.tail = (last.tail or "") + child
    return created


def serialise_html(root: Element) -> str:
    for descendant in root.iter():
        if descendant.tag not in INLINE_ELEMENTS:
            descendant.tail = f"{descendant.tail or ''}\n"
    return f"<!DOCTYPE html>\n{tostring(root, encoding='unicode', method='html')}"


DATA_START_TAG = '<script type="application/json" id="report">'
DATA_END_TAG = "</script>"
UNSAFE_IN_SCRIPT = re.compile(f"[<>&]|{UNSAFE.pattern}")
"""Characters that could end the element, or that HTML does not allow. JSON has them only inside strings."""


def escape_json(report_json: str) -> str:
    """Escape JSON for the element: the values stay the same, unsafe characters are written as `\\u` escapes."""
    return UNSAFE_IN_SCRIPT.sub(escape_character, report_json)


def escape_character(character: re.Match[str]) -> str:
    """Return the JSON escape of a character: `\\u003c`, and two of these beyond U+FFFF."""
    units = character.group().encode("utf-16-be")
    return "".join(f"\\u{units[at : at + 2].hex()}" for at in range(0, len(units), 2))


def extract_json(page: str) -> str:
    """Return the JSON of a page. Raises `Permanent` if there is none, or more than one."""
    _, *rest = page.split(DATA_START_TAG)
    if len(rest) != 1 or DATA_END_TAG not in rest[0]:
        raise Permanent("This is not a report: it is HTML without the data of a report, or with the data of several.")
    return rest[0].partition(DATA_END_TAG)[0]
