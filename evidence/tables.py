"""The rows of a table in plain text: drawn with rules, or a line each."""

import re
from collections.abc import Iterator

RULE = re.compile(r"[ \t]*[+|]?(?:[-=+|:][-=+|: ]{2,})[+|]?[ \t]*")
DRAWN = re.compile(r"^[ \t]*\+[-=+]{3,}", re.MULTILINE)


def rows(table: str) -> Iterator[tuple[int, int]]:
    """Where each row begins and ends in `table`: between rules where it is drawn with them, else line by line."""
    drawn = DRAWN.search(table) is not None
    start: int | None = None
    end = at = 0
    for line in table.splitlines(keepends=True):
        said = line.strip()
        if start is not None and (not drawn or not said or RULE.fullmatch(line.rstrip("\n"))):
            yield start, end
            start = None
        if said and not RULE.fullmatch(line.rstrip("\n")):
            if start is None:
                start = at + line.index(said[0])
            end = at + len(line.rstrip())
        at += len(line)
    if start is not None:
        yield start, end
