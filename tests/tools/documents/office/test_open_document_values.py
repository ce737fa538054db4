"""Cells of OpenDocument files that have a value and no words, and the fields of their forms."""

import pytest

from outlast.tools.documents.reading import read_document
from tests.tools.documents.office.marked import lost_words
from tests.tools.documents.office.test_open_document import file, odt, p, styled


def cell(kind: str, values: str, content: str = "") -> str:
    return f'<table:table-cell office:value-type="{kind}" {values}>{content}</table:table-cell>'


@pytest.mark.parametrize(
    ("kind", "values", "text"),
    [
        ("date", 'office:date-value="2021-03-04"', "2021-03-04"),
        ("date", 'office:date-value="2021-03-04T10:30:00"', "2021-03-04 10:30"),
        ("date", 'office:date-value="2021-03-04T10:30:05.5Z"', "2021-03-04 10:30:05.5 UTC"),
        ("date", 'office:date-value="next year"', "next year"),
        ("time", 'office:time-value="PT10H30M00S"', "10:30"),
        ("time", 'office:time-value="PT100H05M09,25S"', "100:05:09.25"),
        ("time", 'office:time-value="-P1DT1H"', "-25:00"),
        ("boolean", 'office:boolean-value="false"', "FALSE"),
        ("percentage", 'office:value="0.255"', "25.5%"),
        ("percentage", 'office:value="1"', "100%"),
        ("percentage", 'office:value="most"', "most"),
        ("currency", 'office:value="12.5" office:currency="EUR"', "12.5 EUR"),
        ("float", 'office:value="1400.5"', "1400.5"),
        ("string", 'office:string-value="Norby"', "Norby"),
    ],
)
def test_a_cell_without_words_shows_its_value(kind: str, values: str, text: str):
    row = f"<table:table-row>{cell(kind, values)}{cell('string', '', p('Fish'))}</table:table-row>"
    table = f"<table:table table:name='S'>{row}{row}</table:table>"
    assert odt(table).text == f"{text} | Fish\n{text} | Fish"
    assert read_document("a.ods", file("spreadsheet", table)).text == f"S\n\n{text} | Fish\n{text} | Fish"


def test_the_value_behind_words_that_nobody_sees_is_no_text():
    """A format may show nothing, and words may be hidden: then the value is not shown in their place."""
    empty, hidden = (
        cell("float", 'office:value="1800"', content) for content in ("<text:p/>", p(styled("Secret", "1800")))
    )
    table = (
        f"<table:table table:name='S'><table:table-row>{cell('string', '', p('Rent'))}{empty}{hidden}"
        "</table:table-row></table:table>"
    )
    document = read_document("a.ods", file("spreadsheet", table))
    assert "1800" not in document.text
    assert sum(words or 0 for words in lost_words(document).values()) == 2


@pytest.mark.parametrize(
    ("field", "text", "unseen"),
    [
        ('<form:text form:id="c" form:label="Name" form:current-value="Ada"/>', "Name Ada", 0),
        ('<form:text form:id="c" form:current-value="Ada" form:value="Your name"/>', "Ada", 0),
        ('<form:checkbox form:id="c" form:label="I agree" form:current-state="checked"/>', "☒ I agree", 0),
        ('<form:checkbox form:id="c" form:label="I agree" form:state="checked"/>', "☒ I agree", 0),
        (
            '<form:checkbox form:id="c" form:label="I agree" form:current-state="unchecked" form:state="checked"/>',
            "☐ I agree",
            0,
        ),
        ('<form:radio form:id="c" form:label="Monthly" form:selected="true"/>', "☒ Monthly", 0),
        ('<form:fixed-text xml:id="x" form:id="c" form:label="Sign here"/>', "Sign here", 0),
        (
            '<form:listbox form:id="c"><form:option form:label="Dark red"/>'
            '<form:option form:label="Blue" form:selected="true"/></form:listbox>',
            "Blue",
            2,
        ),
        (
            '<form:listbox form:id="c"><form:option form:label="Red" form:current-selected="true"/>'
            '<form:option form:label="Blue" form:selected="true"/></form:listbox>',
            "Red",
            1,
        ),
        (
            '<form:combobox form:id="c" form:current-value="Green"><form:item form:label="Green"/>'
            '<form:item form:label="Brown"/></form:combobox>',
            "Green",
            1,
        ),
        (f'<form:textarea form:id="c">{p("One")}{p("two")}</form:textarea>', "One two", 0),
        ('<form:password form:id="c" form:label="Key" form:current-value="secret"/>', "Key", 1),
        ('<form:grid form:id="c"><form:column form:label="Port"/></form:grid>', "Port", 0),
    ],
)
def test_fields_of_forms(field: str, text: str, unseen: int):
    forms = f"<office:forms><form:form>{field}</form:form></office:forms>"
    document = odt(f"{forms}{p('See')}<draw:control draw:control='c'/>")
    assert document.text == f"See\n\n{text}"
    assert sum(words or 0 for words in lost_words(document).values()) == unseen


@pytest.mark.parametrize(
    ("value", "shown", "text"),
    [
        ("356938035643809", "3.56938E+14", "356938035643809"),
        ("356938035643809", "356,938,035,643,809", "356,938,035,643,809"),
        ("1.5E+30", "1.5E+30", "1.5E+30"),
        ("0.0000012", "1.2E-06", "1.2E-06"),
    ],
)
def test_long_whole_numbers_have_all_digits(value: str, shown: str, text: str):
    number = cell("float", f'office:value="{value}"', p(shown))
    row = f"<table:table-row>{number}{cell('string', '', p('IMEI'))}"
    table = f"<table:table table:name='S'>{row}</table:table-row></table:table>"
    assert read_document("a.ods", file("spreadsheet", table)).text == f"S\n\n{text} | IMEI"
