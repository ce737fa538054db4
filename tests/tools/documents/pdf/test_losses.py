"""Every word on the pages of a PDF is in its text, or in the ledger of what the text has not."""

import re

import pytest

from outlast.evidence.losses import LossKind
from outlast.tools.documents.document import Document
from outlast.tools.documents.reading import read_document
from tests.tools.documents.pdf.paper import Added, Drawing, Item, Words, column, pdf

TIDE = "The tide turns twice a day, and the ferry sails an hour after it."
WHOLE_PAGE = Drawing("612 0 0 792 0 0 cm /Scan Do")


def read(*pages: list[Item]) -> Document:
    return read_document("folder/paper.pdf", pdf(pages))


def losses(document: Document) -> list[tuple[LossKind, str, int | None]]:
    return [(loss.kind, loss.place, loss.words) for loss in document.losses]


@pytest.mark.parametrize(
    "hidden",
    [
        Words(72, 500, "three hidden words", color="1 1 1"),
        Words(72, 500, "three hidden words", color=".99 .99 1"),
        Words(72, 500, "three hidden words", mode=3),
        Words(72, 500, "three hidden words", 1),
        Words(-300, 500, "three hidden words"),
        Words(72, 900, "three hidden words"),
        Words(200, 700, "three hidden words", color="1 1 1"),
        Words(72, 500, "three hidden words", layer="Off"),
    ],
)
def test_text_that_nobody_sees_is_in_the_ledger(hidden: Words):
    document = read([Words(72, 700, "Seen is this alone."), hidden, *column(TIDE, y=650)])
    assert document.text == f"Seen is this alone.\n\n{TIDE}"
    assert losses(document) == [(LossKind.HIDDEN, "page 1", 3)]


@pytest.mark.parametrize(
    "cover", ["0 0 0 rg 60 490 300 30 re f", "1 1 1 rg 60 490 300 30 re f", "300 0 0 30 60 490 cm /Scan Do"]
)
def test_text_under_something_that_covers_it_is_in_the_ledger(cover: str):
    document = read([*column(TIDE), Words(72, 500, "three hidden words"), Drawing(cover), Words(72, 400, "Seen.")])
    assert document.text == f"{TIDE}\n\nSeen."
    assert (LossKind.HIDDEN, "page 1", 3) in losses(document)


def test_only_the_words_under_a_black_bar_are_left_out():
    bar = Drawing("0 0 0 rg 90 495 82 14 re f")
    document = read([*column(TIDE), Words(72, 500, "Mr Elias Marsh Senior is the owner.", font="fixed"), bar])
    assert document.text == f"{TIDE}\n\nMr Senior is the owner."
    assert losses(document) == [(LossKind.HIDDEN, "page 1", 2)]


@pytest.mark.parametrize(
    "over", ["1 1 0 rg 60 490 300 5 re f", "0 0 1 RG 60 490 300 30 re S", "0 0 0 rg 60 510 300 30 re f"]
)
def test_text_that_something_touches_is_seen(over: str):
    document = read([*column(TIDE), Words(72, 500, "These words are seen."), Drawing(over)])
    assert document.text == f"{TIDE}\n\nThese words are seen."
    assert document.losses == ()


def test_text_on_a_layer_that_is_shown_is_seen():
    assert read([*column(TIDE), Words(72, 500, "On a layer.", layer="Shown")]).text == f"{TIDE}\n\nOn a layer."


@pytest.mark.parametrize("strips", [1, 8])
def test_text_that_was_recognized_may_stand_under_the_pictures_of_a_scan(strips: int):
    height = 792 // strips
    scan = [Drawing(f"612 0 0 {height} 0 {height * number} cm /Scan Do") for number in range(strips)]
    assert read([*column(TIDE), *scan]).text == TIDE


def test_pictures_beside_text_are_named():
    picture, sign = Drawing("200 0 0 100 72 300 cm /Scan Do"), Drawing("10 0 0 10 72 200 cm /Scan Do")
    document = read([*column(TIDE), picture, sign], [*column(f"2 {TIDE}"), sign])
    assert losses(document) == [(LossKind.PICTURE, "page 1", None)]


def test_white_text_on_a_dark_ground_is_seen():
    ground = Drawing("0 0 .5 rg 60 490 300 30 re f")
    document = read([ground, *column(TIDE), Words(72, 500, "White words on blue", color="1 1 1")])
    assert document.text == f"{TIDE}\n\nWhite words on blue"
    assert document.losses == ()


def test_text_that_was_recognized_in_a_scan_is_read():
    recognized = [Words(line.x, line.y, line.text, mode=3) for line in column(f"{TIDE} {TIDE}")]
    document = read([WHOLE_PAGE, *recognized])
    assert document.text == f"{TIDE} {TIDE}"
    assert document.losses == ()


def test_pages_without_text_are_named():
    stamped: list[Item] = [WHOLE_PAGE, Words(300, 40, "Fax 5 of 6")]
    document = read([*column(TIDE)], [WHOLE_PAGE], [], [Drawing("100 100 50 1 re f")], stamped)
    assert document.text == f"{TIDE}\n\nFax 5 of 6"
    assert losses(document) == [(LossKind.SCAN, "page 2", None), (LossKind.SCAN, "page 5", None)]


def test_a_damaged_page_is_named():
    content = pdf([column(f"{number} {TIDE}") for number in range(3)])
    kids = content[content.index(b"/Kids[") :]
    second = kids.split(b" 0 R")[1]
    document = read_document("a.pdf", content.replace(second + b" 0 R", b" 0".rjust(len(second)) + b" 0 R"))
    assert document.text == f"0 {TIDE}\n\n2 {TIDE}"
    assert losses(document) == [(LossKind.DAMAGED, "page 2", None)]


def test_a_watermark_is_kept_once_and_stands_between_no_sentences():
    texts = [f"{number} {TIDE} {TIDE}" for number in range(3)]
    pages: list[list[Item]] = []
    for text in texts:
        first, *others = column(text, letters=60)
        pages.append([first, Words(150, 400, "DRAFT ONLY", 60, angle=45, color=".8 .8 .8"), *others])
    document = read(*pages)
    assert document.text == "\n\n".join([texts[0], "DRAFT ONLY", *texts[1:]])
    assert losses(document) == [(LossKind.REPEATED, "pages 2 to 3", 4)]


@pytest.mark.parametrize("height", [661, 672, 680])
def test_a_level_watermark_stands_between_no_sentences(height: float):
    lines = column(f"{TIDE} {TIDE} {TIDE}", letters=60)
    large = Words(72, height, "DRAFT ONLY", 60, color=".9 .9 .9")
    assert read([*lines[:2], large, *lines[2:]]).text == f"{TIDE} {TIDE} {TIDE}\n\nDRAFT ONLY"


def test_each_marked_word_is_in_the_text_or_in_the_ledger():
    """Words are marked w1, w2, ...; what is left out of the text must be as many words as the ledger counts."""
    dots = " . " * 30
    contents: list[Item] = [Words(72, 700, "w1"), *(Words(72, 670 - 15 * n, f"w{2 + n}{dots}{n}") for n in range(6))]
    pages: list[list[Item]] = [contents]
    for number in range(4):
        mark = f"w{10 + number}"
        pages.append(
            [
                Words(72, 760, "w20 w21"),  # a header, on four pages
                Words(72, 700, f"{mark}0 is at the top of the page, and {mark}1 is in its first"),
                Words(72, 686, f"line of text, before {mark}2"),
                Words(250, 690, "7", 6),
                Words(72, 650, f"{mark}3 | {mark}4", 11, "fixed"),
                Words(72, 600, f"{mark}5", color="1 1 1"),
                Words(20, 300, f"{mark}6", upwards=True),
                Words(300, 400, f"{mark}7", 50, angle=45),
                Words(72, 560, f"{mark}8"),
                Added("Widget", (150, 555, 300, 572), f"/FT/Tx/T(f{number})/V({mark}9)"),
                Added("FreeText", (72, 500, 300, 520), f"/Contents({mark}n)"),
                Added("Stamp", (72, 450, 300, 480), "", f"BT /text 11 Tf 2 10 Td ({mark}s) Tj ET"),
                Added("FreeText", (72, 500, 300, 520), f"/F 2/Contents({mark}h)"),
                Words(72, 90, f"7 The note below says {mark}f.", 8),
                Words(300, 30, f"{number + 2}"),
            ]
        )
    document = read(*pages)
    seen = re.findall(r"w\d+\w?", document.text)
    all_marks = [f"w{n}" for n in range(1, 8)] + ["w20", "w21"] * 4
    all_marks += [f"w{10 + page}{each}" for page in range(4) for each in "0123456789nshf"]
    left_out = sorted(set(all_marks) - set(seen))
    assert left_out == sorted(
        [f"w{n}" for n in range(1, 8)] + [f"w{10 + page}{each}" for page in range(4) for each in "5h"]
    )
    assert losses(document) == [
        (LossKind.NAVIGATION, "page 1", 1 + 6 * 2),  # each entry with its number
        *((LossKind.HIDDEN, f"page {page}", 2) for page in range(2, 6)),
        (LossKind.REPEATED, "pages 2 to 5", 3 * 2 + 4),  # the header on three pages, and four page numbers
    ]
    assert len(seen) == len(set(seen)), "a word is there twice"
