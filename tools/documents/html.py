"""HTML to the text that a reader of the page sees, block by block.

Blocks are separated by a blank line, list items stand on a line each behind their mark, cells of a table row are
separated by ` | `. What a reader does not see, or what is there to get around in the page, is left out: navigation,
contents lists, and whatever consists of links.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from selectolax.lexbor import LexborHTMLParser, LexborNode

from outlast.evidence.sources import Heading
from outlast.tools.documents.block_text import BlockText, Break, Mark
from outlast.tools.documents.decoding import decode_html
from outlast.tools.documents.document import Document, Unreadable

EXTRACTOR = "html/4"

# fmt: off
LEFT_OUT = {
    "audio", "button", "canvas", "embed", "head", "iframe", "input", "map", "nav", "noscript", "object", "script",
    "select", "style", "svg", "template", "textarea", "title", "video",
}
BLOCKS = {
    "address", "article", "aside", "blockquote", "body", "center", "details", "dialog", "div", "dt", "fieldset",
    "figcaption", "figure", "footer", "form", "header", "hgroup", "hr", "legend", "main", "p", "section", "summary",
}
# fmt: on
GROUPS = {"dl", "menu", "ol", "table", "ul"}
LINES = {"caption", "dd", "li", "tr"}
HEADINGS = {f"h{level}": level for level in range(1, 7)}
NAVIGATION = set(
    """
    breadcrumb breadcrumbs catlinks contents-list headerlink mw-editsection mw-jump-link nav navbar navbox navfooter
    navheader navigation pagination related site-footer skip-link sphinxsidebar table-of-contents tableofcontents toc
    toctree-wrapper vector-toc
    """.split()
)  # classes
ROLES = {"navigation", "search", "doc-toc", "doc-index", "doc-pagelist"}
ADMONITIONS = {"caution", "important", "note", "tip", "warning"}  # they name a box, not what comes after it
MAY_BE_LINKS = GROUPS - {"dl"} | {
    "aside",
    "div",
    "footer",
    "form",
    "header",
    "p",
    "section",
}  # not definitions: the words may be links
LEAST_LINKS = 3
LINKED = 0.75  # of the letters
CONTENTS = {"contents", "in this section", "on this page", "table of contents"}
PERMALINKS = {"¶", "#", "§", "🔗"}  # what documentation tools put behind a heading, for copying its address


def read(content: bytes, stem: str) -> Document:
    """`stem` is the title where the page has none. Raises Unreadable."""
    document = page_of(content, stem)
    if not document.text and b"<a " in content:
        raise Unreadable("it has only links to other pages, and no text of its own")
    return document


def page_of(content: bytes, stem: str = "") -> Document:
    """A page, whether or not there is text on it. Raises Unreadable."""
    parser = LexborHTMLParser(decode_html(content))
    page = _Page()
    if parser.root is not None:
        for node, entering in _walk(parser.root):
            if entering:
                page.enter(node)
            else:
                page.leave(node)
    text, headings = page.written.text(), tuple(page.headings)
    return Document(text, _title(parser, text, headings) or stem, "text/html", headings, EXTRACTOR)


def _title(parser: LexborHTMLParser, text: str, headings: tuple[Heading, ...]) -> str:
    """The page's first heading, unless its <title> is another; what a <title> adds to it is the site's name."""
    node = parser.css_first("head > title")
    declared = " ".join(node.text().split()) if node is not None else ""
    first = next((text[heading.start : heading.end] for heading in headings if heading.level == 1), "")
    heading = " ".join(first.split())
    return heading if not declared or (heading and declared.startswith(heading)) else declared


def _walk(root: LexborNode) -> Iterator[tuple[LexborNode, bool]]:
    """Every node that is read, entering (True) and leaving it. A loop: a page may nest deeper than Python can."""
    node = root
    while True:
        yield node, True
        below = _first_read(node.first_child)
        while below is None:
            yield node, False
            if node.mem_id == root.mem_id or node.parent is None:
                return
            below = _first_read(node.next)
            if below is None:
                node = node.parent
        node = below


def _first_read(node: LexborNode | None) -> LexborNode | None:
    """`node`, or the first of its next siblings that is not left out."""
    while node is not None and _is_left_out(node):
        node = node.next
    return node


def _is_left_out(node: LexborNode) -> bool:
    if not node.is_element_node:
        return not node.is_text_node
    if node.tag in LEFT_OUT:
        return True
    attributes = node.attributes
    if "hidden" in attributes or attributes.get("role") in ROLES:
        return True
    if node.tag == "footer" and node.parent is not None and node.parent.tag == "body":
        return True
    if not NAVIGATION.isdisjoint((attributes.get("class") or "").lower().split()):
        return True
    return node.tag == "a" and node.text().strip() in PERMALINKS


@dataclass
class _Opened:
    """An element that may consist of links, with what there was before it."""

    mark: Mark
    headings: int
    links: int
    said: int
    linked: int


class _Page:
    def __init__(self) -> None:
        self.written = BlockText()
        self.headings: list[Heading] = []
        self._opened: list[_Opened] = []
        self._anchors: list[bool] = []  # of each open one, whether it leads somewhere
        self._in_heading = 0
        self._links = 0
        self._said = 0  # letters
        self._linked = 0  # letters of links
        self._heading = ""  # the words of the last one
        self._heading_mark = self.written.mark()  # before it
        self._preformatted = 0
        self._rows: list[int] = []  # of each open table row, how many cells it has had
        self._lists: list[int | None] = []  # of each open list, the number of its next item; None: it is not numbered

    def enter(self, node: LexborNode) -> None:
        tag, written = node.tag, self.written
        self._open(tag)
        if node.is_text_node:
            self._write(node.text_content or "")
        elif tag == "a":
            self._enter_anchor(node)
        elif tag == "br":
            self._end_line()
        elif tag in HEADINGS:
            self._enter_heading()
        elif tag == "pre":
            written.separate(Break.BLANK_LINE)
            self._preformatted += 1
        elif tag in GROUPS:
            written.separate_inside()
            self._lists.append(1 if tag == "ol" else None)
        elif tag in LINES:
            self._enter_line(tag)
        elif tag in ("td", "th"):
            self._enter_cell()
        elif tag in BLOCKS:
            written.separate_block()

    def _open(self, tag: str | None) -> None:
        if tag in MAY_BE_LINKS and not self._in_heading:
            mark = self.written.mark()
            self._opened.append(_Opened(mark, len(self.headings), self._links, self._said, self._linked))

    def _enter_anchor(self, node: LexborNode) -> None:
        leads = "href" in node.attributes and not self._in_heading
        self._anchors.append(leads)
        self._links += leads

    def _end_line(self) -> None:
        if self._preformatted:
            self.written.write_preformatted("\n")
        else:
            self.written.end_line()

    def _enter_heading(self) -> None:
        if not self._in_heading:
            self._heading_mark = self.written.mark()
        self._in_heading += 1
        self.written.begin_heading()

    def leave(self, node: LexborNode) -> None:
        tag, written = node.tag, self.written
        if tag in HEADINGS:
            self._in_heading -= 1
            self._leave_heading(HEADINGS[tag])
        elif tag == "a":
            self._anchors.pop()
        elif tag == "pre":
            self._preformatted -= 1
            written.separate(Break.BLANK_LINE)
        elif tag in GROUPS:
            self._lists.pop()
            written.separate_inside()
        elif tag in ("li", "dd"):
            written.close_item(short=Break.LINE, long=Break.LINE)
        elif tag in ("td", "th"):
            written.close_item(short=Break.NONE, long=Break.BLANK_LINE)
        elif tag == "tr":
            self._rows.pop()
            written.separate(Break.LINE)
        elif tag in BLOCKS or tag == "caption":
            written.separate(Break.LINE if tag == "caption" else Break.BLANK_LINE)
        if tag in MAY_BE_LINKS and not self._in_heading:
            self._take_back_links(self._opened.pop())

    def _take_back_links(self, opened: _Opened) -> None:
        """Lists, boxes and paragraphs of links are there to get around in the site, and so is a heading over them."""
        said, linked = self._said - opened.said, self._linked - opened.linked
        if self._links - opened.links < LEAST_LINKS or linked < LINKED * said:
            return
        mark = opened.mark
        last = self.headings[opened.headings - 1] if opened.headings else None
        is_over = last is not None and last.end == mark.length and self._heading_mark.length <= last.start
        if is_over and self._heading.strip(" :").casefold() in CONTENTS:
            mark = self._heading_mark
        self.written.take_back(mark)
        while self.headings and self.headings[-1].end > self.written.length:
            self.headings.pop()
        self._links, self._said, self._linked = opened.links, opened.said, opened.linked

    def _write(self, text: str) -> None:
        letters = len(text.strip())
        self._said += letters
        if self._anchors and self._anchors[-1]:
            self._linked += letters
        if self._preformatted:
            self.written.write_preformatted(text)
        else:
            self.written.write(text)

    def _enter_line(self, tag: str) -> None:
        self.written.separate(Break.LINE)
        if tag == "tr":
            self._rows.append(0)
        elif tag == "dd":
            self.written.open_item()
        elif tag == "li":
            self.written.open_item(self._next_mark())

    def _next_mark(self) -> str:
        number = self._lists[-1] if self._lists else None
        if number is None:
            return "- "
        self._lists[-1] = number + 1
        return f"{number}. "

    def _enter_cell(self) -> None:
        if self._rows:
            if self._rows[-1]:
                self.written.separate(Break.CELL)
            self._rows[-1] += 1
        self.written.open_item()

    def _leave_heading(self, level: int) -> None:
        words, start = self.written.end_heading()
        self._heading = words
        if words and words.lower() not in ADMONITIONS:
            self.headings.append(Heading(start=start, end=start + len(words), level=level))
