"""The data of a report inside its HTML page, for programs: an element that no browser runs or shows."""

import re

from outlast.evidence.errors import Permanent
from outlast.evidence.text import DANGEROUS

OPENING = '<script type="application/json" id="report">'
CLOSING = "</script>"
SPECIAL = re.compile(f"[<>&]|{DANGEROUS.pattern}")
"""What could end the element or begin another, or what is not allowed in HTML. In JSON it occurs in strings only."""


def embedded(report_json: str) -> str:
    """The JSON as it stands in the element: the same values, some characters written by their numbers."""
    return SPECIAL.sub(by_number, report_json)


def by_number(character: re.Match[str]) -> str:
    """As JSON does it: `\\u003c`, and two of these beyond U+FFFF."""
    units = character.group().encode("utf-16-be")
    return "".join(f"\\u{units[at : at + 2].hex()}" for at in range(0, len(units), 2))


def data_of(page: str) -> str:
    """The JSON of a page. `Permanent` where there is none, or more than one."""
    _, *rest = page.split(OPENING)
    if len(rest) != 1 or CLOSING not in rest[0]:
        raise Permanent("This is not a report: it is HTML without the data of a report, or with the data of several.")
    return rest[0].partition(CLOSING)[0]
