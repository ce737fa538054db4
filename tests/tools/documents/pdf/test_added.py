"""What people add to the pages of a PDF: values of forms, notes, stamps, files."""

import pytest

from outlast.evidence.losses import LossKind
from outlast.tools.documents.document import Document
from outlast.tools.documents.pdf import annotations
from outlast.tools.documents.reading import read_document
from tests.tools.documents.pdf.paper import Added, Item, Words, column, pdf

TIDE = "The tide turns twice a day, and the ferry sails an hour after it."
STONE = "The tower was built of grey stone from the quarry on the hill."
BOX = "/FT/Btn/V/{0}/AS/{0}/AP<</N<</Yes 1 0 R/Off 1 0 R>>>>"


def read(items: list[Item], attached: dict[str, bytes] | None = None) -> Document:
    return read_document("folder/paper.pdf", pdf([items], attached=attached))


def field(left: float, bottom: float, entries: str, *, right: float = 400, height: float = 17) -> Added:
    return Added("Widget", (left, bottom, right, bottom + height), entries)


@pytest.mark.parametrize(
    ("items", "text"),
    [
        ([Words(72, 700, "Vessel:"), field(200, 695, "/FT/Tx/T(a)/V(Grey Heron)")], "Vessel: Grey Heron"),
        (
            [
                Words(72, 700, "Length:"),
                field(200, 695, "/FT/Tx/T(a)/V(14.25)", right=260),
                Words(270, 700, "metres"),
            ],
            "Length: 14.25 metres",
        ),
        ([Words(72, 700, "Length:"), field(200, 695, "/FT/Tx/T(a)/V()")], "Length:"),
        ([field(200, 695, "/FT/Tx/T(vessel)/V(Grey Heron)")], "vessel: Grey Heron"),
        ([field(200, 695, "/FT/Tx/T(x7)/TU(Name of the vessel)/V(Grey Heron)")], "Name of the vessel: Grey Heron"),
        ([field(200, 695, "/FT/Tx/TU(Remarks)/V(none so far)")], "Remarks: none so far"),
        (
            [
                Words(72, 700, "Crew and guests"),
                field(200, 695, "/FT/Tx/T(a)/V(3)", right=230),
                field(240, 695, "/FT/Tx/T(b)/V(4)", right=270),
            ],
            "Crew and guests 3 | 4",
        ),
        (
            [Words(72, 700, "Home port"), field(72, 678, "/FT/Tx/T(a)/V(Norby)")],
            "Home port\n\nNorby",
        ),
        (
            [Words(72, 700, "Address:"), field(200, 680, "/FT/Tx/Ff 4096/T(a)/V(1 Quay\\rNorby)", height=30)],
            "Address: 1 Quay Norby",
        ),
        (
            [Words(72, 700, "Harbour:"), field(200, 695, "/FT/Ch/Ff 131072/T(a)/Opt[[(n)(Norby)][(s)(South)]]/V(s)")],
            "Harbour: South",
        ),
        ([Words(72, 700, "Word:"), field(200, 695, "/FT/Tx/Ff 8192/T(a)/V(secret)")], "Word: ******"),
        ([field(72, 698, BOX.format("Yes") + "/T(a)", right=84, height=12), Words(90, 700, "Insured")], "☒ Insured"),
        ([field(72, 698, BOX.format("Off") + "/T(a)", right=84, height=12), Words(90, 700, "Insured")], "☐ Insured"),
        ([Words(72, 700, "Insured"), field(150, 698, BOX.format("Yes") + "/T(a)", right=162, height=12)], "Insured ☒"),
    ],
)
def test_the_value_of_a_field_stands_after_its_label(items: list[Item], text: str):
    assert read(items).text == text


def test_values_stand_in_their_lines_on_a_full_page():
    document = read(
        [
            *column(TIDE, y=740),
            Words(72, 700, "Vessel:"),
            Words(72, 670, "Owner:"),
            *column(STONE, y=640),
            field(200, 665, "/FT/Tx/T(b)/V(Ada)"),
            field(200, 695, "/FT/Tx/T(a)/V(Grey Heron)"),
        ]
    )
    assert document.text == "\n\n".join([TIDE, "Vessel: Grey Heron", "Owner: Ada", STONE])


def test_text_typed_onto_a_page_stands_after_the_paragraph_beside_it():
    lines = column(f"{TIDE} {STONE}", letters=60)
    note = Added("FreeText", (400, 660, 560, 690), "/Contents(Correction: the crane\nfailed its inspection.)")
    document = read([*lines, note, *column(TIDE, y=600)])
    assert document.text == f"{TIDE} {STONE}\n\nCorrection: the crane failed its inspection.\n\n{TIDE}"


def test_a_remark_names_its_author():
    remark = Added("Text", (500, 690, 520, 710), "/Contents(Is this so?)/T(Ada)")
    marked = Added("Highlight", (72, 690, 200, 710), "/Contents(Too short)/QuadPoints[72 710 200 710 72 690 200 690]")
    assert read([*column(TIDE), remark, marked]).text == f"{TIDE}\n\n[Note: Too short]\n\n[Note by Ada: Is this so?]"


@pytest.mark.parametrize("kind", ["Stamp", "FreeText", "Widget"])
def test_what_only_a_drawing_says_is_read(kind: str):
    entries = "/FT/Sig/T(signature)" if kind == "Widget" else ""
    drawn = Added(kind, (72, 500, 300, 530), entries, "BT /text 11 Tf 2 10 Td (Approved by Ada in March) Tj ET")
    assert read([*column(TIDE), drawn]).text == f"{TIDE}\n\nApproved by Ada in March"


def test_links_say_nothing_and_hidden_notes_are_in_the_ledger():
    link = Added("Link", (72, 690, 200, 710), "/Contents(not shown)/A<</S/URI/URI(https://ferry.example)>>")
    hidden = Added("FreeText", (72, 500, 300, 530), "/F 2/Contents(three hidden words)")
    secret = field(72, 400, "/FT/Tx/T(a)/F 2/V(two words)")
    document = read([*column(TIDE), link, hidden, secret])
    assert document.text == TIDE
    assert [(loss.kind, loss.place, loss.words) for loss in document.losses] == [(LossKind.HIDDEN, "page 1", 5)]


def test_more_notes_than_are_read_are_in_the_ledger(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(annotations, "MAX_ANNOTATIONS", 2)
    notes = [Added("FreeText", (72, 500 - 20 * n, 300, 515 - 20 * n), f"/Contents(note {n})") for n in range(3)]
    document = read([*column(TIDE), *notes])
    assert document.text == f"{TIDE}\n\nnote 0\n\nnote 1"
    assert [(loss.kind, loss.place) for loss in document.losses] == [(LossKind.UNREAD, "page 1")]


def test_files_inside_are_documents_of_their_own():
    document = read([*column(TIDE)], attached={"notes.txt": STONE.encode(), "chart.bin": b"\0"})
    notes, chart = sorted(document.children, key=lambda child: child.name, reverse=True)
    assert isinstance(notes.outcome, Document)
    assert (notes.name, notes.outcome.text) == ("notes.txt", STONE)
    assert chart.name == "chart.bin"
    assert isinstance(chart.outcome, str)
