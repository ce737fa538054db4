"""The text of a part of a mail: decoded, its lines put together again, and the better of two forms of the same body."""

import codecs
import re
from email.message import EmailMessage

from outlast.evidence.words import words
from outlast.tools.documents.characters.encoding_guess import WESTERN, guess_encoding
from outlast.tools.documents.decoding import browser_codec, decode, unicode_codec

NON_CHARSET_CODECS = frozenset({"unicode-escape", "raw-unicode-escape", "idna", "punycode", "undefined"})
"""Codecs of Python that are not charsets: decoding with them gives text that no mail program would show."""
SINGLE_BYTE_CODECS = re.compile(r"iso8859|latin|cp125|koi8|mac-|cp866|cp874|tis|ascii")
WESTERN_CODECS = frozenset({"cp1252", "iso8859-1", "iso8859-15"})
"""Every text may be decoded with these, so programs that know nothing of charsets declare them."""
ESCAPE_TO_JAPANESE = (b"\x1b$B", b"\x1b$@")
"""The signs of ISO-2022-JP, whose bytes are all ASCII."""
EXCUSE = re.compile(r"\b(html|browsers?|navigateurs?|navegador|web ?mail)\b", re.IGNORECASE)
MAX_EXCUSE_WORDS = 60
"""A plain part that does no more than to send the reader elsewhere is short, and names HTML or a browser."""
SAME_SHARE = 0.8
"""If the plain part has this share of the words of the HTML part, both say the same."""


def decode_part(content: bytes, charset: str) -> bytes:
    """Return the content in UTF-8 with a BOM; or as it is, if its charset is missing or wrong and is to be guessed."""
    codec = _codec_of(charset)
    if content.isascii() and not (codec or "").startswith(("utf-16", "utf-32", "utf-7", "iso2022", "hz")):
        return _with_bom(content.decode("iso2022_jp" if _is_japanese(content) else "ascii", errors="replace"))
    if codec is None or SINGLE_BYTE_CODECS.match(codec):
        try:  # UTF-8 in any length is never correct by chance, and mail programs label it with their own charset
            return _with_bom(content.decode("utf-8"))
        except UnicodeDecodeError:
            pass
    if codec in (None, "ascii") or (codec in WESTERN_CODECS and guess_encoding(content) != WESTERN):
        return content
    try:
        return _with_bom(content.decode(codec))
    except (LookupError, ValueError):
        return content


def is_no_charset(label: str) -> bool:
    """Return whether Python has a codec of this name that is not a charset."""
    try:
        return codecs.lookup(label).name.replace("_", "-") in NON_CHARSET_CODECS
    except (LookupError, ValueError):
        return False


def text_of(part: EmailMessage, content: bytes) -> str:
    """Return the text of a plain part whose content is in UTF-8 with a BOM, or to be guessed."""
    text = decode(content)
    if str(part.get_param("format", "") or "").lower() == "flowed":
        text = unflow(text, delete_space=str(part.get_param("delsp", "") or "").lower() == "yes")
    return text.strip("\n")


def unflow(text: str, *, delete_space: bool) -> str:
    """Join the lines of `format=flowed` (RFC 3676): a line that ends in a space goes on in the next one."""
    lines = list[str]()
    open_depth: int | None = None
    for line in text.split("\n"):
        bare = line.lstrip(">")
        depth = len(line) - len(bare)
        bare = bare.removeprefix(" ")
        is_signature = bare == "-- "
        if open_depth == depth and not is_signature:
            lines[-1] += bare
        else:
            lines.append(f"{'>' * depth} {bare}" if depth else bare)
        flows = bare.endswith(" ") and not is_signature
        if flows and delete_space:
            lines[-1] = lines[-1][:-1]
        open_depth = depth if flows else None
    return "\n".join(line if line == "-- " else line.rstrip(" ") for line in lines)


def choose_form(plain: str, page: str) -> tuple[bool, bool]:
    """Return whether to keep the plain and the HTML form of a body: the one that says more, or both if they differ.

    Usually both say the same, and the plain one is what the sender wrote. But it may be empty, an excuse ("Your mail
    program cannot show HTML"), or an extract.
    """
    in_plain, in_page = set(words(plain)), set(words(page))
    only_plain, only_page = in_plain - in_page, in_page - in_plain
    if in_page and (not in_plain or (len(only_page) > len(in_page) / 2 and _is_excuse(plain))):
        return False, True
    if len(only_page) <= (1 - SAME_SHARE) * len(in_page):
        return True, False
    if len(only_plain) <= len(in_plain) / 2:
        return (False, True) if len(only_page) > len(only_plain) else (True, False)
    return True, True


def words_only_in(left_out: str, kept: str) -> int:
    """Return how many words of the form that is left out are not in the one that is kept."""
    known = set(words(kept))
    return sum(word not in known for word in words(left_out))


def _is_excuse(plain: str) -> bool:
    return EXCUSE.search(plain) is not None and len(list(words(plain))) <= MAX_EXCUSE_WORDS


def _codec_of(charset: str) -> str | None:
    """Return the name of Python's codec; None if the charset is unknown, missing, or none at all."""
    codec = browser_codec(charset) or unicode_codec(charset) or charset
    try:
        return None if is_no_charset(codec) else codecs.lookup(codec).name
    except (LookupError, ValueError):
        return None


def _is_japanese(content: bytes) -> bool:
    return any(sign in content for sign in ESCAPE_TO_JAPANESE)


def _with_bom(text: str) -> bytes:
    return codecs.BOM_UTF8 + text.encode("utf-8", "replace")
