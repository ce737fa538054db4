"""The spans of a passage that are worth quoting, and how strongly each speaks to a task."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from outlast.evidence.report import Finding
from outlast.evidence.sentences import is_prose, is_table, plain_words, row_spans
from outlast.evidence.sentences import split_sentences as sentences_of
from outlast.evidence.sources import Passage, Quote, file_name_words
from outlast.graphs.reasoners.query_weights import QueryWeights, WordMatches, add_matches

# What each place counts where the sentence itself does not say a word.
NEIGHBOUR_SHARE = 0.5
HEADING_SHARE = 0.7
TITLE_SHARE = 0.3

PASSAGE_SCORE_SHARE = 0.6
"""The share of a quote's strength that is the score of its passage; the rest is how much of the task it says."""
GOOD_PASSAGE = 1.5
"""A passage that scores so many times the weight of the task's words is as good as a passage gets."""
FIRST_SENTENCE_BONUS = 0.04
HEADING_BONUS = 0.2
"""The first sentences below a heading that says most of the task answer it, whatever their words."""
MIN_HEADING_COVERAGE = 0.4
MAX_RAW_STRENGTH = 1 + FIRST_SENTENCE_BONUS + HEADING_BONUS * (1 - MIN_HEADING_COVERAGE)

MIN_JOINED_STRENGTH_SHARE = 0.7
"""Of two spans that touch, the weaker one makes the stronger longer if it is as strong as this share of it."""
MAX_JOINED_CHARACTERS = 700  # characters of a span that was made longer
MAX_GAP_CHARACTERS = 80  # characters between spans at most: a short sentence between two that are quoted is quoted too

CROSS_REFERENCE = re.compile(
    r"^see\b|\bsee (?:also|section)\b|\b(?:found|is|are|described|documented) in section\b", re.I
)
"""A sentence that says where to read says nothing itself."""
CHANGE_NOTE = re.compile(r"(?:new|changed|added|deprecated|removed) (?:in|since) (?:version|release)\b", re.IGNORECASE)
"""A note on what has changed is seldom what was asked for."""
ASIDE_FACTOR = 0.5
"""What is left of the strength of such sentences."""
ROW_FACTOR = 0.9
MIN_ROW_WORDS = 5  # plain words
FOOTNOTE_MARK = re.compile(r"\[\d{1,3}\]\s+")
BACK_REFERENCE_START = re.compile(
    r"(?:(?:to|in|for|by|with|without|because of|despite|after|before|if|when|since|while|as)\s+(?:\w+\s+){0,2}?)?"
    r"(?:this|these|that|those|it|its|they|them|such|he|she)\b|(?:however|therefore|thus|otherwise|instead|hence)\b",
    re.IGNORECASE,
)
"""So opens a sentence that only the one before it explains."""


@dataclass(frozen=True)
class Span:
    """What would be quoted of a passage, in characters of its text."""

    start: int
    end: int
    strength: float


@dataclass(frozen=True)
class QuotableSentence:
    """A sentence of prose, or a row of a table, at its place in a passage."""

    start: int
    end: int
    text: str
    matches: WordMatches
    is_row: bool = False


def find_quotes(passage: Passage, query: QueryWeights) -> list[Finding]:
    """What is worth quoting: spans that do not overlap, those with the strongest sentences first."""
    spans: list[Span] = []
    for span in sorted(score_sentences(passage, query), key=lambda span: (-span.strength, span.start)):
        near = [number for number, other in enumerate(spans) if overlap(span, other) >= -MAX_GAP_CHARACTERS]
        number = max(near, key=lambda each: (overlap(span, spans[each]), spans[each].strength), default=-1)
        longer = join_spans(spans[number], span) if near else None
        if longer and all(overlap(longer, other) <= 0 for each, other in enumerate(spans) if each != number):
            spans[number] = longer
        elif all(overlap(span, other) <= 0 for other in spans):
            spans.append(span)
    return [finding_of(passage, span) for span in spans]


def score_sentences(passage: Passage, query: QueryWeights) -> Iterator[Span]:
    """Each sentence that says something of the task, with the one after it, and the one before where it leans on that.

    A row of a table comes alone.
    """
    heading = query.matches_in(passage.heading)
    title = query.matches_in(f"{passage.title} {file_name_words(passage.uri)}")
    above: dict[str, float] = {}
    add_matches(above, title, TITLE_SHARE)
    add_matches(above, heading, HEADING_SHARE)
    heading_coverage = query.coverage(dict.fromkeys(heading.words | title.words, 1.0))
    sentences = list(find_quotable_sentences(passage.text, query))
    for number, sentence in enumerate(sentences):
        answers_its_heading = number < 2 and heading_coverage > MIN_HEADING_COVERAGE
        if not (sentence.matches.words or sentence.matches.synonyms or answers_its_heading):
            continue
        around = neighbours(passage.text, sentences, number)
        shares = dict(above)
        for each in around:
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
        yield Span(around[0].start, around[-1].end, round(strength / MAX_RAW_STRENGTH, 4))


def find_quotable_sentences(text: str, query: QueryWeights) -> Iterator[QuotableSentence]:
    for start, end in sentences_of(text):
        span_text = text[start:end]
        if is_table(span_text):
            for first, last in row_spans(span_text):
                row = span_text[first:last]
                if len(plain_words(row)) >= MIN_ROW_WORDS:
                    yield QuotableSentence(start + first, start + last, row, query.matches_in(row), is_row=True)
        elif is_prose(span_text):
            mark = FOOTNOTE_MARK.match(span_text)  # not part of the sentence
            start += mark.end() if mark else 0  # noqa: PLW2901 - the sentence begins after its mark
            yield QuotableSentence(start, end, text[start:end], query.matches_in(text[start:end]))


def neighbours(text: str, spans: Sequence[QuotableSentence], number: int) -> list[QuotableSentence]:
    """The sentence with those beside it that a reader needs, in their order."""
    sentence = spans[number]
    around = [sentence]
    if sentence.is_row:
        return around
    if number + 1 < len(spans) and follows(text, sentence, spans[number + 1]):
        around.append(spans[number + 1])
    if number and BACK_REFERENCE_START.match(sentence.text) and follows(text, spans[number - 1], sentence):
        around.insert(0, spans[number - 1])
    return around


def follows(text: str, one: QuotableSentence, other: QuotableSentence) -> bool:
    """In the same paragraph, with nothing but white space or a footnote's mark between them?"""
    between = text[one.end : other.start]
    return not other.is_row and "\n\n" not in between and not re.search(r"\w{4}", between)


def overlap(one: Span, other: Span) -> int:
    """How many characters they have in common; less than nothing where there are so many between them."""
    return min(one.end, other.end) - max(one.start, other.start)


def join_spans(span: Span, by: Span) -> Span | None:
    """The span with a weaker one taken in; None where that is much weaker, or makes it too long."""
    start, end = min(span.start, by.start), max(span.end, by.end)
    if by.strength < MIN_JOINED_STRENGTH_SHARE * span.strength or end - start > MAX_JOINED_CHARACTERS:
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
