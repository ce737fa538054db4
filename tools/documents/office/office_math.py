"""Formulas of Office documents (OMML), written in one line: `E = mc^2`."""

from typing import Any

from outlast.evidence.losses import LossKind
from outlast.tools.documents.office import formula
from outlast.tools.documents.office.formula import Line, Part
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
        line = Line()
        if element is not None:
            self._write(element, line)
        return line.text()

    def _write(self, element: Any, line: Line) -> None:
        for child in element:
            name = local_name(child)
            if name == "r":
                self._run(child, line)
            elif name in DELETED:
                self._ledger.add_text(LossKind.DELETED, self._place, " ".join(child.itertext()))
            elif name == "phant" and _value(child, "show") in OFF:
                self._ledger.add_text(LossKind.HIDDEN, self._place, " ".join(child.itertext()))
            elif name.endswith("Pr"):
                continue
            elif (part := self._part(child, name)) is not None:
                line.part(part)
            else:
                self._write(child, line)

    def _run(self, run: Any, line: Line) -> None:
        text = "".join(str(each.text or "") for each in run.iter() if local_name(each) == "t")
        properties = run.find(f"{M}rPr")
        is_normal = properties is not None and properties.find(f"{M}nor") is not None
        (line.words if is_normal else line.signs)(text)

    def _part(self, element: Any, name: str) -> Part | None:  # noqa: C901, PLR0911, PLR0912 - one case for each kind
        def get(child: str) -> str:
            return self.line(element.find(M + child))

        match name:
            case "f" if _value(element, "type") == "noBar":
                return Part(f"({get('num')}; {get('den')})")
            case "f":
                return formula.fraction(get("num"), get("den"))
            case "sSup" | "sSub" | "sSubSup":
                return formula.script(get("e"), get("sub"), get("sup"))
            case "sPre":
                return Part(f"{formula.script('', get('sub'), get('sup')).text}{get('e')}")
            case "rad":
                return formula.root("" if _is_on(element, "degHide") else get("deg"), get("e"))
            case "d":
                return self._brackets(element)
            case "nary":
                return formula.large_operator(_value(element, "chr") or "∫", get("sub"), get("sup"), get("e"))
            case "func":
                return formula.function(get("fName"), get("e"))
            case "limLow":
                return formula.script(get("e"), lower=get("lim"))
            case "limUpp":
                return formula.script(get("e"), upper=get("lim"))
            case "acc":
                return formula.accent(get("e"), _value(element, "chr") or DEFAULT_ACCENT)
            case "bar":
                return formula.accent(get("e"), OVERLINE if _value(element, "pos") == "top" else UNDERLINE)
            case "m":
                return formula.rows(
                    [[self.line(cell) for cell in row.iterchildren(f"{M}e")] for row in element.iterchildren(f"{M}mr")]
                )
            case "eqArr":
                return Part("; ".join(self.line(row) for row in element.iterchildren(f"{M}e")))
            case _:
                return None

    def _brackets(self, element: Any) -> Part:
        opening, separator, closing = (
            default if (value := _value(element, name)) is None else value
            for name, default in (("begChr", "("), ("sepChr", "|"), ("endChr", ")"))
        )
        inner = [self.line(each) for each in element.iterchildren(f"{M}e")]
        if len(inner) == 1 and element.find(f"{M}e/{M}m") is not None and inner[0].startswith("["):
            inner = [inner[0].removeprefix("[").removesuffix("]")]  # the brackets of a matrix are these
        return Part(f"{opening}{separator.join(inner)}{closing}")


def _value(element: Any, name: str) -> str | None:
    """Return the value of a property of the element, or None if it has none."""
    found = element.find(f"{M}{local_name(element)}Pr/{M}{name}")
    return str(found.get(f"{M}val") or "") if found is not None else None


def _is_on(element: Any, name: str) -> bool:
    value = _value(element, name)
    return value is not None and value not in OFF
