"""A reader of presentations (.pptx): each slide is a place with its title as heading, and its notes behind it.

Hidden slides and shapes are in the ledger. What the layouts of slides show on many of them stands once, at the end.
"""

from collections.abc import Iterator
from typing import Any

from outlast.evidence.losses import LossKind
from outlast.tools.documents.document import Document
from outlast.tools.documents.office.drawing_text import A, ShapeText
from outlast.tools.documents.office.grid import Cell, Grid
from outlast.tools.documents.office.ledger import Ledger
from outlast.tools.documents.office.looks import UNKNOWN
from outlast.tools.documents.office.output import Output
from outlast.tools.documents.office.package import Package, R, local_name
from outlast.tools.documents.office.parts import add_object, write_chart, write_diagram
from outlast.tools.documents.office.slide_looks import ground_of, is_beside, is_filled, slide_size

EXTRACTOR = "pptx/4"

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.presentationml.presentation"
P = "{http://schemas.openxmlformats.org/presentationml/2006/main}"
OFF = frozenset(("0", "false", "off"))
TITLES = frozenset(("title", "ctrTitle"))
REPEATED = frozenset(("ftr", "dt", "hdr"))
BODIES = frozenset(("body", "obj", ""))
PAGE_NUMBER = "sldNum"


def read(content: bytes, stem: str) -> Document:
    """Read a presentation. `stem` is the title if the document has none. Raises Unreadable."""
    ledger = Ledger()
    package = Package(content, ledger, "a presentation")
    output = Output(ledger)
    _Presentation(package, output).read()
    return output.document(package.title(), stem, MEDIA_TYPE, EXTRACTOR, unit="slide")


class _Presentation:
    def __init__(self, package: Package, output: Output) -> None:
        self._package = package
        self._output = output
        self._repeated: dict[str, None] = {}  # in the order in which it was found
        self._layouts: dict[str, None] = {}
        self._size = slide_size(package.main())
        authors = package.related(package.main_name, "commentAuthors")
        modern = package.related(package.main_name, "authors")
        self._authors = {
            str(each.get("id")): str(each.get("name") or "")
            for root in (authors, modern)
            if root is not None
            for each in root
        }

    def read(self) -> None:
        relations = self._package.relations(self._package.main_name)
        number = 0
        for element in self._package.main().iter(P + "sldId"):
            relation = relations.get(str(element.get(R + "id")))
            if relation is None or relation.is_external:
                continue
            number += 1
            self._output.begin_place()
            root = self._package.root(relation.target)
            if root is None:
                continue
            if root.get("show") in OFF:
                words = [*root.itertext(A + "t")]
                self._output.ledger.add_text(LossKind.HIDDEN, f"slide {number}, which is hidden", " ".join(words))
            else:
                slide = _Slide(self._package, relation.target, self._output, f"slide {number}", self._repeated)
                slide.read(root, self._size)
                self._write_notes(relation.target)
                self._write_comments(relation.target)
                self._layouts |= dict.fromkeys(self._package.targets(relation.target, "slideLayout"))
        for layout in self._layouts:
            self._read_layout(layout)
        for text in self._repeated:
            self._output.paragraph(text)

    def _read_layout(self, layout: str) -> None:
        """Take the words that a layout and its master show on their slides: those that are not to be replaced."""
        for part in (layout, *self._package.targets(layout, "slideMaster")):
            root = self._package.root(part)
            for shape in root.iter(P + "sp") if root is not None else ():
                if shape.find(f"{P}nvSpPr/{P}nvPr/{P}ph") is None:
                    texts = (" ".join("".join(each.itertext(A + "t")).split()) for each in shape.iter(A + "p"))
                    self._repeated |= dict.fromkeys(filter(None, texts))

    def _write_notes(self, slide: str) -> None:
        for part in self._package.targets(slide, "notesSlide"):
            root = self._package.root(part)
            for shape in root.iter(P + "sp") if root is not None else ():
                kind = _placeholder(shape)
                body = shape.find(P + "txBody")
                if body is None or kind in (PAGE_NUMBER, "sldImg"):
                    continue
                text = ShapeText([], self._output.ledger, self._output.place)
                paragraphs = [" ".join(text.read(each)[0].split()) for each in body.iterchildren(A + "p")]
                if kind in REPEATED:
                    self._repeated |= dict.fromkeys(filter(None, paragraphs))
                    continue
                for number, words in enumerate(filter(None, paragraphs)):
                    self._output.paragraph(words if number else f"Notes: {words}")

    def _write_comments(self, slide: str) -> None:
        for part in self._package.targets(slide, "comments"):
            root = self._package.root(part)
            for comment in root.iter("{*}cm", "{*}reply") if root is not None else ():
                author = self._authors.get(str(comment.get("authorId")), "")
                own = (each for each in comment if local_name(each) in ("text", "txBody"))
                words = " ".join(" ".join("".join(each.itertext()) for each in own).split())
                if words:
                    self._output.paragraph(f"Comment by {author}: {words}" if author else f"Comment: {words}")


class _Slide:
    """A slide. What is repeated on many slides is added to `repeated`."""

    def __init__(self, package: Package, part: str, output: Output, place: str, repeated: dict[str, None]) -> None:
        self._package = package
        self._part = part
        self._output = output
        self._place = place
        self._repeated = repeated
        layout_name = next(package.targets(part, "slideLayout"), "")
        master_name = next(package.targets(layout_name, "slideMaster"), "") if layout_name else ""
        self._layout = package.root(layout_name) if layout_name else None
        self._master = package.root(master_name) if master_name else None
        self._ground, self._size = UNKNOWN, (0, 0)

    def read(self, root: Any, size: tuple[int, int]) -> None:
        """Read a slide. `size` is the width and the height of all slides."""
        self._ground, self._size = ground_of((root, self._layout, self._master)), size
        tree = root.find(f"{P}cSld/{P}spTree")
        shapes = list(_shapes(tree)) if tree is not None else []
        titles = [shape for shape in shapes if _placeholder(shape) in TITLES]
        for shape in titles:
            words = " ".join(self._paragraphs(shape))
            self._output.heading(words.replace("\n", " "), 1)
        for shape in shapes:
            if shape not in titles:
                self._shape(shape)

    def _shape(self, shape: Any) -> None:
        name = local_name(shape)
        properties = next(iter(shape.iterfind(f"{{*}}nv{_property_name(name)}/{{*}}cNvPr")), None)
        if properties is not None:
            described = f"{properties.get('descr') or ''}"
            self._output.ledger.add_text(LossKind.PICTURE, self._place, described)
            if properties.get("hidden") in ("1", "true") or is_beside(shape, self._size):
                words = " ".join(shape.itertext(A + "t"))
                self._output.ledger.add_text(LossKind.HIDDEN, self._place, words)
                return
        if name == "sp":
            self._text(shape)
        elif name == "graphicFrame":
            self._frame(shape)
        elif name == "pic":
            self._output.ledger.add(LossKind.PICTURE, self._place, 0)
        elif name == "contentPart":
            self._output.ledger.add(LossKind.PICTURE, f"{self._place}: ink", 0)

    def _text(self, shape: Any) -> None:
        kind = _placeholder(shape)
        if kind == PAGE_NUMBER:
            self._output.ledger.add_text(LossKind.REPEATED, "page numbers", " ".join(shape.itertext(A + "t")))
            return
        body = shape.find(P + "txBody")
        if body is None:
            return
        ground = UNKNOWN if is_filled(shape) else self._ground
        text = ShapeText(list(self._styles(shape, body)), self._output.ledger, self._place, ground)
        for paragraph in body.iterchildren(A + "p"):
            words, mark = text.read(paragraph)
            if kind in REPEATED:
                self._repeated |= dict.fromkeys([line for line in [" ".join(words.split())] if line])
            elif mark:
                self._output.item(words, mark)
            else:
                self._output.paragraph(words)

    def _paragraphs(self, shape: Any) -> Iterator[str]:
        text = ShapeText([], self._output.ledger, self._place)
        for paragraph in shape.iterfind(f"{P}txBody/{A}p"):
            words, _ = text.read(paragraph)
            if words.strip():
                yield words

    def _styles(self, shape: Any, body: Any) -> Iterator[Any]:
        """Yield the style lists that hold for a shape: its own, those of its layout and master, the one of bodies."""
        if (own := body.find(A + "lstStyle")) is not None:
            yield own
        placeholder = shape.find(f"{P}nvSpPr/{P}nvPr/{P}ph")
        if placeholder is None:
            return
        kind, index = str(placeholder.get("type") or ""), placeholder.get("idx")
        for root in (self._layout, self._master):
            for other in root.iter(P + "ph") if root is not None else ():
                is_same = other.get("idx") == index if root is self._layout else other.get("type") == (kind or "body")
                styles = next(other.iterancestors(P + "sp"), None)
                found = styles.find(f"{P}txBody/{A}lstStyle") if styles is not None else None
                if is_same and found is not None:
                    yield found
                    break
        if self._master is not None and kind in BODIES:
            bodies = self._master.find(f"{P}txStyles/{P}bodyStyle")
            if bodies is not None:
                yield bodies

    def _frame(self, frame: Any) -> None:
        for element in frame.iter():
            name = local_name(element)
            if name == "tbl":
                self._table(element)
            elif name == "chart" and element.get(R + "id"):
                write_chart(self._package, self._part, str(element.get(R + "id")), self._output)
            elif name == "relIds" and element.get(R + "dm"):
                write_diagram(self._package, self._part, str(element.get(R + "dm")), self._output)
            elif name == "oleObj" and element.get(R + "id"):
                add_object(self._package, self._part, str(element.get(R + "id")), self._output)

    def _table(self, table: Any) -> None:
        grid = Grid()
        for row in table.iterchildren(A + "tr"):
            cells: list[Cell] = []
            for cell in row.iterchildren(A + "tc"):
                text = ShapeText([], self._output.ledger, self._place)
                words = " ".join(
                    f"{mark}{each}" for each, mark in map(text.read, cell.iterfind(f"{A}txBody/{A}p")) if each.strip()
                )
                if cell.get("hMerge") in ("1", "true") and cells:
                    cells[-1].columns += 1
                else:
                    cells.append(Cell(words, continues=cell.get("vMerge") in ("1", "true")))
            grid.add(cells)
        properties = table.find(A + "tblPr")
        has_header = properties is not None and properties.get("firstRow") in ("1", "true")
        guessed = grid.header_rows()
        self._output.table(grid.rows, guessed or int(has_header and len(grid.rows) > 1), groups=grid.groups)


def _shapes(tree: Any) -> Iterator[Any]:
    """Yield the shapes of a tree in order, those in groups in the place of their group."""
    for child in tree:
        name = local_name(child)
        if name in ("sp", "graphicFrame", "pic", "cxnSp", "contentPart"):
            yield child
        elif name in ("grpSp", "Choice"):
            yield from _shapes(child)
        elif name == "AlternateContent":
            found = next(
                (each for each in child if local_name(each) == "Choice" and next(_shapes(each), None) is not None), None
            )
            yield from _shapes(
                found if found is not None else next((e for e in child if local_name(e) == "Fallback"), ())
            )


def _placeholder(shape: Any) -> str | None:
    """Return the kind of a placeholder; None for a shape that is none."""
    found = next(iter(shape.iterfind(f"{{*}}nv{_property_name(local_name(shape))}/{P}nvPr/{P}ph")), None)
    return str(found.get("type") or "") if found is not None else None


def _property_name(name: str) -> str:
    return {"sp": "SpPr", "pic": "PicPr", "graphicFrame": "GraphicFramePr", "cxnSp": "CxnSpPr"}.get(name, "SpPr")
