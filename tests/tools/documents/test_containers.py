from outlast.tools.documents.containers import flatten, read_child
from outlast.tools.documents.document import Child, Document


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
