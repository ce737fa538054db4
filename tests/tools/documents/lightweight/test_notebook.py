import json
import re

import pytest

from outlast.evidence.losses import Loss, LossKind
from outlast.tools.documents.document import Document, Unreadable
from outlast.tools.documents.lightweight import notebook
from outlast.tools.documents.reading import read_document


def read(*cells: dict[str, object]) -> Document:
    return read_document("a.ipynb", json.dumps({"cells": cells, "nbformat": 4}).encode())


def markdown(source: object) -> dict[str, object]:
    return {"cell_type": "markdown", "source": source}


def code(source: str, *outputs: dict[str, object]) -> dict[str, object]:
    return {"cell_type": "code", "source": source, "outputs": outputs}


def test_cells_are_read_in_order():
    document = read(
        markdown(["# Tides\n", "\n", "They turn."]),
        code("x = 6 * 7\nx", {"output_type": "execute_result", "data": {"text/plain": ["42"], "image/png": "AAAA"}}),
        code("", {"output_type": "stream", "text": "printed\n"}),
        {"cell_type": "raw", "source": "raw"},
        markdown("## Again\nand again"),
    )
    assert document.text == "# Tides\n\nThey turn.\n\nx = 6 * 7\nx\n\n42\n\nprinted\n\nraw\n\n## Again\nand again"
    assert [(each.level, document.text[each.start : each.end]) for each in document.headings] == [
        (1, "Tides"),
        (2, "Again"),
    ]
    assert document.title == "Tides"
    assert document.places is not None
    assert document.places.unit == "cell"
    assert [document.text[start:][:3] for start in document.places.starts] == ["# T", "x =", "pri", "raw", "## "]


def test_code_has_no_headings():
    assert read(code("# a comment\n")).headings == ()


def test_long_outputs_and_tracebacks_are_in_the_ledger(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(notebook, "MAX_OUTPUT_CHARACTERS", 10)
    long: dict[str, object] = {"output_type": "stream", "text": "xxxxxxx x x"}
    failed: dict[str, object] = {
        "output_type": "error",
        "ename": "E",
        "evalue": "e",
        "traceback": ["\x1b[0;31mtrace", " of it"],
    }
    document = read(code("run", long, failed))
    assert document.text == "run\n\nE: e"
    assert document.losses == (
        Loss(kind=LossKind.UNREAD, place="cell 1: output", words=3),
        Loss(kind=LossKind.MARKUP, place="cell 1: traceback", words=3),
    )


def displayed(**data: object) -> dict[str, object]:
    return {"output_type": "display_data", "data": {f"text/{kind}": words for kind, words in data.items()}}


def test_outputs_are_read_as_they_are_shown():
    frame = (
        "<div><style>th { color: red }</style><table><thead><tr><th></th><th>a</th></tr></thead>"
        "<tbody><tr><th>0</th><td>w7</td></tr></tbody></table></div>"
    )
    named = "<IPython.core.display.Markdown object>"
    figure: dict[str, object] = {"data": {"image/png": "AA", "text/plain": "<Figure size 1x1>"}}
    document = read(
        code("c", displayed(markdown=["High **4.7 m** in 10<sup>6</sup>"], plain=named)),
        code("d", displayed(html=frame, plain="   a\n0  w7")),
        code("e", displayed(latex="$x^2$", plain="x**2")),
        code("f", figure),
        code("g", {"output_type": "stream", "text": "\x1b[31mred\x1b[0m"}),
    )
    assert document.text == ("c\n\nHigh **4.7 m** in 10^6\n\nd\n\n | a\n0 | w7\n\ne\n\n$x^2$\n\nf\n\ng\n\nred")
    table = document.tables[0]
    assert document.text[table.start : table.end] == " | a\n0 | w7"
    assert [document.text[start:end] for start, end in table.headers] == [" | a"]
    assert Loss(kind=LossKind.PICTURE, place="cell 4") in document.losses
    assert document.places is not None
    assert [document.text[start] for start in document.places.starts] == ["c", "d", "e", "f", "g"]


def test_each_word_is_in_the_text_or_in_the_ledger():
    chart = "application/vnd.vegalite.v5+json"
    data: list[dict[str, object]] = [
        {"text/plain": "w8"},
        {"text/html": "<p>w9 <span hidden>w92</span></p>", "text/plain": "<IPython.core.display.HTML object>"},
        {"text/markdown": "**w10**", "text/plain": "<Markdown object>"},
        {"text/latex": "$w11$", "text/plain": "w11"},
        {"application/vnd.jupyter.widget-view+json": {"model_id": "w93"}, "text/plain": "w12"},
        {"image/svg+xml": ["<svg>", "<text>w94</text></svg>"]},
        {"application/javascript": "w95"},
        {chart: {"data": [{"w96": "w97"}]}, "text/plain": "<VegaLite object>"},
    ]
    outputs: list[dict[str, object]] = [{"output_type": "display_data", "data": each} for each in data]
    document = read(
        {**markdown("# w1\n[[w2]] <!-- w90 --> ![w3](attachment:w91.png)"), "attachments": {"w91.png": {}}},
        code(
            "w4 # w5",
            {"output_type": "stream", "name": "stderr", "text": ["w6\n", "w7"]},
            *outputs,
            {"output_type": "error", "ename": "w13", "evalue": "w14", "traceback": ["w98"]},
        ),
        {"cell_type": "raw", "source": ["w15"]},
    )
    found = set(re.findall(r"w\d+", document.text))
    assert found == {*(f"w{number}" for number in range(1, 16)), "w91"}
    assert document.losses == (
        Loss(kind=LossKind.HIDDEN, place="cell 1: comments", words=1),
        Loss(kind=LossKind.HIDDEN, place="cell 2: hidden elements", words=1),
        Loss(kind=LossKind.PICTURE, place="cell 2", words=1),
        Loss(kind=LossKind.MARKUP, place="cell 2: scripts", words=1),
        Loss(kind=LossKind.UNREAD, place=f"cell 2: {chart}", words=3),
        Loss(kind=LossKind.MARKUP, place="cell 2: traceback", words=1),
    )


def test_comments_of_a_text_cell_are_in_the_ledger():
    document = read(markdown("a <!-- b c --> d"))
    assert document.text == "a  d"
    assert document.losses == (Loss(kind=LossKind.HIDDEN, place="cell 1: comments", words=2),)


def test_what_json_may_hold_and_text_may_not():
    assert read(markdown("a\0b\ud800c")).text == "ab?c"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"{", "it is not a notebook, or it is damaged or cut off"),
        (b"[" * 100_000, "it is not a notebook, or it is damaged or cut off"),
        (b"[]", "it is not a notebook: it has no cells"),
        (b'{"cells": 3}', "it is not a notebook: it has no cells"),
        (b'{"worksheets": [{"cells": []}]}', "it has no text"),
        (b'{"cells": [1, "a", {"source": 3}, {"source": [4], "outputs": 5}]}', "it has no text"),
    ],
)
def test_why_it_cannot_be_read(content: bytes, reason: str):
    with pytest.raises(Unreadable, match=f"^{reason}$"):
        read_document("a.ipynb", content)


def test_a_notebook_of_version_3_and_an_output_of_values_are_read():
    cells = [
        {"cell_type": "heading", "level": 2, "source": ["Tides"]},
        {"cell_type": "code", "input": ["tide()"], "outputs": [{"output_type": "pyout", "text": ["4.7 m"]}]},
        {"cell_type": "code", "input": ["bad"], "outputs": [{"output_type": "pyerr", "ename": "E", "evalue": "ebb"}]},
    ]
    old = read_document("a.ipynb", json.dumps({"nbformat": 3, "worksheets": [{"cells": cells}]}).encode())
    assert old.text == "## Tides\n\ntide()\n\n4.7 m\n\nbad\n\nE: ebb"
    data = {"application/json": {"tide": "5.1 m"}, "text/plain": "<IPython.core.display.JSON object>"}
    new = {"cell_type": "code", "source": "x", "outputs": [{"output_type": "display_data", "data": data}]}
    assert read_document("a.ipynb", json.dumps({"cells": [new]}).encode()).text == "x\n\ntide: 5.1 m"
