"""The walk through the elements of a page, which decides what is read and what goes to the ledger."""

import re
from functools import lru_cache

from selectolax.lexbor import LexborHTMLParser, LexborNode

from outlast.evidence.losses import LossKind
from outlast.tools.documents.block_text import Break
from outlast.tools.documents.markup.embedded import (
    HEADINGS,
    control_losses,
    control_text,
    frame_place,
    is_title,
    picture_losses,
    picture_text,
    template_words,
)
from outlast.tools.documents.markup.ledger import Ledger, count_words
from outlast.tools.documents.markup.navigation import is_navigation, is_permalink, says_navigation
from outlast.tools.documents.markup.page import PageText
from outlast.tools.documents.markup.visibility import Attributes, Visibility
from outlast.tools.documents.markup.visit import visit

CODE_TAGS = frozenset({"script", "style"})
SILENT_TAGS = frozenset({"head", "rp", "title"})
"""The title of a page is the document's title. <rp> is shown by browsers that do not know ruby."""
CONTROL_TAGS = frozenset({"button", "input", "select", "textarea"})
PLAYER_TAGS = frozenset({"audio", "canvas", "video"})
FALLBACK_TAGS = frozenset({"noembed", "noframes", "noscript"})
FRAME_TAGS = frozenset({"embed", "frame", "iframe", "object"})
SPECIAL_TAGS = (
    CODE_TAGS
    | CONTROL_TAGS
    | PLAYER_TAGS
    | FALLBACK_TAGS
    | FRAME_TAGS
    | frozenset({"area", "datalist", "img", "math", "svg", "template"})
)
FORMULA_CLASSES = frozenset({"katex", "mathjax", "mathjax_chtml", "mathjax_display", "mathjax_svg", "mwe-math-element"})
"""Programs that draw formulas put the formula and its drawing into an element of such a class."""
FORMULA_TAG = "mjx-container"
MAX_INNER_PAGES = 3
"""Pages inside pages, such as an <iframe> with `srcdoc`, that are nested more deeply are not read."""
MAX_KEPT = 8
"""Inside as many elements that say they are navigation and are text, no more are looked for: each look takes time."""
MAX_FALLBACKS = 100
ABOUT_SCRIPTS = re.compile(
    r"java\s?script|\b(?:enable|activate|allow|support|turn on|needs?|requires?)\b.{0,40}\bscripts?", re.I
)
HIDDEN_PLACE = "hidden elements"
MAX_MESSAGE_CHARACTERS = 300


class Walk:
    """A walk through a page and the pages inside it. With `reads_fallbacks`, the page is read as without scripts.

    With `keeps_short_links`, lists of short links that lead elsewhere are content.
    """

    def __init__(self, *, reads_fallbacks: bool = False, keeps_short_links: bool = False) -> None:
        self.ledger = Ledger()
        self.page = PageText(self.ledger, keeps_short_links=keeps_short_links)
        self.fallback_words = 0
        """The number of words for browsers without scripts that are not read."""
        self._reads_fallbacks = reads_fallbacks
        self._fallbacks = 0
        self._depth = 0
        self._kept: list[int] = []  # the depths of the open elements that say they are navigation, and are text
        self._visibility: Visibility

    def read(self, parser: LexborHTMLParser) -> None:
        self._visibility = Visibility(parser)
        if parser.root is not None:
            visit(parser.root, self._enter, self.page.leave)

    def _enter(self, node: LexborNode, depth: int) -> bool:
        """Read a node, and return whether what is inside it is read too."""
        tag = node.tag or ""
        if tag == "-text":
            self.page.write(node.text_content or "")
        elif node.is_element_node and tag not in SILENT_TAGS:
            return self._enter_element(node, tag, depth)
        elif node.is_comment_node:
            self.ledger.add(LossKind.HIDDEN, "comments", count_words(node.comment_content or ""))
        return False

    def _enter_element(self, node: LexborNode, tag: str, depth: int) -> bool:
        attributes = node.attributes
        effect = self._visibility.effect_of(node, tag, attributes)
        if (attributes or effect.hidden or tag == "dialog") and self._visibility.hides(node, attributes, effect):
            self._lose(LossKind.HIDDEN, HIDDEN_PLACE, node)
        elif tag in SPECIAL_TAGS:
            return self._enter_special(node, tag, attributes)
        elif self._is_navigation(node, tag, attributes, depth):
            self._lose(LossKind.NAVIGATION, "", node)
        elif not self._is_drawing(tag, attributes) or not self._read_drawing(node):
            self.page.enter(node, tag, attributes, effect)
            return True
        return False

    def _is_drawing(self, tag: str, attributes: Attributes) -> bool:
        classes = attributes.get("class")
        return tag == FORMULA_TAG or bool(classes and _has_formula_class(classes))

    def _is_navigation(self, node: LexborNode, tag: str, attributes: Attributes, depth: int) -> bool:
        if tag == "a":
            return is_permalink(node)
        said = says_navigation(tag, attributes)
        if tag == "footer" and node.parent is not None and node.parent.tag == "body":
            said = said or tag
        if not said:
            return False
        while self._kept and self._kept[-1] >= depth:
            self._kept.pop()
        if len(self._kept) >= MAX_KEPT:
            return False
        found = is_navigation(node, said)
        if not found:
            self._kept.append(depth)
        return found

    def _enter_special(self, node: LexborNode, tag: str, attributes: Attributes) -> bool:
        if tag in FALLBACK_TAGS:
            return self._enter_fallback(node, tag)
        if tag in FRAME_TAGS:
            return self._enter_frame(node, tag, attributes)
        if tag in CODE_TAGS:
            self._read_code(node, tag, attributes)
        elif tag == "img":
            self.page.write(picture_text(attributes))
            self.ledger.add_all(picture_losses(attributes))
        elif tag == "math":
            self.page.write_formula(node)
        elif tag in CONTROL_TAGS:
            self._read_control(node, tag, attributes)
        elif tag == "template" and "shadowrootmode" in attributes:
            self._read_inside((node.html or "").partition(">")[2])
        else:
            self._lose_special(node, tag, attributes)
        return False

    def _lose_special(self, node: LexborNode, tag: str, attributes: Attributes) -> None:
        if tag == "template":
            self.ledger.add(LossKind.HIDDEN, HIDDEN_PLACE, template_words(node))
        elif tag == "svg":
            self._lose(LossKind.PICTURE, "drawings", node)
        elif tag == "area":
            self.ledger.add(LossKind.NAVIGATION, "", count_words(attributes.get("alt") or ""))
        else:
            if tag in PLAYER_TAGS:
                self.ledger.add(LossKind.PICTURE, tag, None)
            self._lose(LossKind.HIDDEN, HIDDEN_PLACE, node)

    def _read_control(self, node: LexborNode, tag: str, attributes: Attributes) -> None:
        if tag == "button" and is_title(node, attributes):
            self._write_title(node)
            return
        text = control_text(node, tag, attributes)
        if text:
            self.page.output.separate(Break.SPACE)
            self.page.write(text)
            self.page.output.separate(Break.SPACE)
        self.ledger.add_all(control_losses(node, tag, attributes))

    def _write_title(self, button: LexborNode) -> None:
        in_heading = button.parent is not None and button.parent.tag in HEADINGS
        if not in_heading:
            self.page.output.separate_block()
        self.page.write(" ".join(button.text(separator=" ").split()))
        if not in_heading:
            self.page.output.separate_block()

    def _enter_fallback(self, node: LexborNode, tag: str) -> bool:
        """Enter text for browsers without scripts or frames."""
        self._fallbacks += 1
        if self._reads_fallbacks and tag == "noscript" and self._fallbacks > MAX_FALLBACKS:
            return self._open_fallback()  # without a look at what it says, which takes time
        text = node.text(separator=" ")
        words = count_words(text)
        is_message = len(text) <= MAX_MESSAGE_CHARACTERS and ABOUT_SCRIPTS.search(text) is not None
        if self._reads_fallbacks and not is_message:
            if tag == "noscript":
                return self._open_fallback()
            self._read_inside(text)
            return False
        self.fallback_words += 0 if is_message else words
        self.ledger.add(LossKind.HIDDEN, "text for browsers without scripts", words)
        return False

    def _open_fallback(self) -> bool:
        self.page.output.separate_block()
        return True

    def _enter_frame(self, node: LexborNode, tag: str, attributes: Attributes) -> bool:
        inside = attributes.get("srcdoc")
        place = frame_place(attributes)
        if inside and self._depth < MAX_INNER_PAGES:
            self._read_inside(inside)
        elif inside or place:
            self.ledger.add(LossKind.UNREAD, f"{tag} {place}".strip(), None)
        elif tag == "object":
            return True
        self._lose(LossKind.HIDDEN, HIDDEN_PLACE, node)
        return False

    def _read_inside(self, content: str) -> None:
        """Read a page inside the page as a block of its text."""
        if self._depth >= MAX_INNER_PAGES:
            self.ledger.add(LossKind.UNREAD, "pages inside pages", None)
            return
        around, kept = self._visibility, self._kept
        self._depth, self._kept = self._depth + 1, []
        self.page.output.separate_block()
        self.read(LexborHTMLParser(content))
        self.page.output.separate_block()
        self._depth, self._kept = self._depth - 1, kept
        self._visibility = around

    def _read_code(self, node: LexborNode, tag: str, attributes: Attributes) -> None:
        """Read the formula in a script that draws it, unless its drawing before the script has been read."""
        if tag != "script" or not (attributes.get("type") or "").startswith("math/tex"):
            if node.first_child is not None:
                self.ledger.add(LossKind.MARKUP, "scripts and styles", None)
            return
        before = node.prev
        if before is None or not before.is_element_node or before.css_first("math") is None:
            self.page.write(f" {node.text()} ")

    def _read_drawing(self, node: LexborNode) -> bool:
        """Read the formula in an element that also has its drawing. Return whether it was found."""
        math = node.css_first("math")
        if math is not None:
            self.page.write_formula(math)
            return True
        following = node.next
        return (
            following is not None
            and following.tag == "script"
            and "math/tex" in (following.attributes.get("type") or "")
        )

    def _lose(self, kind: LossKind, place: str, node: LexborNode) -> None:
        self.ledger.add(kind, place, count_words(node.text(separator=" ")))


@lru_cache(maxsize=1_024)
def _has_formula_class(classes: str) -> bool:
    return not FORMULA_CLASSES.isdisjoint(classes.lower().split())
