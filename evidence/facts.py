"""Facts: short texts that say something although they are no sentences, and the words that they are understood with.

A row of a table, a line `key: value`, an item of a list, a short line with a number. Each is quoted together with its
leads: the rows that name the columns, the sentence that introduces the list, the line above that is perhaps a title.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from outlast.evidence.fields import FAILURE, KEY_AND_VALUE, SETTING, WORD, is_key, is_key_and_value, is_record, pairs_of
from outlast.evidence.forms import MAX_TITLE_CHARACTERS, form_leads, form_pairs, is_title
from outlast.evidence.lines import Line, lines_of
from outlast.evidence.lists import MAX_LEAD_CHARACTERS, MAX_LED_CHARACTERS, list_leads
from outlast.evidence.prose import has_statements, is_table, row_spans
from outlast.evidence.sentences import PARAGRAPH_GAP
from outlast.evidence.sources import Lead, Span, Table
from outlast.evidence.table_groups import table_leads
from outlast.evidence.tables import find_headed_tables, find_ruled_tables
from outlast.evidence.wording import split_cells

MAX_FACT_CHARACTERS = 400
MAX_LISTS = 10_000
"""Maximum number of lists with a lead in one text: a hostile text may have one in each line."""
MAX_LEADS = 3
"""Maximum number of spans before a fact, the innermost ones: nested lists have more."""

NUMBERED = re.compile(r"\s*\(?(?:\d|[a-zA-Z]\b|[ivx]+\b)")


@dataclass(frozen=True)
class Fact:
    """A span of a text that may be quoted although it is no sentence."""

    start: int
    end: int
    is_row: bool = False
    is_item: bool = False
    """Whether it is an item of a list, or a short line, without a key that says what it is."""


def find_leads(text: str, tables: Iterable[Table], headings: Iterable[tuple[int, int]] = ()) -> list[Lead]:
    """Return the leads of a whole text, ordered by where they begin to count. Takes linear time.

    `tables` are those that its reader found; others are found by their rules. No title counts beyond a heading.
    """
    known = sorted(tables, key=lambda table: table.start)
    known += _tables_beside(known, find_ruled_tables(text))
    known = sorted([*known, *_tables_beside(known, find_headed_tables(text))], key=lambda table: table.start)
    leads = [lead for table in known if table.headers or table.groups for lead in table_leads(text, table)]
    lines = lines_of(text)
    titles = sorted(start for start, _ in headings)
    leads += islice(list_leads(text, lines, titles), MAX_LISTS)
    leads += _record_leads(text, lines)
    leads += form_leads(lines)
    leads += _title_leads(text, lines, known, titles)
    return sorted(leads, key=lambda lead: (lead.start, -lead.end))


def _tables_beside(known: Iterable[Table], found: Iterable[Table]) -> list[Table]:
    """Return the found tables that overlap no known one. `found` is ordered."""
    ordered = sorted(known, key=lambda table: table.start)
    beside: list[Table] = []
    at = 0
    for table in found:
        while at < len(ordered) and ordered[at].end <= table.start:
            at += 1
        if at == len(ordered) or ordered[at].start >= table.end:
            beside.append(table)
    return beside


def span_of(text: str, start: int, end: int) -> Span:
    return Span(start=start, end=end, text=text[start:end])


def _record_leads(text: str, lines: Sequence[Line]) -> Iterator[Lead]:
    """Yield the first named value with a letter of each record that is too long to be quoted as a whole."""
    for line in lines:
        if line.end - line.start > MAX_FACT_CHARACTERS and (pairs := pairs_of(text, line.start, line.end)):
            named = [(start, end) for start, end in pairs if WORD.search(text[start:end].partition(":")[2])]
            start, end = next(iter(named), pairs[0])
            if end - start <= MAX_LEAD_CHARACTERS:
                yield Lead(start=end, end=line.end, spans=(span_of(text, start, end),))


def _title_leads(text: str, lines: Sequence[Line], tables: Sequence[Table], headings: Sequence[int]) -> Iterator[Lead]:
    """Yield short lines that are perhaps titles or questions, each up to the next one or the next heading."""
    known = set(headings)
    titles = [
        (line, number)
        for number, line in enumerate(lines[:-1])
        if line.is_first
        and (not line.marker or is_key_and_value(lines[number + 1].words))
        and line.start not in known
        and is_title(line.words)
        and _stands_over(line, lines[number + 1])
    ]
    at = inside = 0
    for index, (line, number) in enumerate(titles):
        while at < len(headings) and headings[at] <= line.start:
            at += 1
        while inside < len(tables) and tables[inside].end <= line.start:
            inside += 1
        if inside < len(tables) and tables[inside].start <= line.start:
            continue
        end = min(titles[index + 1][0].start if index + 1 < len(titles) else len(text), line.end + MAX_LED_CHARACTERS)
        end = min(end, headings[at]) if at < len(headings) else end
        if line.words.endswith("?"):
            end = min(end, _end_of_paragraph(lines, number + 1))
        if end > line.end:
            yield Lead(start=line.end, end=end, spans=(span_of(text, line.start, line.end),), is_optional=True)


def _stands_over(line: Line, following: Line) -> bool:
    """Does a line stand over what follows: alone, as a question, or as the first one of an entry of `key: value`?"""
    return line.is_last or line.words.endswith("?") or is_key_and_value(following.words)


def _end_of_paragraph(lines: Sequence[Line], number: int) -> int:
    while not lines[number].is_last:
        number += 1
    return lines[number].end


def find_facts(text: str) -> Iterator[Fact]:
    """Yield the facts of a passage, in order. Sentences of prose may be among them; they are quoted as such.

    Items of lists come without their bullets, but with their numbers.
    """
    paragraph_start = 0
    for gap in (*PARAGRAPH_GAP.finditer(text), None):
        end = gap.start() if gap else len(text)
        if paragraph_start < end:
            yield from _facts_of_paragraph(text, paragraph_start, end)
        paragraph_start = gap.end() if gap else end


def _facts_of_paragraph(text: str, start: int, end: int) -> Iterator[Fact]:
    block = text[start:end]
    if "|" in block or is_table(block):
        rows = list(row_spans(block))
        for first, last in rows[1:] if are_names_over_numbers([block[slice(*row)] for row in rows]) else rows:
            row = block[first:last]
            if len([cell for cell in split_cells(row) if cell]) > 1 and WORD.search(row):
                yield Fact(start + first, start + last, is_row=True)
        return
    lines = lines_of(block)
    if has_statements(block):
        yield from (Fact(start + line.start, start + line.end) for line in lines if SETTING.fullmatch(line.words))
    elif pairs := form_pairs(lines):
        yield from (Fact(start + value.start, start + value.end, is_item=True) for _, value in pairs)
    else:
        for fact in _facts_of_lines(block, lines):
            yield Fact(start + fact.start, start + fact.end, is_item=fact.is_item)


def are_names_over_numbers(rows: Sequence[str]) -> bool:
    """Does the first row have no numbers, all others have some, and are their cells not as many?

    It names columns, but not those of each row: the gaps between the columns of a PDF are not all told from spaces.
    """
    first, *others = rows
    if not others or re.search(r"\d", first) or not all(re.search(r"\d", row) for row in others):
        return False
    return len({len(split_cells(row)) for row in rows}) > 1


def _facts_of_lines(block: str, lines: Sequence[Line]) -> Iterator[Fact]:
    for number, line in enumerate(lines):
        if FAILURE.match(line.words):
            return  # the whole paragraph is what a program printed
        following = lines[number + 1] if number + 1 < len(lines) else None
        if len(line.words) > MAX_FACT_CHARACTERS:
            yield from (Fact(first, last) for first, last in pairs_of(block, line.start, line.end))
        elif fact := _fact_of_line(block, line, following):
            yield fact


def _fact_of_line(block: str, line: Line, following: Line | None) -> Fact | None:
    content = line.start + (len(line.marker.lstrip()) if line.marker and not NUMBERED.match(line.marker) else 0)
    words = block[content : line.end]
    plain = words[len(line.marker.lstrip()) :] if line.marker and content == line.start else words
    if len(words) > MAX_FACT_CHARACTERS or not re.search(r"\w", plain):
        return None
    if is_key_and_value(plain) or is_record(plain):
        return Fact(content, line.end)
    if plain.endswith(":"):  # the value of a form stands below its key
        value_below = following and not following.marker and not KEY_AND_VALUE.fullmatch(following.words)
        return Fact(content, following.end) if following and value_below and is_key(plain[:-1]) else None
    if WORD.search(plain) and (line.marker or (re.search(r"\d", plain) and _is_alone(line, following))):
        return Fact(content, line.end, is_item=True)
    return None


def _is_alone(line: Line, following: Line | None) -> bool:
    """Is a line no part of a wrapped sentence? It is short, and the next one does not begin in lower case."""
    if len(line.words) > MAX_TITLE_CHARACTERS:
        return False
    return following is None or bool(following.marker) or not following.words[0].islower()


def leads_of(fact: tuple[int, int], leads: Iterable[Lead]) -> tuple[list[Lead], list[Lead]]:
    """Return the leads that a span is understood with, and those that are only perhaps its title, outermost first."""
    start, end = fact
    over = [lead for lead in leads if lead.start <= start and end <= lead.end]
    needed = [lead for lead in over if not lead.is_optional][-MAX_LEADS:]
    return needed, [lead for lead in over if lead.is_optional][-1:]


def leads_within(leads: Sequence[Lead], start: int, end: int) -> tuple[Lead, ...]:
    """Return the leads that count for a part of the text from `start` to `end`."""
    return tuple(lead for lead in leads if lead.start < end and start < lead.end)
