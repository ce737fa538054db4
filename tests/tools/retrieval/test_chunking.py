"""One suite over all formats: properties of every heading and every passage of any document."""

import re

import pytest

from outlast.evidence.sources import Passage, Source
from outlast.tools.documents.document import Document
from outlast.tools.documents.reading import read_document
from outlast.tools.retrieval.chunking import MAX_PASSAGE_CHARACTERS, passages_of

SENTENCES = "The keeper went up the stairs (slowly). At 8.15 p.m. he lit the lamp! Was it late? Nobody knew… "
LONG = SENTENCES * 20
LINES = "\n".join(f"line {number} of a list without any end" for number in range(60))
HEADED = {
    "a.txt": f"Top\n***\n\nIntro.\n\n{LONG}\n\nLamp\n====\n{LINES}\n\nEmpty\n=====\n\nLast\n====\n\n{'x' * 2000}\n",
    "a.rst": f"===\nTop\n===\nIntro.\n\n{LINES}\n\nLamp\n====\n\n::\n\n   c\n\n{LONG}\n\nEmpty\n-----\n\nLast\n----\n",
    "a.md": f"# Top\nIntro.\n\n{LONG}\n\nLamp\n----\n\n{LINES}\n\n```\n# code\n```\n\n### Empty ###\n### Last\n{LONG}",
    "a.html": f"<h1>Top</h1>Intro.<p>{LONG}</p><h2>Lamp</h2><pre>{LINES}</pre><h3>Empty</h3><h3>Last</h3>{LONG}",
}
FORMATS = pytest.mark.parametrize("name", HEADED)


def cut(name: str, text: str) -> tuple[Document, list[Passage]]:
    document = read_document(name, text.encode())
    source = Source(
        uri=name,
        title=document.title,
        media_type=document.media_type,
        snapshot="snapshot",
        headings=document.headings,
        bytes_sha256="",
        extractor=document.extractor,
    )
    return document, passages_of(source, document.text)


@FORMATS
def test_headings_say_their_words(name: str):
    document, _ = cut(name, HEADED[name])
    words = [document.text[heading.start : heading.end] for heading in document.headings]
    assert words == ["Top", "Lamp", "Empty", "Last"]
    assert document.title == "Top"


def headings_without_text(document: Document) -> list[str]:
    ends = [*(heading.start for heading in document.headings[1:]), len(document.text)]
    return [
        document.text[heading.start : heading.end]
        for heading, end in zip(document.headings, ends, strict=True)
        if not re.search(r"\w", document.text[heading.end : end])
    ]


@FORMATS
def test_passages_are_spans_between_headings(name: str):
    document, passages = cut(name, HEADED[name])
    assert len(passages) > 3
    reached = 0
    for passage in passages:
        assert passage.text == document.text[passage.start : passage.end] == passage.text.strip()
        assert 0 < len(passage.text) <= MAX_PASSAGE_CHARACTERS
        assert passage.start >= reached
        reached = passage.end
        if passage.text in headings_without_text(document):  # a heading without text below it
            assert passage.heading == ""
            continue
        assert not any(h.start < passage.end and passage.start < h.end for h in document.headings)
        above = [h for h in document.headings if h.end <= passage.start]
        assert passage.heading == document.text[above[-1].start : above[-1].end]
        assert passage.title == "Top"
        assert re.search(r"^\s*([*=#-])\1*\s*$", passage.text, re.MULTILINE) is None  # without its underline


@FORMATS
def test_no_word_outside_headings_is_lost(name: str):
    document, passages = cut(name, HEADED[name])
    rest = document.text
    for heading in reversed(document.headings):
        if document.text[heading.start : heading.end] not in headings_without_text(document):
            rest = rest[: heading.start] + rest[heading.end :]
    assert re.findall(r"\w", rest) == re.findall(r"\w", "".join(passage.text for passage in passages))


@FORMATS
def test_a_heading_without_text_below_it_is_a_passage(name: str):
    _, passages = cut(name, HEADED[name])
    assert "Empty" in [passage.text for passage in passages]
    assert not any(passage.heading == "Empty" for passage in passages)


def test_short_paragraphs_are_packed_and_large_ones_kept_whole():
    paragraphs = ["One short one.", "Another.", "word " * 154, "The end."]
    _, passages = cut("a.txt", "\n\n".join(paragraphs))
    assert [passage.text for passage in passages] == [
        f"One short one.\n\nAnother.\n\n{paragraphs[2].strip()}",
        "The end.",
    ]


def test_long_paragraphs_are_cut_after_a_sentence():
    _, passages = cut("a.txt", LONG)
    assert len(passages) > 1
    assert all(passage.text[-1] in ".!?…" for passage in passages)


def test_lists_are_cut_between_lines():
    _, passages = cut("a.txt", LINES)
    assert len(passages) > 1
    assert all(passage.text.startswith("line") and passage.text.endswith("end") for passage in passages)


@pytest.mark.parametrize("space", [" ", "\n"])
def test_a_long_sentence_stays_whole(space: str):
    clause = f"the tenant{space}of the pier waives and abandons each of the claims,{space}"
    text = f"It is so. To the extent of the law {clause * 20}and this is all. Nobody objects to it."
    _, passages = cut("a.txt", text)
    assert any(passage.text.endswith("and this is all.") and "It is so" in passage.text for passage in passages)
    _, passages = cut("a.txt", f"It goes {clause * 20}and on")
    assert max(len(passage.text) for passage in passages) <= MAX_PASSAGE_CHARACTERS


def test_words_without_space_are_cut_hard():
    _, passages = cut("a.txt", "x" * 2000)
    assert [len(passage.text) for passage in passages] == [800, 800, 400]


def test_a_line_that_leads_on_goes_with_what_follows():
    _, passages = cut("a.txt", f"{'word ' * 150}\n\nLike this:\n\n{'code ' * 30}")
    assert [passage.text[:10] for passage in passages] == ["word word ", "Like this:"]


def test_rows_of_dashes_are_no_passages():
    _, passages = cut("a.txt", "-----\n\n*  *  *\n")
    assert passages == []
