"""Find the spans of a passage that are worth quoting, and score how relevant each is to a task."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from outlast.evidence.fields import key_and_value
from outlast.evidence.lists import end_of_what_follows
from outlast.evidence.prose import is_prose
from outlast.evidence.report import Finding
from outlast.evidence.sentences import split_sentences
from outlast.evidence.sources import Passage, Quote, Span, file_name_words
from outlast.graphs.reasoners.fact_scoring import score_fact
from outlast.graphs.reasoners.likeness import PassageLikeness
from outlast.graphs.reasoners.query_weights import QueryWeights, add_matches
from outlast.graphs.reasoners.quotable_sentences import QuotableSentence, find_quotable_sentences
from outlast.graphs.reasoners.scored_spans import (
    FIRST_SENTENCE_BONUS,
    HEADING_BONUS,
    MAX_JOINED_CHARACTERS,
    MAX_RAW_STRENGTH,
    MIN_HEADING_COVERAGE,
    ScoredSpan,
    is_divided,
    join_spans,
    overlap,
    raw_strength,
)

MAX_GAP_CHARACTERS = 80  # a short sentence between two quoted ones is quoted too
# The share that a word of the task counts if the sentence itself lacks it, but one of these has it.
NEIGHBOUR_SHARE = 0.5
HEADING_SHARE = 0.7
TITLE_SHARE = 0.3

CROSS_REFERENCE = re.compile(
    r"^see\b|\bsee (?:also|section)\b|\b(?:found|is|are|described|documented) in section\b", re.I
)
"""A sentence that only refers to another place."""
CHANGE_NOTE = re.compile(r"(?:new|changed|added|deprecated|removed) (?:in|since) (?:version|release)\b", re.IGNORECASE)
"""A note on changes between versions, which is seldom what a task asks for."""
ASIDE_FACTOR = 0.5
"""The factor for the strength of such sentences."""
"""Sentences that only ask are weaker too."""
REPLY_MARKS = frozenset({">", ">>"})
REPLY_FACTOR = 0.9
"""A mail that is answered is quoted from itself rather than from the answer."""
NUMBER_FACTORS = {True: 1.1, False: 0.5, None: 1.0}
"""For a sentence below a heading of the version, the year or the clause that the task names, or of another one."""
ROW_FACTOR = 0.9
MAX_REST_CHARACTERS = 120
"""Named values at the end of a paragraph that are at most this long are quoted with it."""
MAX_FRAGMENT_WORDS = 6
LIMITING_WORDS = frozenset(
    """
    but except excepting excluding including never nor not only save unless
    aber ausgenommen ausser außer jedoch nicht nur excepté hors mais pas sauf seulement excepto menos pero salvo solo
    sólo eccetto ma non soltanto tranne alleen behalve maar niet apenas exceto mas não somente endast ikke inte kun men
    undtagen unntatt utom
    """.split()
)
"""The first words of fragments that limit the sentence before them."""
LEAD_SHARE = 0.9
"""The share that a word counts that only the lead of a sentence has."""
BACK_REFERENCE_START = re.compile(
    r"(?:(?:to|in|for|by|with|without|because of|despite|after|before|if|when|since|while|as)\s+(?:\w+\s+){0,2}?)?"
    r"(?:this|these|that|those|it|its|they|them|such|he|she)\b|(?:however|therefore|thus|otherwise|instead|hence)\b",
    re.IGNORECASE,
)
"""The start of a sentence that needs the one before it to be understood."""


def find_quotes(passage: Passage, query: QueryWeights, likeness: PassageLikeness | None = None) -> list[Finding]:
    """Return the quotes worth reporting: spans that do not overlap, those with the strongest sentences first.

    `likeness` is that of the sentences which `find_quotable_sentences` finds; None without an encoder.
    """
    spans: list[ScoredSpan] = []
    for span in sorted(score_sentences(passage, query, likeness), key=lambda span: (-span.strength, span.start)):
        nearby = [index for index, other in enumerate(spans) if overlap(span, other) >= -MAX_GAP_CHARACTERS]
        index = max(nearby, key=lambda each: (overlap(span, spans[each]), spans[each].strength), default=-1)
        longer = join_spans(passage.text, spans[index], span) if nearby else None
        if longer and all(overlap(longer, other) <= 0 for each, other in enumerate(spans) if each != index):
            spans[index] = longer
        elif all(overlap(span, other) <= 0 for other in spans):
            spans.append(span)
    return [finding_of(passage, span) for span in spans]


def score_sentences(
    passage: Passage, query: QueryWeights, likeness: PassageLikeness | None = None
) -> Iterator[ScoredSpan]:
    """Yield each sentence with words of the task, together with the next one, and with the previous one if it needs it.

    Rows of tables and other facts come without neighbours. A sentence that ends in a colon comes with what follows.
    With an encoder, sentences without words of the task are scored too.
    """
    language = passage.language
    heading = query.matches_in(passage.heading, language)
    title = query.matches_in(f"{passage.title} {file_name_words(passage.uri)}", language)
    above: dict[str, float] = {}
    add_matches(above, title, TITLE_SHARE)
    add_matches(above, heading, HEADING_SHARE)
    same_number = query.number_in(f"{file_name_words(passage.uri)}\n{passage.title}\n{passage.heading}")
    heading_coverage = query.coverage(dict.fromkeys(heading.words | title.words, 1.0))
    sentences = list(find_quotable_sentences(passage, query))
    for number, sentence in enumerate(sentences):
        if sentence.is_fact:
            for fact in score_fact(passage, sentence, query, heading, title):
                named = min(fact.strength * NUMBER_FACTORS[same_number], 1.0)
                yield with_meaning(replace(fact, strength=round(named, 4)), sentence, likeness)
            continue
        answers_its_heading = number < 2 and heading_coverage > MIN_HEADING_COVERAGE
        if not (likeness or sentence.matches.words or sentence.matches.synonyms or answers_its_heading):
            continue
        context = neighbours(passage.text, sentences, number)
        shares = dict(above)
        add_matches(shares, query.matches_in(" ".join(span.text for span in sentence.lead), language), LEAD_SHARE)
        for each in context:
            add_matches(shares, each.matches, 1.0 if each is sentence else NEIGHBOUR_SHARE)
        start, end = context[0].start, context[-1].end
        if passage.text[start:end].endswith(":"):
            announced = end_of_what_follows(passage.text, end, MAX_JOINED_CHARACTERS - (end - start))
            add_matches(shares, query.matches_in(passage.text[end:announced], language), NEIGHBOUR_SHARE)
            end = announced
        if not (sentence.is_row or sentence.lead):
            end = end_of_named_values(passage.text, end_of_fragments(passage.text, end))
        coverage = query.coverage(shares)
        strength = raw_strength(passage, query, coverage)
        strength += FIRST_SENTENCE_BONUS if number == 0 else 0.0
        strength += HEADING_BONUS * (heading_coverage - MIN_HEADING_COVERAGE) if answers_its_heading else 0.0
        strength *= aside_factor(passage.text, sentence, end)
        strength = min(strength * NUMBER_FACTORS[same_number], MAX_RAW_STRENGTH)
        span = ScoredSpan(start, end, round(strength / MAX_RAW_STRENGTH, 4), sentence.lead, is_alone=sentence.is_row)
        yield with_meaning(span, sentence, likeness)


def aside_factor(text: str, sentence: QuotableSentence, end: int) -> float:
    """Return the factor for a sentence that says less than it seems: it asks, refers elsewhere, or repeats a mail."""
    factor = ROW_FACTOR if sentence.is_row else 1.0
    words = " ".join(sentence.text.split())
    if CROSS_REFERENCE.search(words) or CHANGE_NOTE.match(words):
        factor *= ASIDE_FACTOR
    if text[:end].endswith(("?", "？")):
        factor *= ASIDE_FACTOR
    if sentence.text.startswith(">") or text[: sentence.start].rpartition("\n")[2].strip() in REPLY_MARKS:
        factor *= REPLY_FACTOR
    return factor


def with_meaning(span: ScoredSpan, sentence: QuotableSentence, likeness: PassageLikeness | None) -> ScoredSpan:
    """Return a span with a strength that counts the meaning of its sentence too; as it is without an encoder."""
    if likeness is None:
        return span
    offsets = (sentence.start, sentence.end)
    strength = round(likeness.strength(span.strength, offsets), 4)
    return replace(span, strength=strength, cosine=likeness.cosines.get(offsets))


def neighbours(text: str, spans: Sequence[QuotableSentence], number: int) -> list[QuotableSentence]:
    """Return a sentence with the neighbours that a reader needs to understand it, in order."""
    sentence = spans[number]
    context = [sentence]
    if sentence.is_row or sentence.lead:
        return context
    if number + 1 < len(spans) and follows(text, sentence, spans[number + 1]):
        context.append(spans[number + 1])
    if number and BACK_REFERENCE_START.match(sentence.text) and follows(text, spans[number - 1], sentence):
        context.insert(0, spans[number - 1])
    return context


def end_of_fragments(text: str, end: int) -> int:
    """Return the end of the fragments that limit what stands before them, such as `Not on Sundays.`; else `end`."""
    gap = text.find("\n\n", end)
    rest = text[end : len(text) if gap < 0 else gap]
    reached = 0
    for start, last in split_sentences(rest[:MAX_REST_CHARACTERS]):
        fragment = rest[start:last]
        is_whole = fragment.endswith((".", "!")) and 1 < len(fragment.split()) <= MAX_FRAGMENT_WORDS
        limits = re.sub(r"\W.*", "", fragment, flags=re.DOTALL).casefold() in LIMITING_WORDS
        if not (is_whole and limits) or is_prose(fragment) or key_and_value(fragment) or is_divided(rest[:last]):
            break
        reached = last
    return end + reached


def end_of_named_values(text: str, end: int) -> int:
    """Return the end of the named values that close a paragraph, such as `For: Dahl. Against: Vik.`; else `end`."""
    gap = text.find("\n\n", end)
    rest = text[end : len(text) if gap < 0 else gap].rstrip()
    if not rest or len(rest) > MAX_REST_CHARACTERS or "\n" in rest.strip() or is_divided(rest):
        return end
    named = all(key_and_value(rest[start:last]) for start, last in split_sentences(rest))
    return end + len(rest) if named else end


def follows(text: str, sentence: QuotableSentence, following: QuotableSentence) -> bool:
    """Is `other` the next sentence of the same paragraph, with only white space or a footnote mark between them?"""
    between = text[sentence.end : following.start]
    alone = following.is_row or following.is_fact or following.lead
    return not alone and "\n\n" not in between and not re.search(r"\w{4}", between) and not is_divided(between)


def finding_of(passage: Passage, span: ScoredSpan) -> Finding:
    quote = Quote(
        snapshot=passage.snapshot,
        start=passage.start + span.start,
        end=passage.start + span.end,
        text=passage.text[span.start : span.end],
        lead=in_order(span.lead, passage.start + span.start),
    )
    return Finding(
        quote=quote, strength=span.strength, cosine=span.cosine, title=passage.title, heading=passage.heading
    )


def in_order(lead: Sequence[Span], end: int) -> tuple[Span, ...]:
    """Return the spans that end before `end`, in the order of the text, without those inside another one."""
    kept: list[Span] = []
    for span in sorted(lead, key=lambda span: (span.start, -span.end)):
        if span.end <= end and (not kept or kept[-1].end <= span.start):
            kept.append(span)
    return tuple(kept)
