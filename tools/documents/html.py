"""A reader of HTML. Its text is what a person who reads the page sees, block by block.

Blocks are separated by a blank line, each list item has its own line and begins with its mark, cells of a table row
are separated by ` | `. Invisible elements are left out, and so is navigation: menus, contents lists, and elements that
consist of links.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from selectolax.lexbor import LexborHTMLParser, LexborNode

from outlast.evidence.sources import Heading
from outlast.tools.documents.block_text import BlockText, Break, Savepoint
from outlast.tools.documents.decoding import decode_html
from outlast.tools.documents.document import Document, Unreadable

EXTRACTOR = "html/4"

# fmt: off
SKIPPED_TAGS = {
    "audio", "button", "canvas", "embed", "head", "iframe", "input", "map", "nav", "noscript", "object", "script",
    "select", "style", "svg", "template", "textarea", "title", "video",
}
BLOCK_TAGS = {
    "address", "article", "aside", "blockquote", "body", "center", "details", "dialog", "div", "dt", "fieldset",
    "figcaption", "figure", "footer", "form", "header", "hgroup", "hr", "legend", "main", "p", "section", "summary",
}
# fmt: on
GROUP_TAGS = {"dl", "menu", "ol", "table", "ul"}
LINE_TAGS = {"caption", "dd", "li", "tr"}
HEADING_LEVELS = {f"h{level}": level for level in range(1, 7)}
NAVIGATION_CLASSES = set(
    """
    breadcrumb breadcrumbs catlinks contents-list headerlink mw-editsection mw-jump-link nav navbar navbox navfooter
    navheader navigation pagination related site-footer skip-link sphinxsidebar table-of-contents tableofcontents toc
    toctree-wrapper vector-toc
    """.split()
)
NAVIGATION_ROLES = {"navigation", "search", "doc-toc", "doc-index", "doc-pagelist"}
ADMONITION_TITLES = {"caution", "important", "note", "tip", "warning"}  # they name a box, not the section after it
LINK_CONTAINER_TAGS = (GROUP_TAGS - {"dl"}) | {"aside", "div", "footer", "form", "header", "p", "section"}
"""Elements that are dropped if they consist of links. Not definition lists: the words they define may be links."""
MIN_LINKS = 3
MIN_LINKED_SHARE = 0.75  # of the letters of an element
CONTENTS_TITLES = {"contents", "in this section", "on this page", "table of contents"}
PERMALINK_TEXTS = {"¶", "#", "§", "🔗"}  # documentation tools put such a link after a heading, for copying its address


def read(content: bytes, stem: str) -> Document:
    """Read an HTML file. `stem` is the title if the page has none. Raises Unreadable."""
    document = parse_page(content, stem)
    if not document.text and b"<a " in content:
        raise Unreadable("it has only links to other pages, and no text of its own")
    return document


def parse_page(content: bytes, stem: str = "") -> Document:
    """Parse a page, which may be without text. Raises Unreadable."""
    parser = LexborHTMLParser(decode_html(content))
    page = _Page()
    if parser.root is not None:
        for node, entering in _walk(parser.root):
            if entering:
                page.enter(node)
            else:
                page.leave(node)
    text, headings = page.output.text(), tuple(page.headings)
    return Document(text, _title(parser, text, headings) or stem, "text/html", headings, EXTRACTOR)


def _title(parser: LexborHTMLParser, text: str, headings: tuple[Heading, ...]) -> str:
    """Return the <title>, or the first heading if <title> is missing or begins with it: the rest is the site's name."""
    node = parser.css_first("head > title")
    declared = " ".join(node.text().split()) if node is not None else ""
    first = next((text[heading.start : heading.end] for heading in headings if heading.level == 1), "")
    heading = " ".join(first.split())
    return heading if not declared or (heading and declared.startswith(heading)) else declared


def _walk(root: LexborNode) -> Iterator[tuple[LexborNode, bool]]:
    """Yield every node that is read, at entering (True) and at leaving it (False).

    This is a loop, because a page may nest deeper than Python's recursion limit.
    """
    node = root
    while True:
        yield node, True
        following = _first_read(node.first_child)
        while following is None:
            yield node, False
            if node.mem_id == root.mem_id or node.parent is None:
                return
            following = _first_read(node.next)
            if following is None:
                node = node.parent
        node = following


def _first_read(node: LexborNode | None) -> LexborNode | None:
    """Return `node`, or the first of its next siblings that is not left out."""
    while node is not None and _is_left_out(node):
        node = node.next
    return node


def _is_left_out(node: LexborNode) -> bool:
    if not node.is_element_node:
        return not node.is_text_node
    if node.tag in SKIPPED_TAGS:
        return True
    attributes = node.attributes
    if "hidden" in attributes or attributes.get("role") in NAVIGATION_ROLES:
        return True
    if node.tag == "footer" and node.parent is not None and node.parent.tag == "body":
        return True
    if not NAVIGATION_CLASSES.isdisjoint((attributes.get("class") or "").lower().split()):
        return True
    return node.tag == "a" and node.text().strip() in PERMALINK_TEXTS


@dataclass
class _OpenElement:
    """An open element that may consist of links, and the counts of the page before it."""

    savepoint: Savepoint
    headings: int
    links: int
    letters: int
    linked_letters: int


class _Page:
    """Builds the text of a page from the nodes that it enters and leaves."""

    def __init__(self) -> None:
        self.output = BlockText()
        self.headings: list[Heading] = []
        self._opened: list[_OpenElement] = []
        self._anchors: list[bool] = []  # of each open <a>, whether it is a link outside headings
        self._in_heading = 0
        self._links = 0
        self._letters = 0
        self._linked_letters = 0  # letters inside links
        self._heading = ""  # the words of the last heading
        self._before_heading = self.output.savepoint()  # before the last heading
        self._preformatted = 0
        self._rows: list[int] = []  # of each open table row, the number of cells so far
        self._lists: list[int | None] = []  # of each open list, the number of its next item; None if not numbered

    def enter(self, node: LexborNode) -> None:
        tag, output = node.tag, self.output
        self._open(tag)
        if node.is_text_node:
            self._write(node.text_content or "")
        elif tag == "a":
            self._enter_anchor(node)
        elif tag == "br":
            self._end_line()
        elif tag in HEADING_LEVELS:
            self._enter_heading()
        elif tag == "pre":
            output.separate(Break.BLANK_LINE)
            self._preformatted += 1
        elif tag in GROUP_TAGS:
            output.separate_inside()
            self._lists.append(1 if tag == "ol" else None)
        elif tag in LINE_TAGS:
            self._enter_line(tag)
        elif tag in ("td", "th"):
            self._enter_cell()
        elif tag in BLOCK_TAGS:
            output.separate_block()

    def _open(self, tag: str | None) -> None:
        if tag in LINK_CONTAINER_TAGS and not self._in_heading:
            savepoint = self.output.savepoint()
            self._opened.append(
                _OpenElement(savepoint, len(self.headings), self._links, self._letters, self._linked_letters)
            )

    def _enter_anchor(self, node: LexborNode) -> None:
        is_link = "href" in node.attributes and not self._in_heading
        self._anchors.append(is_link)
        self._links += is_link

    def _end_line(self) -> None:
        if self._preformatted:
            self.output.write_preformatted("\n")
        else:
            self.output.end_line()

    def _enter_heading(self) -> None:
        if not self._in_heading:
            self._before_heading = self.output.savepoint()
        self._in_heading += 1
        self.output.begin_heading()

    def leave(self, node: LexborNode) -> None:
        tag, output = node.tag, self.output
        if tag in HEADING_LEVELS:
            self._in_heading -= 1
            self._leave_heading(HEADING_LEVELS[tag])
        elif tag == "a":
            self._anchors.pop()
        elif tag == "pre":
            self._preformatted -= 1
            output.separate(Break.BLANK_LINE)
        elif tag in GROUP_TAGS:
            self._lists.pop()
            output.separate_inside()
        elif tag in ("li", "dd"):
            output.close_item(short=Break.LINE, long=Break.LINE)
        elif tag in ("td", "th"):
            output.close_item(short=Break.NONE, long=Break.BLANK_LINE)
        elif tag == "tr":
            self._rows.pop()
            output.separate(Break.LINE)
        elif tag in BLOCK_TAGS or tag == "caption":
            output.separate(Break.LINE if tag == "caption" else Break.BLANK_LINE)
        if tag in LINK_CONTAINER_TAGS and not self._in_heading:
            self._drop_links(self._opened.pop())

    def _drop_links(self, opened: _OpenElement) -> None:
        """Remove the element if it consists of links, and a contents heading above it: both only serve navigation."""
        letters, linked_letters = self._letters - opened.letters, self._linked_letters - opened.linked_letters
        if self._links - opened.links < MIN_LINKS or linked_letters < MIN_LINKED_SHARE * letters:
            return
        savepoint = opened.savepoint
        last = self.headings[opened.headings - 1] if opened.headings else None
        is_over = last is not None and last.end == savepoint.length and self._before_heading.length <= last.start
        if is_over and self._heading.strip(" :").casefold() in CONTENTS_TITLES:
            savepoint = self._before_heading
        self.output.roll_back(savepoint)
        while self.headings and self.headings[-1].end > self.output.length:
            self.headings.pop()
        self._links, self._letters, self._linked_letters = opened.links, opened.letters, opened.linked_letters

    def _write(self, text: str) -> None:
        letters = len(text.strip())
        self._letters += letters
        if self._anchors and self._anchors[-1]:
            self._linked_letters += letters
        if self._preformatted:
            self.output.write_preformatted(text)
        else:
            self.output.write(text)

    def _enter_line(self, tag: str) -> None:
        self.output.separate(Break.LINE)
        if tag == "tr":
            self._rows.append(0)
        elif tag == "dd":
            self.output.open_item()
        elif tag == "li":
            self.output.open_item(self._next_mark())

    def _next_mark(self) -> str:
        number = self._lists[-1] if self._lists else None
        if number is None:
            return "- "
        self._lists[-1] = number + 1
        return f"{number}. "

    def _enter_cell(self) -> None:
        if self._rows:
            if self._rows[-1]:
                self.output.separate(Break.CELL)
            self._rows[-1] += 1
        self.output.open_item()

    def _leave_heading(self, level: int) -> None:
        words, start = self.output.end_heading()
        self._heading = words
        if words and words.lower() not in ADMONITION_TITLES:
            self.headings.append(Heading(start=start, end=start + len(words), level=level))
