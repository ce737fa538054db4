"""The shape of a table of separated values: its separator, the row that names its columns, and what stands above it."""

import csv
import re
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

SEPARATORS = ",;\t|"
SAMPLED_LINES = 50
SEPARATOR_LINE = re.compile(r"\A\ufeff?\"?sep=(.)\"?[ \t]*\n", re.IGNORECASE)
"""A first line for Excel, which names the separator and is no part of the table."""
MAX_NAME_CHARACTERS = 200
NUMBER = re.compile(r"[-+−]?[$€£¥]?[ ]?\d[\d.,'\u00a0\u202f ]*(?:[eE][-+]?\d+)?[ ]?[%$€£¥]?|[-+−]?[.,]\d+")
DATE = re.compile(r"\d{1,4}[-./]\d{1,2}[-./]\d{1,4}(?:[ T]\d{1,2}:\d{2}(?::\d{2})?)?.{0,6}|\d{1,2}:\d{2}(?::\d{2})?")
PERIOD = re.compile(r"(?:1[5-9]|20|21)\d\d(?:[-/](?:\d{2}|\d{4}|Q[1-4]|H[12]))?|Q[1-4][ /-]?\d{4}")
"""A year, a month of one, or a quarter, as tables of statistics name their columns by."""


class Shape(NamedTuple):
    header_row: int | None
    """The index of the row that names the columns; None if the table has none."""
    has_groups: bool = False
    """Whether the row above the header names groups of columns: `2019,,2020,` above `Cod,Eel,Cod,Eel`."""


def separator_line(text: str) -> tuple[str, int]:
    """Return the separator that the first line names, and the length of that line; "" and 0 without one."""
    found = SEPARATOR_LINE.match(text)
    return (found.group(1), found.end()) if found else ("", 0)


def guess_separator(text: str) -> str:
    """Return the separator that splits most of the first lines into the same number of values, more than one."""
    lines = [line for line in text.split("\n", SAMPLED_LINES)[:SAMPLED_LINES] if line.strip()]
    best, separator = (0, 0), ","
    for candidate in SEPARATORS:
        try:
            widths = Counter(len(row) for row in csv.reader(lines, delimiter=candidate))
        except csv.Error:
            continue
        agreeing, width = max(((count, width) for width, count in widths.items() if width > 1), default=(0, 0))
        if candidate == "," and _are_decimal_commas(lines):
            agreeing -= 1  # `Norby;98,5`: a semicolon splits these lines as often, and so it is the separator
        if (agreeing, width) > best and (agreeing > best[0] or candidate != ","):
            best, separator = (agreeing, width), candidate
    return separator


def _are_decimal_commas(lines: Sequence[str]) -> bool:
    """Return whether most commas stand between digits, and semicolons or tabs are there to separate."""
    commas = sum(line.count(",") for line in lines)
    between_digits = sum(len(re.findall(r"\d,(?=\d)", line)) for line in lines)
    return commas > 0 and between_digits >= 0.9 * commas and any(";" in line or "\t" in line for line in lines)


def find_shape(rows: Sequence[Sequence[str]]) -> Shape:
    """Find the header among the first rows. Rows above it are a preamble: a title, a source, a remark."""
    lengths = Counter(len(row) for row in rows if _filled(row) > 1)
    if not lengths:
        return Shape(None)
    width = max(lengths, key=lambda length: (lengths[length], length))
    for number, row in enumerate(rows):
        if _is_preamble(row, width):
            continue
        below = rows[number + 1 :]
        if below and len(row) == len(below[0]) and _names_groups(row) and _is_header(below[0], below[1:]):
            return Shape(number + 1, has_groups=True)
        if not _is_header(row, below):
            return Shape(None)
        return Shape(
            number, has_groups=number > 0 and len(rows[number - 1]) == len(row) and _names_groups(rows[number - 1])
        )
    return Shape(None)


def _is_preamble(row: Sequence[str], width: int) -> bool:
    """Return whether a row is much narrower than the table, or mostly empty."""
    return len(row) < width - 1 or _filled(row) < 2 or _filled(row) < width / 2


def _names_groups(row: Sequence[str]) -> bool:
    """Return whether the row has names that stand for several columns: repeated, or with empty cells behind them."""
    names = fill_groups(row)[1:]
    repeated = sum(name == following for name, following in pairwise(names) if name)
    values = [name for name in row if name]
    return (
        len(set(values)) > 1 and repeated >= max(1, len(set(names)) - 1) and all(_may_name(value) for value in values)
    )


def fill_groups(row: Sequence[str]) -> list[str]:
    """Return the names of groups, each repeated over the empty cells behind it. The first column is in no group."""
    filled = list(row[:1])
    for name in row[1:]:
        filled.append(name or (filled[-1] if len(filled) > 1 else ""))
    return filled


def _may_name(value: str) -> bool:
    return bool(PERIOD.fullmatch(value)) or not (is_number(value) or DATE.fullmatch(value))


def _filled(row: Sequence[str]) -> int:
    return sum(1 for value in row if value)


def _is_header(row: Sequence[str], below: Sequence[Sequence[str]]) -> bool:
    """Return whether a row names columns: its values are words or periods, and they differ from those below them."""
    names = [value for value in row if value]
    if len(names) < 2 or any(len(name) > MAX_NAME_CHARACTERS for name in names):
        return False
    if not all(map(_may_name, names)):
        return _are_numbered_columns(row)
    periods = [name for name in names if PERIOD.fullmatch(name)]
    if len(periods) == len(names) and row[0]:
        return _is_series(periods)
    if periods and not _is_series(periods):  # `Ada,1815` above `Mary,1797` is a row as well
        columns = [column for column, value in enumerate(row) if PERIOD.fullmatch(value)]
        values = [other[column] for other in below for column in columns if column < len(other) and other[column]]
        return not all(map(PERIOD.fullmatch, values))
    return not _repeats_below(row, below)


def _are_numbered_columns(row: Sequence[str]) -> bool:
    """Return whether columns are named 0, 1, 2, as programs name those that have no names."""
    return list(row[1:]) == [str(number) for number in range(len(row) - 1)] and len(row) > 2 and not row[0]


def _is_series(numbers: Sequence[str]) -> bool:
    """Return whether the periods are in order, such as 2019, 2020, 2021."""
    if len(numbers) < 2 or len(set(numbers)) != len(numbers):
        return False
    return list(numbers) == sorted(numbers) or list(numbers) == sorted(numbers, reverse=True)


def _repeats_below(row: Sequence[str], below: Sequence[Sequence[str]]) -> bool:
    """Return whether the values stand in the rows below as well, and are of their kind: then nothing is a header."""
    if not below:
        return False
    typed = [column for column in range(len(row)) if any(_is_typed(other, column) for other in below)]
    if typed:
        return False
    repeated = sum(
        any(column < len(other) and other[column] == value for other in below)
        for column, value in enumerate(row)
        if value
    )
    return repeated * 2 >= _filled(row) and repeated > 0


def _is_typed(row: Sequence[str], column: int) -> bool:
    return column < len(row) and (is_number(row[column]) or DATE.fullmatch(row[column]) is not None)


def is_number(value: str) -> bool:
    """Return whether a value is a number, perhaps with separated thousands, a currency or a percent sign."""
    return NUMBER.fullmatch(value) is not None
