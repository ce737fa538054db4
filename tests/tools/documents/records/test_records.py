"""JSON and XML as text: values with their keys, records by their numbers."""

import pytest

from outlast.evidence.locators import part_range
from outlast.evidence.losses import LossKind
from outlast.evidence.sources import Quote
from outlast.tools.documents.reading import read_document


def text_of(name: str, content: str | bytes) -> str:
    return read_document(name, content if isinstance(content, bytes) else content.encode()).text


def test_records_of_json_are_cited_by_their_number() -> None:
    document = read_document(
        "a.jsonl", b'{"harbour": "Norby", "tonnes": 98.0}\n{"harbour": "Sund", "tonnes": 1e3}\nbroken\n'
    )
    assert document.text == "harbour: Norby; tonnes: 98.0\n\nharbour: Sund; tonnes: 1e3\n\nbroken"
    start = document.text.index("1e3")
    assert document.places is not None
    assert part_range(document.places, Quote(snapshot="", start=start, end=start + 3, text="1e3")) == "record 2"


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ('[{"a": 1}, {"a": 2, "b": {"c": "x"}}]', "a: 1\n\na: 2; b.c: x"),
        ('{"a": 1, "a": 2}', "a: 1; a: 2"),
        ('{"n": 1.10, "big": 123456789012345678901234567890}', "n: 1.10; big: 123456789012345678901234567890"),
        ('{"t": ["x", "y"], "e": [], "s": ""}', "t: x, y; e:; s:"),
        ('"\\ud800 \\u0000x"', "? x"),
        ('{"a": 1, // why\n}', '{"a": 1, // why\n}'),
        ("not json", "not json"),
    ],
)
def test_json_as_lines(content: str, text: str) -> None:
    assert text_of("a.json", content) == text


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ("<d><b><t>A</t><y>1</y></b><b><t>B</t><y>2</y></b></d>", "t: A; y: 1\n\nt: B; y: 2"),
        ('<d><c h="Norby" t="98"/><c h="Sund" t="80"/></d>', "h: Norby; t: 98\n\nh: Sund; t: 80"),
        ("<p>one <b>two</b>three</p>", "one twothree"),
        ("<d><p>10<sup>6</sup></p></d>", "10^6"),
        ('<?xml version="1.0" encoding="koi8-r"?><r>Привет</r>'.encode("koi8-r"), "Привет"),
        ('<?xml version="1.0"?><r>'.encode("utf-16") + "Привет</r>".encode("utf-16-le"), "Привет"),
        ("<r><p>open <b>and never closed", "open and never closed"),
        ("<d><orderedlist><listitem><para>A</para></listitem><listitem>B</listitem></orderedlist></d>", "1. A\n2. B"),
        ("<d><ul><li>A</li><li>B <ul><li>C</li></ul></li></ul></d>", "- A\n- B\n\n- C"),
        ('<d><list list-type="order" start="3"><list-item><p>A</p></list-item></list></d>', "3. A"),
        ('<d><list rend="alpha-lower"><item>A</item><item>B</item></list></d>', "a. A\nb. B"),
        ("<d><p>200<del>260</del></p></d>", "200~~260~~"),
        ('<d><p>cells<xref ref-type="bibr">1</xref></p></d>', "cells [1]"),
        (
            '<d><table><title>T</title><tgroup><colspec colname="a"/><colspec colname="b"/><thead><row><entry>H</entry>'
            '<entry>F</entry></row></thead><tbody><row><entry morerows="1">N</entry><entry/></row><row><entry>2</entry>'
            '</row><row><entry namest="a" nameend="b">S</entry></row></tbody></tgroup></table></d>',
            "T\n\nH | F\nN | \nN | 2\nS | S",
        ),
        ("<d><table><tr><th>H</th><th>F</th></tr><tr><td>N</td><td>1</td></tr></table></d>", "H | F\nN | 1"),
        ("<c><i><t>A</t><d>&lt;p&gt;One&lt;/p&gt;</d></i><i><t>B</t><d>C</d></i></c>", "t: A; d: One\n\nt: B; d: C"),
    ],
)
def test_xml_as_text(content: str | bytes, text: str) -> None:
    assert text_of("a.xml", content) == text


def test_a_table_of_xml_has_its_headers() -> None:
    rows = "<tr><th>Harbour</th><th>Fee</th></tr><tr><td>Norby</td><td>12</td></tr>"
    document = read_document("a.xml", f"<d><p>Fees.</p><table>{rows}</table></d>".encode())
    (table,) = document.tables
    assert document.text[table.start : table.end] == "Harbour | Fee\nNorby | 12"
    assert [document.text[start:end] for start, end in table.headers] == ["Harbour | Fee"]


def test_entities_of_xml_are_not_resolved_and_said_so() -> None:
    bomb = '<!DOCTYPE r [<!ENTITY a "aaaa"><!ENTITY f SYSTEM "file:///etc/passwd">]><r>x &a; y &f;</r>'
    document = read_document("a.xml", bomb.encode())
    assert "root:" not in document.text
    assert {loss.kind for loss in document.losses} == {LossKind.UNREAD}
