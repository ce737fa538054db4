"""The spans of a passage that are worth quoting, and how strongly each speaks to a task."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from outlast.evidence.report import Finding
from outlast.evidence.sentences import is_prose, is_table, plain_words
from outlast.evidence.sentences import sentences as sentences_of
from outlast.evidence.sources import Passage, Quote, name_of
from outlast.evidence.tables import rows
from outlast.graphs.reasoners.query_weights import Asked, Said, add_said

# What each place counts where the sentence itself does not say a word.
NEIGHBOUR = 0.5
HEADING = 0.7
TITLE = 0.3

PASSAGE = 0.6
"""The share of a quote's strength that is the score of its passage; the rest is how much of the task it says."""
GOOD_PASSAGE = 1.5
"""A passage that scores so many times the weight of the task's words is as good as a passage gets."""
FIRST = 0.04
UNDER_ITS_HEADING = 0.2
"""The first sentences below a heading that says most of the task answer it, whatever their words."""
MOST_OF_IT = 0.4
FULL_MARKS = 1 + FIRST + UNDER_ITS_HEADING * (1 - MOST_OF_IT)

EXTENDS = 0.7
"""Of two spans that touch, the weaker one makes the stronger longer if it is as strong as this share of it."""
LONGEST = 700  # characters of a span that was made longer
TOUCHING = 80  # characters between spans at most: a short sentence between two that are quoted is quoted too

POINTS_ELSEWHERE = re.compile(
    r"^see\b|\bsee (?:also|section)\b|\b(?:found|is|are|described|documented) in section\b", re.I
)
"""A sentence that says where to read says nothing itself."""
CHANGES = re.compile(r"(?:new|changed|added|deprecated|removed) (?:in|since) (?:version|release)\b", re.IGNORECASE)
"""A note on what has changed is seldom what was asked for."""
ASIDE = 0.5
"""What is left of the strength of such sentences."""
ROW = 0.9
SHORTEST_ROW = 5  # plain words
FOOTNOTE_MARK = re.compile(r"\[\d{1,3}\]\s+")
LEANS_BACK = re.compile(
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
class Sentence:
    """A sentence of prose, or a row of a table, at its place in a passage."""

    start: int
    end: int
    text: str
    said: Said
    is_row: bool = False


def quotes(passage: Passage, asked: Asked) -> list[Finding]:
    """What is worth quoting: spans that do not overlap, those with the strongest sentences first."""
    spans: list[Span] = []
    for span in sorted(weighed(passage, asked), key=lambda span: (-span.strength, span.start)):
        near = [number for number, other in enumerate(spans) if shared(span, other) >= -TOUCHING]
        number = max(near, key=lambda each: (shared(span, spans[each]), spans[each].strength), default=-1)
        longer = extended(spans[number], span) if near else None
        if longer and all(shared(longer, other) <= 0 for each, other in enumerate(spans) if each != number):
            spans[number] = longer
        elif all(shared(span, other) <= 0 for other in spans):
            spans.append(span)
    return [finding(passage, span) for span in spans]


def weighed(passage: Passage, asked: Asked) -> Iterator[Span]:
    """Each sentence that says something of the task, with the one after it, and the one before where it leans on that.

    A row of a table comes alone.
    """
    heading = asked.said_in(passage.heading)
    title = asked.said_in(f"{passage.title} {name_of(passage.uri)}")
    above: dict[str, float] = {}
    add_said(above, title, TITLE)
    add_said(above, heading, HEADING)
    told_above = asked.coverage(dict.fromkeys(heading.words | title.words, 1.0))
    sentences = list(quotable(passage.text, asked))
    for number, sentence in enumerate(sentences):
        answers_its_heading = number < 2 and told_above > MOST_OF_IT
        if not (sentence.said.words or sentence.said.synonyms or answers_its_heading):
            continue
        around = neighbours(passage.text, sentences, number)
        shares = dict(above)
        for each in around:
            add_said(shares, each.said, 1.0 if each is sentence else NEIGHBOUR)
        coverage = asked.coverage(shares)
        nearness = min(1.0, (passage.score / GOOD_PASSAGE + coverage * asked.unscored) / asked.total)
        strength = (1 - PASSAGE) * coverage + PASSAGE * nearness
        strength += FIRST if number == 0 else 0.0
        strength += UNDER_ITS_HEADING * (told_above - MOST_OF_IT) if answers_its_heading else 0.0
        if sentence.is_row:
            strength *= ROW
        told = " ".join(sentence.text.split())
        if POINTS_ELSEWHERE.search(told) or CHANGES.match(told):
            strength *= ASIDE
        yield Span(around[0].start, around[-1].end, round(strength / FULL_MARKS, 4))


def quotable(text: str, asked: Asked) -> Iterator[Sentence]:
    for start, end in sentences_of(text):
        said = text[start:end]
        if is_table(said):
            for first, last in rows(said):
                row = said[first:last]
                if len(plain_words(row)) >= SHORTEST_ROW:
                    yield Sentence(start + first, start + last, row, asked.said_in(row), is_row=True)
        elif is_prose(said):
            mark = FOOTNOTE_MARK.match(said)  # not part of the sentence
            start += mark.end() if mark else 0  # noqa: PLW2901 - the sentence begins after its mark
            yield Sentence(start, end, text[start:end], asked.said_in(text[start:end]))


def neighbours(text: str, spans: Sequence[Sentence], number: int) -> list[Sentence]:
    """The sentence with those beside it that a reader needs, in their order."""
    sentence = spans[number]
    around = [sentence]
    if sentence.is_row:
        return around
    if number + 1 < len(spans) and follows(text, sentence, spans[number + 1]):
        around.append(spans[number + 1])
    if number and LEANS_BACK.match(sentence.text) and follows(text, spans[number - 1], sentence):
        around.insert(0, spans[number - 1])
    return around


def follows(text: str, one: Sentence, other: Sentence) -> bool:
    """In the same paragraph, with nothing but white space or a footnote's mark between them?"""
    between = text[one.end : other.start]
    return not other.is_row and "\n\n" not in between and not re.search(r"\w{4}", between)


def shared(one: Span, other: Span) -> int:
    """How many characters they have in common; less than nothing where there are so many between them."""
    return min(one.end, other.end) - max(one.start, other.start)


def extended(span: Span, by: Span) -> Span | None:
    """The span with a weaker one taken in; None where that is much weaker, or makes it too long."""
    start, end = min(span.start, by.start), max(span.end, by.end)
    if by.strength < EXTENDS * span.strength or end - start > LONGEST:
        return None
    return Span(start, end, span.strength)


def finding(passage: Passage, span: Span) -> Finding:
    quote = Quote(
        snapshot=passage.snapshot,
        start=passage.start + span.start,
        end=passage.start + span.end,
        text=passage.text[span.start : span.end],
    )
    return Finding(quote=quote, strength=span.strength, title=passage.title, heading=passage.heading)
