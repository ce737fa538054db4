"""Parsing of untrusted XML: without entities, external document types, network access and unlimited nesting."""

from importlib import import_module
from typing import Any

from outlast.tools.documents.decoding import browser_codec, xml_charset
from outlast.tools.documents.document import Unreadable

ETREE: Any = import_module("lxml.etree")  # a compiled module without types


def parse_xml(content: bytes, part: str) -> Any:
    """Return the root element. Raises Unreadable with the name of the part."""
    codec, declared = browser_codec(xml_charset(content)), None
    if codec is not None:  # libxml2 does not know all labels, so it gets UTF-8
        content, declared = content.decode(codec, errors="replace").encode(), "utf-8"
    parser = ETREE.XMLParser(
        encoding=declared, resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False
    )
    try:
        root = ETREE.fromstring(content, parser)
    except (ETREE.XMLSyntaxError, ValueError) as error:
        raise Unreadable(f"its part {part} is damaged: {first_line(error)}") from error
    if root is None:
        raise Unreadable(f"its part {part} is empty")
    return root


def first_line(error: BaseException) -> str:
    """Return the first line of an error's message, up to 120 characters."""
    lines = str(error).partition(" (<string>")[0].splitlines()
    return lines[0][:120] if lines else type(error).__name__
