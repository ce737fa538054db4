"""Spans of a passage that may be quoted, with their strengths, and which of them are quoted as one."""

from dataclasses import dataclass
from itertools import pairwise

from outlast.evidence.forms import is_title
from outlast.evidence.sentences import LIST_MARKER
from outlast.evidence.sources import Passage, Span
from outlast.graphs.reasoners.query_weights import QueryWeights

PASSAGE_SCORE_SHARE = 0.6
"""The share of a quote's strength that comes from the score of its passage; the rest comes from its words."""
GOOD_PASSAGE = 1.5
"""A passage gets full marks if its score is this many times the weight of the task's words."""
FIRST_SENTENCE_BONUS = 0.04
HEADING_BONUS = 0.2
"""The first sentences below a heading with most words of the task answer it, whatever words they have."""
MIN_HEADING_COVERAGE = 0.4
MAX_RAW_STRENGTH = 1 + FIRST_SENTENCE_BONUS + HEADING_BONUS * (1 - MIN_HEADING_COVERAGE)

MIN_JOINED_STRENGTH_SHARE = 0.7
"""Two neighbouring spans are joined if the weaker one has at least this share of the stronger one's strength."""
MAX_JOINED_CHARACTERS = 700


@dataclass(frozen=True)
class ScoredSpan:
    """A span of a passage that may be quoted, in characters of the passage's text."""

    start: int
    end: int
    strength: float
    lead: tuple[Span, ...] = ()
    """The spans of the snapshot that it is understood with."""
    is_alone: bool = False
    """Whether it is joined with no other span, as a row and any other fact."""
    cosine: float | None = None
    """How alike the question and the strongest sentence of the span are; None without an encoder."""


def raw_strength(passage: Passage, query: QueryWeights, coverage: float) -> float:
    nearness = min(1.0, (passage.score / GOOD_PASSAGE + coverage * query.unscored_weight) / query.total_weight)
    return (1 - PASSAGE_SCORE_SHARE) * coverage + PASSAGE_SCORE_SHARE * nearness


def overlap(first: ScoredSpan, second: ScoredSpan) -> int:
    """Return the number of characters that two spans share; if they share none, minus the distance between them."""
    return min(first.end, second.end) - max(first.start, second.start)


def join_spans(text: str, span: ScoredSpan, weaker: ScoredSpan) -> ScoredSpan | None:
    """Join a span with a weaker one; None if that one is much weaker, or if the result would be too long.

    Rows and other facts stay alone, and so do items of a list. Only spans with the same lead are joined.
    """
    start, end = min(span.start, weaker.start), max(span.end, weaker.end)
    if weaker.strength < MIN_JOINED_STRENGTH_SHARE * span.strength or end - start > MAX_JOINED_CHARACTERS:
        return None
    if span.is_alone or weaker.is_alone or span.lead != weaker.lead:
        return None
    first, second = sorted((span, weaker), key=lambda each: each.start)
    if is_divided(text[first.end : second.start]):
        return None
    return ScoredSpan(start, end, span.strength, span.lead, cosine=span.cosine)


def is_divided(between: str) -> bool:
    """Does the text between two sentences begin an item of a list, or a part with a title of its own?"""
    _, *lines = between.split("\n")
    if any(LIST_MARKER.match(f"{line}x") for line in lines):
        return True
    return any(not above.strip() and is_title(line.strip()) for above, line in pairwise(lines))
