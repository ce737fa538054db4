"""Formulas of Office documents (OMML), written in one line: `E = mc^2`."""

from collections.abc import Iterator
from typing import Any

from outlast.evidence.losses import LossKind
from outlast.tools.documents.linear_maths import (
    fraction,
    join,
    marked,
    matrix,
    root,
    stacked,
    tokens_of,
    with_scripts,
    with_scripts_before,
)
from outlast.tools.documents.office.ledger import Ledger
from outlast.tools.documents.office.package import local_name

M = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
OFF = frozenset(("0", "off", "false"))
DEFAULT_ACCENT = "\u0302"
OVERLINE, UNDERLINE = "\u0305", "\u0332"
DELETED = frozenset(("del", "moveFrom"))


def write_formula(element: Any, ledger: Ledger, place: str) -> str:
    """Return the formula in an `m:oMath` as a line. Deleted text in it is noted in the ledger."""
    return _Formula(ledger, place).line(element)


class _Formula:
    def __init__(self, ledger: Ledger, place: str) -> None:
        self._ledger = ledger
        self._place = place

    def line(self, element: Any | None) -> str:
        return "" if element is None else join(self._tokens(element)).strip()

    def _tokens(self, element: Any) -> Iterator[str]:
        for child in element:
            name = local_name(child)
            if name == "r":
                yield from self._run(child)
            elif name in DELETED:
                self._ledger.add_text(LossKind.DELETED, self._place, " ".join(child.itertext()))
            elif name == "phant" and _value(child, "show") in OFF:
                self._ledger.add_text(LossKind.HIDDEN, self._place, " ".join(child.itertext()))
            elif name.endswith("Pr"):
                continue
            elif (part := self._part(child, name)) is not None:
                yield part
            else:
                yield from self._tokens(child)

    def _run(self, run: Any) -> list[str]:
        text = "".join(str(each.text or "") for each in run.iter() if local_name(each) == "t")
        properties = run.find(f"{M}rPr")
        is_normal = properties is not None and properties.find(f"{M}nor") is not None
        return [text] if is_normal else tokens_of(text)

    def _part(self, element: Any, name: str) -> str | None:  # noqa: C901, PLR0911, PLR0912 - one case for each kind
        def get(child: str) -> str:
            return self.line(element.find(M + child))

        match name:
            case "f":
                return (stacked if _value(element, "type") == "noBar" else fraction)(get("num"), get("den"))
            case "sSup" | "sSub" | "sSubSup":
                return with_scripts(get("e"), get("sub"), get("sup"))
            case "sPre":
                return with_scripts_before(get("e"), get("sub"), get("sup"))
            case "rad":
                return root(get("e"), "" if _is_on(element, "degHide") else get("deg"))
            case "d":
                return self._brackets(element)
            case "nary":
                sign = _value(element, "chr") or "∫"
                return join((with_scripts(sign, get("sub"), get("sup")), get("e")))
            case "func":
                return join((get("fName"), get("e")))
            case "limLow" | "limUpp":
                return with_scripts(get("e"), **{"below" if name == "limLow" else "above": get("lim")})
            case "acc":
                return marked(get("e"), _value(element, "chr") or DEFAULT_ACCENT)
            case "bar":
                return marked(get("e"), OVERLINE if _value(element, "pos") == "top" else UNDERLINE)
            case "m":
                rows = matrix(
                    [self.line(cell) for cell in row.iterchildren(f"{M}e")] for row in element.iterchildren(f"{M}mr")
                )
                return rows if _has_brackets_of_its_own(element) else f"[{rows}]"
            case "eqArr":
                return "; ".join(self.line(row) for row in element.iterchildren(f"{M}e"))
            case _:
                return None

    def _brackets(self, element: Any) -> str:
        opening, separator, closing = (
            default if (value := _value(element, name)) is None else value
            for name, default in (("begChr", "("), ("sepChr", "|"), ("endChr", ")"))
        )
        return f"{opening}{separator.join(self.line(each) for each in element.iterchildren(f'{M}e'))}{closing}"


def _has_brackets_of_its_own(matrix: Any) -> bool:
    """Return whether a matrix stands alone between brackets."""
    around = matrix.getparent()
    is_alone = all(child is matrix or local_name(child).endswith("Pr") for child in around)
    return is_alone and local_name(around.getparent()) == "d"


def _value(element: Any, name: str) -> str | None:
    """Return the value of a property of the element, or None if it has none."""
    found = element.find(f"{M}{local_name(element)}Pr/{M}{name}")
    return str(found.get(f"{M}val") or "") if found is not None else None


def _is_on(element: Any, name: str) -> bool:
    value = _value(element, name)
    return value is not None and value not in OFF
