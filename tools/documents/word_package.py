"""The parts of a .docx file. Only this module calls python-docx."""

from dataclasses import dataclass
from io import BytesIO
from typing import Any

from outlast.tools.documents.document import Unreadable
from outlast.tools.documents.inflating import ENCRYPTED_REASON, OLE_SIGNATURE, Archive

PART_KINDS = ("numbering", "footnotes", "endnotes")


@dataclass(frozen=True)
class WordPackage:
    """The parts that `outlast.tools.documents.word` reads. `body` and `styles` are lxml elements, which are untyped."""

    body: Any
    styles: Any
    title: str
    """The title in the document's properties, or ""."""
    parts: dict[str, bytes]
    """The XML of the PART_KINDS that the document has, by kind."""


def open_package(content: bytes) -> WordPackage:
    """Open a .docx file. Raises Unreadable if it is encrypted, damaged, another format, or too large when unpacked."""
    if content.startswith(OLE_SIGNATURE):
        if "EncryptedPackage".encode("utf-16-le") in content:
            raise Unreadable(ENCRYPTED_REASON)
        raise Unreadable("it is in the format of an older Word: save it as .docx")
    Archive(content)  # refuses zip bombs before python-docx unpacks them
    import docx  # noqa: PLC0415 - slow to import, and most formats do not need it

    try:
        document: Any = docx.Document(BytesIO(content))
        title = " ".join(str(document.core_properties.title or "").split())
        return WordPackage(document.element.body, document.styles.element, title, _parts(document))
    except MemoryError:
        raise
    except Exception as error:  # on a broken package, python-docx raises many kinds of errors
        raise Unreadable(f"it is not a Word document, or it is damaged ({type(error).__name__})") from error


def _parts(document: Any) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    for relation in document.part.rels.values():
        kind = str(relation.reltype).rpartition("/")[2]
        if kind in PART_KINDS and not relation.is_external:
            found[kind] = bytes(relation.target_part.blob)
    return found
