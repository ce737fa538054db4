"""A reader of JSON and of JSON by lines. Each record becomes a paragraph of `key: value`, such as `address.town: Rome`.

A record is an object of a list, or a line of a file of lines. Other values belong to the record around them; those of
the outermost object are a record of their own. Numbers are written as the file writes them.
"""

import json
from collections.abc import Iterator
from typing import Any, cast

from outlast.tools.documents.decoding import decode
from outlast.tools.documents.document import Document
from outlast.tools.documents.records.citations import citation_fields, entry_lines, is_citation
from outlast.tools.documents.records.record_text import RecordText, plain

EXTRACTOR = "json_records/3"
MAX_LIST_CHARACTERS = 300
"""A list of short values is written on one line up to this length, else each value on its own."""

Pairs = list[tuple[str, "Json"]]
Json = Any
"""A string (also for a number or a constant), a list, or an `_Object`."""


class _Object:
    """An object with its pairs in order. Unlike a dictionary, it keeps pairs of the same key."""

    def __init__(self, pairs: Pairs) -> None:
        self.pairs = pairs


def _constant(value: object) -> str:
    return {None: "null", True: "true", False: "false"}.get(cast("Any", value), str(value))


def read(content: bytes, stem: str) -> Document:
    """Read JSON, or one JSON value a line. What is neither is read as the text that it is. Raises Unreadable."""
    text = decode(content)
    records = RecordText("record")
    whole = _parse(text)
    if whole is not None:
        for lines in _records("", whole):
            records.add(lines)
    elif text.count("\n") and _parse(_first_line(text)) is not None:
        for line in text.split("\n"):
            if line.strip():
                value = _parse(line)
                records.add([line.strip()] if value is None else list(_all_lines("", value)))
    else:  # damaged, or JSON with comments
        return Document(text, stem, "application/json", (), EXTRACTOR)
    return records.document(stem, "application/json", EXTRACTOR)


def _parse(text: str) -> Json | None:
    try:
        return json.loads(text, object_pairs_hook=_Object, parse_float=str, parse_int=str, parse_constant=str)
    except ValueError:
        return None


def _first_line(text: str) -> str:
    return next((line for line in text.split("\n") if line.strip()), "")


def _records(path: str, value: Json) -> Iterator[list[str]]:
    """Yield the lines of each record: first what belongs to `value` itself, then the records inside it."""
    if isinstance(value, _Object) and is_citation(entry := _as_dictionary(value)):
        raw = dict(value.pairs)
        fields = citation_fields(entry, lambda key: list(_all_lines(key, raw[key])))
        yield entry_lines([plain(field) for field in fields])
        return
    own, inner = list[str](), list[tuple[str, Json]]()
    _collect(path, value, own, inner)
    if own:
        yield own
    for inner_path, record in inner:
        yield from _records(inner_path, record)


def _as_dictionary(value: _Object) -> dict[str, Json]:
    """Return an object with its names and dates as dictionaries; {} if two pairs have the same key."""

    def inside(each: object, depth: int) -> Json:
        if depth and isinstance(each, _Object):
            return {key: inside(one, depth - 1) for key, one in each.pairs}
        if depth and isinstance(each, list):
            return [inside(one, depth - 1) for one in cast("list[Json]", each)]
        return each

    found = {key: inside(each, 2) for key, each in value.pairs}
    return found if len(found) == len(value.pairs) else {}


def _collect(path: str, value: Json, own: list[str], inner: list[tuple[str, Json]]) -> None:
    if isinstance(value, _Object):
        for key, each in value.pairs:
            _collect(f"{path}.{key}" if path else key, each, own, inner)
    elif isinstance(value, list):
        values = cast("list[Json]", value)
        if any(isinstance(each, (_Object, list)) for each in values):
            inner += ((path, each) for each in values)
        else:
            own += _list_lines(path, [_scalar(each) for each in values])
    else:
        own.append(_line(path, _scalar(value)))


def _all_lines(path: str, value: Json) -> Iterator[str]:
    """Yield the lines of a value with all that is inside it, as one record."""
    for lines in _records(path, value):
        yield from lines


def _list_lines(path: str, values: list[str]) -> list[str]:
    line = _line(path, ", ".join(values))
    if len(line) <= MAX_LIST_CHARACTERS and "\n" not in line:
        return [line]
    return [_line(path, value) for value in values]


def _line(path: str, value: str) -> str:
    key = plain(" ".join(path.split()))
    return f"{key}: {value}".rstrip() if key else value


def _scalar(value: Json) -> str:
    return plain(value) if isinstance(value, str) else _constant(value)
