import random
from itertools import pairwise

import pytest

from outlast.evidence.prose import RULE_LINE, row_spans


def cut(table: str) -> list[str]:
    return [table[start:end] for start, end in row_spans(table)]


DRAWN = """\
+------------+-----------------+
| Operator   | What it does    |
+============+=================+
| "if else"  | Chooses one of  |
|            | two values      |
+------------+-----------------+
| "not x"    | Negates         |
+------------+-----------------+
"""


def test_a_drawn_row_goes_from_rule_to_rule() -> None:
    assert cut(DRAWN) == [
        "| Operator   | What it does    |",
        '| "if else"  | Chooses one of  |\n|            | two values      |',
        '| "not x"    | Negates         |',
    ]


def test_a_drawn_table_may_be_indented() -> None:
    indented = "".join(f"   {line}\n" for line in DRAWN.splitlines())
    assert [row.count("\n") for row in cut(indented)] == [0, 1, 0]
    assert all(row.startswith("|") and row.endswith("|") for row in cut(indented))


def test_without_rules_a_row_is_a_line() -> None:
    assert cut("Month    Ferries\n  March  4  \n\nMay      9") == ["Month    Ferries", "March  4", "May      9"]


@pytest.mark.parametrize(
    "rule",
    [
        "|---|---|",
        "| --- | ---: |",
        "|:---|:---:|",
        "-----  -----",
        "=====  =====",
        "   ------",
        "----+----",
        "+--+--+",
    ],
)
def test_a_rule_is_no_row(rule: str) -> None:
    table = f"| Month | Ferries |\n{rule}\n| March | 4 |\n"
    assert RULE_LINE.fullmatch(rule)
    assert cut(table) == ["| Month | Ferries |", "| March | 4 |"]
    assert cut(table.rstrip("\n")) == cut(table)


@pytest.mark.parametrize("line", ["--", "- a -", "|", "-x-", "a --- b"])
def test_what_has_few_dashes_or_letters_is_no_rule(line: str) -> None:
    assert cut(f"| a | b |\n{line}\n") == ["| a | b |", line]


@pytest.mark.parametrize("table", ["", "\n\n", "+---+---+\n", "  \n---\n===\n"])
def test_without_rows(table: str) -> None:
    assert cut(table) == []


def test_a_blank_line_ends_a_drawn_row() -> None:
    assert cut("+---+---+\n| a | b |\n\n| c | d |\n+---+---+") == ["| a | b |", "| c | d |"]


def test_a_rule_in_a_cell_does_not_make_a_table_drawn() -> None:
    assert cut("a  +---  b\nc  d     e") == ["a  +---  b", "c  d     e"]


PIECES = (
    "+---+",
    "+===+",
    "|---|",
    "---",
    "| a | b |",
    "a   b   c",
    "  x",
    " ",
    "\t",
    "\n",
    "\n",
    "\n\n",
    "|",
    "é 灯",
    "-",
    "\r\n",
)


@pytest.mark.parametrize("seed", range(200))
def test_rows_are_in_order_apart_and_hold_every_word(seed: int) -> None:
    chance = random.Random(seed)
    table = "".join(chance.choice(PIECES) for _ in range(chance.randrange(40)))
    spans = list(row_spans(table))
    assert all(0 <= start < end <= len(table) for start, end in spans)
    assert all(one[1] <= other[0] for one, other in pairwise(spans))
    assert all(table[start:end] == table[start:end].strip() for start, end in spans)
    inside = {at for start, end in spans for at in range(start, end)}
    assert not [table[at] for at in range(len(table)) if at not in inside and table[at].isalnum()]
