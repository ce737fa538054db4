"""A reader of BibTeX: each entry becomes a paragraph of `key: value`."""

import re

from outlast.evidence.losses import Loss, LossKind
from outlast.tools.documents.decoding import decode
from outlast.tools.documents.document import Document
from outlast.tools.documents.records.citations import entry_lines
from outlast.tools.documents.records.record_text import RecordText
from outlast.tools.documents.tex.reader import plain_text

EXTRACTOR = "bibliography/4"

ENTRY = re.compile(r"@[ \t]*(?P<type>\w+)[ \t\n]*(?P<open>[{(])")
KEY = re.compile(r"[ \t\n]*(?P<key>[^,={}()\n]{1,300}?)[ \t\n]*(?:,|(?=[})]))")
FIELD = re.compile(r"[ \t\n,]*(?P<name>[\w:.+/-]{1,60})[ \t\n]*=[ \t\n]*")
BARE_VALUE = re.compile(r"[^\s,{}()#\"]{1,300}")
SIGN = re.compile(r"\\.|[{}\"]", re.DOTALL)
MONTHS = {
    "jan": "January", "feb": "February", "mar": "March", "apr": "April", "may": "May", "jun": "June", "jul": "July",
    "aug": "August", "sep": "September", "oct": "October", "nov": "November", "dec": "December",
}  # fmt: skip
PATH_FIELDS = frozenset({"file", "bdsk-file-1"})
"""Where programs keep the paths of the files that belong to an entry."""
WORD = re.compile(r"\w+")


def read(content: bytes, stem: str) -> Document:
    """Read a bibliography. What stands between its entries is a comment, which is in the ledger. Raises Unreadable."""
    text = decode(content)
    records, strings, position, hidden, markup = RecordText("entry"), dict[str, str](MONTHS), 0, 0, 0
    while (entry := ENTRY.search(text, position)) is not None:
        hidden += len(WORD.findall(text[position : entry.start()]))
        kind = entry.group("type").lower()
        if kind == "comment":
            position = _end_of_value(text, entry.end() - 1)
            hidden += len(WORD.findall(text[entry.end() : position]))
        elif kind == "preamble":
            position = _end_of_value(text, entry.end() - 1)
            markup += len(WORD.findall(text[entry.end() : position]))
        elif kind == "string":
            fields, position = _fields(text, entry.end(), strings)
            strings.update({name.lower(): value for name, value in fields})
            markup += len(fields)
        else:
            key = KEY.match(text, entry.end())
            fields, position = _fields(text, key.end() if key else entry.end(), strings)
            lines = [f"key: {key.group('key').strip()}"] if key else []
            shown = [(name, value) for name, value in fields if name.lower() not in PATH_FIELDS]
            markup += sum(len(WORD.findall(value)) for name, value in fields if name.lower() in PATH_FIELDS)
            lines += [f"type: {kind}", *(f"{name}: {plain_text(value)}" for name, value in shown)]
            records.add(entry_lines(lines))
    hidden += len(WORD.findall(text[position:]))
    document = records.document(stem, "text/x-bibtex", EXTRACTOR)
    counted = ((LossKind.HIDDEN, "comments", hidden), (LossKind.MARKUP, "settings", markup))
    losses = tuple(Loss(kind=loss, place=place, words=words) for loss, place, words in counted if words)
    return Document(document.text, stem, document.media_type, (), EXTRACTOR, document.places, losses=losses)


def _fields(text: str, position: int, strings: dict[str, str]) -> tuple[list[tuple[str, str]], int]:
    """Return the fields of an entry, and the offset after the entry."""
    fields = list[tuple[str, str]]()
    while (field := FIELD.match(text, position)) is not None:
        value, position = _value(text, field.end(), strings)
        fields.append((field.group("name"), value))
    closed = re.compile(r"[ \t\n,]*[})]?").match(text, position)
    return fields, closed.end() if closed else position


def _value(text: str, position: int, strings: dict[str, str]) -> tuple[str, int]:
    """Return a value, of which parts may be joined by `#`, and the offset after it."""
    parts = list[str]()
    while position < len(text):
        if text[position] in '{"':
            end = _end_of_value(text, position)
            parts.append(text[position + 1 : end - 1])
        else:
            bare = BARE_VALUE.match(text, position)
            if bare is None:
                break
            end = bare.end()
            parts.append(strings.get(bare.group().lower(), bare.group()))
        joined = re.compile(r"[ \t\n]*#[ \t\n]*").match(text, end)
        position = joined.end() if joined else end
        if joined is None:
            break
    return "".join(parts), position


def _end_of_value(text: str, start: int) -> int:
    """Return the offset after the brace or quotation mark that ends the value at `start`."""
    depth = 0
    for sign in SIGN.finditer(text, start):
        if sign.group() == "{":
            depth += 1
        elif sign.group() == "}":
            depth -= 1
            if depth <= 0 and text[start] != '"':
                return sign.end()
        elif sign.group() == '"' and text[start] == '"' and not depth and sign.start() > start:
            return sign.end()
    return len(text)
