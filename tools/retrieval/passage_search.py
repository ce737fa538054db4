"""How passages are found in an index: the same scores for a collection of documents and for a few pages of the web."""

import sqlite3
import threading
import weakref
from collections import defaultdict
from collections.abc import Iterable, Sequence

from outlast.evidence.sources import Passage, SearchResult
from outlast.tools.retrieval.terms import ParsedQuery, merge_terms, parse_query
from outlast.tools.retrieval.thesaurus.synonyms import Thesaurus

# Ties are broken by rowid: passages are stored sorted by snapshot and start, so the order is the same in every build.
BEST_PASSAGES_SQL = """
    WITH best AS (
        SELECT rowid AS id, bm25(passages, 2.0, 3.0, 1.0) AS cost
        FROM passages WHERE passages MATCH ? ORDER BY cost, id LIMIT ?
    )
    SELECT best.id, -best.cost, snapshot, start, stop, title, heading, text, uri
    FROM best JOIN passages ON passages.rowid = best.id
"""
MAX_CANDIDATES = 100  # passages that are looked at for one query
MAX_PASSAGES = 25
SYNONYM_WEIGHT = 0.35
"""What a synonym counts beside the word itself."""
DOCUMENT_WEIGHT = 0.85
"""The share of a passage's score that depends on what else its document says of the query."""


class PassageSearch:
    """Searches an index of `size` passages, and owns its connection. Safe to ask from many threads."""

    def __init__(self, index: sqlite3.Connection, passage_count: int, thesaurus: Thesaurus) -> None:
        self._index = index
        self._passage_count = passage_count
        self._thesaurus = thesaurus
        self._lock = threading.Lock()  # one connection, many worker threads
        weakref.finalize(self, index.close)  # one that nobody holds any more need not be closed by hand

    def close(self) -> None:
        """Waits for a search that is under way. Twice does no harm."""
        with self._lock:
            self._index.close()

    def search(self, queries: Sequence[str], max_passages: int = MAX_PASSAGES) -> SearchResult:
        """The `most` passages that speak best to any of `queries`, best first; nothing for queries without a word.

        A query is words as people type them: no character in it has a meaning of its own. A passage scores by the words
        of the query, by their synonyms a third as much, and by what else its document says of them. One that several
        queries find has the best of its scores. Raises sqlite3.DatabaseError where the index is damaged.
        """
        parsed_queries: list[ParsedQuery] = []
        best: dict[int, Passage] = {}
        with self._lock:
            for text in queries:
                query = parse_query(text, self._index, self._thesaurus)
                parsed_queries.append(query)
                for row, passage in self._score_passages(query).items():
                    if row not in best or passage.score > best[row].score:
                        best[row] = passage
        ranked = sorted(best.items(), key=lambda found: (-found[1].score, found[0]))
        passages = tuple(passage for _, passage in ranked[:max_passages])
        return SearchResult(passages=passages, terms=merge_terms(parsed_queries), size=self._passage_count)

    def _score_passages(self, query: ParsedQuery) -> dict[int, Passage]:
        """Passages by their rows, with their scores for this query."""
        passages: dict[int, Passage] = {}
        scores: defaultdict[int, float] = defaultdict(float)
        for expression, weight in ((query.words, 1.0), (query.synonyms, SYNONYM_WEIGHT)):
            for row, passage in self._best_passages(expression) if expression else ():
                passages[row] = passage
                scores[row] += weight * passage.score
        documents = score_documents((passages[row].snapshot, score) for row, score in scores.items())
        return {
            row: passages[row].model_copy(
                update={"score": score * (1 - DOCUMENT_WEIGHT + DOCUMENT_WEIGHT * documents[passages[row].snapshot])}
            )
            for row, score in scores.items()
        }

    def _best_passages(self, expression: str) -> list[tuple[int, Passage]]:
        return [
            (
                row,
                Passage(
                    snapshot=snapshot,
                    start=start,
                    end=end,
                    text=text,
                    title=title,
                    heading=heading,
                    uri=uri,
                    score=score,
                ),
            )
            for row, score, snapshot, start, end, title, heading, text, uri in self._index.execute(
                BEST_PASSAGES_SQL, (expression, MAX_CANDIDATES)
            )
        ]


def score_documents(scores: Iterable[tuple[str, float]]) -> dict[str, float]:
    """How much each document speaks to a query, from 0 to 1, by its three best passages: one passage may be chance."""
    found: defaultdict[str, list[float]] = defaultdict(list)
    for snapshot, score in scores:
        found[snapshot].append(score)
    totals = {
        snapshot: sum(weight * score for weight, score in zip((1, 0.5, 0.25), sorted(each, reverse=True), strict=False))
        for snapshot, each in found.items()
    }
    most = max(totals.values(), default=0.0) or 1.0
    return {snapshot: total / most for snapshot, total in totals.items()}
