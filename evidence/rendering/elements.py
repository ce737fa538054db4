"""HTML as a tree of elements: text in it is text, so that nothing from outside can become markup."""

from xml.etree.ElementTree import Element, tostring

INLINE_ELEMENTS = frozenset({"a", "b", "bdi", "code", "em", "mark", "small", "span", "strong"})
"""Elements inside a line of text. After all others the source begins a new line, so that pages compare line by line."""


def element(name: str, /, *children: Element | str, **attributes: str) -> Element:
    """`class_` is the attribute `class`, `aria_label` is `aria-label`. Strings are text, whatever they contain."""
    made = Element(name, {key.rstrip("_").replace("_", "-"): value for key, value in attributes.items()})
    last: Element | None = None
    for child in children:
        if isinstance(child, Element):
            made.append(child)
            last = child
        elif last is None:
            made.text = (made.text or "") + child
        else:
            last.tail = (last.tail or "") + child
    return made


def serialise_html(root: Element) -> str:
    for each in root.iter():
        if each.tag not in INLINE_ELEMENTS:
            each.tail = f"{each.tail or ''}\n"
    return f"<!DOCTYPE html>\n{tostring(root, encoding='unicode', method='html')}"
