"""Find the spans of a passage that are worth quoting, and score how relevant each is to a task."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from outlast.evidence.facts import Fact, find_facts, leads_of
from outlast.evidence.fields import FAILURE, is_record, key_and_value
from outlast.evidence.forms import is_title
from outlast.evidence.lists import end_of_what_follows
from outlast.evidence.report import Finding
from outlast.evidence.sentences import LIST_MARKER, is_prose, is_table, plain_words, row_spans
from outlast.evidence.sentences import split_sentences as sentences_of
from outlast.evidence.sources import Lead, Passage, Quote, Span, file_name_words
from outlast.evidence.stop_words import STOP_WORDS, STOP_WORDS_BY_LANGUAGE
from outlast.evidence.words import words
from outlast.graphs.reasoners.asked_values import has_value
from outlast.graphs.reasoners.likeness import PassageLikeness
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
"""A row with fewer plain words is a fact."""
LEAD_SHARE = 0.9
"""The share that a word counts that only the lead of a sentence has."""
FACT_HEADING_SHARE = 0.9
FACT_TITLE_SHARE = 0.8
"""A fact says little by itself: its heading and the title of its document say what it is about."""
KEY_BONUS = 0.15
"""For a fact of the form `key: value` whose key says nothing but what is asked."""
LINE = re.compile(r"[^\n]+")
MAX_ENTRY_LINE_CHARACTERS = 160
MAX_RUN_IN_CHARACTERS = 60
"""The maximum length of a title on the line of the sentence that it is of."""
FOOTNOTE_MARK = re.compile(r"\[\d{1,3}\]\s+")
BACK_REFERENCE_START = re.compile(
    r"(?:(?:to|in|for|by|with|without|because of|despite|after|before|if|when|since|while|as)\s+(?:\w+\s+){0,2}?)?"
    r"(?:this|these|that|those|it|its|they|them|such|he|she)\b|(?:however|therefore|thus|otherwise|instead|hence)\b",
    re.IGNORECASE,
)
"""The start of a sentence that needs the one before it to be understood."""


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


@dataclass(frozen=True)
class QuotableSentence:
    """A sentence of prose or a row of a table, with its offsets in a passage."""

    start: int
    end: int
    text: str
    matches: WordMatches
    is_row: bool = False
    is_fact: bool = False
    """Whether it is no sentence: it counts only as far as it says all that is asked."""
    lead: tuple[Span, ...] = ()
    """The spans of the snapshot that it is understood with, such as the header of its table."""


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
    heading_coverage = query.coverage(dict.fromkeys(heading.words | title.words, 1.0))
    sentences = list(find_quotable_sentences(passage, query))
    for number, sentence in enumerate(sentences):
        if sentence.is_fact:
            for fact in score_fact(passage, sentence, query, heading, title):
                yield with_meaning(fact, sentence, likeness)
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
        coverage = query.coverage(shares)
        strength = raw_strength(passage, query, coverage)
        strength += FIRST_SENTENCE_BONUS if number == 0 else 0.0
        strength += HEADING_BONUS * (heading_coverage - MIN_HEADING_COVERAGE) if answers_its_heading else 0.0
        if sentence.is_row:
            strength *= ROW_FACTOR
        sentence_text = " ".join(sentence.text.split())
        if CROSS_REFERENCE.search(sentence_text) or CHANGE_NOTE.match(sentence_text):
            strength *= ASIDE_FACTOR
        span = ScoredSpan(start, end, round(strength / MAX_RAW_STRENGTH, 4), sentence.lead, is_alone=sentence.is_row)
        yield with_meaning(span, sentence, likeness)


def with_meaning(span: ScoredSpan, sentence: QuotableSentence, likeness: PassageLikeness | None) -> ScoredSpan:
    """Return a span with a strength that counts the meaning of its sentence too; as it is without an encoder."""
    if likeness is None:
        return span
    offsets = (sentence.start, sentence.end)
    strength = round(likeness.strength(span.strength, offsets), 4)
    return replace(span, strength=strength, cosine=likeness.cosines.get(offsets))


def raw_strength(passage: Passage, query: QueryWeights, coverage: float) -> float:
    nearness = min(1.0, (passage.score / GOOD_PASSAGE + coverage * query.unscored_weight) / query.total_weight)
    return (1 - PASSAGE_SCORE_SHARE) * coverage + PASSAGE_SCORE_SHARE * nearness


def score_fact(
    passage: Passage, fact: QuotableSentence, query: QueryWeights, heading: WordMatches, title: WordMatches
) -> Iterator[ScoredSpan]:
    """Yield a fact if it says something that the question does not, and has such a value as the question asks for.

    It is short, so the words that it lacks count twice more, except those of its lead, its heading and its title. Its
    numbers are what it is about: one of the question that it lacks is another fact.
    """
    shares: dict[str, float] = {}
    add_matches(shares, title, FACT_TITLE_SHARE)
    add_matches(shares, heading, FACT_HEADING_SHARE)
    add_matches(shares, fact.matches, 1.0)
    needed, titles = leads_of((passage.start + fact.start, passage.start + fact.end), passage.leads)
    lead = [span for each in needed for span in each.spans]
    add_matches(shares, query.matches_in(" ".join(span.text for span in lead), passage.language), 1.0)
    label = label_of(needed)
    answers = bool(query.matches_in(label, passage.language).words)
    for each in titles:
        matches = query.matches_in(each.spans[0].text, passage.language)
        answers = answers or (each.spans[0].text.endswith("?") and bool(matches.words))
        if any(shares.get(word, 0.0) < FACT_HEADING_SHARE for word in matches.words):
            lead = [*each.spans, *lead]
            add_matches(shares, matches, 1.0)
    if not (fact.matches.words or fact.matches.synonyms or answers):
        return
    value = value_of(fact.text)
    if not (lead or says_more(fact.text, query, passage.language)) or not has_value(value, query.asked_value):
        return
    if (entry := line_of_its_entry(passage, fact, query, shares)) is not None:
        lead.append(entry)
        add_matches(shares, query.matches_in(entry.text, passage.language), 1.0)
    if any(number not in shares for number in query.numbers):
        return
    coverage = query.even_coverage(shares)
    strength = raw_strength(passage, query, coverage) * coverage**2
    key = key_of(fact.text) or label
    strength += KEY_BONUS * coverage if key and not says_more(key, query, passage.language) else 0.0
    yield ScoredSpan(fact.start, fact.end, round(strength / MAX_RAW_STRENGTH, 4), tuple(lead), is_alone=True)


def label_of(leads: Sequence[Lead]) -> str:
    """Return the label of a form below which a value stands; "" if there is none."""
    return next(
        (lead.spans[0].text for lead in leads if lead.spans[0].end == lead.start and is_title(lead.spans[0].text)), ""
    )


def line_of_its_entry(
    passage: Passage, fact: QuotableSentence, query: QueryWeights, shares: Mapping[str, float]
) -> Span | None:
    """Return the nearest line above a fact in its paragraph that has asked words which the fact lacks.

    The lines of an entry belong together: `Experiment 19. In methanol.` says of what `Yield: 2.05 g` is the yield.
    """
    end = passage.text.rfind("\n", 0, fact.start) + 1
    above = passage.text[:end].rpartition("\n\n")[2].split("\n")[:-1]
    for line in reversed(above):
        start = end - len(line) - 1
        words = line.strip()
        matches = query.matches_in(words, passage.language)
        if len(words) <= MAX_ENTRY_LINE_CHARACTERS and any(
            shares.get(each, 0.0) < HEADING_SHARE for each in matches.words
        ):
            first = passage.start + start + len(line) - len(line.lstrip())
            return Span(start=first, end=first + len(words), text=words)
        end = start
    return None


def says_more(text: str, query: QueryWeights, language: str) -> bool:
    """Has a text a word that is not asked for? A heading says nothing but what the question says."""
    stop_words = STOP_WORDS_BY_LANGUAGE.get(language, STOP_WORDS)
    return any(not query.asks_for(word, language) for word in words(text) if word not in stop_words)


def key_of(text: str) -> str:
    """Return what stands before the colon of a fact; "" if it has none."""
    return (key_and_value(text) or ("", text))[0]


def value_of(text: str) -> str:
    """Return what stands after the key of a fact; the whole text if it has none."""
    return (key_and_value(text) or ("", text))[1]


def find_quotable_sentences(passage: Passage, query: QueryWeights) -> Iterator[QuotableSentence]:
    """Yield the sentences and the rows with some words in the order of the text, then the facts besides them."""
    taken: list[tuple[int, int]] = []
    for start, end, is_row in find_sentences(passage):
        taken.append((start, end))
        text = passage.text[start:end]
        yield QuotableSentence(
            start, end, text, query.matches_in(text, passage.language), is_row, lead=lead_of(passage, start, end)
        )
    for fact in find_facts(passage.text):
        text = passage.text[fact.start : fact.end]
        if any(fact.start < end and start < fact.end for start, end in taken) or is_header(
            passage, fact.start, fact.end
        ):
            continue
        if not fact.is_item or says_what_it_is(passage, fact):
            yield QuotableSentence(
                fact.start, fact.end, text, query.matches_in(text, passage.language), fact.is_row, is_fact=True
            )


def find_sentences(passage: Passage) -> Iterator[tuple[int, int, bool]]:
    """Yield the start and end of sentences, rows with some words and what introduces lists, and whether it is a row."""
    text = passage.text
    introducing = {
        (span.start - passage.start, span.end - passage.start)
        for lead in passage.leads
        if not lead.is_optional and (span := lead.spans[-1]).text.endswith(":") and span.start >= passage.start
    }
    records = [match.span() for match in LINE.finditer(text) if is_record(match.group())]
    labels = [span.start - passage.start for lead in passage.leads if label_of([lead]) for span in lead.spans]
    title = -1
    for start, end in sentences_of(text):
        span_text = text[start:end]
        if any(first <= start < last for first, last in records) or any(start <= each < end for each in labels):
            continue
        if is_table(span_text):
            for first, last in row_spans(span_text):
                row = (start + first, start + last)
                if len(plain_words(text[slice(*row)])) >= MIN_ROW_WORDS and not is_header(passage, *row):
                    yield *row, True
        elif ((start, end) in introducing or is_prose(span_text)) and not (
            FAILURE.match(span_text) or is_title_alone(passage, start, end)
        ):
            mark = FOOTNOTE_MARK.match(span_text)  # not part of the sentence
            begins_with_title = title >= 0 and "\n" not in text[title:start]
            yield title if begins_with_title else start + (mark.end() if mark else 0), end, False
        title = start if is_run_in_title(text, start, end) else -1


def is_run_in_title(text: str, start: int, end: int) -> bool:
    """Does a part of a text begin its line, and is it short and no prose, as `bilge, n.` or `Art. 4 Deposit.`?

    The sentence behind it on the same line is about it, and is quoted with it.
    """
    line = text.rfind("\n", 0, start) + 1
    marker = LIST_MARKER.match(text, line)
    begins_line = not text[marker.end() if marker else line : start].strip()
    return begins_line and end - start <= MAX_RUN_IN_CHARACTERS and not is_prose(text[start:end])


def says_what_it_is(passage: Passage, item: Fact) -> bool:
    """Is a fact more than a heading? It has a key or columns, a lead, or a number."""
    if not item.is_item:
        return True
    words_of_item = LIST_MARKER.sub("", passage.text[item.start : item.end])
    return bool(lead_of(passage, item.start, item.end)) or bool(re.search(r"\d", words_of_item))


def is_title_alone(passage: Passage, start: int, end: int) -> bool:
    """Is a sentence perhaps the title of what follows, or a question that is answered there?"""
    start, end = passage.start + start, passage.start + end
    return any(lead.is_optional and lead.spans[0].start <= start and end <= lead.spans[0].end for lead in passage.leads)


def lead_of(passage: Passage, start: int, end: int) -> tuple[Span, ...]:
    """Return the spans that a sentence or row of a passage cannot be understood without; a question is one of them."""
    needed, titles = leads_of((passage.start + start, passage.start + end), passage.leads)
    asked = [lead for lead in titles if lead.spans[-1].text.endswith("?")]
    return tuple(span for lead in (*asked, *needed) for span in lead.spans)


def is_header(passage: Passage, start: int, end: int) -> bool:
    """Is a part of a passage itself a lead of others, such as the header of a table?"""
    start, end = passage.start + start, passage.start + end
    return any(start < span.end and span.start < end for lead in passage.leads for span in lead.spans)


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


def follows(text: str, sentence: QuotableSentence, following: QuotableSentence) -> bool:
    """Is `other` the next sentence of the same paragraph, with only white space or a footnote mark between them?"""
    between = text[sentence.end : following.start]
    alone = following.is_row or following.is_fact or following.lead
    return not alone and "\n\n" not in between and not re.search(r"\w{4}", between) and not is_divided(between)


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
