import pytest

from outlast.tools.documents import separated_values
from outlast.tools.documents.document import Unreadable
from outlast.tools.documents.reading import read_document


def text_of(content: str, name: str = "a.csv") -> str:
    return read_document(name, content.encode()).text


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ("Name,Born\nAda,1815\nMary,1797\n", "Name: Ada; Born: 1815\n\nName: Mary; Born: 1797"),
        ("Name;Born\nAda, Countess;1815\nMary;1797\n", "Name: Ada, Countess; Born: 1815\n\nName: Mary; Born: 1797"),
        ("Name\tBorn\r\nAda\t1815\r\n", "Name: Ada; Born: 1815"),
        ("Name|Born\nAda|1815", "Name: Ada; Born: 1815"),
        ('Name,Said\nAda,"one, \n  two ""three"""\n', 'Name: Ada; Said: one, two "three"'),
        ("Name,Born\nAda,\n,,\n\nMary,1797,x\n", "Name: Ada\n\nName: Mary; Born: 1797; x"),
        ("Ada,1815\nMary,1797\n", "Ada; 1815\n\nMary; 1797"),
        ("Same,Same\na,b\n", "Same; Same\n\na; b"),
        ("just one\ncolumn\n", "just one\n\ncolumn"),
        ("\ufeffName,Born\nAda,1815\n", "Name: Ada; Born: 1815"),
    ],
)
def test_rows_say_what_their_values_are(content: str, text: str):
    assert text_of(content) == text


def test_rows_are_counted_as_in_a_spreadsheet():
    document = read_document("a.csv", b"Name,Born\nAda,1815\n,\nMary,1797\n")
    assert document.places is not None
    assert document.places.unit == "row"
    assert document.places.starts == (0, 0, len("Name: Ada; Born: 1815"), document.text.index("Name: Mary"))


@pytest.mark.parametrize("content", ['a,b\nc,"' + "x" * 200_000, "a,b\nc," + "x" * 200_000])
def test_malformed(content: str):
    with pytest.raises(Unreadable, match="line 2 is malformed") as raised:
        text_of(content)
    assert "\n" not in str(raised.value)


def test_too_many_rows(monkeypatch):
    monkeypatch.setattr(separated_values, "MAX_ROWS", 3)
    assert text_of("a,b\n" * 3)
    with pytest.raises(Unreadable, match="it has more than 3 rows: split it"):
        text_of("a,b\n" * 4)
