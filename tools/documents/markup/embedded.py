"""What stands on a page beside its text: controls of forms, pictures, players and frames."""

from collections.abc import Iterator

from selectolax.lexbor import LexborHTMLParser, LexborNode

from outlast.evidence.losses import LossKind
from outlast.tools.documents.markup.ledger import Lost, count_words
from outlast.tools.documents.markup.visibility import Attributes

UNFILLED_INPUTS = frozenset({"button", "color", "file", "image", "range", "reset", "submit"})
TICKS = frozenset({"checkbox", "radio"})
UNREAD_INPUTS = UNFILLED_INPUTS | TICKS | {"hidden", "password"}
FORM_PARTS = frozenset({"fieldset", "form", "label", "li", "td", "th"})
PLAIN_ALT_CLASSES = frozenset({"emoji", "latex", "math", "mwe-math-fallback-image-inline", "tex"})
"""Pictures of characters and formulas: their text stands for itself."""
MIN_TITLE_WORDS = 3
MIN_SENTENCE_WORDS = 6
"""Number of words of a button that says more than what it does."""
HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6", "summary", "dt"})
MAX_ICON_PIXELS = 32
MAX_PLACE_CHARACTERS = 80


def control_text(node: LexborNode, tag: str, attributes: Attributes) -> str:
    """Return what a form's control shows as filled in; "" if nothing is."""
    if tag == "textarea":
        return node.text()
    if tag == "select":
        chosen = (option for option in _options(node) if "selected" in option.attributes)
        return ", ".join(" ".join(option.text().split()) for option in chosen)
    kind = _input_kind(attributes) if tag == "input" else "button"
    if kind in TICKS and _is_part_of_form(node):
        return "[x] " if "checked" in attributes else "[ ] "
    return "" if kind in UNREAD_INPUTS else attributes.get("value") or ""


def _options(select: LexborNode) -> Iterator[LexborNode]:
    """Yield the options of a list and of its groups. Looking for them by a selector takes quadratic time."""
    for child in select.iter():
        if child.tag == "option":
            yield child
        else:
            yield from (option for option in child.iter() if option.tag == "option")


def _is_part_of_form(box: LexborNode) -> bool:
    """Return whether a box to tick stands beside words. Others are switches of the page, such as that of its menu."""
    parent, following = box.parent, box.next
    if parent is not None and parent.tag in FORM_PARTS:
        return True
    return following is not None and (following.tag == "label" or bool((following.text_content or "").strip()))


def _input_kind(attributes: Attributes) -> str:
    return (attributes.get("type") or "text").lower()


def is_title(button: LexborNode, attributes: Attributes) -> bool:
    """Return whether a button is the title of a text that it opens, as the questions of many pages are."""
    text = (button.text(separator=" ") or "").strip()
    opens = "aria-expanded" in attributes or "aria-controls" in attributes
    needed = MIN_TITLE_WORDS if opens or text.endswith(("?", "？")) else MIN_SENTENCE_WORDS
    return len(text.split()) >= needed


def control_losses(node: LexborNode, tag: str, attributes: Attributes) -> Iterator[Lost]:
    """Yield what a control says apart from what is filled in: its options, its caption, a hint, a hidden value."""
    if tag == "select":
        others = (option for option in _options(node) if "selected" not in option.attributes)
        words = sum(count_words(option.text()) for option in others)
        yield LossKind.NAVIGATION, "choices of forms", words
    elif tag == "button":
        yield LossKind.NAVIGATION, "buttons", count_words(node.text(separator=" "))
    elif tag == "input":
        kind = _input_kind(attributes)
        value = count_words(attributes.get("value") or "")
        if kind == "hidden":
            yield LossKind.HIDDEN, "hidden elements", value
        elif kind in UNFILLED_INPUTS:
            yield LossKind.NAVIGATION, "buttons", value
        elif kind not in TICKS and not value:
            yield LossKind.NAVIGATION, "hints of forms", count_words(attributes.get("placeholder") or "")


def picture_text(attributes: Attributes) -> str:
    """Return the text that stands for a picture, in brackets; "" if there is none."""
    alt = " ".join((attributes.get("alt") or "").split())
    if not alt:
        return ""
    classes = (attributes.get("class") or "").lower().split()
    is_plain = not PLAIN_ALT_CLASSES.isdisjoint(classes) or (alt.startswith("[") and alt.endswith("]"))
    return alt if is_plain or not any(map(str.isalnum, alt)) else f"[{alt}]"


def picture_losses(attributes: Attributes) -> Iterator[Lost]:
    """Yield a picture that has no text; one with an empty text is an ornament, and a small one is a sign."""
    if "alt" in attributes:
        return
    sizes = [(attributes.get(side) or "").removesuffix("px") for side in ("width", "height")]
    if not any(size.isdecimal() and int(size[:9]) <= MAX_ICON_PIXELS for size in sizes):
        yield LossKind.PICTURE, place_of(attributes.get("src") or ""), None


def frame_place(attributes: Attributes) -> str:
    """Return what a frame or an embedded object shows, if a person sees it; else ""."""
    size = [(attributes.get(side) or "").removesuffix("px") for side in ("width", "height")]
    address = attributes.get("src") or attributes.get("data") or ""
    if not address or address.startswith("about:") or any(side in ("0", "1") for side in size):
        return ""
    return place_of(address) or "frame"


def place_of(address: str) -> str:
    """Return an address as the name of a place; "" for one that holds its content itself."""
    if address.startswith("data:"):
        return ""
    return "".join(character for character in address if character.isprintable()).strip()[:MAX_PLACE_CHARACTERS]


def template_words(node: LexborNode) -> int:
    """Return the number of words of a <template>, which shows nothing until a script takes it."""
    content = (node.html or "").partition(">")[2]
    return count_words(LexborHTMLParser(content).text(separator=" ") or "")
