"""The shape of a table of separated values: its separator, the row that names its columns, and what stands above it."""

import csv
import re
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise, zip_longest
from typing import NamedTuple

SEPARATORS = ",;\t|"
SAMPLED_LINES = 50
SEPARATOR_LINE = re.compile(r"\A\ufeff?\"?sep=(.)\"?[ \t]*\n", re.IGNORECASE)
"""A first line for Excel, which names the separator and is no part of the table."""
COMMENT_MARKS = "#%"
"""With these, lines begin that programs write above a table: the station, the units, perhaps the names of columns."""
MAX_NAME_CHARACTERS = 200
NUMBER = re.compile(r"[-+−]?[$€£¥]?[ ]?\d[\d.,'\u00a0\u202f ]*(?:[eE][-+]?\d+)?[ ]?[%$€£¥]?|[-+−]?[.,]\d+")
DATE = re.compile(r"\d{1,4}[-./]\d{1,2}[-./]\d{1,4}(?:[ T]\d{1,2}:\d{2}(?::\d{2})?)?.{0,6}|\d{1,2}:\d{2}(?::\d{2})?")
PERIOD = re.compile(r"(?:1[5-9]|20|21)\d\d(?:[-/](?:\d{2}|\d{4}|Q[1-4]|H[12]))?|Q[1-4][ /-]?\d{4}")
"""A year, a month of one, or a quarter, as tables of statistics name their columns by."""


MEASURE = re.compile(r"[-+]?\d[\d.,]*[ ]?[^\W\d_%°]{1,4}")
"""A number with a unit, such as `1800 EUR`: a value, unless times or other numbers stand below it."""
GENERIC_NAMES = frozenset("value values wert inhalt valeur valor valore waarde content description note text".split())
"""Names of the column beside the keys."""
MAX_KEY_CHARACTERS = 60
MAX_UNIT_CHARACTERS = 12
TYPED_SHARE = 0.8
CARRIED_SHARE = 0.25


class Shape(NamedTuple):
    header_row: int | None
    """The index of the row that names the columns; None if the table has none."""
    names: tuple[str, ...] = ()
    """The names of the columns: each after that of its group, and with its unit behind it."""
    rows_of_names: frozenset[int] = frozenset()
    """The rows from which the names are: the header, the groups above it, the units below it."""
    is_strong: bool = False
    """Whether other rows say that it is a header: numbers below words, or a title above it."""
    are_pairs: bool = False
    """Whether each row is a key and its value: `Deposit,1800 EUR`."""
    carries_key: bool = False
    """Whether the first value of a row also counts for the rows below it that have none, as merged cells do."""


def separator_line(text: str) -> tuple[str, int]:
    """Return the separator that the first line names, and the length of that line; "" and 0 without one."""
    found = SEPARATOR_LINE.match(text)
    return (found.group(1), found.end()) if found else ("", 0)


def comment_lines(text: str) -> list[str]:
    """Return the first lines that a mark sets apart from the table, with their line ends."""
    found = list[str]()
    for line in text.splitlines(keepends=True):
        if not line.startswith(tuple(COMMENT_MARKS)):
            break
        found.append(line)
    return found


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


def find_shape(rows: Sequence[Sequence[str]], widest: int) -> Shape:
    """Find the header among the first rows of a block. Rows above it are a preamble: a title, a source, a remark.

    The rows have no empty values at their ends; `widest` is the width of the file's widest rows.
    """
    number = next((number for number, row in enumerate(rows) if not _is_preamble(row, rows[number + 1 :])), None)
    if number is None or _is_above_table(rows, widest):
        return Shape(None, are_pairs=_are_pairs(rows))
    if number + 1 < len(rows) and _names_groups(rows[number]) and _is_header(rows[number + 1], rows[number + 2 :]):
        return _with_header(rows, number + 1, has_groups=True)
    if not _is_header(rows[number], rows[number + 1 :]):
        return Shape(None, are_pairs=_are_pairs(rows))
    return _with_header(rows, number, has_groups=number > 0 and _names_groups(rows[number - 1]))


def usual_width(rows: Sequence[Sequence[str]]) -> int:
    """Return the width that the most rows have, of those with several values."""
    widths = _widths(rows)
    return max(widths, key=lambda width: (widths[width], -width), default=0)


def largest_width(rows: Sequence[Sequence[str]]) -> int:
    """Return the largest width that several rows have; if none has the width of another one, the smallest."""
    widths = _widths(rows)
    return max((width for width, count in widths.items() if count > 1), default=min(widths, default=0))


def _widths(rows: Sequence[Sequence[str]]) -> Counter[int]:
    return Counter(len(row) for row in rows if _filled(row) > 1)


def _with_header(rows: Sequence[Sequence[str]], header: int, *, has_groups: bool) -> Shape:
    names, below, used = list(rows[header]), rows[header + 1 :], {header}
    if has_groups:
        groups = fill_groups(rows[header - 1])
        groups += groups[-1:] * (len(names) - len(groups))
        names = [f"{group} {name}".strip() for group, name in zip(groups, names, strict=False)]
        used.add(header - 1)
    if len(below) > 1 and all(
        len(row) == len(names) + 1 for row in below
    ):  # the rows have names, their column has none
        names = ["", *names]
    elif _are_units(below):
        names = [f"{name} ({unit})" if unit else name for name, unit in zip_longest(names, below[0], fillvalue="")]
        used.add(header + 1)
    has_title = any(_filled(row) == 1 for row in rows[:header])
    has_types = any(_type_below(below, column) and not _is_typed(rows[header], column) for column in range(len(names)))
    return Shape(header, tuple(names), frozenset(used), has_title or has_types, carries_key=_carries_key(below))


def _is_preamble(row: Sequence[str], below: Sequence[Sequence[str]]) -> bool:
    """Return whether a row is no part of a table: it has one value, or most of the rows below it are wider."""
    others = [len(other) for other in below if _filled(other) > 1]
    wider = sum(width > len(row) + 1 or (width > len(row) and len(row) == 2) for width in others)
    return _filled(row) < 2 or row[0].endswith(":") or (wider > 1 and wider * 2 > len(others))


def _is_above_table(rows: Sequence[Sequence[str]], widest: int) -> bool:
    """Return whether rows of two values stand above a wider table: they say of what it is."""
    if usual_width(rows) != 2 or max(map(len, rows)) >= widest:
        return False
    return len(rows) < 3 or not _type_below(rows[1:], 1) or _is_typed(rows[0], 1)


def _are_pairs(rows: Sequence[Sequence[str]]) -> bool:
    """Return whether the rows are keys and values of several kinds, such as words and numbers."""
    pairs = [row for row in rows if _filled(row) > 1]
    keys = [row[0].casefold() for row in pairs]
    if not pairs or usual_width(pairs) != 2 or len(set(keys)) < len(keys):
        return False
    are_keys = all(key and len(key) <= MAX_KEY_CHARACTERS and not _is_typed([key], 0) for key in keys)
    return are_keys and (len(pairs) == 1 or len({_is_typed(row, 1) for row in pairs}) > 1 or not _is_typed(pairs[0], 1))


def _are_units(below: Sequence[Sequence[str]]) -> bool:
    """Return whether the first row below the header has the units of the columns: `m,degC` above numbers."""
    if len(below) < 3 or any(len(unit) > MAX_UNIT_CHARACTERS or _is_typed([unit], 0) for unit in below[0] if unit):
        return False
    columns = [column for column, unit in enumerate(below[0]) if unit]
    return bool(columns) and all(_type_below(below[1:], column) for column in columns)


def _carries_key(below: Sequence[Sequence[str]]) -> bool:
    """Return whether rows without a first value belong to the one above them: `Norby,Cod,9` and `,Eel,4`."""
    rows = [row for row in below if _filled(row) > 1]
    keys = [row[0] for row in rows if row[0]]
    seconds = Counter(row[1] for row in rows)
    return (
        bool(keys)
        and bool(rows[0][0])
        and len(keys) <= (1 - CARRIED_SHARE) * len(rows)
        and len(set(keys)) == len(keys)
        and all(row[1] and not _is_typed(row, 1) for row in rows)
        and any(count > 1 for count in seconds.values())
    )


def _type_below(below: Sequence[Sequence[str]], column: int) -> bool:
    """Return whether most values of a column are numbers or dates."""
    values = [_is_typed(row, column) for row in below if column < len(row) and row[column]]
    return bool(values) and sum(values) >= TYPED_SHARE * len(values)


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
        return _are_numbered_columns(row) or _are_days(row, below)
    if any(_is_value(row, column, below) for column in range(len(row))) or _mixes_kinds(row, below):
        return False
    periods = [name for name in names if PERIOD.fullmatch(name)]
    if len(periods) == len(names) and row[0]:
        return _is_series(periods)
    if periods and not _is_series(periods):  # `Ada,1815` above `Mary,1797` is a row as well
        columns = [column for column, value in enumerate(row) if PERIOD.fullmatch(value)]
        values = [other[column] for other in below for column in columns if column < len(other) and other[column]]
        return not all(map(PERIOD.fullmatch, values))
    return not _repeats_below(row, below)


def _is_value(row: Sequence[str], column: int, below: Sequence[Sequence[str]]) -> bool:
    """Return whether a value with a unit names no column, since no numbers stand below it."""
    return bool(MEASURE.fullmatch(row[column])) and not _type_below(below, column)


def _mixes_kinds(row: Sequence[str], below: Sequence[Sequence[str]]) -> bool:
    """Return whether rows of two values are keys and values, as numbers and words follow each other in the second."""
    if len(row) != 2 or row[1].casefold() in GENERIC_NAMES or not _are_pairs([row, *below]):
        return False
    kinds = {any(map(str.isdigit, other[1])) for other in below if len(other) > 1}
    return len(kinds) > 1


def _are_days(row: Sequence[str], below: Sequence[Sequence[str]]) -> bool:
    """Return whether columns are named by dates, or by numbers at equal distances such as hours, behind a word."""
    first, *others = row
    if len(others) < 2 or not all(others) or (first and not _may_name(first)):
        return False
    if all(DATE.fullmatch(value) for value in others):
        typed = [other[column] for other in below for column in range(1, len(row)) if column < len(other)]
        return len(set(others)) == len(others) and not any(map(DATE.fullmatch, filter(None, typed)))
    if len(others) < 3 or not all(map(str.isdecimal, others)):
        return False
    steps = {int(second) - int(number) for number, second in pairwise(others)}
    return len(steps) == 1 and steps.pop() > 0


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
