"""JSON in what a model wrote: between other words, in a fence, after thinking aloud, with a comma too many."""

import json
import re
from collections.abc import Iterator
from typing import Any, cast

THINKING = re.compile(r"<think(?:ing)?>.*?(?:</think(?:ing)?>|\Z)", re.DOTALL)
COMMA_TOO_MANY = re.compile(r",(?=\s*[}\]])")
MAX_OBJECT_STARTS = 50
"""A text that opens more brackets than this without an object is not JSON."""

DECODER = json.JSONDecoder(strict=False)  # line ends inside strings, as weak models write them


def find_json_objects(answer: str) -> Iterator[dict[str, Any]]:
    """Every whole object in `said`, the outermost first. One that was cut off is none: what is missing nobody knows."""
    text = THINKING.sub("", answer)
    yield from decode_objects(text)
    mended = COMMA_TOO_MANY.sub("", text)
    if mended != text:
        yield from decode_objects(mended)


def decode_objects(text: str) -> Iterator[dict[str, Any]]:
    at = text.find("{")
    for _ in range(MAX_OBJECT_STARTS):
        if at < 0:
            return
        try:
            found, end = DECODER.raw_decode(text, at)
        except (json.JSONDecodeError, RecursionError):
            at = text.find("{", at + 1)
            continue
        yield cast("dict[str, Any]", found)
        at = text.find("{", end)
