"""The words of a quote as people read them, and whether two texts say the same in the same words.

A quote may be several spans of one text: the row of a table with the rows that name its columns, an item of a list with
the sentence that introduces the list. They are shown as one line. The writer of a report and its checker use the same
function, so every word of an extractive sentence is in the spans of its quote.
"""

import re
from collections.abc import Sequence
from itertools import zip_longest

CELL_SEPARATOR = re.compile(r"(?<!\\)\|")
"""A bar between the cells of a row; a bar after a backslash belongs to its cell."""
WIDE_GAP = re.compile(r"\t+| {2,}")
"""The gap between the cells of a table that is laid out with spaces or tabs."""
BULLET = re.compile(r"[*+•‣◦▪·–—-][ \t]+")
MAX_PAIR_CHARACTERS = 120
CLEAR_GAP = re.compile(r"(?<!\\)\||\S(?: {3,}|\t+)\S")
"""A gap that is no double space between the words of a sentence."""
EMPHASIZED = re.compile(r"(\*\*|__)[^*_]+\1")
LETTER = re.compile(r"[^\W\d_]")
DIGIT = re.compile(r"\d")
REPLY_MARK = re.compile(r"^[ \t]*(?:>(?!>>)[ \t]*)+", re.MULTILINE)
"""What a mail program writes before each line of the mail that is answered; `>>>` is Python's prompt."""
PROMPT = re.compile(r"^[ \t]*>>>", re.MULTILINE)
PATCH_LINE = re.compile(r"^[ \t]*(?:[+][ \t]|>>>)", re.MULTILINE)
FIRST_ITEM = re.compile(r"(:)\s*\n[ \t]*[*•‣◦▪-][ \t]+(?=\w)")
ITEM = re.compile(r"(?<![.!?;,:\s])\s*\n[ \t]*[*•‣◦▪-][ \t]+(?=\w)")
AFTER_ITEM = re.compile(r"(?<=; )([^\n.;]*)(?<![.!?;,:\s])[ \t]*\n[ \t]*\n\s*(?=\w)")
SPEAKS_ON = (":", "?", "!", ".", "…")
"""The ends of a lead after which the words follow without a colon."""

QUOTATION_MARKS = str.maketrans(dict.fromkeys("“”„‟«»", '"') | dict.fromkeys("‘’‚‛", "'") | dict.fromkeys("‐‑‒–—", "-"))


def collapse_white_space(text: str) -> str:
    return " ".join(text.split())


def shown_text(leads: Sequence[str], text: str) -> str:
    """Return the spans of a quote as one line: `Harbour: Sund; Winter night: 6`, or `The fee includes: water`.

    `leads` are the texts of the spans that `text` is understood with, in their order. Those with as many cells as
    `text` name its columns; each value follows the names of its column. The others stand before it, and so do those
    that are one name over all columns.
    """
    leads = [name_over_all(lead) or lead for lead in leads]
    for cells in read_cells(text):
        headers = [header_like(cells, lead) for lead in leads]
        if len(cells) > 1 and any(headers):
            words, before = label_cells([names for names in headers if names], cells), zip(leads, headers, strict=True)
            return " ".join([*(as_lead(lead) for lead, names in before if not names), words])
    words = as_pair(text) or collapse_white_space(on_one_line(text))
    return " ".join([*map(as_lead, leads), BULLET.sub("", words, count=1) if leads and BULLET.match(words) else words])


def as_pair(row: str) -> str:
    """Return a row of a name and a value without the bar between them: `Due date: 2024-03-05`; "" for other texts."""
    if len(row) > MAX_PAIR_CHARACTERS or not CLEAR_GAP.search(row):
        return ""
    cells = split_cells(row)
    is_pair = len(cells) == 2 and all(cells) and LETTER.search(cells[0]) and not cells[0].endswith(SPEAKS_ON)
    return ": ".join(cells) if is_pair else ""


def on_one_line(text: str) -> str:
    """Return a quote of several lines without the marks of its lines: of a reply in a mail, and of items of a list."""
    if REPLY_MARK.search(text) and not PROMPT.search(text):
        text = REPLY_MARK.sub("", text)
    if "\n" not in text or PATCH_LINE.search(text):
        return text
    return AFTER_ITEM.sub(r"\1; ", ITEM.sub("; ", FIRST_ITEM.sub(r"\1 ", text)))


def header_like(cells: Sequence[str], lead: str) -> list[str] | None:
    """Return the cells of a lead, if it has as many as a row has; None if it names no columns of this row."""
    return next((names for names in read_cells(lead) if len(names) == len(cells)), None)


def name_over_all(row: str) -> str:
    """Return the name that a row has in each of its columns, as one cell over all of them; "" if it has several."""
    if "|" not in row:
        return ""
    cells = split_cells(row)
    if is_emphasized_alone(cells):
        return cells[0]
    return cells[0] if len(cells) > 1 and len(set(cells)) == 1 else ""


def is_emphasized_alone(cells: Sequence[str]) -> bool:
    """Has a row a value in its first column alone, in bold letters? Markdown writes cells over all columns so."""
    return len(cells) > 1 and not any(cells[1:]) and EMPHASIZED.fullmatch(cells[0]) is not None


def as_lead(text: str) -> str:
    line = collapse_white_space(text)
    return line if line.endswith(SPEAKS_ON) else f"{line}:"


def label_cells(headers: Sequence[Sequence[str]], cells: Sequence[str]) -> str:
    """Return each value of a row after the names of its column, without empty values and repeated names."""
    columns = (list(dict.fromkeys(name for name in names if name)) for names in zip(*headers, strict=True))
    return "; ".join(
        f"{' '.join(names)}: {value}" if names else value for names, value in zip(columns, cells, strict=True) if value
    )


def split_cells(row: str) -> list[str]:
    """Return the cells of a row as it is read first."""
    return read_cells(row)[0]


def read_cells(row: str) -> list[list[str]]:
    """Return the cells of a row in the ways in which it can be read, the likeliest one first.

    Cells stand between bars, or else between wide gaps; a text without both is one cell. A row of several lines has
    each cell on all of them. A bar at an end frames the row, or has an empty cell outside.
    """
    lines = [line.strip() for line in row.splitlines() if line.strip()]
    if not any(CELL_SEPARATOR.search(line) for line in lines):
        return [[collapse_white_space(cell) for cell in WIDE_GAP.split(lines[0])] if len(lines) == 1 else [row.strip()]]
    rows = [[collapse_white_space(cell) for cell in CELL_SEPARATOR.split(line)] for line in lines]
    cells = [collapse_white_space(" ".join(parts)) for parts in zip_longest(*rows, fillvalue="")]
    if cells[0] == "" and cells[-1] == "" and len(cells) > 2:
        return [cells[1:-1], cells]
    if cells[0] == "":
        return [cells, cells[1:]]
    return [cells, cells[:-1]] if cells[-1] == "" else [cells]


def same_wording(text: str) -> str:
    """Return the form in which sentences are compared: two with an equal form say the same in the same words.

    It ignores case, white space, the shapes of quotation marks and dashes, and the stop at the end. Signs inside a
    sentence count: `x < 5` is not `x > 5`.
    """
    return collapse_white_space(text).translate(QUOTATION_MARKS).casefold().rstrip(".:;, ")


def is_part(shorter: str, longer: str) -> bool:
    """Are the words of one wording in the other one, from the start of a word to the end of one?"""
    at = longer.find(shorter)
    if at < 0 or not shorter:
        return False
    end = at + len(shorter)
    return not (longer[at - 1 : at].isalnum() if at else False) and not longer[end : end + 1].isalnum()
