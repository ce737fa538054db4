"""Texts of PDFs. The PDFs are written word by word, so that each holds only what its test is about."""

import pytest

from outlast.evidence.losses import LossKind
from outlast.tools.documents.document import Document, Unreadable
from outlast.tools.documents.pdf import reader
from outlast.tools.documents.reading import read_document
from tests.tools.documents.pdf.paper import Drawing, Entry, Words, column, pdf

TIDE = "The tide turns twice a day, and the ferry sails an hour after it."
LAMP = "The lamp is lit at dusk by whoever has the watch, and the hour is written into the log."
WEB_PAGE = "a web page, such as a page that asks to log in: download the document again"
STONE = "The tower was built of grey stone from the quarry on the hill."


def read(pages: list[list[Words]], **more) -> Document:
    return read_document("folder/paper.pdf", pdf(pages, **more))


def headings(document: Document) -> list[tuple[int, str]]:
    return [(heading.level, document.text[heading.start : heading.end]) for heading in document.headings]


def test_lines_become_paragraphs():
    page = [*column(f"{TIDE} {LAMP}", letters=40), *column(STONE, y=620, letters=40)]
    assert read([page]).text == f"{TIDE} {LAMP}\n\n{STONE}"


def test_a_first_line_that_is_indented_begins_a_paragraph():
    first, second = column(f"{TIDE} {LAMP}", letters=52), column(f"{STONE} {TIDE}", y=660.4, letters=52)
    second[0] = Words(second[0].x + 15, second[0].y, second[0].text)
    assert read([[*first, *second]]).text == f"{TIDE} {LAMP}\n\n{STONE} {TIDE}"


def losses(document: Document) -> list[tuple[LossKind, str, int | None]]:
    return [(loss.kind, loss.place, loss.words) for loss in document.losses]


def test_each_running_header_is_kept_once_and_page_numbers_are_left_out():
    pages = [
        [
            Words(72, 750, f"Chapter {number // 3}: Tides and Lamps"),
            Words(500, 750, str(number)),
            *column(f"Page {number} says this. {TIDE} {LAMP}"),
            Words(300, 30, f"- {number} -"),
        ]
        for number in range(9)
    ]
    document = read(pages)
    assert [document.text.count(f"Chapter {number}: Tides and Lamps") for number in range(3)] == [1, 1, 1]
    assert "- 3 -" not in document.text
    assert all(f"Page {number} says this." in document.text for number in range(9))
    # 18 page numbers, and 5 words of each header on the two pages on which it is repeated
    assert losses(document) == [(LossKind.REPEATED, "pages 1 to 9", 18 + 6 * 5)]


def test_a_header_that_changes_stands_where_headers_stand():
    names = ["Tides"] * 6 + ["Lamps", "Stones"]
    pages = [[Words(72, 750, name), *column(f"{number} {TIDE} {LAMP}")] for number, name in enumerate(names)]
    document = read(pages)
    assert [document.text.count(f"{name}\n") for name in ("Tides", "Lamps", "Stones")] == [1, 1, 1]
    assert losses(document) == [(LossKind.REPEATED, "pages 2 to 6", 5)]


@pytest.mark.parametrize("name", ["Invoice {}", "Report for {}", "{} Report", "Lesson {}", "No. {}", "§ {}"])
@pytest.mark.parametrize("first", [1, 1041, 1919])
def test_a_line_that_changes_by_page_is_content(name: str, first: int):
    lines = [name.format(number) for number in range(first, first + 6)]
    text = read([[Words(72, 750, line), *column(f"{TIDE} {LAMP}")] for line in lines]).text
    assert all(f"{line}\n" in text for line in lines)


@pytest.mark.parametrize("number", ["{}", "- {} -", "Page {}", "Page {} of 6", "{} / 6", "Seite {} von 6", "| {}"])
def test_page_numbers_are_no_words(number: str):
    texts = [f"In year {number}: {TIDE} {LAMP}" for number in range(1, 7)]
    pages = [[*column(text), Words(300, 40, number.format(page))] for page, text in enumerate(texts, start=1)]
    assert read(pages).text == "\n\n".join(texts)


def test_a_paragraph_goes_on_behind_the_header_of_its_next_page():
    first = [Words(72, 750, "Of Harbours"), *column("The harbour was closed because", y=300)]
    second = [Words(72, 750, "Of Ice"), *column(f"the ice had come early that year. {LAMP}")]
    others = [[Words(72, 750, "Of Harbours"), *column(TIDE)] for _ in range(3)]
    text = read([*others, first, second]).text
    assert f"The harbour was closed because the ice had come early that year. {LAMP}\n\nOf Ice" in text


def test_chapters_at_the_top_of_their_pages_are_no_running_headers():
    pages = [[Words(72, 750, f"{n}. Part {n}", 18, "bold"), *column(f"{TIDE} {LAMP}")] for n in range(1, 6)]
    assert headings(read(pages)) == [(1, f"{n}. Part {n}") for n in range(1, 6)]


def test_a_paragraph_goes_on_over_the_page_and_its_footnote():
    first = [
        *column("The harbour was closed because", y=300),
        Words(72, 80, "1 This note stands below, on the first page.", 8),
    ]
    second = column(f"the ice had come early that year. {LAMP}")
    document = read([[*column(TIDE), *first], [*second, *column(STONE, y=500)]])
    assert document.text == (
        f"{TIDE}\n\n[1] This note stands below, on the first page.\n\n"
        f"The harbour was closed because the ice had come early that year. {LAMP}\n\n{STONE}"
    )
    assert document.places is not None
    assert document.text[document.places.starts[1] :].startswith("the ice had come")


def test_the_number_of_a_footnote_is_no_part_of_a_word():
    page = [Words(72, 700, "The quarry"), Words(127, 704, "12", 6), Words(138, 700, "is closed in the winter months.")]
    assert read([page]).text == "The quarry [12] is closed in the winter months."


@pytest.mark.parametrize(
    ("lines", "text"),
    [
        (["The ferry is unat-", "tended at night."], "The ferry is unattended at night."),
        (["A well-known ferry, and a well-", "known lamp."], "A well-known ferry, and a well-known lamp."),
        (["Under UTF-", "8 it is the same."], "Under UTF-8 it is the same."),
        (["The Anglo-", "Saxon tower is old."], "The Anglo-Saxon tower is old."),
        (["Ships sail west - or", "east - at noon."], "Ships sail west - or east - at noon."),
        (["It is set by FERRY_", "LIBS_USER at all times."], "It is set by FERRY_LIBS_USER at all times."),
        (
            ["See https://ferry.example/", "winter/ice-table.html for it."],
            "See https://ferry.example/winter/ice-table.html for it.",
        ),
        (["See https://ferry.example/", "for the rest."], "See https://ferry.example/ for the rest."),
        (["Nothing comes after this, so it is un-"], "Nothing comes after this, so it is un-"),
    ],
)
def test_words_that_are_cut_at_the_end_of_a_line(lines: list[str], text: str):
    assert read([[Words(72, 700 - 13 * number, line) for number, line in enumerate(lines)]]).text == text


def two_columns(left: str, right: str, *, by_row: bool) -> list[Words]:
    sides = [column(left, x=72, letters=36, size=10), column(right, x=320, letters=36, size=10)]
    if not by_row:
        return [*sides[0], *sides[1]]
    return [words for row in zip(*sides, strict=True) for words in row]


@pytest.mark.parametrize("by_row", [True, False])
def test_two_columns_are_read_one_after_the_other(by_row: bool):
    left = f"{TIDE} {LAMP} {STONE} Nothing else is known about the quarry and its"
    right = f"owners, who left the island. {STONE} {LAMP} {TIDE} So much for all the columns."
    title = Words(72, 740, "Tides, lamps and stones of the island, and of the sea around it, told in two columns", 10)
    document = read([[title, *two_columns(left, right, by_row=by_row)]])
    assert document.text == f"{title.text}\n\n{left} {right}"


def test_what_stands_side_by_side_in_short_is_a_table():
    rows = [
        ("Signal", "Meaning", "Seen"),
        ("long", "open", "often"),
        ("short", "wait", "seldom"),
        ("none", "fog", "no"),
    ]
    page = [Words(72 + 120 * n, 600 - 14 * r, cell) for r, row in enumerate(rows) for n, cell in enumerate(row)]
    assert read([[*column(TIDE), *page]]).text.endswith("\n".join(" | ".join(row) for row in rows))


def test_a_page_on_its_side_is_read_and_a_stamp_along_the_edge_comes_last():
    lines = column(f"{TIDE} {LAMP}", letters=60)
    turned = [Words(100 + 13 * number, 72, line.text, upwards=True) for number, line in enumerate(lines)]
    assert read([turned]).text == f"{TIDE} {LAMP}"
    stamp = Words(20, 200, "received on a Tuesday", 20, upwards=True)
    assert read([[stamp, *lines]]).text == f"{TIDE} {LAMP}\n\n{stamp.text}"


def test_listings_keep_their_lines():
    code = ["def light(hour):", "    if hour > 18:", "        lamp.on()"]
    page = [*column(TIDE), *(Words(72, 640 - 12 * n, line, 10, "fixed") for n, line in enumerate(code))]
    assert read([page]).text == "\n".join([f"{TIDE}\n", *code])


def test_items_of_lists_are_lines_of_their_own():
    page = [
        Words(72, 700, "Before sunset:"),
        Words(84, 686, "1. close the shutters of the western windows, which are"),
        Words(98, 672, "the old ones;"),
        Words(84, 658, "2. fill the lamp;"),
        Words(84, 644, "• and then rest."),
    ]
    assert read([page]).text.split("\n\n") == [
        "Before sunset:",
        "1. close the shutters of the western windows, which are the old ones;",
        "2. fill the lamp;",
        "• and then rest.",
    ]


def test_contents_lists_and_indexes_are_left_out():
    dots = " . " * 20
    contents = [
        Words(72, 700, "Contents", 16, "bold"),
        Words(72, 670, f"1 Tides{dots}2"),
        Words(72, 655, "1.1 A very long title that goes on and on until the line"),
        Words(72, 640, f"ends{dots}3"),
        *(Words(72, 625 - 15 * number, f"2.{number} Lamps{dots}{number + 5}") for number in range(6)),
    ]
    title = "A very long title that goes on and on until the line ends"
    text = f"Contents of all lamps and tides. {title}. {TIDE}"
    document = read([contents, column(text)])
    assert document.text == text
    assert document.places is not None
    assert document.places.starts == (0, 0)
    assert losses(document) == [(LossKind.NAVIGATION, "page 1", 37)]


def test_entries_whose_words_stand_nowhere_else_are_kept_for_an_index_names_what_a_heading_does_not():
    dots = " . " * 20
    index = [
        Words(72, 700, "Index", 16, "bold"),
        *(Words(72, 670 - 15 * number, f"hours{dots}{number + 1}") for number in range(4)),
        Words(72, 600, f"shipwreck, causes of{dots}1"),
        Words(72, 585, f"tides{dots}1"),
    ]
    document = read([column(f"{TIDE} Tides and hours."), index])
    assert document.text == f"{TIDE} Tides and hours.\n\nIndex\n\nshipwreck, causes of ... 1"
    assert document.places is not None
    assert document.places.starts == (0, document.text.index("Index"))
    assert losses(document) == [(LossKind.NAVIGATION, "page 2", 10)]


def test_an_accent_that_is_drawn_over_a_letter_belongs_to_it_and_one_beside_a_letter_does_not():
    over = Drawing("BT /text 11 Tf 72 700 Td [(Frau Br) 111 (\\250) 444 (oker asks Andr) 55 (\\264) 388 (e.)] TJ ET")
    beside = Words(72, 670, "It\u00b4s the keeper\u00b4s lamp, and it\u00b4s lit.")
    document = read([[over, beside]])
    assert document.text == "Frau Br\u00f6ker asks Andr\u00e9.\n\nIt\u00b4s the keeper\u00b4s lamp, and it\u00b4s lit."


def test_a_word_in_another_font_stands_apart_however_narrow_the_gap_and_a_part_of_a_word_does_not():
    roman = Words(72, 700, "The letter is for the tall")
    end = roman.x + 108.82  # where the words end in this font and size
    narrow = Words(end + 1.6, 700, "som keeper of the lamp", font="fixed")
    assert read([[roman, narrow]]).text == "The letter is for the tall som keeper of the lamp"
    part = Words(end, 700, "est keeper of the lamp", font="bold")
    assert read([[roman, part]]).text == "The letter is for the tallest keeper of the lamp"


def test_headings_by_the_outline():
    pages = [
        [Words(72, 700, "1  Tides"), *column(TIDE, y=670)],
        [Words(72, 700, "CHAPTER TWO"), Words(72, 686, "Lamps and"), Words(72, 672, "Lanterns"), *column(LAMP, y=640)],
    ]
    outline = [Entry("Tides", 1, 710), Entry("Lamps and Lanterns", 2, 700), Entry("Not on the page", 2, 600)]
    assert headings(read(pages, outline=outline)) == [(1, "1  Tides".replace("  ", " ")), (1, "Lamps and Lanterns")]


def test_headings_by_size_and_weight():
    body = [*column(f"{TIDE} {LAMP}", y=620), *column(f"{STONE} {LAMP}", y=560)]
    page = [
        Words(72, 740, "An Island", 22, "bold"),
        Words(72, 660, "Its Tides", 14, "bold"),
        Words(72, 645, "Noted", 11, "bold"),
        Words(110, 645, "is what follows."),
        *body,
        Words(72, 500, "In bold as well", 11, "bold"),
        *column(TIDE, y=486),
    ]
    document = read([page])
    assert headings(document) == [(1, "An Island"), (2, "Its Tides"), (3, "In bold as well")]
    assert document.title == "An Island"


@pytest.mark.parametrize(
    ("declared", "title"),
    [("Of Tides", "Of Tides"), ("tides.dvi", "Large"), ("Microsoft Word - a", "Large"), ("", "Large")],
)
def test_title(declared: str, title: str):
    assert read([[Words(72, 740, "Large", 20), *column(f"{TIDE} {LAMP}")]], title=declared).title == title


def test_without_any_title_it_is_the_name_of_the_file():
    assert read([column(TIDE)]).title == "paper"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (pdf([[], []]), "it has no text: it seems to be a scan"),
        (pdf([column(TIDE)], locked=True), "it is encrypted: save a copy that opens without a password"),
        (pdf([column(TIDE)])[:400], "it is not a PDF, or it is damaged or cut off"),
        (b"%PDF-1.4\n" + b"\0" * 1000, "it is not a PDF, or it is damaged or cut off"),
        (b"no pdf", "it is not a PDF, or it is damaged or cut off"),
        (b"<!DOCTYPE html><title>Log in", f"it is no PDF but {WEB_PAGE}"),
        (b"\xef\xbb\xbf\n<html><body>Log in", f"it is no PDF but {WEB_PAGE}"),
    ],
)
def test_why_it_cannot_be_read(content: bytes, reason: str):
    with pytest.raises(Unreadable, match=f"^{reason}$"):
        read_document("a.pdf", content)


def test_too_many_pages(monkeypatch):
    monkeypatch.setattr(reader, "MAX_PAGES", 3)
    assert read([column(TIDE)] * 3).text
    with pytest.raises(Unreadable, match="it has 4 pages, more than 3: split it"):
        read([column(TIDE)] * 4)


def test_a_page_that_is_damaged_costs_only_itself():
    content = pdf([column(TIDE), column(LAMP), column(STONE)])
    at = content.index(b"/Type/Page/", content.index(b"/Type/Page/") + 1)
    document = read_document("a.pdf", content[:at] + b"/Typo/Page/" + content[at + 11 :])
    assert TIDE in document.text
    assert STONE in document.text
    assert document.places is not None
    assert len(document.places.starts) == 3


def test_short_lines_of_letters_stay_lines_of_their_own():
    """Bills that were merged into one file: a value at the end of a page is not that of the next bill."""
    pages = [
        [
            Words(72, 700, f"Invoice {number}"),
            Words(72, 686, "Date: 1 March"),
            Words(72, 672, "Object: berth"),
            Words(72, 658, f"Amount due: {number}.20 EUR"),
        ]
        for number in (1042, 1043)
    ]
    text = read(pages).text
    assert "Amount due: 1042.20 EUR\n\nInvoice 1043" in text
    assert "Date: 1 March\n\nObject: berth\n\nAmount due: 1043.20 EUR" in text
