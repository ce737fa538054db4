"""Which elements of a page a person sees."""

from collections.abc import Mapping
from functools import lru_cache

from selectolax.lexbor import LexborHTMLParser, LexborNode, SelectolaxError

from outlast.tools.documents.markup.styles import TRANSPARENT, WHITE, Effect, Styles, color_of

Attributes = Mapping[str, str | None]

UNSEEN_CLASSES = frozenset({"screen-reader-text", "sr-only", "visually-hidden", "visuallyhidden"})
"""Frameworks give these classes to text for people who hear a page; what the classes do is in files of their own."""
TAB_ROLE = "tabpanel"
"""A person sees it by a click on its tab, as what a <details> holds."""
MAX_STYLED_DESCENDANTS = 200
MAX_LOOKS = 100
"""Into elements that may show themselves again; further ones are read as if they did, since each look takes time."""
MAX_ANCESTORS = 50
MAX_NODES_OF_A_RULE = 20_000
MAX_LOOKED_UP_CHARACTERS = 2_000


class Visibility:
    """What the styles and attributes of a page hide from the person who reads it."""

    def __init__(self, parser: LexborHTMLParser) -> None:
        self._styles = Styles(style.text() for style in parser.css("style"))
        is_styled = parser.css_first('link[rel~="stylesheet" i]') is not None or self._styles.has_background
        self._looked_up = self._look_up(parser)
        self._looks = 0
        self._page_color = "" if is_styled else WHITE

    def _look_up(self, parser: LexborHTMLParser) -> dict[int, str]:
        """Return the declarations of rules whose selectors have several parts, by the elements that they are about."""
        found: dict[int, str] = {}
        for selector, declarations in self._styles.looked_up:
            try:
                nodes = parser.css(selector)
            except SelectolaxError:  # a selector that this parser does not know, or that is none
                continue
            if len(nodes) <= MAX_NODES_OF_A_RULE:
                body = ";".join(f"{name}:{value}" for name, value in declarations.items())
                for node in nodes:
                    before = found.get(node.mem_id, "")
                    if len(before) < MAX_LOOKED_UP_CHARACTERS:
                        found[node.mem_id] = f"{before};{body}"
        return found

    def effect_of(self, node: LexborNode, tag: str, attributes: Attributes) -> Effect:
        looked_up = self._looked_up.get(node.mem_id, "") if self._looked_up else ""
        return self._styles.effect_of(tag, attributes, looked_up)

    def hides(self, node: LexborNode, attributes: Attributes, effect: Effect) -> bool:
        """Return whether nobody sees an element and what is inside it."""
        if (node.tag == "dialog" and "open" not in attributes) or "popover" in attributes:
            return True  # a window that only a script opens
        if "hidden" in attributes and attributes["hidden"] != "until-found":
            return attributes.get("role") != TAB_ROLE
        classes = attributes.get("class")
        if classes and _has_unseen_class(classes):
            return True
        if effect.hidden:
            return attributes.get("role") != TAB_ROLE and not self._is_shown_inside(node)
        color = effect.color
        if not color:
            if "color" not in attributes:
                return False
            color = color_of(attributes["color"] or "")
        return color != "" and color == self._background(node, effect) and not self._is_shown_inside(node)

    def _is_shown_inside(self, node: LexborNode) -> bool:
        """Return whether an element inside shows itself again, by its own size of font, its visibility or its color.

        `display: none` and the like cannot be undone, so the styles inside matter only for the others.
        """
        child = node.first_child
        if child is None or (child.is_text_node and child.next is None):
            return False
        own = node.attributes.get("style") or ""
        effect = self.effect_of(node, node.tag or "", node.attributes)
        if "font-size" not in own and "visibility" not in own and not effect.color:
            return False
        if self._looks >= MAX_LOOKS:
            return True
        self._looks += 1
        for number, inside in enumerate(node.css("[style]")):
            style = (inside.attributes.get("style") or "").lower()
            if inside.mem_id != node.mem_id and number <= MAX_STYLED_DESCENDANTS:
                found = self._styles.effect_of("", {"style": style})
                if not found.hidden and (
                    "font-size" in style or "visible" in style or found.color not in ("", effect.color)
                ):
                    return True
        return False

    def _background(self, node: LexborNode, effect: Effect) -> str:
        """Return the color behind an element, as far as the elements around it say it themselves."""
        around: LexborNode | None = node
        for _ in range(MAX_ANCESTORS):
            if around is None or around.tag in (None, "-undef", "-document"):
                break
            attributes = around.attributes
            declared = (
                effect.background if around is node else self.effect_of(around, around.tag, attributes).background
            )
            color = declared or color_of(attributes.get("bgcolor") or "")
            if color and color != TRANSPARENT:
                return color
            around = around.parent
        return self._page_color


@lru_cache(maxsize=1_024)
def _has_unseen_class(classes: str) -> bool:
    return not UNSEEN_CLASSES.isdisjoint(classes.lower().split())
