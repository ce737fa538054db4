"""Extract the main text of a fetched page. Parser processes load this module to read pages."""

import codecs
import re
from dataclasses import replace

import trafilatura
from selectolax.lexbor import LexborHTMLParser

from outlast.evidence.losses import Loss, LossKind
from outlast.tools.documents.decoding import BOMS, browser_codec, decode_html, unicode_codec
from outlast.tools.documents.document import Document, Unreadable
from outlast.tools.documents.lightweight import markdown
from outlast.tools.documents.markup import html
from outlast.tools.documents.markup.ledger import count_words
from outlast.tools.documents.pdf import reader as pdf
from outlast.tools.documents.plain import reader as plain
from outlast.tools.web.pages.declared import Declared
from outlast.tools.web.pages.main_text import select_main

EXTRACTOR = f"page/3, {html.EXTRACTOR}, trafilatura/{trafilatura.__version__}"

MIN_MAIN_TEXT_SHARE = 0.25
"""If the main text that was found is a smaller share of the page's text, it is only a part of the real main text."""
MAX_LOGIN_PAGE_CHARACTERS = 1_500
"""A page with a password field and less text than this is a login page."""
PDF_SEARCH_BYTES = 1_024
MARKUP = re.compile(rb"\s*(?:<!doctype\s+html|<html|<\?xml[^>]{0,200}>\s*<(?:!doctype\s+html|html))", re.IGNORECASE)


def read_page(name: str, content: bytes) -> Document:
    """Read a page as a document. `name` is a `Declared` in JSON. Raises Unreadable.

    This is a `ReadFunction` of `outlast.tools.ingest.parsing.child`.
    """
    declared = Declared.model_validate_json(name)
    if not content.strip():
        raise Unreadable("it has no text")
    try:
        document = _read(declared, content)
    except RecursionError as error:
        raise Unreadable("it is nested too deeply") from error
    if not document.text.strip():
        raise Unreadable("it has no text")
    return document


def _read(declared: Declared, content: bytes) -> Document:
    if b"%PDF-" in content[:PDF_SEARCH_BYTES]:
        return pdf.read(content, declared.stem)
    if declared.media_type == "application/pdf":
        declared = declared.model_copy(update={"media_type": ""})  # some sites send a login page with that media type
    is_html = declared.media_type in ("text/html", "application/xhtml+xml") or MARKUP.match(content)
    if is_html:
        return _read_html(as_utf_8(content, declared.charset), declared.stem)
    if declared.media_type == "text/markdown":
        return markdown.read(as_utf_8(content, declared.charset), declared.stem)
    if declared.media_type == "text/plain":
        return plain.read(as_utf_8(content, declared.charset), declared.stem)
    raise Unreadable("it is neither a page nor a PDF nor text")


def as_utf_8(content: bytes, charset: str) -> bytes:
    """Convert the content to UTF-8 with a byte order mark if the declared charset is one that browsers know."""
    if any(content.startswith(bom) for bom, _ in BOMS):  # it overrides the header in browsers too
        return content
    codec = browser_codec(charset) or unicode_codec(charset)
    # Content that is wrongly declared as UTF-8 stays unchanged: the readers decode it line by line.
    if codec is None or (codec == "utf-8" and not _is_utf_8(content)):
        return content
    return codecs.BOM_UTF8 + content.decode(codec, errors="replace").encode()


def _is_utf_8(content: bytes) -> bool:
    try:
        content.decode()
    except UnicodeDecodeError:
        return False
    return True


def _read_html(content: bytes, stem: str) -> Document:
    """Return the main text: what trafilatura finds, as our HTML reader writes it."""
    full = html.parse_page(content, stem)
    _check_readable(content, full)
    main = _main_of(content, full)
    chosen = main if main is not None and len(main.text) >= MIN_MAIN_TEXT_SHARE * len(full.text) else full
    return replace(chosen, title=full.title, extractor=EXTRACTOR, losses=_losses(full, chosen), language=full.language)


def _losses(full: Document, chosen: Document) -> tuple[Loss, ...]:
    """Return what the page has lost, and the words outside its main text."""
    outside = count_words(full.text) - count_words(chosen.text)
    if outside <= 0:
        return full.losses
    return (*full.losses, Loss(kind=LossKind.NAVIGATION, place="outside the main text", words=outside))


def _main_of(content: bytes, full: Document) -> Document | None:
    found = trafilatura.extract(
        decode_html(content),
        output_format="html",
        favor_recall=True,
        include_comments=False,
        include_tables=True,
        include_formatting=True,  # it would join raised text to the word before it
    )
    return select_main(full, html.parse_markup(found.encode("utf-8", "replace").decode())) if found else None


def _check_readable(content: bytes, page: Document) -> None:
    is_empty = not page.text.strip()
    if not is_empty and (len(page.text) >= MAX_LOGIN_PAGE_CHARACTERS or b"password" not in content.lower()):
        return
    parser = LexborHTMLParser(decode_html(content))
    if parser.css_first('input[type="password" i]') is not None:
        raise Unreadable("it requires a login")
    if is_empty and parser.css_first("script") is not None:
        raise Unreadable("it has no text without the scripts that it runs in a browser")
    if is_empty and parser.css_first("a[href]") is not None:
        raise Unreadable("it has only links to other pages, and no text of its own")
