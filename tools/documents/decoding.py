"""Decoding of bytes into text. The text holds no lone surrogates and no NUL, and its lines end in a newline only."""

import codecs
import re

from webencodings import lookup

from outlast.tools.documents.document import Unreadable

META_CHARSET = re.compile(rb"""<meta[^>]{0,200}?charset\s*=\s*["']?\s*([\w.:-]{1,40})""", re.IGNORECASE | re.ASCII)
XML_ENCODING = re.compile(rb"""\A\s*<\?xml[^>]{0,100}?encoding\s*=\s*["']([\w.:-]{1,40})""", re.ASCII)
CHARSET_SEARCH_BYTES = 4_096  # the HTML standard asks for 1,024; real pages put scripts before it

# encoding.spec.whatwg.org says what a label means, and webencodings implements it: pages are labelled with a standard,
# but written in its successor, for example labelled `iso-8859-1` and written in Windows-1252. For these encodings,
# Python has better codecs than webencodings names.
BETTER_CODECS = {
    "gbk": "gb18030",  # as the standard decodes it: pages in `gb2312` often have names that GB 2312 lacks
    "x-user-defined": "cp1252",  # as the standard reads it in a <meta> tag
}
REPLACED_CODECS = {"csiso2022kr": "iso2022_kr", "iso-2022-kr": "iso2022_kr", "hz-gb-2312": "hz"}
"""Browsers refuse these encodings, since their bytes can hide scripts from a filter. Reading only text is safe."""
ASCII_LABELS = frozenset({"ansi_x3.4-1968", "ascii", "us-ascii"})
"""Pages with these labels and other characters are UTF-8 or Windows-1252, so guessing between both is better."""
# A page may name any codec of Python: `unicode_escape` would run escapes and make lone surrogates, and `base64` is
# not a charset. These are families of charsets, of which Python knows some names that the standard does not.
PYTHON_CHARSETS = re.compile(
    r"(iso8859-|cp125\d|cp866|cp874|cp932|cp949|koi8-|gb|big5|euc_|shift_jis|iso2022_jp|mac-|tis)"
)

BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)

CONTROL_CHARACTERS = re.compile(r"[\x01-\x08\x0e-\x1a\x1c-\x1f\x7f]")
MAX_CONTROL_SHARE = 0.05  # of all characters: text has almost none, compressed data about a tenth


def decode(content: bytes) -> str:
    """Decode a plain file: UTF-8 with or without BOM, UTF-16 with BOM, else Windows-1252, line by line.

    Raises Unreadable if the result is not text.
    """
    text = _decode_by_bom(content)
    return _normalize_text(_decode_utf_8_or_windows_1252(content) if text is None else text)


def decode_html(content: bytes) -> str:
    """Decode an HTML page like `decode`, but use the charset that the page declares before guessing."""
    text = _decode_by_bom(content)
    if text is None:
        text = _decode_as_declared(content)
    return _normalize_text(_decode_utf_8_or_windows_1252(content) if text is None else text)


def browser_codec(charset: str) -> str | None:
    """Return the name of Python's codec that reads a page as browsers do if it declares `charset`.

    None for UTF-8, UTF-16, ASCII and unknown charsets. Raises Unreadable for a charset that cannot be read.
    """
    label = charset.strip().lower()
    if label in ASCII_LABELS:
        return None
    found = lookup(label)
    if found is None:
        return _python_charset(label)
    if found.name.startswith("utf-"):
        return None
    if found.name == "replacement":
        if label in REPLACED_CODECS:
            return REPLACED_CODECS[label]
        raise Unreadable(f"it is written in {charset.strip()}, which is not supported: save it as UTF-8")
    return BETTER_CODECS.get(found.name, str(found.codec_info.name))


def unicode_codec(charset: str) -> str | None:
    """Return the name of Python's codec if `charset` is UTF-8 or UTF-16; None for all others."""
    found = lookup(charset.strip())
    if found is not None and found.name.startswith("utf-"):
        return str(found.codec_info.name)
    try:
        codec = codecs.lookup(charset).name
    except (LookupError, ValueError):
        return None
    return codec if codec in ("utf-8", "utf-16", "utf-16-le", "utf-16-be") else None


def xml_charset(content: bytes) -> str:
    """Return the charset that an XML document declares; "" if it declares none."""
    declared = XML_ENCODING.match(content[:CHARSET_SEARCH_BYTES])
    return declared.group(1).decode("ascii") if declared else ""


def _python_charset(label: str) -> str | None:
    try:
        name = codecs.lookup(label).name
    except (LookupError, ValueError):
        return None
    if not PYTHON_CHARSETS.match(name):
        return None
    return browser_codec(name) if lookup(name) else name  # `name` may be a label of the standard even if `label` is not


def _decode_by_bom(content: bytes) -> str | None:
    for bom, encoding in BOMS:
        if content.startswith(bom):
            return content[len(bom) :].decode(encoding, errors="replace")
    return None


def _decode_as_declared(content: bytes) -> str | None:
    declared = META_CHARSET.search(content[:CHARSET_SEARCH_BYTES])
    codec = browser_codec(declared.group(1).decode("ascii") if declared else xml_charset(content))
    return None if codec is None else content.decode(codec, errors="replace")


def _decode_utf_8_or_windows_1252(content: bytes) -> str:
    """Decode as UTF-8, or else line by line: some files are joined from pieces in both encodings."""
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        return "".join(_decode_line(line) for line in content.splitlines(keepends=True))


def _decode_line(line: bytes) -> str:
    try:
        return line.decode("utf-8")
    except UnicodeDecodeError:
        return line.decode("cp1252", errors="replace")


def _normalize_text(text: str) -> str:
    if "\0" in text or len(CONTROL_CHARACTERS.findall(text)) > MAX_CONTROL_SHARE * len(text):
        raise Unreadable("it looks like a binary file")
    return text.replace("\r\n", "\n").replace("\r", "\n")
