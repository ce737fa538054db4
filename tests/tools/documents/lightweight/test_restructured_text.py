import re

import pytest

from outlast.evidence.losses import LossKind
from outlast.tools.documents.document import Document
from outlast.tools.documents.lightweight import restructured_text


def read(text: str) -> Document:
    return restructured_text.read(text.encode(), "x")


@pytest.mark.parametrize(
    ("source", "text"),
    [
        (".. a comment\n   of two lines\n\nb", "\n\n\nb"),
        ("a\n\n..\n   b\n\nc", "a\n\n\n\n\nc"),
        ("..\n\n    a quote", "\n\n    a quote"),
        ("a .. b", "a .. b"),
        ("10\\ :sup:`6` H\\ :sub:`2`\\ O", "10^6 H2O"),
        (":ref:`the guide <g>` :class:`~a.b.C` :func:`f`", "the guide C f"),
        ("`Python <http://x.org>`_ and `this`__", "Python and this"),
        ("the fee [1]_ is [#n]_", "the fee [1] is [n]"),
        ("the fee\\ [1]_ is", "the fee [1] is"),
        (".. [1] Of May", "[1] Of May"),
        (
            "a [#]_, b [#o]_, c [#]_, a [#o]_ [1]_\n\n.. [#] x\n.. [1] y\n.. [#o] z\n.. [#] w",
            "a [2], b [3], c [4], a [3] [1]\n\n[2] x\n[1] y\n[3] z\n[4] w",
        ),
        (".. _a: http://x\n\nsee a_ and b_c and d_", "\n\nsee a and b_c and d_"),
        (".. |v| replace:: 3.1\n\nof |v| or |w|", "\n\nof 3.1 or |w|"),
        (".. |c| unicode:: U+00A9 .. a sign\n\n|c| 2024", "\n\n© 2024"),
        ("``:sup:`2` [1]_``", "``:sup:`2` [1]_``"),
        ("**b** *i* a\\*", "**b** *i* a*"),
        (".. note:: Mind the gap.\n\n   More.", "Note: Mind the gap.\n\n   More."),
        (".. code-block:: python\n   :linenos:\n\n   x = 1", "\n\n\n   x = 1"),
        (".. image:: a.png\n   :alt: A map\n\nb", "[A map]\n\n\nb"),
        (".. versionadded:: 3.2\n   Much.", "Added in 3.2\n   Much."),
        (".. function:: f(x)\n\n   Does it.", "f(x)\n\n   Does it."),
        (".. raw:: html\n\n   <p>raw <b>x</b></p>\n   <p hidden>y</p>\n\nb", "raw x\n\n\n\n\nb"),
        ("", ""),
    ],
)
def test_what_the_rendered_page_shows(source: str, text: str):
    assert read(source).text == text
    assert text.count("\n") == source.count("\n")


SIMPLE = "=====  =====\nA      B\n=====  =====\n1      2\n       3\n4\n=====  =====\n"
GRID = "+---+-----+\n| A | B   |\n+===+=====+\n| 1 | two |\n|   | 3   |\n+---+-----+\n| 4 |     |\n+---+-----+\n"
VALUES = '.. csv-table:: Rates\n   :header: "A", B\n\n   1, "2, 3"\n   4,\n'


@pytest.mark.parametrize(
    ("source", "rows"),
    [
        (SIMPLE, ["A | B", "1 | 2 3", "4 | "]),
        (GRID, ["A | B", "1 | two 3", "4 | "]),
        (VALUES, ["A | B", "1 | 2, 3", "4 | "]),
    ],
)
def test_tables(source: str, rows: list[str]):
    document = read(f"T\n=\n\n{source}\nend")
    table = document.tables[0]
    assert [row for row in document.text[table.start : table.end].split("\n") if row] == rows
    assert [document.text[start:end] for start, end in table.headers] == rows[:1]
    assert document.text.count("\n") == source.count("\n") + 4


@pytest.mark.parametrize(
    "source",
    [
        "+---+---+\n| a | b |\n+---+---+\n| spans |\n+---+---+\n",
        "===  ===\nspans it\n===  ===\n",
        "+---+\n",
        "===  ===\na",
    ],
)
def test_tables_with_cells_that_span_stay_as_they_are(source: str):
    document = read(source)
    assert document.text == source
    assert document.tables == ()


MARKED = """.. w1

w2
==

w3 *w4* ``w5`` :role:`w6` |w7| `w8 <x>`_ [w9]_ w10_

.. warning:: w11

   w12

.. _w13: http://x
.. |w7| replace:: w7
.. [w9] w14

- w15

  1. w16

w17
  w18

:w19: w20

.. code:: python

   w21

.. figure:: a.png
   :alt: w22

   w23

.. toctree::

   w24

.. only:: html

   w25

.. include:: w26.txt

.. raw:: latex

   w27

==== ====
w28  w29
==== ====
w30  w31
==== ====

.. math:: w32

.. index:: w33

.. unknown:: w34

   w35

| w36

>>> w37
"""


def test_each_word_is_in_the_text_or_the_ledger():
    document = read(MARKED)
    found = {int(word) for word in re.findall(r"w(\d+)", document.text)}
    assert found == set(range(2, 38)) - {13, 24, 26, 27, 33}
    lost = {(loss.kind, loss.place): loss.words for loss in document.losses}
    assert lost[LossKind.HIDDEN, "comments"] == 1
    assert lost[LossKind.NAVIGATION, "contents"] == 2
    assert lost[LossKind.HIDDEN, "blocks for other formats"] == 3
    assert lost[LossKind.UNREAD, "include w26.txt"] is None


@pytest.mark.parametrize(
    "piece", ["`", ":a:`", "|a", "[a]", "``a", "+--", "== ", "\\", "a_", "\n+-+\n|a|", "\n.. |a| ", "\n=  ="]
)
def test_the_time_is_linear(piece: str):
    assert read("x" + piece * 50_000).text.startswith("x")


def test_a_list_of_lists_is_a_table():
    document = read(
        ".. list-table:: Fees\n   :header-rows: 1\n   :widths: 1 2\n\n   * - Harbour\n     - Fee\n   * - Norby\n"
        "       and Sund\n     - - 12\n       - 13\n   * -\n     - 5\n\nAfter."
    )
    assert [line for line in document.text.split("\n") if line] == [
        "Fees", "Harbour | Fee", "Norby and Sund | - 12 - 13", " | 5", "After."
    ]  # fmt: skip
    (table,) = document.tables
    assert [document.text[start:end] for start, end in table.headers] == ["Harbour | Fee"]


def test_items_have_the_numbers_that_the_page_shows():
    assert read("#. a\n#. b\n\n   #. c\n\n#. d\n\nText.\n\n#. e").text == (
        "1. a\n2. b\n\n   1. c\n\n3. d\n\nText.\n\n1. e"
    )
