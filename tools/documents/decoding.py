"""Decoding of bytes into text. The text holds no lone surrogates and no NUL, and its lines end in a newline only.

What had to be guessed or left out on the way is noted in the ledger of the document that is being read.
"""

import codecs
import re
from dataclasses import dataclass

from webencodings import lookup

from outlast.evidence.losses import Loss, LossKind
from outlast.tools.documents.characters.cleaning import clean_text
from outlast.tools.documents.characters.encoding_guess import (
    MULTIBYTE,
    TYPOGRAPHY,
    WESTERN,
    encoding_name,
    guess_encoding,
)
from outlast.tools.documents.characters.mainframe import decode_mainframe, mainframe_codec
from outlast.tools.documents.characters.unmarked_unicode import unmarked_unicode_codec
from outlast.tools.documents.document import Unreadable
from outlast.tools.documents.ledger import note_losses

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

BOMS = (  # UTF-32 first: its mark begins with the one of UTF-16
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)

SEVEN_BIT_CODECS = {
    re.compile(rb"\x1b\$[@B]"): "iso2022_jp",
    re.compile(rb"\x1b\$\)C(?=.*\x0e)", re.S): "iso2022_kr",
    re.compile(rb"~\{(?:[!-w][!-~])+~\}"): "hz",
}
"""Japanese, Korean and Chinese in seven bits, as old mails have them: escapes are followed by pairs of ASCII bytes."""
MAX_NOTES = 100
MIN_INTACT_SEQUENCES = 3
"""A line is damaged UTF-8, rather than another encoding, if it has this many intact characters for each broken one."""


@dataclass(frozen=True)
class Decoded:
    """A text, and the notes about what was guessed or left out."""

    text: str
    losses: tuple[Loss, ...] = ()


def decode(content: bytes) -> str:
    """Decode a plain file, and note in the document's ledger what was guessed. See `decode_with_notes`."""
    return _note(decode_with_notes(content))


def decode_with_notes(content: bytes) -> Decoded:
    """Decode a plain file: Unicode, with or without a mark, else the encoding that its language is written in.

    Files may be joined from pieces in two encodings, so lines in UTF-8 stay UTF-8. Without enough evidence, the other
    encoding is Windows-1252. The text is in composed form (NFC). Raises Unreadable if the result is not text.
    """
    decoded = _decode_unicode(content) or _decode_mainframe(content) or _decode_lines(content)
    return _cleaned(decoded)


def decode_html(content: bytes) -> str:
    """Decode an HTML page like `decode`, but use the charset that the page declares before guessing."""
    text = _decode_by_bom(content)
    if text is None:
        text = _decode_as_declared(content)
    decoded = (_decode_unicode(content) or _decode_lines(content)) if text is None else Decoded(text)
    return _note(_cleaned(decoded))


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


def _note(decoded: Decoded) -> str:
    note_losses(decoded.losses)
    return decoded.text


def _decode_by_bom(content: bytes) -> str | None:
    for bom, encoding in BOMS:
        if content.startswith(bom):
            return content[len(bom) :].decode(encoding, errors="replace")
    return None


def _decode_as_declared(content: bytes) -> str | None:
    declared = META_CHARSET.search(content[:CHARSET_SEARCH_BYTES])
    codec = browser_codec(declared.group(1).decode("ascii") if declared else xml_charset(content))
    return None if codec is None else content.decode(codec, errors="replace")


def _decode_unicode(content: bytes) -> Decoded | None:
    """Decode UTF-8, and UTF-16 and UTF-32 with or without a mark; None for other encodings."""
    text = _decode_by_bom(content)
    if text is not None:
        return Decoded(text)
    if codec := unmarked_unicode_codec(content):
        return Decoded(content.decode(codec, errors="replace"), (_guessed(codec),))
    if codec := _seven_bit_codec(content):
        return Decoded(content.decode(codec, errors="replace"), (_guessed(codec),))
    try:
        return Decoded(content.decode("utf-8"))
    except UnicodeDecodeError:
        return None


def _decode_mainframe(content: bytes) -> Decoded | None:
    codec = mainframe_codec(content)
    return Decoded(decode_mainframe(content, codec), (_guessed(codec),)) if codec else None


def _seven_bit_codec(content: bytes) -> str:
    """Return the codec of East Asian text in seven bits; "" for other text. A brace behind a tilde alone is none."""
    start = content[:CHARSET_SEARCH_BYTES]
    found = next((codec for escape, codec in SEVEN_BIT_CODECS.items() if escape.search(start)), "")
    if not found or not content.isascii():
        return ""
    try:
        text = start.decode(found, errors="ignore" if len(content) > len(start) else "strict")
    except UnicodeDecodeError:
        return ""
    return found if any(character > "\u2fff" for character in text) else ""


def _decode_lines(content: bytes) -> Decoded:
    """Decode line by line: each line is UTF-8, perhaps a damaged one, or in the encoding that all others share."""
    lines = content.splitlines(keepends=True)
    decoded = [_decode_utf_8(line) for line in lines]
    others = [line for line, text in zip(lines, decoded, strict=True) if text is None]
    losses = dict[Loss, None]()
    codec = guess_encoding(b"".join(others)) if others else WESTERN
    if codec in MULTIBYTE:  # two bytes of these are sometimes valid in UTF-8
        utf_8 = sum(text is not None and not line.isascii() for line, text in zip(lines, decoded, strict=True))
        if utf_8 * 10 < len(others):
            decoded = [text if line.isascii() else None for line, text in zip(lines, decoded, strict=True)]
    parts = list[str]()
    for number, (line, text) in enumerate(zip(lines, decoded, strict=True), start=1):
        if text is None:
            words = line.decode(codec, errors="replace")
            if codec != WESTERN or not all(character in TYPOGRAPHY for character in words if character > "\x7f"):
                losses[_guessed(codec)] = None
            parts.append(words)
        else:
            if "\ufffd" in text and b"\xef\xbf\xbd" not in line and len(losses) < MAX_NOTES:
                losses[Loss(kind=LossKind.DAMAGED, place=f"line {number:,}")] = None
            parts.append(text)
    return Decoded("".join(parts), tuple(losses))


def _decode_utf_8(line: bytes) -> str | None:
    """Decode a line in UTF-8, of which a few bytes may be damaged; None if it is in another encoding."""
    try:
        return line.decode("utf-8")
    except UnicodeDecodeError:
        text = line.decode("utf-8", errors="replace")
    broken = text.count("\ufffd")
    intact = sum(character > "\x7f" for character in text) - broken
    return text if intact >= MIN_INTACT_SEQUENCES * broken else None


def _guessed(codec: str) -> Loss:
    return Loss(kind=LossKind.GUESSED_ENCODING, place=encoding_name(codec), words=0)


def _cleaned(decoded: Decoded) -> Decoded:
    text, losses = clean_text(decoded.text)
    return Decoded(text, (*decoded.losses, *losses))
