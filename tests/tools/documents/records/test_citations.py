"""Libraries of references: what Zotero exports as BibTeX and as CSL-JSON."""

import json

from outlast.evidence.losses import Loss, LossKind
from outlast.tools.documents.reading import read_document

BIB = """@article{brandt_erosion_2019,
	title = {Erosion of the {Kestrel} cliff},
	abstract = {The cliff loses 4 centimetres a year.},
	journal = {Journal of Northern Coasts},
	author = {Brandt, Ada and Moe, K{\\aa}re},
	month = mar, year = {2019},
	file = {Full Text:storage/ABCD1234/Brandt.pdf:application/pdf},
}
"""
ARTICLE = {
    "id": "w1",
    "type": "article-journal",
    "abstract": "w2 is a sentence.",
    "author": [{"family": "w3", "given": "w4", "non-dropping-particle": "w5"}, {"literal": "w6"}],
    "issued": {"date-parts": [["2019", 3, 14]]},
    "accessed": {"raw": "w7"},
    "event-date": {"date-parts": [[2020, 1, 2], [2020, 1, 5]], "season": "w8"},
    "custom": {"a": "w9", "b": ["w10", {"c": "w11"}]},
}


def test_an_entry_says_on_one_line_whose_it_is() -> None:
    document = read_document("library.bib", BIB.encode())
    assert document.text == (
        "title: Erosion of the Kestrel cliff; author: Brandt, Ada and Moe, Kåre; year: 2019; month: March; "
        "journal: Journal of Northern Coasts; key: brandt_erosion_2019; type: article\n"
        "abstract: The cliff loses 4 centimetres a year."
    )
    assert document.losses == (Loss(kind=LossKind.MARKUP, place="settings", words=8),)


def test_names_and_dates_of_a_library_in_json() -> None:
    assert read_document("library.json", json.dumps([ARTICLE]).encode()).text == (
        "author: w4 w5 w3, w6; issued: 2019-03-14; id: w1; type: article-journal; accessed: w7; "
        "event-date: 2020-01-02 to 2020-01-05 w8; custom.a: w9; custom.b: w10; custom.b.c: w11\n"
        "abstract: w2 is a sentence."
    )
    whole = read_document("library.json", json.dumps({"items": [ARTICLE, ARTICLE]}).encode())
    assert whole.places is not None
    assert len(whole.places.starts) == 2


def test_other_objects_with_a_kind_are_no_entries() -> None:
    content = b'[{"id": 1, "type": "x", "author": [{"family": "a", "age": 3}], "on": {"date-parts": [["May"]]}}]'
    assert read_document("a.json", content).text == (
        "id: 1; type: x\n\nauthor.family: a; author.age: 3\n\non.date-parts: May"
    )
