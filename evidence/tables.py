"""The rows of a table in plain text: drawn with rules, or a line each."""

import re
from collections.abc import Iterator

RULE_LINE = re.compile(r"[ \t]*[+|]?(?:[-=+|:][-=+|: ]{2,})[+|]?[ \t]*")
DRAWN_RULE = re.compile(r"^[ \t]*\+[-=+]{3,}", re.MULTILINE)


def row_spans(table: str) -> Iterator[tuple[int, int]]:
    """Where each row begins and ends in `table`: between rules where it is drawn with them, else line by line."""
    drawn = DRAWN_RULE.search(table) is not None
    start: int | None = None
    end = at = 0
    for line in table.splitlines(keepends=True):
        stripped = line.strip()
        if start is not None and (not drawn or not stripped or RULE_LINE.fullmatch(line.rstrip("\n"))):
            yield start, end
            start = None
        if stripped and not RULE_LINE.fullmatch(line.rstrip("\n")):
            if start is None:
                start = at + line.index(stripped[0])
            end = at + len(line.rstrip())
        at += len(line)
    if start is not None:
        yield start, end
