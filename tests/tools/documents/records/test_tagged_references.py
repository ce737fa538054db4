"""References in lines of tags: RIS, and the form of PubMed."""

import re

from outlast.evidence.losses import Loss, LossKind
from outlast.tools.documents.reading import read_document

RIS = """TY  - JOUR
TI  - w1 of the cliff
AU  - w2, Ada
AU  - w3, Bo
PY  - 2019/03/14/
JO  - w4
AB  - w5 loses four centimetres a year,
and w6 too.
KW  - w7
KW  - w8
L1  - file:///w90/w91.pdf
ZZ  - w9
ER  -

TY  - BOOK
T1  - w10
ER  -
"""
PUBMED = "PMID- 123\nTI  - The w1\n      of the lamp.\nFAU - w2, Ada\nJT  - w3\n\nPMID- 124\nTI  - w4\n"


def test_each_word_of_ris_is_in_the_text_or_in_the_ledger() -> None:
    document = read_document("library.ris", RIS.encode())
    assert document.text == (
        "title: w1 of the cliff; author: w2, Ada, w3, Bo; year: 2019/03/14/; journal: w4; type: JOUR; "
        "keywords: w7, w8; ZZ: w9\nabstract: w5 loses four centimetres a year, and w6 too.\n\ntitle: w10; type: BOOK"
    )
    assert document.losses == (Loss(kind=LossKind.MARKUP, place="settings", words=4),)
    assert document.places is not None
    assert len(document.places.starts) == 2


def test_references_of_pubmed() -> None:
    document = read_document("pubmed.nbib", PUBMED.encode())
    assert (
        document.text == "author: w2, Ada; journal: w3; pmid: 123\ntitle: The w1 of the lamp.\n\ntitle: w4; pmid: 124"
    )


def test_lines_without_tags_are_kept() -> None:
    text = read_document("a.ris", b"w1 w2\nTY  - w3\nTI - w4\nw5\nER  - \nw6").text
    assert set(re.findall(r"w\d", text)) == {"w1", "w2", "w3", "w4", "w5", "w6"}
