"""The order of reading, and letters that stand higher, lower, twice, or from right to left."""

from textwrap import wrap

import pytest

from outlast.evidence.losses import LossKind
from outlast.tools.documents.document import Document
from outlast.tools.documents.reading import read_document
from tests.tools.documents.pdf.paper import Drawing, Item, Words, column, pdf

TIDE = "The tide turns twice a day, and the ferry sails an hour after it."
LAMP = "The lamp is lit at dusk by whoever has the watch, and the hour is written into the log."
STONE = "The tower was built of grey stone from the quarry on the hill."
TEXTS = (f"{TIDE} {STONE} {LAMP}", f"Owls breed there. {LAMP} {TIDE} {STONE}.", f"Swifts too. {STONE} {TIDE} {LAMP}")


def read(items: list[Item], rotate: int = 0) -> Document:
    return read_document("folder/paper.pdf", pdf([items], rotate=rotate))


def shown(operators: str) -> str:
    return read([Drawing(f"BT /text 11 Tf 72 700 Td {operators} ET")]).text


def script(text: str, rise: float, size: float = 7) -> str:
    return f"{rise} Ts /text {size} Tf ({text}) Tj 0 Ts /text 11 Tf"


@pytest.mark.parametrize("size", [7, 11])
@pytest.mark.parametrize(
    ("before", "raised", "after", "text"),
    [
        ("The culture held 10", "6", " cells.", "The culture held 10^6 cells."),
        ("It covers 250 km", "2", " and drains north.", "It covers 250 km^2 and drains north."),
        ("The tank holds 40 m", "3", ".", "The tank holds 40 m^3."),
        ("The constant is 3.2 x 10", "-4", " per second.", "The constant is 3.2 x 10^-4 per second."),
        ("It falls at 10 s", "-1", " and more.", "It falls at 10 s^-1 and more."),
        ("E = mc", "2", "", "E = mc^2"),
        ("The sum of x", "n+1", " is known.", "The sum of x^(n+1) is known."),
        ("On the 21", "st", " day.", "On the 21st day."),
        ("An old survey", "12", " says otherwise.", "An old survey [12] says otherwise."),
        ("An old survey", "*", " says otherwise.", "An old survey [*] says otherwise."),
    ],
)
def test_raised_text_is_told_from_the_text_before_it(before: str, raised: str, after: str, text: str, size: float):
    assert shown(f"({before}) Tj {script(raised, 5, size)} ({after}) Tj") == text


@pytest.mark.parametrize("size", [7, 11])
@pytest.mark.parametrize(
    ("before", "lowered", "after", "text"),
    [
        ("Of H", "2", "O alone.", "Of H2O alone."),
        ("Of CO", "2", " in air.", "Of CO2 in air."),
        ("The pressure p", "i", " falls.", "The pressure p_i falls."),
    ],
)
def test_lowered_text_is_written_as_people_write_it(before: str, lowered: str, after: str, text: str, size: float):
    assert shown(f"({before}) Tj {script(lowered, -3, size)} ({after}) Tj") == text


def test_the_name_of_tex_is_one_word():
    operators = "(It is set in L) Tj 2 Ts /text 8 Tf (A) Tj 0 Ts /text 11 Tf (T) Tj -2.5 Ts (E) Tj 0 Ts (X alone.) Tj"
    assert shown(operators) == "It is set in LATEX alone."


def by_row(columns: list[list[str]], step: float) -> list[Item]:
    rows = list(zip(*columns, strict=False))
    return [
        Words(60 + step * number, 700 - 12 * row, line, 10)
        for row, lines in enumerate(rows)
        for number, line in enumerate(lines)
    ]


@pytest.mark.parametrize(("letters", "step", "count"), [(44, 205, 2), (28, 132, 3), (28, 150, 3), (36, 200, 2)])
def test_columns_that_are_written_row_by_row_are_read_one_after_the_other(letters: int, step: float, count: int):
    columns = [wrap(text, letters) for text in TEXTS[:count]]
    title = Words(60, 740, "A title that spans all of the columns of this page, from left to right", 10)
    rows = min(map(len, columns))
    text = " ".join(read([title, *by_row(columns, step)]).text.split())
    assert text == " ".join([title.text, *(line for lines in columns for line in lines[:rows])])


def test_a_table_of_long_cells_is_read_by_rows():
    rows = [
        ("Signal name given", "What the keeper means", "When it is to be seen"),
        ("Long light by night", "The harbour is open", "In most of the nights"),
        ("Short light by night", "Wait outside for a while", "Seldom in the summer"),
        ("None of the lights", "There is fog on the sea", "Nearly every autumn"),
        ("A red flag by day", "No ship may come in", "When the wind is high"),
        ("A blue flag by day", "The pilot is on board", "In the early morning"),
        ("Two flags by the day", "The pilot is at home", "On most of the days"),
    ]
    assert read(by_row([list(cells) for cells in zip(*rows, strict=True)], 160)).text == "\n".join(
        map(" | ".join, rows)
    )


@pytest.mark.parametrize("angle", [0, 90, 180, 270])
@pytest.mark.parametrize("rotate", [0, 90])
def test_a_turned_page_is_read_from_its_first_line_to_its_last(angle: int, rotate: int):
    places = {0: (72, 700, 0, -13), 90: (100, 72, 13, 0), 180: (540, 100, 0, 13), 270: (500, 700, -13, 0)}
    x, y, right, up = places[angle]
    lines = wrap(f"{TIDE} {LAMP} {STONE}", 60)
    turned: list[Item] = [
        Words(x + right * number, y + up * number, line, angle=angle) for number, line in enumerate(lines)
    ]
    assert read(turned, rotate).text == f"{TIDE} {LAMP} {STONE}"


PROSE = " ".join([TIDE, LAMP.rstrip("."), STONE] * 4)


@pytest.mark.parametrize("place", ["before", "behind", "first", "last"])
@pytest.mark.parametrize("step", [1, 5])
def test_numbers_of_lines_are_left_out(place: str, step: int):
    lines = column(PROSE, letters=45)
    x = 400 if place == "behind" else 48
    numbers = [Words(x, line.y, str(number), 8) for number, line in enumerate(lines, start=1) if not number % step]
    both: list[Item] = [*numbers, *lines] if place == "first" else [*lines, *numbers]
    if place in ("before", "behind"):
        both = sorted([*numbers, *lines], key=lambda words: (-words.y, words.x))  # type: ignore[assignment] - a list of Words is a list of items
    document = read(both)
    assert " ".join(document.text.split()) == PROSE
    assert sum(loss.words or 0 for loss in document.losses) == len(numbers)


def test_numbers_of_paragraphs_and_of_items_are_kept():
    paragraphs: list[Item] = []
    for number in range(6):
        paragraphs += [Words(48, 700 - 60 * number, f"{number + 1}")]
        paragraphs += column(f"{TIDE} {LAMP}", y=700 - 60 * number, letters=45)
    text = read(paragraphs).text
    assert all(f"{number + 1} {TIDE}" in text for number in range(6))


@pytest.mark.parametrize("offset", [(0.3, 0.0), (0.0, 0.3), (0.4, 0.4)])
def test_letters_that_are_drawn_twice_are_read_once(offset: tuple[float, float]):
    lines = column(f"{TIDE} {LAMP}", letters=60)
    copies = [Words(line.x + offset[0], line.y + offset[1], line.text) for line in lines]
    at_once: list[Item] = [words for pair in zip(lines, copies, strict=True) for words in pair]
    assert read(at_once).text == f"{TIDE} {LAMP}"
    assert read([*lines, *copies]).text == f"{TIDE} {LAMP}"


def test_a_form_to_be_filled_in_by_hand_is_no_contents_list():
    page: list[Item] = [
        Words(72, 700, "Name: ______________________________"),
        Words(72, 680, "Date: .............................."),
    ]
    text = " ".join(read(page).text.split())
    assert text == "Name: ______________________________ Date: .............................."


@pytest.mark.parametrize("rotate", [0, 90, 180, 270])
@pytest.mark.parametrize("lines", [2, 5])
def test_lines_of_a_turned_page_are_read_from_its_top(rotate: int, lines: int):
    texts = [f"{number} The tide turns twice a day here." for number in range(lines)]
    assert read([Words(72, 700 - 13 * n, text) for n, text in enumerate(texts)], rotate).text == " ".join(texts)


def test_an_empty_cell_keeps_its_place():
    table = (("Harbour", "Summer", "Winter"), ("Norby", "12", ""), ("Sund", "", "9"), ("Lund", "14", "11"))
    items: list[Item] = [
        Words(72 + 120 * column, 700 - 16 * row, text)
        for row, cells in enumerate(table)
        for column, text in enumerate(cells)
        if text
    ]
    document = read([Words(72, 740, "The fees of the harbours are these."), *items])
    assert document.text == (
        "The fees of the harbours are these.\n\nHarbour | Summer | Winter\nNorby | 12 | \nSund |  | 9\nLund | 14 | 11"
    )
    (found,) = document.tables
    assert document.text[found.start : found.end].startswith("Harbour")
    assert [document.text[start:end] for start, end in found.headers] == ["Harbour | Summer | Winter"]


def test_prices_after_dots_are_rows_and_no_contents_list():
    prices = [("Kayak", "340"), ("Dinghy", "1200"), ("Sloop", "9050"), ("Lifejacket", "45"), ("Paddle", "30")]
    listed = [
        Words(72, 700 - 20 * place, f"{name} {'.' * (50 - len(name))} {price}")
        for place, (name, price) in enumerate(prices)
    ]
    document = read_document("prices.pdf", pdf([[Words(72, 740, "Prices of the yard"), *listed]]))
    assert document.text == "Prices of the yard\n\n" + "\n".join(f"{name} | {price}" for name, price in prices)
    [table] = document.tables
    assert document.text[table.start : table.end].startswith("Kayak | 340")


def test_a_contents_list_names_pages_that_rise():
    entries = [("Rope", 1), ("Mast", 1), ("Keel", 2), ("Oars", 2), ("Lamp", 3)]
    listed = [
        Words(72, 700 - 20 * place, f"{name} {'.' * (50 - len(name))} {page}")
        for place, (name, page) in enumerate(entries)
    ]
    told = [column(f"{name} is kept dry, and everything about it stands on this page.") for name, _ in entries]
    document = read_document("manual.pdf", pdf([listed, *told]))
    assert "...." not in document.text
    assert "|" not in document.text
    assert [loss.kind for loss in document.losses] == [LossKind.NAVIGATION]


def test_sentences_in_larger_type_than_a_table_are_no_heading():
    told = "Berthing is free for three hours. Rescue boats pay nothing."
    rows = [
        Words(72 + 150 * column_, 600 - 12 * row, f"{row} m of boat", 8) for row in range(30) for column_ in range(3)
    ]
    document = read_document("tariff.pdf", pdf([[Words(72, 740, "Harbour dues", 18), Words(72, 700, told, 12), *rows]]))
    headings = [document.text[heading.start : heading.end] for heading in document.headings]
    assert headings == ["Harbour dues"]
    assert told in document.text
