"""Ask Outlast as `outlast ask` does, with the same graphs in this process."""

from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from bench.eval.scoring import Answer, QuotedText
from outlast.composition import Composition
from outlast.in_process import answer
from outlast.tools.ingest.ingest import ingest_folder
from outlast.tools.retrieval.library import Library
from outlast.tools.store.collections import Collections
from outlast.tools.store.objects import open_objects
from outlast.tools.store.snapshots import Snapshots


@dataclass(frozen=True)
class Corpus:
    """An ingested corpus. `files` has the file name of each snapshot, and the first one if several files share it."""

    name: str
    collection: str
    files: dict[str, str]


class Asker:
    """Asks questions of corpora, which it ingests into `home`, so that the next evaluation need not ingest them."""

    def __init__(self, home: Path) -> None:
        self._store = open_objects(str(home / "objects"))
        self._cache = home / "cache"
        self._composition = Composition(self._store, self._cache)
        self.snapshots = Snapshots(self._store)

    async def ingest(self, name: str, folder: Path) -> Corpus:
        collection = await ingest_folder(folder, self._store, self._cache)
        files: dict[str, str] = {}
        for source in collection.sources:
            files.setdefault(source.snapshot, PurePosixPath(source.uri).name)
        return Corpus(name, await Collections(self._store).save(collection), files)

    async def library(self, corpus: Corpus) -> Library:
        return await Library.open(corpus.collection, self._store, self._cache)

    async def ask(self, question: str, corpus: Corpus) -> Answer:
        """Return the answer; quotes that are folded under "possibly related" do not belong to it."""
        report = await answer(question, corpus.collection, self._composition)
        sections = report.draft.sections
        return Answer(
            answered=any(section.claims for section in sections),
            quotes=[
                QuotedText(corpus.files[quote.snapshot], quote.shown)
                for section in sections
                for claim in section.claims
                for quote in claim.quotes
            ],
        )
