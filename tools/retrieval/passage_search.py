"""Search for passages in an index, with the same scores for collections of documents and for a few web pages."""

import sqlite3
import threading
import weakref
from collections import defaultdict
from collections.abc import Iterable, Sequence

from outlast.evidence.sources import Passage, SearchResult
from outlast.tools.retrieval.passage_index import read_leads
from outlast.tools.retrieval.terms import ParsedQuery, merge_terms, parse_query
from outlast.tools.retrieval.thesaurus.synonyms import Thesaurus

# Rowids break ties: passages are stored sorted by snapshot and start, so the order is the same in every build.
BEST_PASSAGES_SQL = """
    WITH best AS (
        SELECT rowid AS id, bm25(passages, 2.0, 3.0, 1.0) AS cost
        FROM passages WHERE passages MATCH ? ORDER BY cost, id LIMIT ?
    )
    SELECT best.id, -best.cost, snapshot, start, stop, title, heading, text, uri, language, leads
    FROM best JOIN passages ON passages.rowid = best.id
"""
MAX_CANDIDATES = 100  # passages that are scored for one query
MAX_PASSAGES = 25
SYNONYM_WEIGHT = 0.35
"""The weight of a synonym, relative to the word itself."""
DOCUMENT_WEIGHT = 0.85
"""The share of a passage's score that depends on how well its whole document matches the query."""


class PassageSearch:
    """Searches an index of `passage_count` passages and owns its connection. Many threads may use it."""

    def __init__(self, index: sqlite3.Connection, passage_count: int, thesaurus: Thesaurus) -> None:
        self._index = index
        self._passage_count = passage_count
        self._thesaurus = thesaurus
        self._lock = threading.Lock()  # one connection, many worker threads
        weakref.finalize(self, index.close)  # closes the connection of an object that is no longer used

    def close(self) -> None:
        """Close the connection, after waiting for a running search. Closing twice is harmless."""
        with self._lock:
            self._index.close()

    def search(self, queries: Sequence[str], max_passages: int = MAX_PASSAGES) -> SearchResult:
        """Return up to `max_passages` passages that match any of `queries`, best first; none for queries without words.

        A query is text as people type it: no character in it is an operator. A passage is scored by the words of the
        query, by their synonyms with SYNONYM_WEIGHT, and by how well its document matches. If several queries find it,
        its best score counts. Raises sqlite3.DatabaseError if the index is damaged.
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
        """Return passages by their rows, with their scores for this query."""
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
                    language=language,
                    score=score,
                    leads=read_leads(leads),
                ),
            )
            for row, score, snapshot, start, end, title, heading, text, uri, language, leads in self._index.execute(
                BEST_PASSAGES_SQL, (expression, MAX_CANDIDATES)
            )
        ]


def score_documents(passage_scores: Iterable[tuple[str, float]]) -> dict[str, float]:
    """Score documents for a query, from 0 to 1, by their three best passages, because one passage may be chance."""
    scores_by_document: defaultdict[str, list[float]] = defaultdict(list)
    for snapshot, score in passage_scores:
        scores_by_document[snapshot].append(score)
    totals = {
        snapshot: sum(
            weight * score for weight, score in zip((1, 0.5, 0.25), sorted(scores, reverse=True), strict=False)
        )
        for snapshot, scores in scores_by_document.items()
    }
    maximum = max(totals.values(), default=0.0) or 1.0
    return {snapshot: total / maximum for snapshot, total in totals.items()}
