"""What a file is by its content: names are wrong at times, and many files have no suffix that names a kind."""

import re
import zipfile
from io import BytesIO

from outlast.tools.documents.inflating import ARCHIVE_ERRORS, OLE_SIGNATURE

SNIFFED_BYTES = 2_048
PDF_MARK = b"%PDF-"
GZIP_MARK = b"\x1f\x8b\x08"
ZIP_MARK = b"PK\x03\x04"
RTF_MARK = b"{\\rtf"

KIND_OF_ZIP_FOLDER = {"word/": ".docx", "xl/": ".xlsx", "ppt/": ".pptx"}
KIND_OF_MIMETYPE = {
    b"application/epub+zip": ".epub",
    b"application/vnd.oasis.opendocument.text": ".odt",
    b"application/vnd.oasis.opendocument.spreadsheet": ".ods",
    b"application/vnd.oasis.opendocument.presentation": ".odp",
}
KIND_OF_OLE_STREAM = {
    "__properties_": ".msg",
    "WordDocument": ".doc",
    "Workbook": ".xls",
    "PowerPoint Document": ".ppt",
}
OLE_ENCRYPTED_STREAM = "EncryptedPackage"

WEB_PAGE = re.compile(
    rb"\A\s*(?:<\?xml[^>]{0,200}>\s*)?(?:<!--.{0,500}?-->\s*)*<(?:!doctype\s+html|html)\b", re.I | re.S
)
XML = re.compile(rb"\A\s*<\?xml\s")
MANUAL_PAGE = re.compile(rb"^[.'](?:TH|Dd|SH|Sh|so)[ \t]+\S", re.M)
MANUAL_START = re.compile(rb"\A(?:[.']\\\"|'\\\"|[.'](?:TH|Dd|Id|so|ds|de|if|ie|nr|ig)\b|\\\"|\s*\n)")
SCRIPT = re.compile(rb"\A#!\s?/")


def recognize(content: bytes) -> str:
    """Return the suffix of what the content plainly is, such as `.pdf` or `.html`; "" for other content.

    For plain text, that is a web page, XML, a page of a manual, or a script, which begin in an unmistakable way.
    """
    start = content[:SNIFFED_BYTES]
    if start.lstrip().startswith(PDF_MARK):
        return ".pdf"
    if start.startswith(ZIP_MARK):
        return _kind_of_zip(content)
    if start.startswith(OLE_SIGNATURE):
        return _kind_of_ole(content)
    if start.startswith(GZIP_MARK):
        return ".gz"
    return _kind_of_text(start.removeprefix(b"\xef\xbb\xbf"))


def _kind_of_text(start: bytes) -> str:
    if start.startswith(RTF_MARK):
        return ".rtf"
    if WEB_PAGE.match(start):
        return ".html"
    if XML.match(start):
        return ".xml"
    if SCRIPT.match(start):
        return ".log"  # read as it stands, as programs are
    return ".man" if MANUAL_START.match(start) and MANUAL_PAGE.search(start) else ""


def _kind_of_zip(content: bytes) -> str:
    try:
        with zipfile.ZipFile(BytesIO(content)) as opened:
            names = opened.namelist()
            mimetype = opened.read("mimetype")[:100].strip() if "mimetype" in names else b""
    except (*ARCHIVE_ERRORS, RuntimeError):  # damaged, or encrypted
        return ""
    if "[Content_Types].xml" in names:
        for folder, kind in KIND_OF_ZIP_FOLDER.items():
            if any(name.startswith(folder) for name in names):
                return kind
    return KIND_OF_MIMETYPE.get(mimetype, ".zip")


def _kind_of_ole(content: bytes) -> str:
    """Return the kind of an old Office file by the names in its directory; "" if it is encrypted or another kind."""
    if OLE_ENCRYPTED_STREAM.encode("utf-16-le") in content:
        return ""
    for stream, kind in KIND_OF_OLE_STREAM.items():
        if stream.encode("utf-16-le") in content:
            return kind
    return ""
