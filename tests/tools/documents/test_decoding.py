import codecs

import pytest

from outlast.tools.documents.decoding import GROWN, UNKNOWN_TO_PYTHON, browser_codec, decode, decode_html
from outlast.tools.documents.document import Unreadable


@pytest.mark.parametrize(
    "content",
    [
        "Grüße – 日本".encode(),
        b"\xef\xbb\xbf" + "Grüße – 日本".encode(),
        b"\xff\xfe" + "Grüße – 日本".encode("utf-16-le"),
        b"\xfe\xff" + "Grüße – 日本".encode("utf-16-be"),
    ],
)
def test_unicode_with_and_without_a_mark(content: bytes):
    assert decode(content) == "Grüße – 日本"
    assert decode_html(content) == "Grüße – 日本"


def test_what_is_not_utf_8_is_windows_1252():
    assert decode("“Grüße”".encode("cp1252")) == "“Grüße”"
    assert decode(b"a\x81b") == "a\ufffdb"  # the code page has gaps


def test_pieces_in_two_encodings():
    pieces = "“Grüße”\n".encode() + "“Grüße”\r\n".encode("cp1252") + "日本".encode()
    assert decode(pieces) == "“Grüße”\n“Grüße”\n日本"


def test_only_a_mark_is_no_text():
    assert decode(b"\xef\xbb\xbf") == ""


def test_lines_end_in_a_newline():
    assert decode(b"a\r\nb\rc\n") == "a\nb\nc\n"


@pytest.mark.parametrize("content", [b"PK\x03\x04\x00\x00", "no mark".encode("utf-16-le"), bytes(range(1, 32)) * 9])
def test_binary_is_refused(content: bytes):
    with pytest.raises(Unreadable, match="binary"):
        decode(content)


@pytest.mark.parametrize(
    ("charset", "codec"),
    [
        ("koi8-r", "koi8-r"),
        ("Shift_JIS", "shift_jis"),
        ("iso-8859-1", "cp1252"),  # what browsers make of it
        ("utf-8", "utf-8"),
        ("no-such-charset", "utf-8"),
        ("utf-16", "utf-8"),  # cannot be true: the declaration itself was read as ASCII
    ],
)
def test_a_page_may_declare_its_charset(charset: str, codec: str):
    words = {"koi8-r": "Привет", "shift_jis": "日本", "cp1252": "“Grüße”", "utf-8": "Grüße"}[codec]
    page = f'<html><head><meta charset="{charset}"></head>{words}'
    assert words in decode_html(page.encode(codec))


@pytest.mark.parametrize(
    ("charset", "codec"),
    [
        ("gb2312", "gb18030"),
        ("GBK", "gb18030"),
        (" x-gbk ", "gb18030"),
        ("shift_jis", "cp932"),
        ("Windows-31J", "cp932"),
        ("euc-kr", "cp949"),
        ("ks_c_5601-1987", "cp949"),
        ("ks_c_5601-1989", "cp949"),
        ("big5", "big5hkscs"),
        ("latin1", "cp1252"),
        ("iso-8859-9", "cp1254"),
        ("tis-620", "cp874"),
        ("iso-8859-11", "cp874"),
        ("windows-874", "cp874"),
        ("iso-8859-2", "iso8859-2"),
        ("utf-8", None),
        ("utf-16", None),
        ("us-ascii", None),
        ("unicode_escape", None),
        ("", None),
        ("no-such-charset", None),
        ("x\0", None),
    ],
)
def test_charsets_as_browsers_read_them(charset: str, codec: str | None):
    assert browser_codec(charset) == codec
    assert codec is None or "a".encode(codec) == b"a"


def test_what_python_does_not_know_is_no_reason_to_guess():
    for label, name in UNKNOWN_TO_PYTHON.items():
        assert browser_codec(label) == GROWN.get(codecs.lookup(name).name, codecs.lookup(name).name)
        with pytest.raises(LookupError):
            codecs.lookup(label)


def test_names_that_are_in_no_gb_2312():
    assert "朱镕基" in decode_html('<meta charset="gb2312">朱镕基'.encode("gbk"))


def test_a_page_may_declare_it_as_xml():
    page = '<?xml version="1.0" encoding="koi8-r"?><html>Привет</html>'
    assert "Привет" in decode_html(page.encode("koi8-r"))


def test_the_mark_comes_before_the_declaration():
    assert "Grüße" in decode_html(b"\xef\xbb\xbf" + '<meta charset="koi8-r">Grüße'.encode())


@pytest.mark.parametrize("codec", ["unicode_escape", "raw_unicode_escape", "utf-7", "base64", "rot13", "idna"])
def test_a_page_cannot_choose_codecs_that_are_no_charsets(codec: str):
    text = decode_html(f'<meta charset="{codec}">'.encode() + rb"\ud800 +2AA- word")
    assert r"\ud800 +2AA- word" in text
    text.encode()


@pytest.mark.parametrize("content", [b"\xed\xa0\x80", b"\xff\xfe\x00\xd8a\x00", b"\xef\xbb\xbf\xed\xa0\x80"])
def test_half_a_surrogate_pair_never_comes_through(content: bytes):
    for text in (decode(content), decode_html(content)):
        text.encode()
