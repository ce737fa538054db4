"""The reader of files of an older Office: .doc, .xls, .ppt. Their formats are not read, and the reason says what to do.

What is plain text under such a name is read. Other content never comes here: it is recognized before.
"""

from outlast.tools.documents.document import Document, Unreadable
from outlast.tools.documents.inflating import ENCRYPTED_REASON, OLE_SIGNATURE
from outlast.tools.documents.plain import reader as plain

EXTRACTOR = "older_office/2"

OLDER_FORMATS = {"WordDocument": "Word", "Workbook": "Excel", "Book": "Excel", "PowerPoint Document": "PowerPoint"}
"""The programs by the names of the main streams in their older formats."""
NEWER_SUFFIXES = {"Word": ".docx", "Excel": ".xlsx", "PowerPoint": ".pptx"}


def read(content: bytes, stem: str) -> Document:
    """Read plain text. Raises Unreadable with what to do for the formats of an older Office."""
    if is_older_office(content):
        raise Unreadable(why_older_office(content))
    return plain.read(content, stem)


def is_older_office(content: bytes) -> bool:
    """Return whether the content is a container of an older Office, or of an encrypted document."""
    return content.startswith(OLE_SIGNATURE)


def why_older_office(content: bytes) -> str:
    """Return why such a container is not read, and what to do."""
    if "EncryptedPackage".encode("utf-16-le") in content:
        return ENCRYPTED_REASON
    for stream, program in OLDER_FORMATS.items():
        if f"{stream}\0".encode("utf-16-le") in content:
            return f"it is in the format of an older {program}: save it as {NEWER_SUFFIXES[program]}"
    return "it is in the format of an older Office: save it as .docx, .xlsx or .pptx"
