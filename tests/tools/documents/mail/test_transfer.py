"""Bodies that were encoded for their way, and what programs wrote beside the encoded lines."""

from base64 import b64encode, encodebytes

import pytest

from outlast.evidence.losses import LossKind
from outlast.tools.documents.document import Document
from outlast.tools.documents.reading import read_document

WORDS = "The meeting of the board is on Friday, and all members are asked to come. Ärger gab es genug."
FOOTER = "_______________________________________________\nBoats mailing list\nSubscribe at https://lists.example/b"


def read(body: str, encoding: str = "base64", kind: str = "plain") -> Document:
    head = f"Subject: s\nContent-Type: text/{kind}; charset=utf-8\nContent-Transfer-Encoding: {encoding}\n\n"
    return read_document("a.eml", (head + body).encode("utf-8", "surrogateescape"))


def encoded(text: str) -> str:
    return encodebytes(text.encode()).decode()


@pytest.mark.parametrize("end", ["", ".", ".."])
@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
@pytest.mark.parametrize("text", [WORDS, "Hi, Ann.", f"{WORDS} " * 20])
def test_lines_of_a_mailing_list_below_an_encoded_body_are_text(text: str, end: str, line_end: str):
    text = text.strip() + end
    document = read(f"{encoded(text)}\n{FOOTER}\n".replace("\n", line_end))
    assert document.text == f"s\n\n{text}\n\n{FOOTER}"
    assert document.losses == ()


def test_lines_above_an_encoded_body_and_single_words_below_it():
    document = read(f"This list is closed.\n\n{encoded(WORDS)}\nlist\nfree\n")
    assert document.text == f"s\n\nThis list is closed.\n\n{WORDS}\n\nlist\nfree"


def test_lines_below_an_encoded_page():
    document = read(f"{encoded('<h1>Tides</h1><p>They turn.</p>')}\n{FOOTER}", kind="html")
    assert document.text == f"s\n\nTides\n\nThey turn.\n\n{FOOTER}"
    assert [document.text[each.start : each.end] for each in document.headings] == ["s", "Tides"]


def test_lines_below_an_encoded_file_belong_to_the_mail():
    part = f"Content-Type: text/plain; name=n.txt\nContent-Transfer-Encoding: base64\n\n{encoded(WORDS)}\n{FOOTER}"
    mail = f"Subject: s\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nSee.\n--b\n{part}\n--b--\n"
    document = read_document("a.eml", mail.encode())
    assert document.text == f"s\n\nSee.\n\n{FOOTER}\n\nAttached: n.txt"
    [child] = document.children
    assert not isinstance(child.outcome, str)
    assert child.outcome.text == WORDS


@pytest.mark.parametrize(
    ("at", "strays"), [(20, "~!"), (77, "!!!garbage~~~\n"), (77, "\0\n"), (len(encoded(WORDS)) - 5, "~")]
)
def test_signs_that_are_no_base64_are_skipped_and_noted(at: int, strays: str):
    body = encoded(WORDS)
    document = read(body[:at] + strays + body[at:])
    assert document.text == f"s\n\n{WORDS}"
    assert [loss.kind for loss in document.losses] == [LossKind.DAMAGED]


@pytest.mark.parametrize("width", [4, 61, 75, 1_000])
def test_lines_of_any_length(width: int):
    characters = b64encode(WORDS.encode()).decode()
    body = "\n".join(characters[at : at + width] for at in range(0, len(characters), width))
    assert read(f"{body}\n\n{FOOTER}").text == f"s\n\n{WORDS}\n\n{FOOTER}"


def test_pieces_that_were_encoded_one_by_one():
    assert read(encoded(f"{WORDS} ") + encoded(WORDS) + f"\n{FOOTER}").text == f"s\n\n{WORDS} {WORDS}\n\n{FOOTER}"


def test_a_body_that_is_not_encoded_although_its_header_says_so():
    assert read(f"{WORDS}\n\n{FOOTER}").text == f"s\n\n{WORDS}\n\n{FOOTER}"


def test_plain_lines_below_a_quoted_printable_body_keep_their_equals_signs():
    plain = f"{FOOTER}?user=ab12&id=34"
    document = read(f"Gr=C3=BC=C3=9Fe, and a lo=\nng line =3D one.\n{plain}\n", "quoted-printable")
    assert document.text == f"s\n\nGrüße, and a long line = one.\n\n{plain}"
    document = read(f"Gr=C3=BC=C3=9Fe.\n{FOOTER}?user=3Dab12 is encod=\ned\n", "quoted-printable")
    assert document.text == f"s\n\nGrüße.\n{FOOTER}?user=ab12 is encoded"
