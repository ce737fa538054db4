"""Outlines: items in items, with their notes."""

import pytest

from outlast.evidence.losses import Loss, LossKind
from outlast.tools.documents.document import Unreadable
from outlast.tools.documents.reading import read_document

OPML = """<?xml version="1.0"?><opml version="2.0"><head><title>w1</title><ownerName>w90</ownerName></head><body>
<outline text="w2" _note="w3
w4" created="w91"><outline text="&lt;b&gt;w5&lt;/b&gt;" title="w5"/><outline text="w6" title="w7" type="w92" xmlUrl="https://w8.example"/></outline>
</body></opml>"""


def test_each_word_of_an_outline_is_in_the_text_or_in_the_ledger() -> None:
    document = read_document("plan.opml", OPML.encode())
    assert document.text == "w1\n\n- w2\n  w3 w4\n  - w5\n  - w6\n    w7\n    https://w8.example"
    assert document.title == "w1"
    assert document.losses == (Loss(kind=LossKind.MARKUP, place="settings", words=4),)


@pytest.mark.parametrize("content", [b"<a/>", b"plain", b"<opml>", b"<opml/>"])
def test_what_is_no_outline_is_refused(content: bytes) -> None:
    with pytest.raises(Unreadable):
        read_document("a.opml", content)


def test_outlines_of_any_depth() -> None:
    deep = "<outline text='w'>" * 200
    assert read_document("a.opml", f"<opml>{deep}{'</outline>' * 200}</opml>".encode()).text.count("- w") == 200
