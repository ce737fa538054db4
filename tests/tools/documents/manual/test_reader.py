"""Pages of manuals as `man` prints them."""

import pytest

from outlast.tools.documents.reading import read_document


def test_a_log_that_is_numbered_like_a_page_of_a_manual() -> None:
    assert read_document("syslog.1", b"Mar 1 lamp lit\nMar 2 lamp out\n").text == "Mar 1 lamp lit\nMar 2 lamp out\n"


@pytest.mark.parametrize(
    ("source", "printed"),
    [
        (".TH a 1\n.am X\ntext\n.  .\n.SH S\nkept", "a(1)\n\nS\n\nkept"),
        ("'\\\" t\n.TH a 1\nkept", "a(1)\n\nkept"),
        (".TH a 1\n.if t \\{\\\nprinted\n.\\}\nkept", "a(1)\n\nkept"),
        (".TH a 1\n.if n \\{\\\nshown\n.\\}\nkept", "a(1)\n\nshown kept"),
        (".TH a 1\n.ie t no\n.el yes", "a(1)\n\nyes"),
        (".TH a 1\nzosta\\(/la, sp\\('ob, \\[u0142]", "a(1)\n\nzostała, spób, ł"),
        (".TH a 1\n.ds Aq \\(aq\nit\\*(Aqs", "a(1)\n\nit's"),
        (".TH a 1\n.TS\nlB lB.\nT{\n.PP\nOne\nT}\tTwo\n.T&\nl l.\n1\t2\n.TE", "a(1)\n\nOne | Two\n1 | 2"),
        (".TH a 1\n.BR a (1),\n.BI b c d", "a(1)\n\na(1), bcd"),
    ],
)
def test_manual_pages_as_they_are_printed(source: str, printed: str) -> None:
    assert read_document("a.man", source.encode()).text == printed
