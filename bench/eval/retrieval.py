"""Compare Outlast's search with plain full-text search and BM25, over the same passages and questions.

`python -m bench.eval.retrieval` (with the extra `bench`). A question counts as found if one of the first passages
holds an answer. Sentences inside passages are not ranked, and no question is refused.
"""

import argparse
import asyncio
import json
import logging
import sqlite3
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import bm25s  # pyright: ignore[reportMissingImports, reportMissingTypeStubs] - a peer, installed only for this bench

from bench.eval.__main__ import HOME, WORDINGS
from bench.eval.asking import Asker, Corpus
from bench.eval.corpora import DEV_CORPORA as NAMES
from bench.eval.corpora import fetch
from bench.eval.questions import DEV, Question, read_questions
from bench.eval.scoring import QuotedText, holds
from outlast.evidence.sources import Passage
from outlast.evidence.words import words
from outlast.tools.retrieval.chunking import passages_of
from outlast.tools.retrieval.library import Library
from outlast.tools.store.snapshots import Snapshots

RESULTS = Path(__file__).parent.parent / "results" / "retrieval.json"
RANK_LIMITS = (1, 3, 10, 25)

Search = Callable[[str], Sequence[Passage]]


@dataclass(frozen=True)
class SearchScore:
    """The share of answerable questions with an answer among the first n passages, by n, and the time of a search."""

    name: str
    wording: str
    among: Mapping[int, float]
    median_ms: float


async def passages_in(library: Library, snapshots: Snapshots) -> list[Passage]:
    """Return every passage of a collection; sources with the same text count once."""
    first_sources = {source.snapshot: source for source in reversed(library.collection.sources)}
    return [
        passage
        for source in first_sources.values()
        for passage in passages_of(source, await snapshots.text(source.snapshot, source.uri))
    ]


def plain_fts5(passages: Sequence[Passage]) -> Search:
    """Return SQLite's full-text search as in its documentation: the default tokenizer, words joined by OR, bm25()."""
    index = sqlite3.connect(":memory:", check_same_thread=False)
    index.execute("CREATE VIRTUAL TABLE passages USING fts5(text)")
    index.executemany(
        "INSERT INTO passages (rowid, text) VALUES (?, ?)", list(enumerate(each.text for each in passages))
    )

    def search(question: str) -> list[Passage]:
        expression = " OR ".join(f'"{word}"' for word in dict.fromkeys(words(question)))
        rows = index.execute(
            "SELECT rowid FROM passages WHERE passages MATCH ? ORDER BY bm25(passages) LIMIT ?",
            (expression, RANK_LIMITS[-1]),
        )
        return [passages[row] for (row,) in rows]

    return search


def plain_bm25s(passages: Sequence[Passage]) -> Search:
    """Return bm25s as in its documentation, with its English stop words."""
    peer: Any = bm25s
    retriever = peer.BM25()
    retriever.index(peer.tokenize([each.text for each in passages], stopwords="en", show_progress=False), False)

    def search(question: str) -> list[Passage]:
        tokens = peer.tokenize(question, stopwords="en", show_progress=False)
        found, _ = retriever.retrieve(tokens, k=min(RANK_LIMITS[-1], len(passages)), show_progress=False)
        return [passages[number] for number in found[0]]

    return search


def measure_search(name: str, wording: str, searches: Sequence[tuple[Question, Corpus, Search]]) -> SearchScore:
    times: list[float] = []
    ranks: list[int | None] = []
    for question, corpus, search in searches:
        began = time.perf_counter()
        found = search(question.worded(wording))
        times.append(time.perf_counter() - began)
        ranks.append(rank(question, corpus, found))
    among = {first: sum(each is not None and each <= first for each in ranks) / len(ranks) for first in RANK_LIMITS}
    return SearchScore(name, wording, among, median(times) * 1000)


def rank(question: Question, corpus: Corpus, found: Sequence[Passage]) -> int | None:
    """Return the rank, from 1, of the first passage that holds an answer; None if none of them does."""
    for number, passage in enumerate(found, 1):
        quoted = QuotedText(corpus.files[passage.snapshot], passage.text)
        if any(holds(quoted, facet) for facet in question.gold):
            return number
    return None


async def compare(home: Path, questions: Sequence[Question]) -> list[SearchScore]:
    asker = Asker(home)
    corpora: dict[str, Corpus] = {}
    searches: dict[str, dict[str, Search]] = {"outlast": {}, "plain FTS5": {}, "bm25s": {}}
    loop = asyncio.get_running_loop()
    for name, folder in fetch(NAMES, home / "corpora").items():
        corpora[name] = await asker.ingest(name, folder)
        library = await asker.library(corpora[name])
        passages = await passages_in(library, asker.snapshots)
        searches["outlast"][name] = lambda question, library=library: (
            asyncio.run_coroutine_threadsafe(library.search([question]), loop).result().passages
        )
        searches["plain FTS5"][name] = await asyncio.to_thread(plain_fts5, passages)
        searches["bm25s"][name] = await asyncio.to_thread(plain_bm25s, passages)
    return [
        await asyncio.to_thread(
            measure_search,
            peer,
            wording,
            [(each, corpora[each.corpus], of[each.corpus]) for each in questions if not each.unanswerable],
        )
        for wording in WORDINGS
        for peer, of in searches.items()
    ]


def main() -> None:
    options = argparse.ArgumentParser(prog="python -m bench.eval.retrieval", description="Compare searches.")
    options.add_argument("--questions", type=Path, default=DEV, help="other questions, in the form of dev.jsonl")
    options.add_argument("--home", type=Path, default=HOME, help="folder for corpora and their indexes")
    arguments = options.parse_args()
    logging.disable(logging.WARNING)
    rows = asyncio.run(compare(arguments.home, read_questions(arguments.questions)))
    print("wording      search      " + "  ".join(f"first {first:>2}" for first in RANK_LIMITS) + "  median ms")
    for row in rows:
        shares = "  ".join(f"{share:>8.2f}" for share in row.among.values())
        print(f"{row.wording:<12} {row.name:<10} {shares}  {row.median_ms:>9.1f}")
    if arguments.questions == DEV:
        RESULTS.write_text(json.dumps([vars(row) for row in rows], indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
