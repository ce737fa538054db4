import json

import pytest

from outlast.tools.documents import notebook
from outlast.tools.documents.document import Document, Unreadable
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


def test_long_outputs_and_tracebacks_are_left_out(monkeypatch):
    monkeypatch.setattr(notebook, "MAX_OUTPUT_CHARACTERS", 10)
    long = {"output_type": "stream", "text": "x" * 11}
    failed = {"output_type": "error", "ename": "E", "evalue": "e", "traceback": ["trace"]}
    assert read(code("run", long, failed)).text == "run"


def test_what_json_may_hold_and_text_may_not():
    assert read(markdown("a\0b\ud800c")).text == "ab?c"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"{", "it is not a notebook, or it is damaged or cut off"),
        (b"[" * 100_000, "it is not a notebook, or it is damaged or cut off"),
        (b"[]", "it is not a notebook of version 4: it has no cells"),
        (b'{"cells": 3}', "it is not a notebook of version 4: it has no cells"),
        (b'{"worksheets": [{"cells": []}]}', "it is not a notebook of version 4: it has no cells"),
        (b'{"cells": [1, "a", {"source": 3}, {"source": [4], "outputs": 5}]}', "it has no text"),
    ],
)
def test_why_it_cannot_be_read(content: bytes, reason: str):
    with pytest.raises(Unreadable, match=f"^{reason}$"):
        read_document("a.ipynb", content)
