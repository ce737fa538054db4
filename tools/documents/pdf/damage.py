"""Damage inside a PDF that pdfium says nothing of: it draws what it can decode, and the rest of a page is missing."""

import re
import zlib
from collections.abc import Iterator

STREAM = re.compile(rb"(?<!end)stream\r?\n")
FLATE_ALONE = re.compile(rb"/Filter\s*\[?\s*/(?:FlateDecode|Fl)\s*(?:\]|/|>>)")
DRAWS_NOTHING = re.compile(rb"/Subtype\s*/(?:Image|XML)\b|/Type\s*/(?:XRef|Metadata)\b|/N\s+[134]\b|/FunctionType\b")
"""Pictures, colours and what is about the file: no words of a page are in them."""
ENCRYPTED = re.compile(rb"/Encrypt\s+\d+\s+\d+\s+R|/Encrypt\s*<<")
OBJECT = re.compile(rb"obj\b")
OBJECT_NUMBER = re.compile(rb"(\d+)\s+(\d+)\s+\Z")
MAX_NUMBER_BYTES = 20
CONTENTS = re.compile(rb"/Contents\s*(?:\[\s*((?:\d{1,9}\s+\d{1,5}\s+R\s*){1,200})\]|(\d{1,9}\s+\d{1,5}\s+R))")
REFERENCE = re.compile(rb"(\d+)\s+(\d+)\s+R")
PACKED_OBJECTS = b"/ObjStm"
MAX_DICTIONARY_BYTES = 1_000
BLOCK_BYTES = 262_144
MAX_DECODED_BYTES = 100_000_000
"""Of all streams: the rest is taken to be whole."""


def has_damaged_stream(content: bytes) -> bool:
    """Return whether a compressed stream of a file, which may be a part of a page, cannot be decoded to its end."""
    if ENCRYPTED.search(content):
        return False
    budget = MAX_DECODED_BYTES
    for stream in _compressed_streams(content):
        decoder, rest = zlib.decompressobj(), stream
        try:
            while rest and not decoder.eof and budget > 0:
                budget -= len(decoder.decompress(rest, BLOCK_BYTES))
                rest = decoder.unconsumed_tail
        except zlib.error as error:
            # A wrong checksum ends streams of some programs: all was decoded before. A wrong header is no such stream.
            if not any(harmless in str(error) for harmless in ("incorrect data check", "incorrect header check")):
                return True
    return False


def lacks_contents(content: bytes) -> bool:
    """Return whether a page refers to contents that the file does not have: pdfium takes it for an empty page."""
    if PACKED_OBJECTS in content:  # objects may be in there
        return False
    asked = {
        (int(number), int(generation))
        for found in CONTENTS.finditer(content)
        for number, generation in REFERENCE.findall(found[1] or found[2])
    }
    return bool(asked) and not asked <= set(_objects(content))


def _objects(content: bytes) -> Iterator[tuple[int, int]]:
    """Yield the numbers of the objects. Their word is looked for first: a number before it is slow to look for."""
    for found in OBJECT.finditer(content):
        number = OBJECT_NUMBER.search(content[max(0, found.start() - MAX_NUMBER_BYTES) : found.start()])
        if number is not None:
            yield int(number[1]), int(number[2])


def _compressed_streams(content: bytes) -> Iterator[bytes]:
    for found in STREAM.finditer(content):
        before = content[max(0, found.start() - MAX_DICTIONARY_BYTES) : found.start()]
        dictionary = before[before.rfind(b" obj") + 1 :]
        if FLATE_ALONE.search(dictionary) and not DRAWS_NOTHING.search(dictionary):
            end = content.find(b"endstream", found.end())
            yield content[found.end() : end if end >= 0 else len(content)]
