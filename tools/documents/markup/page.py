"""The text of a page: what entering and leaving each element writes."""

import re
from dataclasses import dataclass

from selectolax.lexbor import LexborNode

from outlast.evidence.losses import LossKind
from outlast.evidence.sources import Heading
from outlast.tools.documents.block_text import BlockText, Break, Savepoint
from outlast.tools.documents.markup.drawn_parts import DrawnParts
from outlast.tools.documents.markup.ledger import Ledger, count_words
from outlast.tools.documents.markup.lists import BULLET, OpenList, open_list
from outlast.tools.documents.markup.mathml import linear_formula
from outlast.tools.documents.markup.navigation import CONTENTS_TITLES, LinkCounts, host_of
from outlast.tools.documents.markup.spans import SPAN_TAGS, Spans
from outlast.tools.documents.markup.styles import Effect
from outlast.tools.documents.markup.tables import PART_TAGS, Tables
from outlast.tools.documents.markup.visibility import Attributes

# fmt: off
BLOCK_TAGS = frozenset({
    "address", "article", "aside", "blockquote", "body", "center", "details", "dialog", "div", "dt", "fieldset",
    "figcaption", "figure", "footer", "form", "header", "hgroup", "hr", "legend", "main", "p", "section", "summary",
})
# fmt: on
LIST_TAGS = frozenset({"dir", "menu", "ol", "ul"})
GROUP_TAGS = LIST_TAGS | {"dl", "table"}
ITEM_TAGS = frozenset({"dd", "li"})
PREFORMATTED_TAGS = frozenset({"listing", "plaintext", "pre", "xmp"})
HEADING_LEVELS = {f"h{level}": level for level in range(1, 7)}
ADMONITION_TITLES = frozenset({"caution", "important", "note", "tip", "warning"})  # they name a box, not a section
LINK_CONTAINER_TAGS = (GROUP_TAGS - {"dl"}) | {"aside", "div", "footer", "form", "header", "p", "section"}
"""Elements that are dropped if they consist of links. Not definition lists: the words they define may be links."""
FRAME_TAGS = frozenset({"aside", "footer", "header"})
"""Elements around the content; lists of links in them are navigation, however long their links are."""
INLINE_TAGS = SPAN_TAGS | frozenset(
    "a abbr b big cite code em font i ins kbd label mark q ruby samp small span strong tt u var".split()
)
LINK_WORD = re.compile(r"[^\W\d_]{2,}")  # not the numbers of chapters
MIN_UNVARIED_LINKS = 20
MAX_VARIED_WORDS = 200
MAX_VARIED_PARTS = 2_000  # of the text of a list of links, which is compared
STRUCK_BLOCKS = frozenset({"div", "p"})
LINKS, LETTERS, LINKED_LETTERS, LINKED_WORDS, OUTSIDE_LINKS, LOCAL_LINKS = range(6)  # as in LinkCounts


@dataclass
class _OpenElement:
    """An open element that may consist of links, and the counts of the page before it."""

    savepoint: Savepoint
    headings: int
    counts: LinkCounts


class PageText:
    """The text of a page so far. Every element that is entered must be left."""

    def __init__(self, ledger: Ledger, *, keeps_short_links: bool = False) -> None:
        self.output = BlockText()
        self.short_link_words = 0
        """The words of lists of links that were left out, and would be content if the page had little else."""
        self._keeps_short_links = keeps_short_links
        self._drawn = DrawnParts(self.output)
        self.headings: list[Heading] = []
        self.tables = Tables(self.output)
        self._ledger = ledger
        self._spans = Spans(self.output)
        self._opened: list[_OpenElement] = []
        self._anchors: list[bool] = []  # of each open <a>, whether it is a link outside headings
        self._in_heading = 0
        self._counts = [0] * 6
        self._last_host = ""
        self._heading = ""  # the words of the last heading
        self._before_heading = self.output.savepoint()  # before the last heading
        self._preformatted = 0
        self._lists: list[OpenList] = []

    def write(self, text: str) -> None:
        letters, counts = len(text.strip()), self._counts
        if not letters and not self._preformatted:
            self.output.separate(Break.SPACE if text else Break.NONE)
            return
        counts[LETTERS] += letters
        if self._anchors and self._anchors[-1]:
            counts[LINKED_LETTERS] += letters
            counts[LINKED_WORDS] += len(LINK_WORD.findall(text))
        if self._preformatted:
            self.output.write_preformatted(text)
        else:
            self.output.write(text)

    def write_formula(self, math: LexborNode) -> None:
        is_block = math.attributes.get("display") == "block"
        if is_block:
            self.output.separate_block()
        self.write(linear_formula(math))
        if is_block:
            self.output.separate_block()

    def enter(self, node: LexborNode, tag: str, attributes: Attributes, effect: Effect) -> None:
        """Write what stands before the text of an element, and remember what its end needs."""
        if (attributes or effect.display) and self._drawn.enter(node, tag, attributes, effect):
            return
        if tag in INLINE_TAGS:
            if tag == "a":
                self._enter_anchor(attributes)
            elif tag == "q":
                self.write("“")
            self._spans.enter(node, tag, attributes, effect)
            return
        if tag in LINK_CONTAINER_TAGS and not self._in_heading:
            counts = LinkCounts(*self._counts)
            self._opened.append(_OpenElement(self.output.savepoint(), len(self.headings), counts))
        if tag in BLOCK_TAGS:
            self.output.separate_block()
            if effect.is_struck and tag in STRUCK_BLOCKS:
                self._spans.enter(node, tag, attributes, effect)
        elif tag in GROUP_TAGS:
            self._enter_group(node, tag, attributes, effect)
        else:
            self._enter_line(tag, attributes)

    def _enter_group(self, node: LexborNode, tag: str, attributes: Attributes, effect: Effect) -> None:
        self.output.separate_inside()
        if tag == "table":
            self.tables.enter(node)
        elif tag in LIST_TAGS:
            items = sum(child.tag == "li" for child in node.iter()) if "reversed" in attributes else 0
            self._lists.append(open_list(tag, attributes, effect.list_style, items))

    def _enter_line(self, tag: str, attributes: Attributes) -> None:
        output = self.output
        if tag in HEADING_LEVELS:
            if not self._in_heading:
                self._before_heading = output.savepoint()
            self._in_heading += 1
            output.begin_heading()
        elif tag in ITEM_TAGS:
            output.separate(Break.LINE)
            mark = self._lists[-1].next_mark(attributes) if self._lists else BULLET
            output.open_item(mark if tag == "li" else "")
        elif tag == "br":
            if self._preformatted:
                output.write_preformatted("\n")
            else:
                output.end_line()
        elif tag in PART_TAGS:
            self.tables.enter_part(tag)
        elif tag in PREFORMATTED_TAGS:
            output.separate(Break.BLANK_LINE)
            self._preformatted += 1

    def leave(self, node: LexborNode) -> None:
        """Write what stands behind the text of an element."""
        if self._drawn.leave(node):
            return
        tag = node.tag or ""
        deleted_from = self._spans.leave(node, is_preformatted=self._preformatted > 0)
        if deleted_from >= 0:
            self._forget_after(deleted_from)
        if tag in INLINE_TAGS:
            self._leave_inline(tag)
            return
        if tag in BLOCK_TAGS:
            self.output.separate(Break.BLANK_LINE)
        elif tag in GROUP_TAGS:
            if tag == "table":
                self.tables.leave()
            elif tag in LIST_TAGS:
                self._lists.pop()
            self.output.separate_inside()
        else:
            self._leave_line(node, tag)
        if tag in LINK_CONTAINER_TAGS and not self._in_heading:
            self._drop_links(tag, self._opened.pop())

    def _leave_inline(self, tag: str) -> None:
        if tag == "a":
            self._anchors.pop()
        elif tag == "q":
            self.write("”")
        elif tag == "ruby":
            self._spans.leave_ruby()

    def _leave_line(self, node: LexborNode, tag: str) -> None:
        if tag in HEADING_LEVELS:
            self._in_heading -= 1
            self._leave_heading(HEADING_LEVELS[tag])
        elif tag in ITEM_TAGS:
            self.output.close_item(short=Break.LINE, long=Break.LINE)
        elif tag in PART_TAGS:
            self.tables.leave_part(tag, node.attributes)
        elif tag in PREFORMATTED_TAGS:
            self._preformatted -= 1
            self.output.separate(Break.BLANK_LINE)

    def _enter_anchor(self, attributes: Attributes) -> None:
        is_link = "href" in attributes and not self._in_heading
        self._anchors.append(is_link)
        if is_link:
            address = attributes["href"] or ""
            self._counts[LINKS] += 1
            if address.startswith("#"):
                self._counts[LOCAL_LINKS] += 1
            elif (host := host_of(address)) and host != self._last_host:
                self._counts[OUTSIDE_LINKS] += 1
                self._last_host = host

    def _leave_heading(self, level: int) -> None:
        words, start = self.output.end_heading()
        self._heading = words
        if words and words.lower() not in ADMONITION_TITLES:
            self.headings.append(Heading(start=start, end=start + len(words), level=level))

    def _drop_links(self, tag: str, opened: _OpenElement) -> None:
        """Remove the element if it is a list of links that is navigation, and a contents heading above it."""
        if self._counts[LINKS] - opened.counts.links == 0:
            return
        counts = LinkCounts(*self._counts).since(opened.counts)
        if not counts.consists_of_links:
            return
        savepoint = opened.savepoint
        before = self.headings[: opened.headings]  # some of them may be gone
        last = before[-1] if before else None
        is_over = last is not None and last.end == savepoint.length and self._before_heading.length <= last.start
        if is_over and self._heading.strip(" :").casefold() in CONTENTS_TITLES:
            savepoint = self._before_heading
        elif counts.is_content and tag not in FRAME_TAGS and self._is_varied(savepoint, counts.links):
            return
        words = count_words(self.output.since(savepoint))
        is_frame = tag in FRAME_TAGS or savepoint is not opened.savepoint
        if counts.may_be_content and not is_frame and self._is_varied(savepoint, counts.links):
            if self._keeps_short_links:
                return
            self.short_link_words += words
        self._ledger.add(LossKind.NAVIGATION, "", words)
        self.output.roll_back(savepoint)
        self._forget_after(self.output.length)
        self._counts = list(opened.counts)
        self._spans.move_back(savepoint)
        for each in reversed(self._opened):
            if each.savepoint.parts <= savepoint.parts:
                break
            each.savepoint = savepoint

    def _is_varied(self, savepoint: Savepoint, links: int) -> bool:
        """Return whether a list of links has the words of as many things, and not `Page 1`, `Page 2`, and so on."""
        if links < MIN_UNVARIED_LINKS:
            return True
        words = {word.casefold() for word in LINK_WORD.findall(self.output.since(savepoint, MAX_VARIED_PARTS))}
        return len(words) >= min(links, MAX_VARIED_WORDS)

    def _forget_after(self, length: int) -> None:
        """Forget the headings and tables beyond the first `length` characters, which were removed or deleted."""
        while self.headings and self.headings[-1].end > length:
            self.headings.pop()
        self.tables.forget_after(length)
