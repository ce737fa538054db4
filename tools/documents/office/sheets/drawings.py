"""What hangs on a sheet of a spreadsheet: comments, charts, text boxes, and the margins of its printed pages."""

import re
from typing import Any

from outlast.evidence.losses import LossKind
from outlast.tools.documents.office.charts import paragraphs
from outlast.tools.documents.office.output import Output
from outlast.tools.documents.office.package import Package, R, local_name
from outlast.tools.documents.office.parts import add_object, write_chart, write_diagram

MARGIN_CODE = re.compile(r'&(?:"[^"]*"|K[0-9A-F]{6}|K\d\d[+-]\d{3}|\d+|.)', re.DOTALL)
SECTION = re.compile(r"&[LCR]")
COPY_OF_THREAD = "[Threaded comment]"
"""How programs that know no threads show one: such a comment repeats the thread."""


def write_comments(package: Package, part: str, persons: dict[str, str], output: Output) -> None:
    """Write the comments on the cells of a sheet, each with its cell and author. `persons` are names by their ids."""
    for name in package.targets(part, "threadedComment"):
        root = package.root(name)
        for comment in root.iter("{*}threadedComment") if root is not None else ():
            author = persons.get(str(comment.get("personId")), "")
            _write_comment(comment, author, " ".join(comment.itertext("{*}text")), output)
    for name in package.targets(part, "comments"):
        root = package.root(name)
        if root is None:
            continue
        authors = [str(each.text or "").strip() for each in root.iter("{*}author")]
        for comment in root.iter("{*}comment"):
            text = "".join(str(each.text or "") for each in comment.iter("{*}t"))
            number = str(comment.get("authorId") or "")
            author = authors[int(number)] if number.isdecimal() and int(number) < len(authors) else ""
            if not text.lstrip().startswith(COPY_OF_THREAD):
                _write_comment(comment, author, text.lstrip().removeprefix(f"{author}:") if author else text, output)


def _write_comment(comment: Any, author: str, text: str, output: Output) -> None:
    words = " ".join(text.split())
    if words:
        by = f" by {author}" if author and not author.startswith("tc=") else ""
        output.paragraph(f"Comment{by} on {comment.get('ref')}: {words}")


def write_drawings(package: Package, part: str, output: Output) -> None:
    """Write the charts and text boxes of a sheet."""
    for name in package.targets(part, "drawing"):
        root = package.root(name)
        if root is not None:
            _write_drawing(package, name, root, output)
    for relation_id, relation in package.relations(part).items():
        if relation.kind in ("package", "oleObject"):
            add_object(package, part, relation_id, output)


def _write_drawing(package: Package, part: str, element: Any, output: Output) -> None:
    for child in element:
        name = local_name(child)
        if name == "Fallback":
            continue
        if name == "cNvPr":
            described = f"{child.get('descr') or ''} {child.get('title') or ''}"
            output.ledger.add_text(LossKind.PICTURE, output.place, described)
        elif name == "txBody":
            for text in paragraphs(child):
                output.paragraph(text)
        elif name == "chart" and child.get(R + "id"):
            write_chart(package, part, str(child.get(R + "id")), output)
        elif name == "relIds" and child.get(R + "dm"):
            write_diagram(package, part, str(child.get(R + "dm")), output)
        else:
            if name == "pic":
                output.ledger.add(LossKind.PICTURE, output.place, 0)
            _write_drawing(package, part, child, output)


def write_margins(margins: list[str], output: Output) -> None:
    """Write the headers and footers of the printed pages, without page numbers and codes of format."""
    written = set[str]()
    for margin in margins:
        for section in SECTION.split(margin):
            line = " ".join(MARGIN_CODE.sub(" ", section.replace("&&", "\0")).replace("\0", "&").split())
            if line and line not in written:
                written.add(line)
                output.paragraph(line)
