"""Entries of bibliographies: what identifies a work stands on one line, and then its abstract, notes and the like.

The CSL-JSON that Zotero exports and Pandoc reads has names and dates as objects; they are written as people write them.
"""

from collections.abc import Callable, Iterator
from typing import Any, cast

NAME_PARTS = ("given", "dropping-particle", "non-dropping-particle", "family", "suffix")
DATE_PARTS = "date-parts"
DATE_KEYS = frozenset({DATE_PARTS, "literal", "raw", "season", "circa"})
LEADING = (
    "title", "author", "editor", "year", "issued", "date", "month", "journal", "journaltitle", "container-title",
    "booktitle", "published in", "publisher",
)  # fmt: skip
"""What a reader of a bibliography looks for first, in this order."""
MAX_SHORT_CHARACTERS = 200


def entry_lines(lines: list[str]) -> list[str]:
    """Return the lines of an entry, of which the short ones are put together: `title: Tides; author: Ada Brandt`."""
    short = sorted(filter(_is_short, lines), key=_rank)
    return ["; ".join(short)] * bool(short) + [line for line in lines if not _is_short(line)]


def _rank(line: str) -> int:
    name = line.partition(":")[0].lower()
    return LEADING.index(name) if name in LEADING else len(LEADING)


def _is_short(line: str) -> bool:
    is_sentence = line.endswith((".", "!", "?"))
    return len(line) <= MAX_SHORT_CHARACTERS and not is_sentence and "\n" not in line and ";" not in line


def is_citation(item: dict[str, Any]) -> bool:
    """Return whether an object is an entry in CSL-JSON: it has a kind, and names or a date as only these have them."""
    if not isinstance(item.get("type"), str) or "id" not in item:
        return False
    return any(_names(value) or _date(value) for value in item.values())


def citation_fields(item: dict[str, Any], others: Callable[[str], list[str]]) -> Iterator[str]:
    """Yield the fields of an entry as `key: value`; `others` returns the lines of a key without names and dates."""
    for key, value in item.items():
        if names := _names(value):
            yield f"{key}: {', '.join(names)}"
        elif date := _date(value):
            yield f"{key}: {date}"
        else:
            yield from others(key)


def _names(value: object) -> list[str]:
    """Return a list of persons as names; [] for everything else."""
    people = cast("list[object]", value) if isinstance(value, list) else []
    found = list[str]()
    for person in people:
        parts = cast("dict[str, object]", person) if isinstance(person, dict) else {}
        known = {"literal", *NAME_PARTS}
        if not parts or not known.issuperset(parts) or not all(isinstance(part, str) for part in parts.values()):
            return []
        name = " ".join(str(parts[part]) for part in NAME_PARTS if parts.get(part))
        found.append(" ".join(part for part in (name, str(parts.get("literal", ""))) if part))
    return found


def _date(value: object) -> str:
    """Return a date, or a range of dates, as numbers or as it was typed; "" for everything else."""
    parts = cast("dict[str, object]", value) if isinstance(value, dict) else {}
    if not parts or not DATE_KEYS.issuperset(parts):
        return ""
    dates = parts.get(DATE_PARTS, [])
    written = [_numbers(date) for date in cast("list[object]", dates)] if isinstance(dates, list) else [""]
    typed = [str(parts[key]) for key in ("literal", "raw", "season") if parts.get(key)]
    return "" if "" in written else " ".join([" to ".join(written), *typed]).strip()


def _numbers(date: object) -> str:
    """Return the numbers of a date as `2019-03-14`; "" if they are something else."""
    numbers = [str(number) for number in cast("list[object]", date)] if isinstance(date, list) else []
    return "-".join(number.zfill(2) for number in numbers) if all(map(str.isdecimal, numbers)) else ""
