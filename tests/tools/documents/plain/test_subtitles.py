"""Subtitles: what is said, cited by the time at which it is."""

from outlast.evidence.locators import part_range
from outlast.evidence.sources import Quote
from outlast.tools.documents.reading import read_document

SRT = "1\n00:00:01,000 --> 00:00:02,000\nw1 <i>w2</i>\n\n2\n00:01:02,500 --> 00:01:04,000 X1:90\nw3\nw4\n\nw5\n"


def test_subtitles_are_cited_by_their_time() -> None:
    document = read_document("a.srt", SRT.encode())
    assert document.places is not None
    start = document.text.index("w3")
    assert part_range(document.places, Quote(snapshot="", start=start, end=start + 2, text="w3")) == "time 00:01:02"
    whole = Quote(snapshot="", start=0, end=start + 2, text=document.text[: start + 2])
    assert part_range(document.places, whole) == "time 00:00:01-00:01:02"
