"""Questions that ask for reasoning, which rules cannot do: to count, to compare, to calculate, to sort out.

Such a question is answered without a model only by a quote that states the result: "How many boats are there?" by "The
harbour has 13 boats", but not by the rows of a table of boats.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from outlast.evidence.named_values import SCALES, VALUE_OF_WORD
from outlast.evidence.words import content_words, stem
from outlast.graphs.reasoners.query_weights import QueryWeights
from outlast.graphs.reasoners.reasoning_words import (
    COUNTED,
    REASONING_WORDS,
    ReasoningWords,
    pattern,
    reasoning_words_for,
    word_set,
)

COUNT = re.compile(
    r"\bhow many\s+(?:of\s+)?(?:(?:the|these|those|my|our|your)\s+)?"
    r"((?:(?!(?:is|are|was|were|do|does|did|has|have|had|can|will|of|in|on)\b)[\w-]+\s*){1,4})",
    re.IGNORECASE,
)
OF_THESE_NOT = re.compile(
    r"\b(?:which|what|who)\s+(?:ones?\s+)?of\s+(?:these|those|them|the\s+following)\b.*(?:\b(?:not|never|without)\b|n['’]t\b)",
    re.IGNORECASE,
)
WHICH_NOT = re.compile(
    r"^\W*(?:which|who)\b(?:\s+\w+){0,3}?\s+(?:is|are|was|were|do|does|did|has|have|had|can|could|may|must|need|will)"
    r"(?:n['’]t|\s+not|\s+never|\s+no(?!\s+(?:more|less|later|longer\s+than)))\b",
    re.IGNORECASE,
)
NEGATIVE = re.compile(
    r"\b(?:no|not|nor|never|without|except|none|neither|nobody|cannot|un\w{3,}|absent|missing)\b|n['’]t\b",
    re.IGNORECASE,
)
COMPARE = re.compile(r"^\W*(?:please\s+)?(?:compare|contrast)\b", re.IGNORECASE)
HOW_COMPARES = re.compile(r"\bhow\s+(?:do|does|did)\b.*\bcompare\b", re.IGNORECASE)
COMPARING = re.compile(
    r"\b(?:than|compared?|comparison|whereas|unlike|while|both|differs?|difference|contrast)\b", re.IGNORECASE
)
CALCULATION = re.compile(
    r"\d\s*[+*×]\s*\d|\d\s+[-/]\s+\d|\bhow\s+(?:much|many)\b.*\b(?:plus|minus|divided\s+by|multiplied\s+by)\b",
    re.IGNORECASE,
)
RESULTS = {
    "total": re.compile(r"\b(?:total|totals|totalled|sum|altogether|overall|in\s+all|combined|adds?\s+up)\b", re.I),
    "average": re.compile(r"\b(?:average|averages|averaged|mean|median|typical|typically)\b", re.I),
    "percentage": re.compile(r"\b(?:percent|percentage|per\s+cent|share)\b|%", re.I),
}
ASKED_RESULT = re.compile(
    r"\b(?:the|an)\s+(?P<noun>(?:\w+\s+)?(?:sum|total|average|median|percentage)|mean)\b"
    r"|\b(?P<phrase>altogether|in\s+total|combined|on\s+average|add\s+up\s+to)\b",
    re.I,
)
SUPERLATIVE = re.compile(
    r"\b(?:most|fewest|highest|lowest|largest|smallest|biggest|longest|shortest|oldest|youngest|cheapest|heaviest"
    r"|fastest|slowest|deepest|tallest|warmest|coldest)\b(?!\s+of\b)",
    re.I,
)
CHOOSES = re.compile(r"^\W*(?:in|at|on|to|from|for)?\s*(?:which|who|whose)\b", re.I)

UNITS = frozenset(
    """
    metre meter kilometre kilometer mile foot feet inch yard centimetre centimeter millimetre millimeter litre liter
    gallon millilitre gram kilogram kilo tonne ton pound ounce degree second minute hour day week month year euro dollar
    pound crown cent percent byte kilobyte megabyte gigabyte volt ampere watt kilowatt knot calorie point
    """.split()
)
"""Of these there is an amount, which need not be counted."""
UNIT_STEMS = frozenset(map(stem, UNITS))
MULTIPLES = frozenset({"once", "twice", "thrice"})
NUMBER_WORDS = frozenset({*VALUE_OF_WORD, *SCALES, "no", "none", "dozen"})
ANY_NUMBER_WORDS = NUMBER_WORDS.union(*(words.numbers.split() for words in REASONING_WORDS.values()))
TOKEN = re.compile(r"\d[\d.,^]*|\w+|[:;.]")
YEAR = re.compile(r"(?:1[5-9]|20)\d\d")
MAX_DISTANCE_WORDS = 3
"""The number of a count stands at most this many words before what is counted, or after it behind a verb or a colon."""
MAX_COUNTED_NOUNS = 2
MAX_CLAUSE_WORDS = 20
AMOUNTS = frozenset({"number", "count", "maximum", "minimum", "limit"})
"""A clause with one of these words says how many there are, however far the number stands from what is counted."""
SAYS = frozenset({":", "is", "are", "was", "were", "of", "to", "total", "totals", "reached", "equals", "has", "had"})


COUNTING, COMPARING_TWO, CALCULATING = "to count", "to compare", "to calculate"
SORTING_OUT, FINDING_EXTREME = "to sort out what does not apply", "to find the largest or smallest of several"
INSTEAD = {
    COUNTING: "ask for the things themselves, and count them in the quotes",
    COMPARING_TWO: "ask about each side in a question of its own",
    CALCULATING: "ask for the single values, and calculate with them",
    SORTING_OUT: "ask what applies, and look for what is missing",
    FINDING_EXTREME: "ask for the single values, and compare them",
}
"""What a person can do without a model, by what the question asks."""


@dataclass(frozen=True)
class Reasoning:
    """What a question asks for, as the end of "This question asks ...", and whether a quote states the result."""

    asks: str
    is_stated_in: Callable[[str], bool]

    @property
    def refusal(self) -> str:
        return (
            f"This question asks {self.asks}, which needs a model, and no quote that was found states the result. "
            f"Set OUTLAST_MODEL, or {INSTEAD[self.asks]}."
        )


def needed_reasoning(question: str, query: QueryWeights) -> Reasoning | None:
    """Return the reasoning that a question asks for; None if a quote that is about it may answer it."""
    language, words = reasoning_words_for(question)
    if words is not None and (reasoning := needed_in(language, words, question, query)):
        return reasoning
    kinds: tuple[tuple[re.Pattern[str], str, re.Pattern[str] | None], ...] = (
        (COMPARE, COMPARING_TWO, None),
        (HOW_COMPARES, COMPARING_TWO, COMPARING),
        (CALCULATION, CALCULATING, None),
        (OF_THESE_NOT, SORTING_OUT, None),
        (WHICH_NOT, SORTING_OUT, NEGATIVE),
    )
    for asked, asks, stating in kinds:
        if asked.search(question):
            return Reasoning(asks, lambda text, stating=stating: bool(stating and stating.search(text)))
    return result(question) or extreme(question) or counting(question, query)


def needed_in(language: str, words: ReasoningWords, question: str, query: QueryWeights) -> Reasoning | None:
    """Return the reasoning that a question in another language than English asks for."""
    start = rf"^\W*(?:{words.chooses})"
    if pattern(rf"^\W*(?:{words.compare})").search(question):
        return Reasoning(COMPARING_TWO, lambda _: False)
    chooses = pattern(start).search(question)
    if chooses and pattern(words.negative).search(question.partition(",")[0], chooses.end()):
        return Reasoning(SORTING_OUT, lambda text: bool(pattern(words.negative).search(text)))
    result_words = next((each for each in (words.total, words.average) if pattern(each).search(question)), None)
    if result_words is not None:
        return Reasoning(CALCULATING, lambda text: bool(pattern(result_words).search(text)) and has_number(text))
    superlatives = pattern(words.superlative)
    if chooses and (superlative := superlatives.search(question)):
        root = superlative_root(superlative[0], language)
        return Reasoning(
            FINDING_EXTREME,
            lambda text: any(superlative_root(each[0], language) == root for each in superlatives.finditer(text)),
        )
    return counting_in(language, words, question, query)


def counting_in(language: str, words: ReasoningWords, question: str, query: QueryWeights) -> Reasoning | None:
    counted = pattern(words.count).search(question)
    if counted is None:
        return None
    if language == "ja":
        return Reasoning(COUNTING, lambda text: bool(COUNTED.search(text)))
    nouns = frozenset(content_words(question[counted.end() :])[:MAX_COUNTED_NOUNS])
    if not nouns:
        return None
    if nouns & word_set(words.units):
        return Reasoning(COUNTING, has_number)
    return Reasoning(COUNTING, lambda text: states_count(text, nouns, query, language))


def superlative_root(superlative: str, language: str) -> str:
    """Return the last word of a superlative without its ending: `am teuersten` and `teuerste` have the same."""
    *_, last = superlative.casefold().split()
    return last if language == "ja" else stem(last, language)[:6]


def result(question: str) -> Reasoning | None:
    """Return the reasoning of a sum, an average or a percentage. A quote that has the word and a number states it."""
    asked = ASKED_RESULT.search(question)
    if asked is None:
        return None
    pattern = next(each for each in RESULTS.values() if each.search(asked["noun"] or asked["phrase"]))
    return Reasoning(CALCULATING, lambda text: bool(pattern.search(text)) and has_number(text))


def extreme(question: str) -> Reasoning | None:
    """Return the reasoning of the largest or smallest of several, which a quote states in the same word."""
    superlative = SUPERLATIVE.search(question) if CHOOSES.search(question) else None
    if superlative is None:
        return None
    word = re.compile(rf"\b{superlative[0]}\b", re.IGNORECASE)
    return Reasoning(FINDING_EXTREME, lambda text: bool(word.search(text)))


def counting(question: str, query: QueryWeights) -> Reasoning | None:
    """Return the reasoning of a count. Of an amount in a unit, such as metres, any number states it."""
    asked = COUNT.search(question)
    if asked is None:
        return None
    nouns = frozenset(content_words(asked[1])) or frozenset(asked[1].casefold().split())
    if {stem(noun) for noun in nouns} & UNIT_STEMS:
        return Reasoning(COUNTING, has_number)
    return Reasoning(COUNTING, lambda text: states_count(text, nouns, query))


def states_count(text: str, nouns: frozenset[str], query: QueryWeights, language: str = "en") -> bool:
    """Does a text say a number of what is counted: `13 boats`, `Boats: 13`? `Berth 13` is a name, and 1903 a year."""
    others = REASONING_WORDS.get(language)
    says, numbers = (word_set(others.says), word_set(others.numbers)) if others else (SAYS, NUMBER_WORDS)
    stems = {stem(noun, language) for noun in nouns}
    tokens = [token.casefold() for token in TOKEN.findall(text)]
    if "times" in nouns and MULTIPLES & set(tokens):
        return True

    def is_counted(token: str) -> bool:
        matches = query.matches_in(token, language)
        return stem(token, language) in stems or bool(
            nouns & (matches.words | matches.synonyms) and not token[:1].isdigit()
        )

    for at, token in enumerate(tokens):
        if not (token[:1].isdigit() or token in numbers) or YEAR.fullmatch(token):
            continue
        after = part_until_stop(tokens[at + 1 : at + 1 + MAX_DISTANCE_WORDS])
        before = part_until_stop(tokens[max(0, at - MAX_DISTANCE_WORDS - 1) : at][::-1])
        if any(map(is_counted, after)) or (says & set(before) and any(map(is_counted, before))):
            return True
        clause = part_until_stop(tokens[max(0, at - MAX_CLAUSE_WORDS) : at][::-1])
        if says & set(clause[:2]) and AMOUNTS & set(clause) and any(map(is_counted, clause)):
            return True
    return False


def part_until_stop(tokens: list[str]) -> list[str]:
    """Return the words up to the end of the sentence or of the value of a record."""
    return tokens[: next((at for at, token in enumerate(tokens) if token in {";", "."}), len(tokens))]


def has_number(text: str) -> bool:
    tokens = [token.casefold() for token in TOKEN.findall(text)]
    return any(token[:1].isdigit() or token in ANY_NUMBER_WORDS for token in tokens)
