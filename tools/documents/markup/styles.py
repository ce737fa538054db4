"""What the style of an element says about its text: nobody sees it, it is raised or lowered, or it is struck through.

Styles are read from `style` attributes and from the simple rules of the page's own `<style>` elements: rules for a tag,
a class, an id, or several of these at once. What scripts and other files change is unknown, so text is hidden only if
nothing in the page shows it: a class that another rule makes visible, as tabs and menus do, hides nothing.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

Declarations = dict[str, str]

PROPERTIES = frozenset(
    """
    -webkit-background-clip animation background background-clip background-color bottom clip clip-path color display
    font-size height left list-style list-style-type
    margin-left max-height opacity overflow position right text-decoration text-decoration-line text-indent top
    text-shadow transform transition vertical-align visibility width
    """.split()
)
TELLING = re.compile(
    r"display|visibility|opacity|font-size|position|indent|margin-left|clip|overflow|vertical-align|through|list-style|"
    r"color|background|transform",
    re.IGNORECASE,
)
"""A declaration without any of these words says nothing that counts here."""
CSS_COMMENT = re.compile(r"/\*.*?(?:\*/|\Z)", re.DOTALL)
SIMPLE_SELECTOR = re.compile(r"(?P<tag>[a-zA-Z][\w-]*)?(?P<rest>(?:[.#][\w-]+)*)")
SUBJECT = re.compile(r"[^\s>+~]*\Z")  # the last part of a selector names the elements that its rule is about
NAMES = re.compile(r"[.#][\w-]+")
LENGTH = re.compile(r"(-?\d{0,6}(?:\.\d{1,6})?)(px|em|rem|pt|pc|cm|mm|in|vw|vh|ch|ex|%)?")
PIXELS = {
    "em": 16,
    "rem": 16,
    "pt": 1.33,
    "pc": 16,
    "cm": 38,
    "mm": 3.8,
    "in": 96,
    "vw": 10,
    "vh": 10,
    "ch": 8,
    "ex": 8,
}
FAR_AWAY_PIXELS = -500  # farther left or up, nothing of an element is seen
MAX_DOT_PIXELS = 1.4
MIN_MOVED_PIXELS, MAX_MOVED_PIXELS = 2, 12  # by which raised and lowered letters are moved
CLIPPED = re.compile(r"rect\(\s*([01])(?:px)?(?:[\s,]+(?:[01])(?:px)?){3}\s*\)|inset\(\s*(?:50|100)%\s*\)|circle\(\s*0")
MOVED_AWAY = re.compile(r"translate(?:x|y|3d)?\(\s*-\d{4,}px|scale[xy]?\(\s*0\s*\)")
RGB = re.compile(r"rgba?\(\s*(\d{1,3})[\s,]+(\d{1,3})[\s,]+(\d{1,3})\s*(?:[,/]\s*(\d?\.?\d+%?)\s*)?\)")
HEX_COLOR = re.compile(r"#(?:[0-9a-f]{3,4}|[0-9a-f]{6}|[0-9a-f]{8})")
NAMED_COLORS = {
    "white": "ffffff", "black": "000000", "red": "ff0000", "blue": "0000ff", "green": "008000", "yellow": "ffff00",
    "gray": "808080", "grey": "808080", "silver": "c0c0c0", "navy": "000080", "lime": "00ff00", "snow": "fffafa",
    "ivory": "fffff0", "whitesmoke": "f5f5f5", "lightgray": "d3d3d3", "lightgrey": "d3d3d3",
}  # fmt: skip
WHITE = NAMED_COLORS["white"]
TRANSPARENT = "transparent"
RULE_EDGE = re.compile(r"[{}]")
MAX_NESTED_RULES = 8
MAX_NESTED_CHARACTERS = 300
NEVER = "not-an-element"
MAX_RULES = 10_000
MAX_LOOKED_UP_RULES = 200
"""Rules whose selectors have several parts, such as `.note > p`: the elements of each are looked up in the page."""
STATES = re.compile(r":(?!(?:nth|first|last|only)-)|\.js\b|\.no-js\b")
"""Parts of selectors that depend on what people do or scripts have done."""
FRAMES = re.compile(r"(?:^|[\s>+~])(?:html|body|main|article)[^\s>+~]*\Z")
"""Elements around the text: a rule that hides them holds only until a script has run."""
MAX_RULES_FOR_A_NAME = 100


class Effect(NamedTuple):
    """What the style of an element says about its text."""

    hidden: bool = False
    vertical: str = ""
    """`super` or `sub`, if it says so."""
    is_struck: bool = False
    list_style: str = ""
    color: str = ""
    """As six hexadecimal digits or `transparent`; "" if it is not declared or not known."""
    background: str = ""
    display: str = ""


PLAIN = Effect()


class _Rule(NamedTuple):
    tag: str
    names: frozenset[str]
    """Its classes and ids, such as `.note` and `#top`."""
    declarations: Declarations


class Styles:
    """The styles of a page. `sheets` are the texts of its `<style>` elements."""

    def __init__(self, sheets: Iterable[str] = ()) -> None:
        self._rules: dict[str, list[_Rule]] = {}
        self.looked_up: list[tuple[str, Declarations]] = []
        """The selectors of several parts whose rules hide elements, raise text and the like."""
        self._shown: set[str] = set()  # the classes and ids that some rule makes visible
        self._shown_tags: set[str] = set()  # the tags that some rule whose selector has several parts makes visible
        self._effects: dict[tuple[str, str, str, str, str], Effect] = {}
        self.has_background = False
        """Whether a rule sets a background, so that the page may not be white."""
        count = 0
        for sheet in sheets:
            for selector, body in _rules(CSS_COMMENT.sub(" ", sheet)):
                count += 1
                if count > MAX_RULES:
                    return
                self._add(selector, body)

    def _add(self, selector: str, body: str) -> None:
        declarations = _declarations(body)
        self.has_background = self.has_background or "background" in body
        if not declarations:
            return
        for each in selector.split(","):
            simple = SIMPLE_SELECTOR.fullmatch(each.strip())
            if simple is None or not simple.group():
                self._add_parts(each.strip(), declarations)
                continue
            tag, names = (simple.group("tag") or "").lower(), frozenset(NAMES.findall(simple.group("rest")))
            known = self._rules.setdefault(min(names, default=tag), [])
            if _shows(declarations) and len(names) > 1:
                self._shown.update(names)  # `.tab.open` shows what `.tab` hides
            elif len(known) < MAX_RULES_FOR_A_NAME:
                known.append(_Rule(tag, names, declarations))

    def _add_parts(self, selector: str, declarations: Declarations) -> None:
        """Add a rule whose selector has several parts: the last one names the elements that it is about."""
        subject = SUBJECT.search(selector)
        names = NAMES.findall(subject.group()) if subject else []
        if _shows(declarations):
            self._shown.update(names)
            if subject is not None and not names:
                self._shown_tags.add(subject.group().lower())
        elif not (STATES.search(selector) or FRAMES.search(selector)) and len(self.looked_up) < MAX_LOOKED_UP_RULES:
            self.looked_up.append((selector, declarations))

    def effect_of(self, tag: str, attributes: Mapping[str, str | None], looked_up: str = "") -> Effect:
        """Return what the style of an element says. `looked_up` are declarations of rules that were looked up."""
        style = attributes.get("style") or ""
        if not self._rules and not style and not looked_up:
            return PLAIN
        key = (tag, attributes.get("class") or "", attributes.get("id") or "", style, looked_up)
        found = self._effects.get(key)
        if found is None:
            found = self._effects[key] = self._effect(*key)
        return found

    def _effect(self, tag: str, classes: str, name: str, style: str, looked_up: str) -> Effect:
        names = {f".{each}" for each in classes.split()[:50]}
        if name:
            names.add(f"#{name}")
        declarations: Declarations = {}
        for key in (tag, *sorted(names)):
            for rule in self._rules.get(key, ()):
                if rule.names <= names and rule.tag in ("", tag):
                    declarations |= rule.declarations
        of_parts = _declarations(looked_up)
        declarations |= _without_hiding(of_parts) if tag in self._shown_tags else of_parts
        if not names.isdisjoint(self._shown):
            declarations = _without_hiding(declarations)
        return _effect_of(declarations | _declarations(style)) if declarations or style else PLAIN


def color_of(value: str) -> str:
    """Return a color as six hexadecimal digits, `transparent`, or "" if it is neither."""
    value = value.strip().lower()
    if value == TRANSPARENT:
        return TRANSPARENT
    if HEX_COLOR.fullmatch(value):
        digits = value[1:] if len(value) > 5 else "".join(digit * 2 for digit in value[1:])
        return TRANSPARENT if digits[6:] == "00" else digits[:6]
    if found := RGB.fullmatch(value):
        alpha = found.group(4)
        is_clear = alpha is not None and float(alpha.rstrip("%") or 0) == 0
        return TRANSPARENT if is_clear else "".join(f"{min(int(part), 255):02x}" for part in found.groups()[:3])
    return NAMED_COLORS.get(value, "")


def _effect_of(declared: Declarations) -> Effect:
    color = color_of(declared.get("color", ""))
    background = color_of(declared.get("background-color") or declared.get("background", "").split(" ")[0])
    is_clear = color == TRANSPARENT and not _shines_through(declared)
    return Effect(
        hidden=_is_hidden(declared) or is_clear or (color not in ("", TRANSPARENT) and color == background),
        vertical=_vertical(declared),
        is_struck="line-through" in declared.get("text-decoration", "") + declared.get("text-decoration-line", ""),
        list_style=declared.get("list-style-type") or declared.get("list-style", "").split(" ")[0],
        color=color,
        background=background,
        display=declared.get("display", ""),
    )


def _without_hiding(declared: Declarations) -> Declarations:
    return {key: value for key, value in declared.items() if key not in ("display", "visibility", "opacity")}


def _vertical(declared: Declarations) -> str:
    """Return whether text is raised or lowered: by its alignment, or as small letters that are moved a little."""
    vertical = declared.get("vertical-align", "")
    if vertical in ("super", "sub"):
        return vertical
    if declared.get("position") != "relative" or not _is_small(declared.get("font-size", "")):
        return ""
    moved = _pixels(declared.get("top", "")) or -_pixels(declared.get("bottom", ""))
    if not MIN_MOVED_PIXELS <= abs(moved) <= MAX_MOVED_PIXELS:
        return ""
    return "super" if moved < 0 else "sub"


def _is_small(size: str) -> bool:
    if size in ("smaller", "small", "x-small", "xx-small"):
        return True
    number = _number(size) or 0.0
    return 0 < number < 1 if size.endswith("em") else 0 < number < 100 if size.endswith("%") else 0 < _pixels(size) < 13


def _shines_through(declared: Declarations) -> bool:
    """Return whether clear letters are seen: filled by their background, by a shadow, or only for a moment."""
    return any(each in declared for each in ("background-clip", "-webkit-background-clip", "text-shadow", "transition"))


def _is_hidden(declared: Declarations) -> bool:
    moves = "transition" in declared or "animation" in declared  # it appears while the page is read
    opacity = _number(declared.get("opacity", ""))
    return (
        declared.get("display") == "none"
        or declared.get("visibility") in ("hidden", "collapse")
        or (opacity == 0 and not moves)
        or _is_unreadable(declared.get("font-size", ""))
        or _is_outside(declared)
        or (not moves and _has_no_size(declared))
    )


def _is_unreadable(size: str) -> bool:
    """Return whether letters of this size are none, or dots."""
    return _number(size) == 0 or (size.endswith(("px", "pt")) and _pixels(size, MAX_DOT_PIXELS + 1) <= MAX_DOT_PIXELS)


def _is_outside(declared: Declarations) -> bool:
    is_placed = declared.get("position") in ("absolute", "fixed")
    sides = ("left", "top", "right") if is_placed else ("left", "top") if "position" in declared else ()
    return (
        any(_pixels(declared.get(side, "")) <= FAR_AWAY_PIXELS for side in (*sides, "text-indent", "margin-left"))
        or CLIPPED.search(declared.get("clip", "") + declared.get("clip-path", "")) is not None
        or MOVED_AWAY.search(declared.get("transform", "")) is not None
    )


def _has_no_size(declared: Declarations) -> bool:
    sizes = [_pixels(declared[side], default=1.0) for side in ("height", "width", "max-height") if side in declared]
    is_tiny = any(size == 0 for size in sizes) or (len(sizes) > 1 and all(size <= 1 for size in sizes))
    return is_tiny and declared.get("overflow") in ("hidden", "clip")


def _shows(declared: Declarations) -> bool:
    """Return whether a rule makes visible what another one may hide."""
    return (
        declared.get("display", "none") != "none"
        or declared.get("visibility") == "visible"
        or (_number(declared.get("opacity", "")) or 0) > 0
    )


def _declarations(body: str) -> Declarations:
    if not TELLING.search(body):
        return {}
    found: Declarations = {}
    for declaration in body.split(";"):
        name, _, value = declaration.partition(":")
        if (name := name.strip().lower()) in PROPERTIES:
            found[name] = value.partition("!")[0].strip().lower()
    return found


def _rules(sheet: str) -> Iterator[tuple[str, str]]:
    """Yield the selectors and the body of each rule that holds on a screen of any size. Rules may stand in rules."""
    opened: list[tuple[str, bool]] = []  # of each open group or rule: its selectors, and whether it holds
    position = 0
    for mark in RULE_EDGE.finditer(sheet):
        before = sheet[position : mark.start()].strip()
        position = mark.end()
        selectors, holds = opened[-1] if opened else ("", True)
        if mark.group() == "{":
            inner, _, head = before.rpartition(";")
            if inner and selectors and holds:
                yield selectors, inner
            if head.strip().startswith("@"):
                opened.append((selectors, holds and _holds_on_screens(head.strip().lower())))
            else:
                opened.append((_nested(selectors, head.strip()), holds and len(opened) < MAX_NESTED_RULES))
            continue
        if before and selectors and holds:
            yield selectors, before
        if opened:
            opened.pop()


def _nested(outer: str, head: str) -> str:
    """Return the selectors of a rule that stands in another one; `&` is the outer rule's selector."""
    if not outer:
        return head
    if "," in outer or len(outer) + len(head) > MAX_NESTED_CHARACTERS:
        return NEVER
    return ",".join(each.replace("&", outer) if "&" in each else f"{outer} {each.strip()}" for each in head.split(","))


def _holds_on_screens(head: str) -> bool:
    """Return whether a group such as `@media screen` holds on a screen of any size."""
    kind, _, condition = head.partition(" ")
    if kind in ("@supports", "@layer"):
        return "(" not in head
    media = (" ".join(each.split()).removeprefix("only ") for each in condition.split(","))
    return kind == "@media" and any(each in ("screen", "all") for each in media)


def telling_rules(sheet: str) -> str:
    """Return the rules of a sheet that say something that counts here, for sheets that many pages share."""
    rules = _rules(CSS_COMMENT.sub(" ", sheet))
    found = (f"{selector} {{{body}}}" for selector, body in rules if _declarations(body) or "background" in body)
    return "\n".join(each for each, _ in zip(found, range(MAX_RULES), strict=False) if "<" not in each)


def _number(value: str) -> float | None:
    """Return a number or a length without its unit; None if it is neither."""
    matched = LENGTH.fullmatch(value)
    return float(matched.group(1)) if matched and matched.group(1) not in ("", "-") else None


def _pixels(value: str, default: float = 0.0) -> float:
    matched = LENGTH.fullmatch(value)
    if matched is None or matched.group(1) in ("", "-") or matched.group(2) == "%":
        return default
    return float(matched.group(1)) * PIXELS.get(matched.group(2) or "px", 1)
