"""What all Office documents may hold beside their own text: charts, diagrams, documents inside them, other objects."""

import posixpath

from outlast.evidence.losses import LossKind
from outlast.tools.documents.containers import read_child
from outlast.tools.documents.office.charts import chart_rows, chart_title, diagram_words, other_words
from outlast.tools.documents.office.grid import guess_header_rows
from outlast.tools.documents.office.output import Output
from outlast.tools.documents.office.package import Package

DOCUMENT_KIND = "package"
"""The kind of a relation to a whole document inside this one. Other objects are in formats of their programs."""


def write_chart(package: Package, part: str, relation_id: str, output: Output) -> None:
    """Write the title, the data and the other words of the chart to which a part refers."""
    relation = package.relations(part).get(relation_id)
    root = package.root(relation.target) if relation is not None and not relation.is_external else None
    if root is None:
        return
    output.paragraph(chart_title(root))
    rows = chart_rows(root)
    output.table(rows, guess_header_rows(rows))
    for words in dict.fromkeys(other_words(root)):
        output.paragraph(words)


def write_diagram(package: Package, part: str, relation_id: str, output: Output) -> None:
    """Write the words of the diagram to which a part refers."""
    relation = package.relations(part).get(relation_id)
    root = package.root(relation.target) if relation is not None and not relation.is_external else None
    for words in diagram_words(root) if root is not None else ():
        output.paragraph(words)


def add_object(package: Package, part: str, relation_id: str, output: Output) -> None:
    """Read the document that is an object in this one as a child, or note in the ledger that it is not read."""
    relation = package.relations(part).get(relation_id)
    if relation is None or relation.is_external or relation.kind != DOCUMENT_KIND:
        output.ledger.add(LossKind.UNREAD, "an embedded object")
        return
    name = posixpath.basename(relation.target)
    if any(child.name == name for child in output.children):
        return
    content = package.try_read(relation.target)
    if content is not None:
        output.children.append(read_child(name, content))
