"""Bytes to text. The text never holds lone surrogates or NUL, and its lines end in a newline character only."""

import codecs
import re

from outlast.tools.documents.document import Unreadable

META_CHARSET = re.compile(rb"""<meta[^>]{0,200}?charset\s*=\s*["']?\s*([\w.:-]{1,40})""", re.IGNORECASE | re.ASCII)
XML_ENCODING = re.compile(rb"""\A\s*<\?xml[^>]{0,100}?encoding\s*=\s*["']([\w.:-]{1,40})""", re.ASCII)
META_WITHIN_BYTES = 4_096  # the HTML standard asks for 1,024; real pages put scripts before it

# A page may name any codec that Python has: `unicode_escape` would run escapes and make lone surrogates, `base64` is no
# text at all. These are families that browsers know. UTF-16 in a <meta> that could be read as ASCII is a mistake.
BROWSER_CODECS = re.compile(
    r"(iso8859-|cp125\d|cp866|cp874|cp932|cp949|koi8-|gb|big5|euc_|shift_jis|iso2022_jp|mac-|tis)"
)
# By encoding.spec.whatwg.org. Pages are labelled with a standard and written in what grew out of it: names of people
# and places in a page of `gb2312` are often in no GB 2312. Python takes labels at their word, and misses some.
GROWN = {
    "big5": "big5hkscs",
    "euc_kr": "cp949",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "iso8859-1": "cp1252",
    "iso8859-9": "cp1254",
    "iso8859-11": "cp874",
    "shift_jis": "cp932",
    "tis-620": "cp874",
}
UNKNOWN_TO_PYTHON = {
    "cn-big5": "big5",
    "csksc56011987": "euc_kr",
    "dos-874": "cp874",
    "gb_2312-80": "gb2312",
    "iso-8859-8-i": "iso8859-8",
    "ks_c_5601-1989": "euc_kr",
    "windows-31j": "cp932",
    "windows-874": "cp874",
    "windows-949": "cp949",
    "x-euc-jp": "euc_jp",
    "x-gbk": "gbk",
    "x-mac-cyrillic": "mac-cyrillic",
    "x-sjis": "shift_jis",
    "x-x-big5": "big5",
}

BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)

CONTROLS = re.compile(r"[\x01-\x08\x0e-\x1a\x1c-\x1f\x7f]")
MOST_CONTROLS = 0.05  # of all characters: text has next to none, compressed data has a tenth


def decode(content: bytes) -> str:
    """The text of a plain file: UTF-8 with or without BOM, UTF-16 with BOM, else Windows-1252, line by line.

    Raises Unreadable where the result is no text.
    """
    text = _by_bom(content)
    return _checked(_utf_8_or_windows_1252(content) if text is None else text)


def decode_html(content: bytes) -> str:
    """Like `decode`, but a charset that the page declares comes before guessing."""
    text = _by_bom(content)
    if text is None:
        text = _as_declared(content)
    return _checked(_utf_8_or_windows_1252(content) if text is None else text)


def browser_codec(charset: str) -> str | None:
    """By what browsers read a page that declares `charset`. None for UTF-8 and UTF-16, and for what is not theirs."""
    label = charset.strip().lower()
    try:
        codec = codecs.lookup(UNKNOWN_TO_PYTHON.get(label, label)).name
    except (LookupError, ValueError):
        return None
    return GROWN.get(codec, codec) if BROWSER_CODECS.match(codec) else None


def _by_bom(content: bytes) -> str | None:
    for bom, encoding in BOMS:
        if content.startswith(bom):
            return content[len(bom) :].decode(encoding, errors="replace")
    return None


def _as_declared(content: bytes) -> str | None:
    declared = META_CHARSET.search(content[:META_WITHIN_BYTES]) or XML_ENCODING.match(content[:META_WITHIN_BYTES])
    if declared is None:
        return None
    codec = browser_codec(declared.group(1).decode("ascii"))
    return None if codec is None else content.decode(codec, errors="replace")


def _utf_8_or_windows_1252(content: bytes) -> str:
    """Line by line where it is not all UTF-8: files are put together from pieces of both."""
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        return "".join(_line(line) for line in content.splitlines(keepends=True))


def _line(line: bytes) -> str:
    try:
        return line.decode("utf-8")
    except UnicodeDecodeError:
        return line.decode("cp1252", errors="replace")


def _checked(text: str) -> str:
    if "\0" in text or len(CONTROLS.findall(text)) > MOST_CONTROLS * len(text):
        raise Unreadable("it looks like a binary file")
    return text.replace("\r\n", "\n").replace("\r", "\n")
