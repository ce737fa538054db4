"""Formulas in MathML, written on one line."""

from collections.abc import Callable

from selectolax.lexbor import LexborNode

from outlast.tools.documents.linear_maths import (
    INVISIBLE,
    fraction,
    join,
    marked,
    matrix,
    root,
    stacked,
    with_scripts,
    with_scripts_before,
)

MAX_DEPTH = 60
"""A formula that is nested more deeply is written as its bare characters."""
ROWS = frozenset({"math", "mrow", "mstyle", "mpadded", "menclose", "merror", "mtd", "mlabeledtr"})
TOKENS = frozenset({"mi", "mn", "mo", "mtext", "ms"})
ANNOTATIONS = frozenset({"annotation", "annotation-xml"})
UNSEEN = ANNOTATIONS | frozenset({"mphantom", "mprescripts", "maligngroup", "malignmark", "none"})
BOTH_SCRIPTS = frozenset({"msubsup", "munderover"})
MATRIX_BRACKETS = frozenset({"(", "[", "|", "‖"})


def linear_formula(math: LexborNode) -> str:
    """Return a formula, the element `math`, on one line; "" if it has no characters."""
    found = " ".join(_linear(math, MAX_DEPTH).split())
    return found or " ".join((math.attributes.get("alttext") or "").split())


def _linear(node: LexborNode, depth: int) -> str:
    tag = (node.tag or "").rpartition(":")[2]
    if tag in UNSEEN:
        return ""
    if tag in TOKENS or depth <= 0:
        return _token(tag, node)
    if tag == "semantics":
        children = _children(node)
        return _linear(children[0], depth - 1) if children else ""
    written = WRITERS.get(tag)
    return join(_tokens(node, depth)) if written is None else written(node, depth - 1)


def _token(tag: str, node: LexborNode) -> str:
    text = node.text().replace("\u00a0", " ")
    words = " ".join(text.split())
    if words in INVISIBLE:
        return ""
    if tag == "mtext":
        return (" " if text[:1].isspace() else "") + words + (" " if words and text[-1:].isspace() else "")
    return f'"{words}"' if tag == "ms" else words.translate({ord(character): None for character in INVISIBLE})


def _children(node: LexborNode) -> list[LexborNode]:
    return [child for child in node.iter() if (child.tag or "") not in ANNOTATIONS]


def _tokens(node: LexborNode, depth: int) -> list[str]:
    """Return the parts of a row; those of rows inside it are among them, so that `a + b` is spaced everywhere alike."""
    tokens: list[str] = []
    for child in node.iter(include_text=True):
        if child.is_text_node:
            tokens.append(" ".join((child.text_content or "").split()))
        elif (child.tag or "") in ROWS and depth > 1:
            tokens += _tokens(child, depth - 1)
        elif child.is_element_node:
            tokens.append(_linear(child, depth - 1))
    return [token for token in tokens if token]


def _parts(node: LexborNode, depth: int, count: int) -> list[str]:
    """Return the children of an element as text: exactly `count` of them."""
    parts = [_linear(child, depth).strip() for child in _children(node)[:count]]
    return parts + [""] * (count - len(parts))


def _write_fraction(node: LexborNode, depth: int) -> str:
    above, below = _parts(node, depth, 2)
    thickness = node.attributes.get("linethickness") or ""
    return (stacked if thickness.rstrip("pxemt%") == "0" else fraction)(above, below)


def _write_scripts(node: LexborNode, depth: int) -> str:
    return with_scripts(*_parts(node, depth, 3 if node.tag in BOTH_SCRIPTS else 2))


def _write_power(node: LexborNode, depth: int) -> str:
    base, above = _parts(node, depth, 2)
    return with_scripts(base, above=above)


def _write_over(node: LexborNode, depth: int) -> str:
    base, above = _parts(node, depth, 2)
    return marked(base, above) if above else base


def _write_root(node: LexborNode, depth: int) -> str:
    return root(*_parts(node, depth, 2))


def _write_square_root(node: LexborNode, depth: int) -> str:
    return root(join(_tokens(node, depth)) if depth > 0 else node.text().strip())


def _write_fenced(node: LexborNode, depth: int) -> str:
    attributes = node.attributes
    separators = "".join((attributes.get("separators", ",") or "").split())
    parts = [_linear(child, depth) for child in _children(node)]
    inside = parts[:1]
    for number, part in enumerate(parts[1:]):
        inside += [separators[min(number, len(separators) - 1)] if separators else "", part]
    return join([attributes.get("open", "(") or "", *inside, attributes.get("close", ")") or ""])


def _write_prescripts(node: LexborNode, depth: int) -> str:
    children = _children(node)
    texts = [_linear(child, depth).strip() for child in children]
    split = next((number for number, child in enumerate(children) if child.tag == "mprescripts"), len(children))
    base = texts[0] if texts else ""
    for below, above in _pairs(texts[1:split]):
        base = with_scripts(base, below, above)
    for below, above in _pairs(texts[split + 1 :]):
        base = with_scripts_before(base, below, above)
    return base


def _pairs(texts: list[str]) -> list[tuple[str, str]]:
    return list(zip(texts[::2], [*texts[1::2], ""], strict=False))


def _write_table(node: LexborNode, depth: int) -> str:
    rows = [[_linear(cell, depth).strip() for cell in _children(row)] for row in _children(node)]
    before = node.prev
    while before is not None and not before.is_element_node:
        before = before.prev
    is_matrix = before is not None and before.text().strip() in MATRIX_BRACKETS
    return matrix(rows) if is_matrix else "; ".join(" ".join(cell for cell in row if cell) for row in rows)


def _write_space(_: LexborNode, __: int) -> str:
    return " "


WRITERS: dict[str, Callable[[LexborNode, int], str]] = {
    "mfrac": _write_fraction,
    "msup": _write_power,
    "msub": _write_scripts,
    "msubsup": _write_scripts,
    "munder": _write_scripts,
    "mover": _write_over,
    "munderover": _write_scripts,
    "mroot": _write_root,
    "msqrt": _write_square_root,
    "mfenced": _write_fenced,
    "mmultiscripts": _write_prescripts,
    "mtable": _write_table,
    "mspace": _write_space,
}
