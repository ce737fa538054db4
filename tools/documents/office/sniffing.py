"""Which office format a file is in, by its content: names often say another one, as of a .docx that is named .doc."""

import zipfile
from io import BytesIO

from outlast.tools.documents.inflating import ARCHIVE_ERRORS, ENCRYPTED_REASON, OLE_SIGNATURE

ZIP_SIGNATURE = b"PK\x03\x04"
RTF_SIGNATURE = b"{\\rtf"
MAIN_PARTS = {"word/": ".docx", "xl/": ".xlsx", "ppt/": ".pptx"}
OPEN_DOCUMENT_TYPES = {"text": ".odt", "spreadsheet": ".ods", "presentation": ".odp"}
OPEN_DOCUMENT_PREFIX = b"application/vnd.oasis.opendocument."
MAX_TYPE_BYTES = 100
OLDER_FORMATS = {"WordDocument": "Word", "Workbook": "Excel", "Book": "Excel", "PowerPoint Document": "PowerPoint"}
"""The programs by the names of the main streams in their older formats."""
NEWER_SUFFIXES = {"Word": ".docx", "Excel": ".xlsx", "PowerPoint": ".pptx"}


def office_suffix(content: bytes) -> str:
    """Return the suffix of the office format that the content is in, such as `.docx`; "" if it is none that is read."""
    if content.startswith(RTF_SIGNATURE):
        return ".rtf"
    if not content.startswith(ZIP_SIGNATURE):
        return ""
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            names = archive.namelist()
            if "mimetype" in names and archive.getinfo("mimetype").file_size <= MAX_TYPE_BYTES:
                return _open_document_suffix(archive.read("mimetype").strip())
    except ARCHIVE_ERRORS:
        return ""
    if not any(name.lower() == "[content_types].xml" for name in names):
        return ""
    return next((suffix for folder, suffix in MAIN_PARTS.items() if any(name.startswith(folder) for name in names)), "")


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


def _open_document_suffix(mimetype: bytes) -> str:
    if not mimetype.startswith(OPEN_DOCUMENT_PREFIX):
        return ""
    kind = mimetype.removeprefix(OPEN_DOCUMENT_PREFIX).decode("ascii", errors="replace").partition("-template")[0]
    return OPEN_DOCUMENT_TYPES.get(kind, "")
