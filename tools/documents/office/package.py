"""The package of an Office Open XML document (.docx, .xlsx, .pptx): a zip archive whose parts refer to each other."""

import posixpath
import re
from collections.abc import Iterator
from typing import Any, NamedTuple
from urllib.parse import unquote

from outlast.evidence.losses import LossKind
from outlast.tools.documents.document import Unreadable
from outlast.tools.documents.inflating import Archive
from outlast.tools.documents.office.ledger import Ledger
from outlast.tools.documents.office.older import is_older_office, why_older_office
from outlast.tools.documents.xml_tree import parse_xml

R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
TITLE = "{http://purl.org/dc/elements/1.1/}title"
STRICT_NAMESPACE = re.compile(rb"http://purl\.oclc\.org/ooxml/(\w+)/(\w+)")
"""Of the variant "strict"; its elements are those of the variant that all programs write, under other names."""
MAIN_KIND = "officeDocument"


class Relation(NamedTuple):
    """A reference from one part to another."""

    kind: str
    """The last word of its type, such as `footnotes` or `worksheet`."""
    target: str
    """The name of the other part; for an external one, its address."""
    is_external: bool


class Package:
    """The parts of a document by name, such as `word/document.xml`. What is damaged is noted in the ledger."""

    def __init__(self, content: bytes, ledger: Ledger, what: str) -> None:
        """Open a package. `what` is the kind of document that it should be, for messages. Raises Unreadable."""
        if is_older_office(content):
            raise Unreadable(why_older_office(content))
        self._archive = Archive(content)
        self._ledger = ledger
        self._names = {name.lower().lstrip("/"): name for name in self._archive.names}
        self._relations: dict[str, dict[str, Relation]] = {}
        main = next((each.target for each in self.relations("").values() if each.kind == MAIN_KIND), "")
        if main.lower() not in self._names:
            raise Unreadable(f"it is not {what}, or it is damaged: it has no main part")
        self.main_name = main

    def main(self) -> Any:
        """Return the root of the main part. Raises Unreadable, since nothing can be read without it."""
        return parse_xml(_transitional(self.read(self.main_name)), self.main_name)

    def read(self, name: str) -> bytes:
        """Return the bytes of a part. Raises Unreadable."""
        return self._archive.read(self._names.get(name.lower(), name))

    def try_read(self, name: str) -> bytes | None:
        """Return the bytes of a part, or None and a note in the ledger."""
        try:
            return self.read(name)
        except Unreadable:
            self._ledger.add(LossKind.DAMAGED, name)
            return None

    def root(self, name: str) -> Any | None:
        """Return the root element of a part, or None and a note in the ledger."""
        content = self.try_read(name)
        if content is None:
            return None
        try:
            return parse_xml(_transitional(content), name)
        except Unreadable:
            self._ledger.add(LossKind.DAMAGED, name)
            return None

    def relations(self, part: str) -> dict[str, Relation]:
        """Return the references of a part ("" for the package) by their ids."""
        if part not in self._relations:
            folder, name = posixpath.split(part)
            path = posixpath.join(folder, "_rels", f"{name}.rels")
            root = self.root(path) if path.lower() in self._names else None
            self._relations[part] = dict(_relations(root, folder)) if root is not None else {}
        return self._relations[part]

    def targets(self, part: str, kind: str) -> Iterator[str]:
        """Yield the names of the parts of a kind to which a part refers."""
        for relation in self.relations(part).values():
            if relation.kind == kind and not relation.is_external:
                yield relation.target

    def related(self, part: str, kind: str) -> Any | None:
        """Return the root of the first part of a kind to which a part refers, or None."""
        for name in self.targets(part, kind):
            return self.root(name)
        return None

    def title(self) -> str:
        """Return the title in the document's properties, or ""."""
        root = self.related("", "core-properties")
        return " ".join("".join(root.itertext(TITLE)).split()) if root is not None else ""


def _relations(root: Any, folder: str) -> Iterator[tuple[str, Relation]]:
    for element in root.iter("{*}Relationship"):
        kind = str(element.get("Type") or "").rpartition("/")[2]
        target, is_external = str(element.get("Target") or ""), element.get("TargetMode") == "External"
        if not is_external:
            target = posixpath.normpath(posixpath.join("/", folder, unquote(target.partition("#")[0]))).lstrip("/")
        yield str(element.get("Id")), Relation(kind, target, is_external)


def _transitional(content: bytes) -> bytes:
    if b"purl.oclc.org/ooxml" not in content:
        return content
    return STRICT_NAMESPACE.sub(rb"http://schemas.openxmlformats.org/\1/2006/\2", content)


def local_name(element: Any) -> str:
    """Return an element's name without its namespace; "" for a comment or a processing instruction."""
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""
