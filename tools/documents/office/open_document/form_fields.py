"""The fields of forms in OpenDocument files: their labels, and what is typed, chosen or ticked in them."""

from collections.abc import Iterator
from typing import Any

from outlast.tools.documents.office.open_document.styles import FORM, TEXT
from outlast.tools.documents.office.package import local_name

CHECKED, UNCHECKED = "☒", "☐"
CHOICES = (FORM + "option", FORM + "item")


def field_words(control: Any) -> tuple[str, str]:
    """Return what a reader sees of a field, and the words in it that nobody sees: choices that were not made."""
    kind, label = local_name(control), str(control.get(FORM + "label") or "")
    if kind in ("checkbox", "radio"):
        return " ".join(filter(None, (CHECKED if _is_on(control) else UNCHECKED, label))), ""
    typed = [str(control.get(FORM + name) or "") for name in ("current-value", "value")]
    value = typed[0] or typed[1]
    if kind == "password":  # which is shown as dots
        return label, value
    paragraphs = [" ".join("".join(each.itertext()).split()) for each in control.iterchildren(TEXT + "p")]
    chosen, others = _choices(control)
    seen = [label, "" if paragraphs else value, *paragraphs, *chosen, *_columns(control)]
    words = dict.fromkeys(filter(None, seen))
    return " ".join(words), " ".join(each for each in others if each not in words)


def _is_on(control: Any) -> bool:
    """Return whether a box is ticked: by its state now, else by the one that it begins with."""
    for now in ("current-", ""):
        states = [control.get(f"{FORM}{now}{name}") for name in ("state", "selected")]
        if states != [None, None]:
            return states[0] == "checked" or states[1] == "true"
    return False


def _choices(control: Any) -> tuple[list[str], list[str]]:
    """Return the labels of the choices that are made, and of the others."""
    choices = [each for each in control.iterchildren(*CHOICES) if each.get(FORM + "label")]
    now = any(each.get(FORM + "current-selected") is not None for each in choices)
    name = FORM + ("current-selected" if now else "selected")
    chosen, others = list[str](), list[str]()
    for each in choices:
        (chosen if each.get(name) == "true" else others).append(str(each.get(FORM + "label")))
    return chosen, others


def _columns(control: Any) -> Iterator[str]:
    """Yield the names of the columns of a field that is a table."""
    for column in control.iterchildren(FORM + "column"):
        yield str(column.get(FORM + "label") or "")
