"""The tokens of RTF: groups, control words, and the bytes of text between them."""

import codecs
import re
from collections.abc import Iterator
from typing import NamedTuple

TOKEN = re.compile(
    r"\\(?P<word>[a-zA-Z]{1,32})(?P<number>-?\d{1,10})?[ ]?"
    r"|\\'(?P<hex>[0-9a-fA-F]{2})|\\(?P<sign>[^a-zA-Z'])|(?P<brace>[{}])|[\r\n\0]+|(?P<text>[^\\{}\r\n\0]+)",
    re.DOTALL,
)
CODECS_OF_CHARSETS = {
    0: "cp1252", 77: "mac_roman", 128: "cp932", 129: "cp949", 130: "johab", 134: "gb18030", 136: "cp950", 161: "cp1253",
    162: "cp1254", 163: "cp1258", 177: "cp1255", 178: "cp1256", 186: "cp1257", 204: "cp1251", 222: "cp874",
    238: "cp1250", 254: "cp437", 255: "cp850",
}  # fmt: skip
CODECS_OF_PAGES = {65001: "utf-8", 10000: "mac_roman", 936: "gb18030", 1361: "johab"}


class Token(NamedTuple):
    """A token. `kind` is `word` (with `number`), `bytes`, `sign`, `{` or `}`."""

    kind: str
    text: str = ""
    number: int | None = None


def tokens(content: bytes) -> Iterator[Token]:
    """Yield the tokens of a file. The binary data behind `\\bin` are left out. Bytes are characters up to U+00FF."""
    source = content.decode("latin-1")
    position = 0
    while (found := TOKEN.match(source, position)) is not None or position < len(source):
        if found is None:  # a backslash at the end, or one before a broken code
            position += 1
            continue
        position = found.end()
        if (word := found.group("word")) is not None:
            number = found.group("number")
            if word == "bin":
                position += max(0, int(number or 0))
            else:
                yield Token("word", word, int(number) if number is not None else None)
        elif (code := found.group("hex")) is not None:
            yield Token("bytes", chr(int(code, 16)))
        elif (text := found.group("text")) is not None:
            yield Token("bytes", text)
        elif (sign := found.group("sign")) is not None:
            yield Token("sign", sign)
        elif (brace := found.group("brace")) is not None:
            yield Token(brace)


def codec_of_page(number: int) -> str:
    """Return Python's codec for a code page of Windows; that of Western Europe if there is none."""
    name = CODECS_OF_PAGES.get(number, f"cp{number}")
    try:
        return codecs.lookup(name).name
    except LookupError:
        return "cp1252"
