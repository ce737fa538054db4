"""Boards of Obsidian: cards, groups, arrows."""

import json

import pytest

from outlast.evidence.losses import Loss, LossKind
from outlast.tools.documents.document import Unreadable
from outlast.tools.documents.reading import read_document

BOARD = {
    "nodes": [
        {"id": "a", "type": "text", "text": "# w1\nThe [[w2|w3]] is lit. %% w4 %%", "x": 0, "y": 0, "color": "1"},
        {"id": "b", "type": "file", "file": "notes/w5.md", "subpath": "#w6"},
        {"id": "c", "type": "file", "file": "w7.png"},
        {"id": "d", "type": "link", "url": "https://w8.example"},
        {"id": "e", "type": "group", "label": "w9"},
    ],
    "edges": [{"id": "f", "fromNode": "a", "toNode": "b", "label": "w10"}],
}


def test_each_word_is_in_the_text_or_in_the_ledger() -> None:
    document = read_document("board.canvas", json.dumps(BOARD).encode())
    assert document.title == "w1"
    assert document.text == "# w1\nThe w3 is lit. \n\n[notes/w5.md#w6]\n\n[w7.png]\n\nhttps://w8.example\n\nw9\n\nw10"
    assert [document.text[each.start : each.end] for each in document.headings] == ["w1"]
    assert document.losses == (
        Loss(kind=LossKind.HIDDEN, place="comments", words=1),
        Loss(kind=LossKind.PICTURE, place="w7.png"),
    )


@pytest.mark.parametrize("content", [b"{", b"[]", b'{"nodes": 1}', b'{"nodes": [1, {"text": 2}]}'])
def test_what_is_no_board_is_refused(content: bytes) -> None:
    with pytest.raises(Unreadable):
        read_document("a.canvas", content)
