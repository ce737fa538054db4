"""Score facts, which are no sentences: how far each says all that is asked, and has the value that is asked for."""

from collections.abc import Iterator, Mapping

from outlast.evidence.facts import leads_of
from outlast.evidence.fields import key_and_value
from outlast.evidence.sources import Passage, Span
from outlast.evidence.stop_words import STOP_WORDS, STOP_WORDS_BY_LANGUAGE
from outlast.evidence.wording import CELL_SEPARATOR, header_like, read_cells
from outlast.evidence.words import words
from outlast.graphs.reasoners.asked_values import has_value
from outlast.graphs.reasoners.query_weights import QueryWeights, WordMatches, add_matches
from outlast.graphs.reasoners.quotable_sentences import QuotableSentence, label_of
from outlast.graphs.reasoners.scored_spans import MAX_RAW_STRENGTH, ScoredSpan, raw_strength

FACT_HEADING_SHARE = 0.9
FACT_TITLE_SHARE = 0.8
"""A fact says little by itself: its heading and the title of its document say what it is about."""
KEY_BONUS = 0.2
"""For a fact of the form `key: value` whose key says nothing but what is asked."""
MAX_ENTRY_LINE_CHARACTERS = 160
NEW_SHARE = 0.7
"""A line of the entry is taken along for a word that counts less than this without it."""


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
    named = " ".join(names_of_values(fact.text, span.text) for span in lead)
    add_matches(shares, query.matches_in(named, passage.language), 1.0)
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


def names_of_values(row: str, lead: str) -> str:
    """Return the words of a lead; of a header only the names of the columns in which the row has a value."""
    for cells in read_cells(row):
        names = header_like(cells, lead)
        if len(cells) > 1 and names:
            return " ".join(name for name, cell in zip(names, cells, strict=True) if cell)
    return lead


def line_of_its_entry(
    passage: Passage, fact: QuotableSentence, query: QueryWeights, shares: Mapping[str, float]
) -> Span | None:
    """Return the nearest line above a fact in its paragraph that has asked words which the fact lacks.

    The lines of an entry belong together: `Experiment 19. In methanol.` says of what `Yield: 2.05 g` is the yield. The
    row above a row is about something else.
    """
    if fact.is_row or CELL_SEPARATOR.search(fact.text):
        return None
    end = passage.text.rfind("\n", 0, fact.start) + 1
    above = passage.text[:end].rpartition("\n\n")[2].split("\n")[:-1]
    for line in reversed(above):
        start = end - len(line) - 1
        words = line.strip()
        matches = query.matches_in(words, passage.language)
        if CELL_SEPARATOR.search(words):
            return None
        if len(words) <= MAX_ENTRY_LINE_CHARACTERS and any(shares.get(each, 0.0) < NEW_SHARE for each in matches.words):
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
