"""What a file is by its content: names are wrong at times, and many files have no suffix that names a kind."""

import re
import zipfile
from io import BytesIO

from outlast.tools.documents.inflating import ARCHIVE_ERRORS, OLE_SIGNATURE

SNIFFED_BYTES = 2_048
PDF_MARK = b"%PDF-"
GZIP_MARK = b"\x1f\x8b\x08"
ZIP_MARK = b"PK\x03\x04"
WINMAIL_MARK = b"\x78\x9f\x3e\x22"

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
    rb"\A\s*(?:<\?xml[^>]{0,200}>\s*)?(?:<!--.{0,500}?-->\s*)*<(?:!doctype\s+html|html|head|body)\b", re.I | re.S
)
XML = re.compile(rb"\A\s*<(?:\?xml\s|[A-Za-z][\w:.-]{0,60}\s[^<>]{0,500}?\bxmlns(?::\w+)?\s?=)")
MANUAL_PAGE = re.compile(rb"^[.'](?:TH|Dd|SH|Sh|so)[ \t]+\S", re.M)
MANUAL_START = re.compile(
    rb"\A(?:[ \t]*(?:[.'][ \t]*(?:\\[\"#][^\n]*)?|\\[\"#][^\n]*)?\r?\n)*+[.'][ \t]*[A-Za-z]{1,3}(?:[ \t]+[^\n]*)?\r?\n"
)
"""Comments of a formatter, and a request to it."""
SNIFFED_MANUAL_BYTES = 65_536
"""A licence and macros of the page's own may stand above its title."""
MAIL_HEADERS = re.compile(
    rb"^(?:Return-Path|Received|Delivered-To|From|To|Date|Subject|Message-ID|MIME-Version|Content-Type|X-[\w-]+)[ ]?:",
    re.IGNORECASE | re.MULTILINE,
)
MIN_MAIL_HEADERS = 4
"""Of different names, before the first empty line. A letter in a text file has two or three such lines."""
MAILBOX = re.compile(rb"\AFrom \S+ .{0,30}\d{2}:\d{2}.{0,30}\d{4}\r?\n[\w-]+:")
EMPTY_LINE = re.compile(rb"\r?\n\r?\n")
SCRIPT = re.compile(rb"\A#!\s?/")
KIND_OF_BEGINNING = {
    re.compile(rb"\A\{\\rtf"): ".rtf",
    WEB_PAGE: ".html",
    XML: ".xml",
    MAILBOX: ".mbox",
    SCRIPT: ".log",  # read as it stands, as programs are
}


def web_page_reason(kind: str) -> str:
    """Return why a web page that was saved in place of a document of this kind, such as `PDF`, is not read."""
    return f"it is no {kind} but a web page, such as a page that asks to log in: download the document again"


def recognize(content: bytes) -> str:
    """Return the suffix of what the content plainly is, such as `.pdf` or `.html`; "" for other content.

    Of text, these are web pages, XML, mails, pages of a manual, and scripts, which begin in an unmistakable way.
    """
    start = content[:SNIFFED_BYTES]
    if start.lstrip().startswith(PDF_MARK):
        return ".pdf"
    if start.startswith(ZIP_MARK):
        return _kind_of_zip(content)
    if start.startswith(OLE_SIGNATURE):
        return _kind_of_ole(content)
    if start.startswith(WINMAIL_MARK):
        return ".tnef"
    if start.startswith(GZIP_MARK):
        return ".gz"
    kind = _kind_of_text(start.removeprefix(b"\xef\xbb\xbf"))
    return kind or (".man" if _is_manual_page(content[:SNIFFED_MANUAL_BYTES]) else "")


def _kind_of_text(start: bytes) -> str:
    for beginning, kind in KIND_OF_BEGINNING.items():
        if beginning.match(start):
            return kind
    return ".eml" if _is_mail(start) else ""


def _is_manual_page(start: bytes) -> bool:
    """Whether requests to a formatter stand at the beginning, after comments, and one of them begins a page."""
    return MANUAL_START.match(start) is not None and MANUAL_PAGE.search(start) is not None


def _is_mail(start: bytes) -> bool:
    headers = MAIL_HEADERS.findall(EMPTY_LINE.split(start, maxsplit=1)[0])
    return len({header.lower() for header in headers}) >= MIN_MAIL_HEADERS


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
