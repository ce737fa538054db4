"""Find what may be quoted in a passage: sentences of prose, rows of tables, and facts that are no sentences."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from outlast.evidence.facts import Fact, are_names_over_numbers, find_facts, leads_of
from outlast.evidence.fields import FAILURE, is_record
from outlast.evidence.forms import is_title
from outlast.evidence.prose import is_prose, is_table, plain_words, row_spans
from outlast.evidence.sentences import LIST_MARKER
from outlast.evidence.sentences import split_sentences as sentences_of
from outlast.evidence.sources import Lead, Passage, Span
from outlast.graphs.reasoners.query_weights import QueryWeights, WordMatches

MIN_ROW_WORDS = 5
"""A row with fewer plain words is a fact."""
LINE = re.compile(r"[^\n]+")
MAX_RUN_IN_CHARACTERS = 60
"""The maximum length of a title on the line of the sentence that it is of."""
FOOTNOTE_MARK = re.compile(r"\[\d{1,3}\]\s+")


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
            rows = list(row_spans(span_text))
            for first, last in rows[1:] if are_names_over_numbers([span_text[slice(*row)] for row in rows]) else rows:
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


def label_of(leads: Sequence[Lead]) -> str:
    """Return the label of a form below which a value stands; "" if there is none."""
    return next(
        (lead.spans[0].text for lead in leads if lead.spans[0].end == lead.start and is_title(lead.spans[0].text)), ""
    )
