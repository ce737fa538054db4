from io import BytesIO

from pypdfium2 import PdfDocument

from outlast.tools.documents.containers import flatten, read_child
from outlast.tools.documents.document import Child, Document
from outlast.tools.documents.reading import read_document


def test_a_child_is_read_by_its_name_or_says_why_not() -> None:
    read = read_child("notes/a.txt", b"The lamp was lit.")
    assert isinstance(read.outcome, Document)
    assert (read.name, read.outcome.text, read.outcome.title) == ("notes/a.txt", "The lamp was lit.", "a")
    assert isinstance(read_child("a.png", b"\x89PNG").outcome, str)


def test_children_of_children_have_their_whole_name() -> None:
    inner = read_child("minutes.txt", b"The board met.")
    mail = Document("A mail", "a", "message/rfc822", (), "mail/1", children=(inner, Child("b.png", "", "not read")))
    names = [child.name for child in flatten((Child("a.eml", "", mail),))]
    assert names == ["a.eml", "a.eml#minutes.txt", "a.eml#b.png"]


def test_a_file_attached_to_a_pdf_is_a_document_of_its_own() -> None:
    pdf = PdfDocument.new()
    pdf.new_page(200, 200)
    pdf.new_attachment("minutes.txt").set_data(b"The board met.")
    written = BytesIO()
    pdf.save(written)
    [child] = read_document("a.pdf", written.getvalue()).children
    assert isinstance(child.outcome, Document)
    assert (child.name, child.outcome.text) == ("minutes.txt", "The board met.")
