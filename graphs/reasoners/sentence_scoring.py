"""Find the spans of a passage that are worth quoting, and score how relevant each is to a task."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from outlast.evidence.report import Finding
from outlast.evidence.sentences import is_prose, is_table, plain_words, row_spans
from outlast.evidence.sentences import split_sentences as sentences_of
from outlast.evidence.sources import Passage, Quote, file_name_words
from outlast.graphs.reasoners.query_weights import QueryWeights, WordMatches, add_matches

# The share that a word of the task counts if the sentence itself lacks it, but one of these has it.
NEIGHBOUR_SHARE = 0.5
HEADING_SHARE = 0.7
TITLE_SHARE = 0.3

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
MAX_GAP_CHARACTERS = 80  # a short sentence between two quoted ones is quoted too

CROSS_REFERENCE = re.compile(
    r"^see\b|\bsee (?:also|section)\b|\b(?:found|is|are|described|documented) in section\b", re.I
)
"""A sentence that only refers to another place."""
CHANGE_NOTE = re.compile(r"(?:new|changed|added|deprecated|removed) (?:in|since) (?:version|release)\b", re.IGNORECASE)
"""A note on changes between versions, which is seldom what a task asks for."""
ASIDE_FACTOR = 0.5
"""The factor for the strength of such sentences."""
ROW_FACTOR = 0.9
MIN_ROW_WORDS = 5
FOOTNOTE_MARK = re.compile(r"\[\d{1,3}\]\s+")
BACK_REFERENCE_START = re.compile(
    r"(?:(?:to|in|for|by|with|without|because of|despite|after|before|if|when|since|while|as)\s+(?:\w+\s+){0,2}?)?"
    r"(?:this|these|that|those|it|its|they|them|such|he|she)\b|(?:however|therefore|thus|otherwise|instead|hence)\b",
    re.IGNORECASE,
)
"""The start of a sentence that needs the one before it to be understood."""


@dataclass(frozen=True)
class Span:
    """A span of a passage that may be quoted, in characters of its text."""

    start: int
    end: int
    strength: float


@dataclass(frozen=True)
class QuotableSentence:
    """A sentence of prose or a row of a table, with its offsets in a passage."""

    start: int
    end: int
    text: str
    matches: WordMatches
    is_row: bool = False


def find_quotes(passage: Passage, query: QueryWeights) -> list[Finding]:
    """Return the quotes worth reporting: spans that do not overlap, those with the strongest sentences first."""
    spans: list[Span] = []
    for span in sorted(score_sentences(passage, query), key=lambda span: (-span.strength, span.start)):
        nearby = [index for index, other in enumerate(spans) if overlap(span, other) >= -MAX_GAP_CHARACTERS]
        index = max(nearby, key=lambda each: (overlap(span, spans[each]), spans[each].strength), default=-1)
        longer = join_spans(spans[index], span) if nearby else None
        if longer and all(overlap(longer, other) <= 0 for each, other in enumerate(spans) if each != index):
            spans[index] = longer
        elif all(overlap(span, other) <= 0 for other in spans):
            spans.append(span)
    return [finding_of(passage, span) for span in spans]


def score_sentences(passage: Passage, query: QueryWeights) -> Iterator[Span]:
    """Yield each sentence with words of the task, together with the next one, and with the previous one if it needs it.

    A row of a table comes without neighbours.
    """
    heading = query.matches_in(passage.heading, passage.language)
    title = query.matches_in(f"{passage.title} {file_name_words(passage.uri)}", passage.language)
    above: dict[str, float] = {}
    add_matches(above, title, TITLE_SHARE)
    add_matches(above, heading, HEADING_SHARE)
    heading_coverage = query.coverage(dict.fromkeys(heading.words | title.words, 1.0))
    sentences = list(find_quotable_sentences(passage.text, query, passage.language))
    for number, sentence in enumerate(sentences):
        answers_its_heading = number < 2 and heading_coverage > MIN_HEADING_COVERAGE
        if not (sentence.matches.words or sentence.matches.synonyms or answers_its_heading):
            continue
        context = neighbours(passage.text, sentences, number)
        shares = dict(above)
        for each in context:
            add_matches(shares, each.matches, 1.0 if each is sentence else NEIGHBOUR_SHARE)
        coverage = query.coverage(shares)
        nearness = min(1.0, (passage.score / GOOD_PASSAGE + coverage * query.unscored_weight) / query.total_weight)
        strength = (1 - PASSAGE_SCORE_SHARE) * coverage + PASSAGE_SCORE_SHARE * nearness
        strength += FIRST_SENTENCE_BONUS if number == 0 else 0.0
        strength += HEADING_BONUS * (heading_coverage - MIN_HEADING_COVERAGE) if answers_its_heading else 0.0
        if sentence.is_row:
            strength *= ROW_FACTOR
        sentence_text = " ".join(sentence.text.split())
        if CROSS_REFERENCE.search(sentence_text) or CHANGE_NOTE.match(sentence_text):
            strength *= ASIDE_FACTOR
        yield Span(context[0].start, context[-1].end, round(strength / MAX_RAW_STRENGTH, 4))


def find_quotable_sentences(text: str, query: QueryWeights, language: str) -> Iterator[QuotableSentence]:
    for start, end in sentences_of(text):
        span_text = text[start:end]
        if is_table(span_text):
            for first, last in row_spans(span_text):
                row = span_text[first:last]
                if len(plain_words(row)) >= MIN_ROW_WORDS:
                    yield QuotableSentence(
                        start + first, start + last, row, query.matches_in(row, language), is_row=True
                    )
        elif is_prose(span_text):
            mark = FOOTNOTE_MARK.match(span_text)  # not part of the sentence
            start += mark.end() if mark else 0  # noqa: PLW2901 - the sentence begins after its mark
            yield QuotableSentence(start, end, text[start:end], query.matches_in(text[start:end], language))


def neighbours(text: str, spans: Sequence[QuotableSentence], number: int) -> list[QuotableSentence]:
    """Return a sentence with the neighbours that a reader needs to understand it, in order."""
    sentence = spans[number]
    context = [sentence]
    if sentence.is_row:
        return context
    if number + 1 < len(spans) and follows(text, sentence, spans[number + 1]):
        context.append(spans[number + 1])
    if number and BACK_REFERENCE_START.match(sentence.text) and follows(text, spans[number - 1], sentence):
        context.insert(0, spans[number - 1])
    return context


def follows(text: str, sentence: QuotableSentence, following: QuotableSentence) -> bool:
    """Is `other` the next sentence of the same paragraph, with only white space or a footnote mark between them?"""
    between = text[sentence.end : following.start]
    return not following.is_row and "\n\n" not in between and not re.search(r"\w{4}", between)


def overlap(first: Span, second: Span) -> int:
    """Return the number of characters that two spans share; if they share none, minus the distance between them."""
    return min(first.end, second.end) - max(first.start, second.start)


def join_spans(span: Span, weaker: Span) -> Span | None:
    """Join a span with a weaker one; None if that one is much weaker, or if the result would be too long."""
    start, end = min(span.start, weaker.start), max(span.end, weaker.end)
    if weaker.strength < MIN_JOINED_STRENGTH_SHARE * span.strength or end - start > MAX_JOINED_CHARACTERS:
        return None
    return Span(start, end, span.strength)


def finding_of(passage: Passage, span: Span) -> Finding:
    quote = Quote(
        snapshot=passage.snapshot,
        start=passage.start + span.start,
        end=passage.start + span.end,
        text=passage.text[span.start : span.end],
    )
    return Finding(quote=quote, strength=span.strength, title=passage.title, heading=passage.heading)
