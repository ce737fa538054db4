"""What holds for every format: the same words are read from it, and they are found where they stand."""

import gzip
from itertools import pairwise
from pathlib import PurePosixPath

import pytest

from outlast.evidence.locating import locate
from outlast.evidence.locators import heading_at, part_range
from outlast.evidence.prose import is_prose
from outlast.evidence.sentences import split_sentences
from outlast.evidence.sources import Quote
from outlast.tools.documents.document import Document, Unreadable
from outlast.tools.documents.reading import describe_readable_kinds, extractors, read_document, suffixes
from tests.tools.documents.every_format import CHAPTERS, EVERY, QUOTES, TITLE

NAMES = [*EVERY, *(f"{name}.gz" for name in EVERY)]


def read(name: str) -> Document:
    content = EVERY[name.removesuffix(".gz")]()
    return read_document(f"folder/{name}", gzip.compress(content) if name.endswith(".gz") else content)


def spoken(document: Document) -> list[str]:
    """The sentences of prose, with white space and hyphens at lines' ends evened out."""
    parts = (document.text[start:end] for start, end in split_sentences(document.text))
    return [" ".join(part.split()) for part in parts if is_prose(part)]


@pytest.mark.parametrize("name", NAMES)
def test_headings_are_spans_of_the_text(name: str) -> None:
    document = read(name)
    for heading in document.headings:
        words = document.text[heading.start : heading.end]
        assert words == words.strip() != ""
        assert heading.level >= 1
    assert all(a.end <= b.start for a, b in pairwise(document.headings))


@pytest.mark.parametrize("name", NAMES)
def test_places_ascend_within_the_text(name: str) -> None:
    places = read(name).places
    if places is not None:
        assert all(a <= b for a, b in pairwise(places.starts))
        assert places.starts[0] >= 0
        assert places.starts[-1] <= len(read(name).text)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(("heading", "quote"), QUOTES)
def test_a_quote_is_found_below_its_heading(name: str, heading: str, quote: str) -> None:
    document = read(name)
    span = locate(document.text, quote)
    assert span is not None
    if document.headings:
        assert heading_at(document.headings, document.text, span[0]) == heading
    else:
        assert f"Chapter: {heading}; Text: {quote[:10]}"[:20] in document.text  # each row says its column


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("manual.pdf", ["page 5", "pages 3-4", "page 7"]),
        ("manual.csv", ["row 6", "row 3", "row 9"]),
        ("manual.ipynb", ["cell 5", "cell 3", "cell 7"]),
    ],
)
def test_a_quote_is_found_at_its_place(name: str, parts: list[str]) -> None:
    document = read(name)
    assert document.places is not None
    for (_, quote), part in zip(QUOTES, parts, strict=True):
        start, end = locate(document.text, quote) or (0, 0)
        assert part_range(document.places, Quote(snapshot="", start=start, end=end, text=quote)) == part


@pytest.mark.parametrize("name", [name for name in EVERY if not name.endswith(".csv")])
def test_the_same_manual_says_the_same_sentences(name: str) -> None:
    said = spoken(read(name))
    wanted = [
        sentence
        for chapter in CHAPTERS
        for text in (*chapter.paragraphs, *chapter.items)
        for start, end in split_sentences(text)
        if is_prose(sentence := text[start:end])
    ]
    assert len(wanted) > 9
    assert said == wanted


@pytest.mark.parametrize("name", [name for name in EVERY if not name.endswith(".csv")])
def test_the_same_manual_has_the_same_headings(name: str) -> None:
    document = read(name)
    found = [document.text[heading.start : heading.end] for heading in document.headings]
    assert [words for words in found if words != TITLE] == [chapter.heading for chapter in CHAPTERS]
    assert document.title == TITLE


@pytest.mark.parametrize("name", NAMES)
def test_a_file_cut_off_anywhere_is_read_or_refused(name: str) -> None:
    content = EVERY[name.removesuffix(".gz")]()
    whole = gzip.compress(content) if name.endswith(".gz") else content
    for tenth in range(10):
        for part in (whole[: len(whole) * tenth // 10], whole[len(whole) * tenth // 10 + 1 :], damaged(whole, tenth)):
            read_or_refused(name, part)


def read_or_refused(name: str, content: bytes) -> None:
    said = ""
    try:
        said = read_document(name, content).text
    except Unreadable as error:
        reason = str(error)
    else:
        reason = "it was read"
    assert reason
    assert "\n" not in reason
    said.encode()  # no half of a surrogate pair
    assert "\0" not in said


def damaged(content: bytes, tenth: int) -> bytes:
    at = len(content) * tenth // 10
    return content[:at] + b"\x00\xff<&\x80"[: len(content) - at] + content[at + 5 :]


TESTED_ELSEWHERE = frozenset(
    """
    .adoc .asciidoc .atom .bib .canvas .cfg .dbk .dita .doc .docbook .docm .dotm .dotx .emlx .fb2 .fodp .fods .fodt
    .htm .ics .ini .json .jsonl .log .ltx .man .markdown .mbox .mdx .mht .mhtml .msg .nbib .ndjson .nxml .odg .odp
    .ods .odt .opml .org .otp .ots .ott .potm .potx .ppsm .ppsx .ppt .pptm .pptx .qmd .ris .rmd .rss .rtf .srt .tar
    .tbz .tbz2 .tei .tex .text .tgz .tnef .toml .tsv .vtt .xhtml .xls .xlsm .xlsx .xltm .xltx .xml .txz .yaml .yml .zip
    """.split()
)
"""Other names for the same reader, and kinds of which each has tests of its own."""


@pytest.mark.parametrize("suffix", suffixes())
def test_nothing_is_said_to_be_nothing(suffix: str) -> None:
    with pytest.raises(Unreadable):
        read_document(f"a{suffix}", b"")
    with pytest.raises(Unreadable):
        read_document(f"a{suffix}.gz", b"")


def test_every_reader_is_tested_here() -> None:
    assert {PurePosixPath(name).suffix for name in EVERY} == set(suffixes()) - TESTED_ELSEWHERE
    assert {read(name).extractor for name in EVERY} <= set(extractors())
    common = describe_readable_kinds().partition(", and")[0].split(", ")[:-1]
    assert set(common) <= suffixes().keys()
    assert f"{len(suffixes()) - len(common)} other kinds" in describe_readable_kinds()
