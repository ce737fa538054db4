"""Score answers against the gold sentences of their questions."""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from statistics import fmean

from bench.eval.questions import Facet, Question

QUOTATION = str.maketrans({"\u201c": '"', "\u201d": '"', "\u2018": "'", "\u2019": "'", "\u00ad": None})


@dataclass(frozen=True)
class QuotedText:
    """A quote; `file` is the name of the document's file."""

    file: str
    text: str


@dataclass(frozen=True)
class Answer:
    """The answer of a report. `quotes` are in its order, and empty if it says that the documents do not answer."""

    answered: bool
    quotes: Sequence[QuotedText]
    related: Sequence[QuotedText] = ()
    """Quotes that the report shows as possibly related."""
    confidence: float = 0.0
    """How sure the report is, from 0 to 1, that the documents answer the question."""


@dataclass(frozen=True)
class Score:
    """Shares from 0 to 1, and the numbers of questions that they refer to."""

    answerable: int
    unanswerable: int
    hit: float
    """Share of answerable questions with a quote that holds an answer."""
    first_three: float
    """Share of answerable questions with such a quote among the first three."""
    whole: float
    """Share of answerable questions whose quotes hold every part of the answer."""
    false_refusals: float
    """Share of answerable questions whose report says that the documents do not answer."""
    refused: float
    """Share of unanswerable questions whose report says so."""
    wrong_files: float
    """Share of quotes from documents that hold no answer."""
    quotes: float
    """Number of quotes per answerable question."""
    missed: tuple[str, ...]


def score(questions: Sequence[Question], answers: Mapping[str, Answer]) -> Score:
    answerable = [question for question in questions if not question.unanswerable]
    unanswerable = [question for question in questions if question.unanswerable]
    found = {question.id: facets_by_quote(question, answers[question.id]) for question in answerable}
    quotes = sum(len(each) for each in found.values())
    right = sum(
        quote.file in {file for facet in question.gold for file in facet.files}
        for question in answerable
        for quote in quotes_of(answers[question.id])
    )
    return Score(
        answerable=len(answerable),
        unanswerable=len(unanswerable),
        hit=share(any(map(any, each)) for each in found.values()),
        first_three=share(any(map(any, each[:3])) for each in found.values()),
        whole=share(all(map(any, zip(*each, strict=True))) and bool(each) for each in found.values()),
        false_refusals=share(not answers[question.id].answered for question in answerable),
        refused=share(not answers[question.id].answered for question in unanswerable),
        wrong_files=1 - right / quotes if quotes else 0.0,
        quotes=quotes / max(1, len(answerable)),
        missed=tuple(name for name, each in found.items() if not any(map(any, each))),
    )


def mean_score(scores: Sequence[Score]) -> Score:
    """Return the mean of the scores of several corpora, in which a corpus with more questions counts no more."""
    shares = {
        field.name: fmean(getattr(each, field.name) for each in scores)
        for field in fields(Score)
        if field.name not in ("answerable", "unanswerable", "missed")
    }
    return Score(
        answerable=sum(each.answerable for each in scores),
        unanswerable=sum(each.unanswerable for each in scores),
        missed=tuple(name for each in scores for name in each.missed),
        **shares,
    )


def facets_by_quote(question: Question, answer: Answer) -> list[list[bool]]:
    """Return for each quote of the answer which parts of the gold it holds."""
    return [[holds(quote, facet) for facet in question.gold] for quote in quotes_of(answer)]


def quotes_of(answer: Answer) -> Sequence[QuotedText]:
    return answer.quotes if answer.answered else ()


def is_right(question: Question, answer: Answer) -> bool:
    """Whether any quote of a report holds an answer, be it shown as an answer or as possibly related."""
    return any(holds(quote, facet) for quote in (*answer.quotes, *answer.related) for facet in question.gold)


def holds(quote: QuotedText, facet: Facet) -> bool:
    return quote.file in facet.files and any(plain(gold) in plain(quote.text) for gold in facet.must_contain)


def plain(text: str) -> str:
    """Return a text without differences of case, white space, quotation marks and compatibility characters."""
    return re.sub(r"\s+", " ", unicodedata.normalize("NFKC", text).translate(QUOTATION)).casefold()


def share(outcomes: Iterable[bool]) -> float:
    counted = list(outcomes)
    return sum(counted) / len(counted) if counted else 0.0
