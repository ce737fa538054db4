"""Facts: short texts that say something although they are no sentences, and the words that they are understood with.

A row of a table, a line `key: value`, an item of a list, a short line with a number. Each is quoted together with its
leads: the rows that name the columns, the sentence that introduces the list, the line above that is perhaps a title.
"""

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from outlast.evidence.sentences import (
    PARAGRAPH_GAP,
    find_sentence_ends,
    has_statements,
    indentation,
    is_table,
    marker_of,
    row_spans,
)
from outlast.evidence.sources import Lead, Span, Table
from outlast.evidence.tables import find_ruled_tables
from outlast.evidence.wording import split_cells

MAX_LEAD_CHARACTERS = 300
MAX_TITLE_CHARACTERS = 80
MAX_FACT_CHARACTERS = 400
MAX_KEY_CHARACTERS = 60
MAX_KEY_WORDS = 8
MAX_LED_CHARACTERS = 6_000
"""A lead reaches at most this far: a list of items, or the lines below what may be a title."""
MAX_LISTS = 10_000
"""Maximum number of lists with a lead in one text: a hostile text may have one in each line."""
MAX_LEADS = 3
"""Maximum number of spans before a fact, the innermost ones: nested lists have more."""

EMPHASIS = re.compile(r"[*_]{1,3}(?=\S)|(?<=\S)[*_]{1,3}")
KEY_AND_VALUE = re.compile(
    r"(?P<key>[^\s:;=|{}<>][^:;=|{}<>\n]{0,80}?)[*_]{0,3}[ \t]*:[*_]{0,3}(?:[ \t]+|$)(?P<value>.*)"
)
NUMBERED = re.compile(r"\s*\(?(?:\d|[a-zA-Z]\b|[ivx]+\b)")
TITLE_END = re.compile(r"[.!?:;,…][\"'”’)\]]*$")
FAILURE = re.compile(
    r"\s*(?:Traceback \(most recent call|File \"[^\"]*\", line \d|[\w.]*\w(?:Error|Exception|Warning)(?::|\s*$)"
    r"|During handling of the above exception|The above exception was the direct cause)"
)
"""A line of a traceback, or an error message of a program."""
WORD = re.compile(r"[^\W\d_]{2,}|[\u3040-\u30ff\u3400-\u9fff]")
LINE = re.compile(r"[^\n]*\n|[^\n]+")
PAIR = re.compile(r"[^:;\n]{0,80}: [^;\n]*+(?:;|$)")
"""A value of a record with its name, as rows of CSV files are written: `Name: Ada; Born: 1815`."""
MIN_PAIRS = 4


@dataclass(frozen=True)
class Fact:
    """A span of a text that may be quoted although it is no sentence."""

    start: int
    end: int
    is_row: bool = False
    is_item: bool = False
    """Whether it is an item of a list, or a short line, without a key that says what it is."""


@dataclass(slots=True)
class Line:
    """A line of a text without its line end. `words` has no white space around it."""

    start: int
    end: int
    words: str
    depth: int
    marker: str
    """Its list marker, or ""."""
    is_first: bool
    """Whether it begins a paragraph."""
    is_last: bool = False
    """Whether it ends a paragraph."""


def find_leads(text: str, tables: Iterable[Table], headings: Iterable[tuple[int, int]] = ()) -> list[Lead]:
    """Return the leads of a whole text, ordered by where they begin to count. Takes linear time.

    `tables` are those that its reader found; others are found by their rules. No title counts beyond a heading.
    """
    known = sorted(tables, key=lambda table: table.start)
    leads = [_header_lead(text, table) for table in (*known, *_other_tables(text, known)) if table.headers]
    lines = _lines_of(text)
    titles = sorted(start for start, _ in headings)
    leads += islice(_list_leads(text, lines, titles), MAX_LISTS)
    leads += _record_leads(text, lines)
    leads += _title_leads(text, lines, known, titles)
    return sorted(leads, key=lambda lead: (lead.start, -lead.end))


def _other_tables(text: str, known: Sequence[Table]) -> Iterator[Table]:
    at = 0
    for table in find_ruled_tables(text):
        while at < len(known) and known[at].end <= table.start:
            at += 1
        if at == len(known) or known[at].start >= table.end:
            yield table


def _header_lead(text: str, table: Table) -> Lead:
    headers = sorted(table.headers)
    spans = tuple(span_of(text, start, end) for start, end in headers)
    return Lead(start=headers[-1][1], end=table.end, spans=spans)


def span_of(text: str, start: int, end: int) -> Span:
    return Span(start=start, end=end, text=text[start:end])


def _lines_of(text: str) -> list[Line]:
    """Return the lines that are neither blank nor a rule."""
    lines: list[Line] = []
    previous, listed = "", None
    for match in LINE.finditer(text):
        raw = match.group()
        words = raw.strip()
        if not words or PARAGRAPH_GAP.fullmatch(raw):
            previous = ""
            if lines:
                lines[-1].is_last = True
            continue
        marker = marker_of(raw, previous, listed)
        depth = indentation(raw)
        listed = depth if marker else listed
        start = match.start() + depth
        lines.append(Line(start, start + len(words), words, depth, marker.group() if marker else "", not previous))
        previous = raw
    if lines:
        lines[-1].is_last = True
    return lines


def _list_leads(text: str, lines: Sequence[Line], headings: Sequence[int]) -> Iterator[Lead]:
    """Yield the sentences that end in a colon and have a list below them, which no heading interrupts."""
    for number, line in enumerate(lines[:-1]):
        if not line.words.endswith(":") or not lines[number + 1].marker or len(line.words) < 3:
            continue
        end = _end_of_list(lines, number)
        start = _sentence_start(text, lines, number)
        following = bisect_right(headings, line.end)
        if end is not None and following < len(headings):
            end = min(end, headings[following])
        if end is not None and line.end - start <= MAX_LEAD_CHARACTERS:
            yield Lead(start=line.end, end=end, spans=(span_of(text, start, line.end),))


def _record_leads(text: str, lines: Sequence[Line]) -> Iterator[Lead]:
    """Yield the first named value with a letter of each record that is too long to be quoted as a whole."""
    for line in lines:
        if line.end - line.start > MAX_FACT_CHARACTERS and (pairs := pairs_of(text, line.start, line.end)):
            named = [(start, end) for start, end in pairs if WORD.search(text[start:end].partition(":")[2])]
            start, end = next(iter(named), pairs[0])
            if end - start <= MAX_LEAD_CHARACTERS:
                yield Lead(start=end, end=line.end, spans=(span_of(text, start, end),))


def pairs_of(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """Return the spans of the named values of a record; none if the line is no record."""
    if min(text.count(": ", start, end), text.count(";", start, end) + 1) < MIN_PAIRS:
        return []
    found = [
        (match.start() + len(match.group()) - len(match.group().lstrip()), match.end() - match.group().endswith(";"))
        for match in PAIR.finditer(text, start, end)
    ]
    covered = sum(last - first for first, last in found)
    return found if len(found) >= MIN_PAIRS and covered > 0.8 * (end - start) else []


def _end_of_list(lines: Sequence[Line], number: int) -> int | None:
    """Return where the list below a line ends: before a line that is no item, unless it continues one.

    An item has a marker of a kind that the list began with, or begins a list inside it, as `a)` does below `1.`. So
    `8. Termination` does not belong to a list of `a)` and `b)`.
    """
    lead, first = lines[number], lines[number + 1]
    end, kinds = None, kinds_of_marker(first.marker)
    is_inside = not lead.marker or not kinds & kinds_of_marker(lead.marker)
    for line in lines[number + 1 :]:
        within = is_inside or line.depth > lead.depth
        if line.marker and line.depth <= first.depth:
            kind = kinds_of_marker(line.marker)
            belongs = within and line.depth == first.depth and bool(kind & kinds or line.marker.strip(" ().") in "1aAi")
            kinds |= kind if belongs and not kind & kinds else frozenset()
        else:
            belongs = line.depth > first.depth or (within and not line.is_first)
        if not belongs or line.end - lead.end > MAX_LED_CHARACTERS:
            break
        end = line.end
    return end


def kinds_of_marker(marker: str) -> frozenset[str]:
    """Return the kinds of list that a marker may belong to: `i.` counts in letters or in Roman numerals."""
    sign = marker.strip().strip("().")
    if sign[:1].isdigit():
        return frozenset({"numbers"})
    if not sign[:1].isalpha():
        return frozenset({"headings" if sign.startswith("#") else "bullets"})
    roman = {"numerals"} if set(sign.lower()) <= set("ivx") else set[str]()
    return frozenset(roman | ({"letters"} if len(sign) == 1 else set()))


def _sentence_start(text: str, lines: Sequence[Line], number: int) -> int:
    """Return the start of the sentence that ends with a line, within its paragraph and its item of a list."""
    first = number
    while not lines[first].is_first and not lines[first].marker and lines[number].end - lines[first].start < 1_000:
        first -= 1
    start = lines[first].start + (len(lines[first].marker.lstrip()) if lines[first].marker else 0)
    return max([start, *find_sentence_ends(text, start, lines[number].end)])


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


def is_title(line: str) -> bool:
    """May a line be a title or a question over what follows? It is short, has a word, and ends no sentence."""
    if len(line) > MAX_TITLE_CHARACTERS or not WORD.search(line) or FAILURE.match(line):
        return False
    if re.search(r"[=|{}\[\]<>\"\\`;]|\w\(", line) or line.startswith(("...", "$ ")):
        return False
    return line.endswith("?") or not (TITLE_END.search(line) or is_key_and_value(line))


def is_key_and_value(line: str) -> bool:
    """Is a line of the form `Deposit: 1800 EUR`, with a few words before the colon and something after it?"""
    match = KEY_AND_VALUE.fullmatch(line)
    return bool(match and match["value"].strip() and is_key(match["key"]))


def is_key(words: str) -> bool:
    """May these words name a value? They are few, with a letter, and neither code, an address nor an error."""
    plain = EMPHASIS.sub("", words).strip()
    return (
        bool(re.search(r"[^\W\d_]", plain))
        and len(plain) <= MAX_KEY_CHARACTERS
        and len(plain.split()) <= MAX_KEY_WORDS
        and not re.search(r"[(\[]\s*$|://|\.\w+\(|[\\$`]|->", plain)
        and not FAILURE.match(plain)
    )


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
        for first, last in row_spans(block):
            row = block[first:last]
            if len([cell for cell in split_cells(row) if cell]) > 1 and WORD.search(row):
                yield Fact(start + first, start + last, is_row=True)
        return
    if has_statements(block):
        return
    lines = _lines_of(block)
    for number, line in enumerate(lines):
        if FAILURE.match(line.words):
            return  # the whole paragraph is what a program printed
        following = lines[number + 1] if number + 1 < len(lines) else None
        if len(line.words) > MAX_FACT_CHARACTERS:
            for first, last in pairs_of(block, line.start, line.end):
                yield Fact(start + first, start + last)
            continue
        fact = _fact_of_line(block, line, following)
        if fact:
            yield Fact(start + fact.start, start + fact.end, is_item=fact.is_item)


def _fact_of_line(block: str, line: Line, following: Line | None) -> Fact | None:
    content = line.start + (len(line.marker.lstrip()) if line.marker and not NUMBERED.match(line.marker) else 0)
    words = block[content : line.end]
    plain = words[len(line.marker.lstrip()) :] if line.marker and content == line.start else words
    if len(words) > MAX_FACT_CHARACTERS or not re.search(r"\w", plain):
        return None
    if is_key_and_value(plain):
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


def end_of_what_follows(text: str, end: int, limit: int) -> int:
    """Return the end of what a colon before `end` announces: a list, an indented block, or else the next paragraph.

    Of what is longer than `limit` characters, the lines that fit are taken.
    """
    lines = _lines_of(text[end : end + limit])
    announced: list[Line] = []
    for line in lines:
        if announced and line.is_first and not _goes_on(lines[0], line):
            break
        announced.append(line)
    if len(text) > end + limit and announced and announced[-1] is lines[-1]:
        announced.pop()  # it may be cut
    return end + announced[-1].end if announced else end


def _goes_on(first: Line, line: Line) -> bool:
    """Does a list or an indented block that begins with `first` go on with a line after a blank one?"""
    if first.marker:
        return bool(line.marker) or line.depth > first.depth
    return line.depth >= first.depth > 0
