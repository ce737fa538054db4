"""A .docx opened by python-docx: the one place that calls it."""

from dataclasses import dataclass
from io import BytesIO
from typing import Any

from outlast.tools.documents.document import Unreadable
from outlast.tools.documents.inflating import ENCRYPTED_REASON, OLE_SIGNATURE, Archive

PART_KINDS = ("numbering", "footnotes", "endnotes")


@dataclass(frozen=True)
class WordPackage:
    """The elements of lxml are untyped."""

    body: Any
    styles: Any
    title: str
    """What the properties of the document call it, or ""."""
    parts: dict[str, bytes]
    """The XML of those of PARTS that there are."""


def open_package(content: bytes) -> WordPackage:
    """Raises Unreadable where it is encrypted, damaged, no Word document, or would be too large unpacked."""
    if content.startswith(OLE_SIGNATURE):
        if "EncryptedPackage".encode("utf-16-le") in content:
            raise Unreadable(ENCRYPTED_REASON)
        raise Unreadable("it is of an older Word than its name says: save it as .docx")
    Archive(content)  # refuses what must not be unpacked, before the library unpacks it
    import docx  # noqa: PLC0415 - it is slow to load, and not for all

    try:
        document: Any = docx.Document(BytesIO(content))
        title = " ".join(str(document.core_properties.title or "").split())
        return WordPackage(document.element.body, document.styles.element, title, _parts(document))
    except MemoryError:
        raise
    except Exception as error:  # on a broken package the library raises whatever it stumbles over
        raise Unreadable(f"it is no Word document, or it is damaged ({type(error).__name__})") from error


def _parts(document: Any) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    for relation in document.part.rels.values():
        kind = str(relation.reltype).rpartition("/")[2]
        if kind in PART_KINDS and not relation.is_external:
            found[kind] = bytes(relation.target_part.blob)
    return found
