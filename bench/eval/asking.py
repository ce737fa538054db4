"""Ask Outlast as `outlast ask` does, with the same graphs in this process."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from obstore.store import ObjectStore

from bench.eval.scoring import Answer, QuotedText
from outlast.composition import Composition, build_composition
from outlast.evidence.report import Claim, Evidence, Section
from outlast.in_process import answer
from outlast.orchestration.settings import Settings
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


RULES, ENCODER = "rules", "encoder"
CONFIDENCE_BY_EVIDENCE = {Evidence.STRONG: 0.75, Evidence.WEAK: 0.4, Evidence.NONE: 0.1}
"""What a grade of evidence is worth as a figure, where the report has none."""


class Asker:
    """Asks questions of corpora, which it ingests into `home`, so that the next evaluation need not ingest them."""

    def __init__(self, home: Path, way: str = RULES) -> None:
        self._store = open_objects(str(home / "objects"))
        self._cache = home / "cache"
        self._composition = composition_for(way, self._store, home)
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
            quotes=self._quotes(corpus, (claim for section in sections for claim in section.claims)),
            related=self._quotes(corpus, (claim for section in sections for claim in section.related)),
            confidence=confidence_of(sections),
        )

    def _quotes(self, corpus: Corpus, claims: Iterable[Claim]) -> list[QuotedText]:
        return [QuotedText(corpus.files[quote.snapshot], quote.shown) for claim in claims for quote in claim.quotes]


def confidence_of(sections: Sequence[Section]) -> float:
    """Return how sure a report is that its best quotes answer the question, from 0 to 1.

    Sections that say so in a figure are believed; of others the grade of their evidence counts.
    """
    figures = [
        CONFIDENCE_BY_EVIDENCE[section.evidence] if section.confidence is None else section.confidence
        for section in sections
    ]
    return max(figures, default=0.0)


def composition_for(way: str, store: ObjectStore, home: Path) -> Composition:
    """Return the graphs with rules alone, or with the sentence encoder of this machine."""
    if way == RULES:
        return Composition(store, home / "cache")
    return build_composition(store, Settings(home=home, model="", reasoner=""))


def ways_of(home: Path) -> list[str]:
    """Return the ways to find answers without a chat model that this machine has."""
    store = open_objects(str(home / "objects"))
    modes = {way: composition_for(way, store, home).mode for way in (RULES, ENCODER)}
    return [RULES] if modes[RULES] == modes[ENCODER] else [RULES, ENCODER]
