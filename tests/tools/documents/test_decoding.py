import codecs

import pytest
from webencodings.labels import LABELS

from outlast.tools.documents.decoding import (
    ASCII_LABELS,
    REPLACED_CODECS,
    browser_codec,
    decode,
    decode_html,
    unicode_codec,
)
from outlast.tools.documents.document import Unreadable

SAID = {
    "ibm866": ("Привет", "cp866"),
    "iso-8859-2": ("Łódź", "iso8859-2"),
    "iso-8859-3": ("Ħaż-Żgħir", "iso8859-3"),
    "iso-8859-4": ("Ģirts Ķīna", "iso8859-4"),
    "iso-8859-5": ("Привет", "iso8859-5"),
    "iso-8859-6": ("مرحبا", "iso8859-6"),
    "iso-8859-7": ("Καλημέρα", "iso8859-7"),
    "iso-8859-8": ("שלום", "iso8859-8"),
    "iso-8859-8-i": ("שלום", "iso8859-8"),
    "iso-8859-10": ("Þjóðólfur Ŋuđđu", "iso8859-10"),
    "iso-8859-13": ("Žemaitė", "iso8859-13"),
    "iso-8859-14": ("Ŵyneb Ŷd", "iso8859-14"),
    "iso-8859-15": ("Œuvre 5 €", "iso8859-15"),
    "iso-8859-16": ("Țară Șapte", "iso8859-16"),
    "koi8-r": ("Привет", "koi8-r"),
    "koi8-u": ("Київ і Ґалаґан", "koi8-u"),
    "macintosh": ("Ærø™ “fête”", "mac-roman"),
    "windows-874": ("สวัสดี…", "cp874"),
    "windows-1250": ("Łódź „x”", "cp1250"),
    "windows-1251": ("Привет №", "cp1251"),
    "windows-1252": ("“Grüße” 5 €", "cp1252"),
    "windows-1253": ("Καλημέρα €", "cp1253"),
    "windows-1254": ("Iğdır “ş”", "cp1254"),
    "windows-1255": ("שלום ₪", "cp1255"),
    "windows-1256": ("مرحبا پ", "cp1256"),
    "windows-1257": ("Žemaitė „x“", "cp1257"),
    "windows-1258": ("Đương ₫", "cp1258"),
    "x-mac-cyrillic": ("Привет №", "mac-cyrillic"),
    "x-user-defined": ("“Grüße” 5 €", "cp1252"),
    "gbk": ("朱镕基 €", "gb18030"),
    "gb18030": ("朱镕基😀", "gb18030"),
    "big5": ("香港嘅", "big5hkscs"),
    "euc-jp": ("日本語", "euc_jp"),
    "iso-2022-jp": ("日本語", "iso2022_jp"),
    "shift_jis": ("髙﨑", "cp932"),
    "euc-kr": ("똠방각하", "cp949"),
}
"""Of each encoding of encoding.spec.whatwg.org that is not Unicode: words that it alone, or its family, can write."""


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


@pytest.mark.parametrize("content", [b"PK\x03\x04\x00\x00", b"three\0" * 99, bytes(range(1, 32)) * 9])
def test_binary_is_refused(content: bytes):
    with pytest.raises(Unreadable, match="binary"):
        decode(content)


@pytest.mark.parametrize(
    ("charset", "codec"),
    [
        ("koi8-r", "koi8-r"),
        ("Shift_JIS", "shift_jis"),
        ("iso-8859-1", "cp1252"),  # as browsers read it
        ("utf-8", "utf-8"),
        ("no-such-charset", "utf-8"),
        ("utf-16", "utf-8"),  # cannot be true, because the declaration itself was read as ASCII
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


@pytest.mark.parametrize(
    "label", sorted(label for label in LABELS if LABELS[label] in SAID and label not in ASCII_LABELS)
)
def test_every_label_of_the_standard_is_read(label: str):
    words, codec = SAID[LABELS[label]]
    content = words.encode(codec)
    assert content.decode(browser_codec(f" {label.upper()} ") or "") == words
    assert words in decode_html(f'<meta charset="{label}">'.encode() + content)
    assert words in decode_html(f'<?xml version="1.0" encoding="{label}"?><p>'.encode() + content)


def test_no_label_of_the_standard_is_passed_over():
    """Unicode and ASCII are recognised by the content; encodings that browsers replace are read or refused."""
    others = {label: name for label, name in LABELS.items() if name not in SAID}
    assert set(others.values()) == {"utf-8", "utf-16le", "utf-16be", "replacement"}
    for label, name in others.items():
        if name != "replacement":
            assert browser_codec(label) is None
            assert codecs.lookup(unicode_codec(label) or "").name == codecs.lookup(name).name
        elif label not in REPLACED_CODECS:
            with pytest.raises(Unreadable, match=f"it is written in {label}, which is not supported"):
                browser_codec(label)
    assert {LABELS[label] for label in ASCII_LABELS} == {"windows-1252"}  # the last guess


@pytest.mark.parametrize(
    ("label", "codec", "words"),
    [("ISO-2022-KR", "iso2022_kr", "안녕하세요"), ("csISO2022KR", "iso2022_kr", "안녕"), ("hz-gb-2312", "hz", "中国")],
)
def test_what_browsers_show_nothing_of_is_read(label: str, codec: str, words: str):
    assert words in decode_html(f'<meta charset="{label}"><p>'.encode() + words.encode(codec))


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
