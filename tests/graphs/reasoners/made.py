"""Inputs of the rules, made by hand: words with their frequencies, passages, findings."""

from outlast.evidence.report import Finding
from outlast.evidence.sources import Passage, Quote, Term
from outlast.evidence.words import content_words
from outlast.graphs.reasoners.query_weights import QueryWeights

SIZE = 100


def asked(question: str, *terms: Term, size: int = SIZE) -> QueryWeights:
    """Return the weights of a task: each word is in one passage, except those that `terms` describe."""
    described = {term.word: term for term in terms}
    words = dict.fromkeys([*content_words(question), *described])
    return QueryWeights(question, [described.get(word, Term(word=word, frequency=1)) for word in words], size)


def passage(text: str, *, score: float = 0.0, title: str = "", heading: str = "", uri: str = "") -> Passage:
    """Return a passage from inside a document, so that offsets in the two differ."""
    return Passage(
        snapshot="a" * 64, start=50, end=50 + len(text), text=text, title=title, heading=heading, uri=uri, score=score
    )


def finding(
    text: str, strength: float = 0.5, *, snapshot: str = "a", start: int = 0, title: str = "", heading: str = ""
) -> Finding:
    quote = Quote(snapshot=snapshot * 64, start=start, end=start + len(text), text=text)
    return Finding(quote=quote, strength=strength, title=title, heading=heading)
