"""A reader of HTML. Its text is what a person who reads the page sees, block by block.

Blocks are separated by a blank line, each list item has its own line and begins with its mark, cells of a table row
are separated by ` | `. What nobody sees is left out, and so is navigation: menus, contents lists, and elements that
consist of short links. Their words are counted in the document's ledger.
"""

from selectolax.lexbor import LexborHTMLParser

from outlast.evidence.sources import Heading
from outlast.tools.documents.decoding import decode_html
from outlast.tools.documents.document import Document, Unreadable
from outlast.tools.documents.markup.walk import Walk

EXTRACTOR = "html/8"

MAX_FALLBACK_SHARE = 0.25
"""Of the words of a page: what it says to browsers without scripts is read if it is more, but for messages."""
MIN_FALLBACK_WORDS = 3
LANGUAGE_CHARACTERS = 2  # of a code of ISO 639-1


def read(content: bytes, stem: str) -> Document:
    """Read an HTML file. `stem` is the title if the page has none. Raises Unreadable."""
    document = parse_page(content, stem)
    if not document.text and b"<a " in content:
        raise Unreadable("it has only links to other pages, and no text of its own")
    return document


def parse_page(content: bytes, stem: str = "") -> Document:
    """Parse a page, which may be without text. Raises Unreadable."""
    return parse_markup(decode_html(content), stem)


def parse_markup(markup: str, stem: str = "") -> Document:
    """Parse a page that is decoded already."""
    parser = LexborHTMLParser(markup)
    walk = Walk()
    walk.read(parser)
    text = walk.page.output.text()
    words = len(text.split())
    reads_fallbacks = walk.fallback_words >= max(MIN_FALLBACK_WORDS if words else 1, MAX_FALLBACK_SHARE * words)
    keeps_links = walk.page.short_link_words > words > 0  # the page would be all but empty without them
    if reads_fallbacks or keeps_links:
        walk = Walk(reads_fallbacks=reads_fallbacks, keeps_short_links=keeps_links)
        walk.read(parser)
        text = walk.page.output.text()
    headings = tuple(walk.page.headings)
    return Document(
        text=text,
        title=_title(parser, text, headings) or stem,
        media_type="text/html",
        headings=headings,
        extractor=EXTRACTOR,
        tables=tuple(walk.page.tables.read),
        losses=walk.ledger.losses(),
        language=_language(parser),
    )


def _title(parser: LexborHTMLParser, text: str, headings: tuple[Heading, ...]) -> str:
    """Return the <title>, or the first heading if <title> is missing or begins with it: the rest is the site's name."""
    node = parser.css_first("head > title")
    declared = " ".join(node.text().split()) if node is not None else ""
    first = next((text[heading.start : heading.end] for heading in headings if heading.level == 1), "")
    heading = " ".join(first.split())
    return heading if not declared or (heading and declared.startswith(heading)) else declared


def _language(parser: LexborHTMLParser) -> str:
    """Return the language that the page declares, such as `de` for `de-AT`; "" if it declares none."""
    root = parser.root
    declared = (root.attributes.get("lang") or "") if root is not None else ""
    code = declared.replace("_", "-").partition("-")[0].strip().lower()
    return code if len(code) == LANGUAGE_CHARACTERS and code.isascii() and code.isalpha() else ""
