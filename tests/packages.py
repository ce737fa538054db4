"""A package of somebody else, as an installer leaves it in a folder: a module, and metadata that registers names."""

from collections.abc import Mapping
from pathlib import Path

HARBOUR = '''
"""A search engine, a reader of .tide files and a reasoner, as a package of somebody else brings them."""

from outlast.evidence.errors import NeedsOperator
from outlast.graphs.reasoners.extractive import ExtractiveReasoner
from outlast.tools.documents.decoding import decode
from outlast.tools.documents.document import Document
from outlast.tools.web.engines.hits import RawHit, rank_hits

EXTRACTOR = "tide/1"


class Harbour:
    name = "harbour"

    def __init__(self, contact):
        self._contact = contact

    async def search(self, query, most):
        return rank_hits(self.name, [RawHit("https://harbour.example/tides", query, self._contact)], most)

    async def close(self):
        pass


def open_engine(settings):
    if not settings.contact:
        raise NeedsOperator("The harbour wants to know who asks.", "Set OUTLAST_CONTACT.")
    return Harbour(settings.contact)


def read(content, stem):
    return Document(decode(content[::-1]), stem, "text/x-tide", (), EXTRACTOR)


class Careful(ExtractiveReasoner):
    mode = "careful: every sentence is verbatim, and there are few"

    def enough(self, task, known):
        return bool(known)


def open_reasoner(models):
    return Careful()
'''
REGISTERED = {
    "outlast.engines": {"harbour": "harbour:open_engine"},
    "outlast.readers": {".tide": "harbour"},
    "outlast.reasoners": {"careful": "harbour:open_reasoner"},
}


def install(
    folder: Path,
    registered: Mapping[str, Mapping[str, str]] = REGISTERED,
    code: str = HARBOUR,
    *,
    name: str = "harbour",
    version: str = "1.2",
) -> None:
    """Write the package `name` into `folder`, which is to be put on the path by whoever tests."""
    folder.mkdir(exist_ok=True)
    (folder / f"{name}.py").write_text(code, encoding="utf-8")
    metadata = folder / f"{name}-{version}.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
    lines = [
        f"[{group}]\n" + "".join(f"{key} = {value}\n" for key, value in names.items())
        for group, names in registered.items()
    ]
    (metadata / "entry_points.txt").write_text("\n".join(lines))
