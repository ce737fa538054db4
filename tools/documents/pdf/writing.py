"""Writing of blocks as the text of the document, with its headings and the offsets of its pages."""

import re
from collections import Counter
from dataclasses import dataclass

from outlast.evidence.sources import Heading, Places, Table
from outlast.tools.documents.office.grid import guess_header_rows
from outlast.tools.documents.pdf.blocks import Block, BlockKind
from outlast.tools.documents.pdf.lines import Line

WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
LAST_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*$")
HYPHENATED_PREFIXES = {"cross", "half", "self", "well"}  # words that begin with these are always written with a hyphen
FIRST_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")

NAME_BEGUN = re.compile(r"[^\W_]_$")
ADDRESS_BEGUN = re.compile(r"\w://(?:\S*/)?$")
ADDRESS_ENDED = re.compile(r"\w+[./-]\w")


@dataclass(frozen=True)
class WrittenText:
    """The text of a document, with the headings and the pages in it."""

    text: str
    headings: tuple[Heading, ...]
    places: Places
    tables: tuple[Table, ...] = ()


def write_text(blocks: list[Block], page_count: int) -> WrittenText:
    """Write blocks in their order. `page_count` counts pages at the end without text too."""
    writer = _TextWriter(_vocabulary(blocks))
    for block in blocks:
        writer.write(block)
    starts = writer.starts + [writer.length] * (page_count - len(writer.starts))
    places = Places(unit="page", starts=tuple(starts))
    return WrittenText("".join(writer.parts), tuple(writer.headings), places, tuple(writer.tables))


def _vocabulary(blocks: list[Block]) -> Counter[str]:
    """Count each word of the document; empty if no word is cut, because only cut words need it."""
    lines = [line for block in blocks for line in block.lines]
    if not any(line.cut for line in lines):
        return Counter()
    words = Counter(WORD.findall("\n".join(line.text for line in lines).casefold()))
    after_cut = False
    for line in lines:
        if line.cut or after_cut:  # the halves of a cut word are no words
            found = WORD.findall(line.text.casefold())
            words.subtract(found[:after_cut])
            words.subtract(found[after_cut:][-1:] if line.cut else ())
        after_cut = line.cut
    return words


class _TextWriter:
    def __init__(self, vocabulary: Counter[str]) -> None:
        self.parts: list[str] = []
        self.length = 0
        self.headings: list[Heading] = []
        self.tables: list[Table] = []
        self.starts: list[int] = []  # offsets of the pages begun so far
        self._vocabulary = vocabulary

    def write(self, block: Block) -> None:
        if self.length:
            self._put("\n\n")
        start = self.length
        left = min(line.left for line in block.lines)
        spans: list[tuple[int, int]] = []
        for number, line in enumerate(block.lines):
            between = self._between(block.kind, block.lines[number - 1], line) if number else ""
            self._put(between)
            self._begin_page(line.page)
            spans.append((self.length, self.length + len(line.text)))
            self._put(_indented(line, left) if block.kind is BlockKind.LISTING else line.text)
        if block.lines[-1].cut:
            self._put("-")  # the rest of the word is missing
        if block.kind is BlockKind.HEADING:
            self.headings.append(Heading(start=start, end=self.length, level=block.lines[0].level))
        elif block.kind is BlockKind.TABLE and len({len(line.parts) for line in block.lines}) == 1 < len(block.lines):
            headers = guess_header_rows([line.parts for line in block.lines])
            self.tables.append(Table(start=start, end=self.length, headers=tuple(spans[:headers])))

    def _between(self, kind: BlockKind, last: Line, line: Line) -> str:
        if kind in (BlockKind.LISTING, BlockKind.TABLE):
            return "\n"
        if last.cut:
            return self._hyphen(last.text, line.text)
        return "" if _is_broken_token(last.text, line.text) else " "

    def _hyphen(self, before: str, after: str) -> str:
        """Return what joins the halves of a cut word: nothing, or a hyphen if the word has one elsewhere."""
        first, second = LAST_WORD.search(before), FIRST_WORD.match(after)
        if first is None or second is None or not second.group()[0].islower():
            return "-"
        start, end = first.group().casefold(), second.group().casefold()
        as_word, as_compound = self._vocabulary[start + end], self._vocabulary[f"{start}-{end}"]
        if as_word == as_compound:  # usually both counts are 0: then it is a compound if both halves are known words
            are_words = min(len(start), len(end)) > 3 and self._vocabulary[start] and self._vocabulary[end]
            return "-" if are_words or start in HYPHENATED_PREFIXES else ""
        return "-" if as_compound > as_word else ""

    def _begin_page(self, number: int) -> None:
        while len(self.starts) < number:
            self.starts.append(self.length)

    def _put(self, text: str) -> None:
        self.parts.append(text)
        self.length += len(text)


def _is_broken_token(before: str, after: str) -> bool:
    """Return whether an address, or a name like `R_LIBS_USER`, was broken after one of its own characters."""
    if "_" in before[-2:] and NAME_BEGUN.search(before):
        return after[:1].isalnum()
    return "://" in before and bool(ADDRESS_BEGUN.search(before) and ADDRESS_ENDED.match(after))


def _indented(line: Line, left: float) -> str:
    letter = (line.right - line.left) / max(1, len(line.text))
    return " " * round((line.left - left) / letter if letter else 0) + line.text
