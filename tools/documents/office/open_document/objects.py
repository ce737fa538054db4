"""The objects in an OpenDocument file: formulas and charts, which are small documents in folders of its archive."""

import posixpath
from typing import Any

from outlast.evidence.losses import LossKind
from outlast.tools.documents.document import Unreadable
from outlast.tools.documents.inflating import Archive
from outlast.tools.documents.markup import html
from outlast.tools.documents.office.grid import guess_header_rows
from outlast.tools.documents.office.open_document.styles import OFFICE, TABLE, TEXT, XLINK
from outlast.tools.documents.office.output import Output
from outlast.tools.documents.office.package import local_name
from outlast.tools.documents.xml_tree import ETREE, parse_xml

MATH = "{http://www.w3.org/1998/Math/MathML}math"


class Objects:
    """Writes objects. `archive` is that of the file; None if the file is one XML document with all objects in it."""

    def __init__(self, archive: Archive | None) -> None:
        self._archive = archive

    def write(self, element: Any, output: Output) -> None:
        """Write the words of a `draw:object`."""
        root = next(iter(element), None)
        if root is None:
            root = self._root(str(element.get(XLINK + "href") or ""), output)
        if root is None:
            return
        math = root if root.tag == MATH else root.find(f".//{MATH}")
        chart = next((each for each in root.iter() if local_name(each) == "chart"), None)
        if math is not None:
            output.paragraph(_formula(math))
        elif chart is not None:
            _write_chart(chart, output)
        elif root.find(f".//{OFFICE}spreadsheet") is not None:
            _write_tables(root, output)
        else:
            output.ledger.add(LossKind.UNREAD, "an embedded object")

    def _root(self, address: str, output: Output) -> Any | None:
        name = posixpath.normpath(posixpath.join(address.removeprefix("./"), "content.xml"))
        if self._archive is None or name not in self._archive.names:
            output.ledger.add(LossKind.UNREAD, "an embedded object")
            return None
        try:
            return parse_xml(self._archive.read(name), name)
        except Unreadable:
            output.ledger.add(LossKind.DAMAGED, name)
            return None


def _formula(math: Any) -> str:
    for element in list(math.iter()):
        if local_name(element).startswith("annotation"):
            element.getparent().remove(element)
        elif isinstance(element.tag, str):
            element.tag = local_name(element)
    ETREE.cleanup_namespaces(math)
    return html.parse_page(ETREE.tostring(math, encoding="utf-8", with_tail=False)).text


def _write_chart(chart: Any, output: Output) -> None:
    for element in chart:
        if local_name(element) in ("title", "subtitle"):
            output.paragraph(" ".join("".join(each.itertext()) for each in element.iter(TEXT + "p")))
    _write_tables(chart, output)
    for axis in (each for each in chart.iter() if local_name(each) == "axis"):
        for title in (each for each in axis if local_name(each) == "title"):
            output.paragraph(" ".join("".join(each.itertext()) for each in title.iter(TEXT + "p")))


def _write_tables(root: Any, output: Output) -> None:
    """Write the tables of a small document, without its empty rows."""
    for table in root.iter(TABLE + "table"):
        found = [
            [
                " ".join("".join(each.itertext()) for each in cell.iter(TEXT + "p"))
                for cell in row.iterchildren(TABLE + "table-cell")
            ]
            for row in table.iter(TABLE + "table-row")
        ]
        width = max((number for row in found for number, text in enumerate(row, 1) if text), default=0)
        shown = [row[:width] + [""] * (width - len(row)) for row in found if any(row)]
        output.table(shown, guess_header_rows(shown))
