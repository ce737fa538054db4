"""A reader of TeX and LaTeX: the words that are printed, without commands; mathematics on one line."""

import re
import unicodedata
from collections.abc import Callable

from outlast.evidence.losses import Loss, LossKind
from outlast.evidence.sources import Heading, Table
from outlast.tools.documents.block_text import BlockText, Break
from outlast.tools.documents.decoding import decode
from outlast.tools.documents.document import Document, title_of
from outlast.tools.documents.raised import lowered, raised
from outlast.tools.documents.tex.commands import (
    DEFINITIONS,
    DROPPED_ARGUMENTS,
    ENVIRONMENT_ARGUMENTS,
    FOOTNOTES,
    FRONT_MATTER,
    HEADING_LEVELS,
    INCLUDED_FILES,
    LISTS,
    MATHS_ENVIRONMENTS,
    PICTURE_ENVIRONMENTS,
    PICTURES,
    PUNCTUATION,
    REFERENCES,
    SIGNS,
    TABLE_ARGUMENTS,
    VERBATIM_ENVIRONMENTS,
)
from outlast.tools.documents.tex.maths import linear
from outlast.tools.documents.tex.symbols import ACCENTS, LETTERS
from outlast.tools.documents.tex.tables import split_table
from outlast.tools.documents.tex.tokens import Source

EXTRACTOR = "tex/1"

BODY_START, BODY_END = "\\begin{document}", "\\end{document}"
MAX_DEPTH = 20
"""How deeply tables, footnotes and the like may be nested. Groups and lists are not counted."""
MAX_BASE_CHARACTERS = 80
MAX_SPAN = 100


def read(content: bytes, stem: str) -> Document:
    """Read a TeX file. `stem` is the title if it names none. Raises Unreadable."""
    return read_source(decode(content), stem)


def read_source(text: str, stem: str) -> Document:
    """Return the document that the text of a TeX file prints."""
    preamble, has_body, rest = text.partition(BODY_START)
    source = Source(preamble if has_body else text)
    writer = _Writer(source)
    if has_body:
        writer.read_preamble()
        body, _, after = rest.partition(BODY_END)
        source.leave_out(LossKind.HIDDEN, "text after the end", after)
        with source.inside(body):
            writer.run()
    else:
        writer.run()
    writer.end_paragraph()
    words, headings = writer.output.text(), tuple(writer.headings)
    title = writer.title or title_of(words, headings, stem)
    losses = tuple(Loss(kind=kind, place=place, words=count) for (kind, place), count in source.left_out.items())
    losses += tuple(writer.named)
    return Document(words, title, "text/x-tex", headings, EXTRACTOR, tables=tuple(writer.tables), losses=losses)


def plain_text(text: str) -> str:
    """Return a piece of TeX, such as a field of a bibliography, as plain text."""
    writer = _Writer(Source(""))
    return writer.inline(text)


class _Writer:
    """Writes what the tokens of a source print."""

    def __init__(self, source: Source) -> None:
        self.output = BlockText()
        self.headings: list[Heading] = []
        self.tables: list[Table] = []
        self.named: list[Loss] = []
        self.title = ""
        self._source = source
        self._front: dict[str, str] = {}
        self._theorems: dict[str, str] = {}
        self._footnotes: list[str] = []
        self._footnote_count = 0
        self._lists: list[int | None] = []
        self._base = ""
        """The last characters that were written, which tell what raised characters after them mean."""
        self._depth = 0
        self._is_inline = False

    def run(self) -> None:
        """Write the rest of the source."""
        if self._depth >= MAX_DEPTH:
            raise RecursionError
        self._depth += 1
        while (token := self._source.token()) is not None:
            if token.group("gap"):
                self.end_paragraph()
            elif token.group("maths"):
                self._write(linear(self._source.expanded(self._source.until(token.group("maths")))))
            elif (name := token.group("name")) is not None:
                self._command(name)
            elif (sign := token.group("sign")) is not None:
                self._sign(sign)
            elif words := token.group("words"):
                self._write(PUNCTUATION.get(words, words))
        self._depth -= 1

    def inline(self, source: str) -> str:
        """Return what a piece of source prints, on one line."""
        outer, was_inline, base = self.output, self._is_inline, self._base
        self.output, self._is_inline, self._base = BlockText(), True, ""
        with self._source.inside(source):
            self.run()
        text = " ".join(self.output.text().split())
        self.output, self._is_inline, self._base = outer, was_inline, base
        return text

    def read_preamble(self) -> None:
        """Take what the preamble defines, and the title, which `\\maketitle` writes."""
        while (token := self._source.token()) is not None:
            name = token.group("name")
            if name in DEFINITIONS:
                self._source.define(name)
            elif name in FRONT_MATTER:
                self._source.optional()
                self._front[name] = self._source.argument()
            elif name == "newtheorem":
                self._define_theorem()
            elif name == "DeclareMathOperator":
                self._source.define(name)
            else:
                self._source.leave_out(LossKind.MARKUP, "settings", token.group())

    def end_paragraph(self) -> None:
        """End the paragraph. Its footnotes follow it."""
        self.output.separate_inside()
        if not self._is_inline:
            for note in self._footnotes:
                self.output.separate(Break.BLANK_LINE)
                self.output.write(note)
                self.output.separate(Break.BLANK_LINE)
            self._footnotes = []

    def _write(self, text: str) -> None:
        self.output.write(text)
        self._base = (self._base + text)[-MAX_BASE_CHARACTERS:]

    def _sign(self, sign: str) -> None:
        if sign in ACCENTS:
            self._write_accented(ACCENTS[sign])
        elif sign == "\\":
            self._source.optional()
            self.output.separate(Break.SPACE if self._is_inline else Break.LINE)
        elif sign in "([":
            self._write(linear(self._source.expanded(self._source.until("\\)" if sign == "(" else "\\]"))))
        else:
            self._write(SIGNS.get(sign, ""))

    def _write_accented(self, accent: str) -> None:
        base = self.inline(self._source.argument())
        self._write(unicodedata.normalize("NFC", base[:1] + accent) + base[1:] if base else "")

    def _command(self, name: str) -> None:
        source = self._source
        if name in ("begin", "end"):
            edge = self._begin if name == "begin" else self._end
            edge(source.argument().strip("* "))
        elif name in DEFINITIONS or name == "DeclareMathOperator":
            source.define(name)
        elif source.expand(name):
            pass
        elif name in LETTERS:
            source.skip_space()
            self._write(LETTERS[name])
        elif name in ACCENTS and len(name) == 1:
            self._write_accented(ACCENTS[name])
        elif name in HEADING_LEVELS:
            source.optional()
            self._write_heading(source.argument(), HEADING_LEVELS[name])
        elif (write := self._structures().get(name)) is not None:
            write()
        elif not self._left_out(name):
            self._reference(name)

    def _structures(self) -> dict[str, Callable[[], None]]:
        return {
            "par": self.end_paragraph,
            "maketitle": self._write_title,
            "item": self._write_item,
            "bibitem": self._write_bibliography_item,
            "caption": self._write_caption,
            "textsuperscript": lambda: self._write(raised(self._base, self.inline(self._source.argument()))),
            "textsubscript": lambda: self._write(lowered(self._base, self.inline(self._source.argument()))),
            "iffalse": lambda: self._source.leave_out(LossKind.HIDDEN, "comments", self._source.until("\\fi")),
            "verb": self._write_verb,
            "lstinline": self._write_verb,
            "url": lambda: self._write(self._source.argument()),
            "path": lambda: self._write(self._source.argument()),
            "href": lambda: self._source.leave_out(LossKind.MARKUP, "addresses", self._source.argument()),
            "newtheorem": self._define_theorem,
        }

    def _left_out(self, name: str) -> bool:
        """Leave out a command whose arguments are no words, or name what is not here. Return False for others."""
        source = self._source
        if name in DROPPED_ARGUMENTS:
            arguments = [source.optional() or ""] + [source.argument() for _ in range(DROPPED_ARGUMENTS[name])]
            source.leave_out(LossKind.MARKUP, "settings", " ".join(arguments))
        elif name in PICTURES or name in INCLUDED_FILES:
            source.leave_out(LossKind.MARKUP, "settings", source.optional() or "")
            kind = LossKind.PICTURE if name in PICTURES else LossKind.UNREAD
            self.named.append(Loss(kind=kind, place=" ".join(source.argument().split())))
        elif name in FRONT_MATTER:
            source.optional()
            self._front[name] = source.argument()
            if "\\maketitle" not in source.text[source.position :]:
                self._write_title()
        elif name in FOOTNOTES:
            source.optional()
            self._footnote_count += 1
            self._write(f" [{self._footnote_count}]")
            self._footnotes.append(f"[{self._footnote_count}] {self.inline(source.argument())}")
        else:
            return False
        return True

    def _reference(self, name: str) -> None:
        """Write a reference by its key, in brackets; of any other command, the arguments are words."""
        source = self._source
        if name in REFERENCES:
            self._write(f"[{' '.join(source.argument().split())}]")
        elif "cite" in name.lower():
            notes = [note for note in (source.optional(), source.optional()) if note]
            keys = ", ".join(key.strip() for key in source.argument().split(","))
            self._write(f"[{', '.join((keys, *map(self.inline, notes)))}]")
        elif source.text.startswith("[", source.position):
            source.leave_out(LossKind.MARKUP, "settings", source.optional() or "")
        else:
            self._skip_space_after(name)

    def _skip_space_after(self, name: str) -> None:
        """Skip the space that ends a command's name, unless the command stands for something unknown in a sentence."""
        source = self._source
        if name.isalpha() and source.text[source.position : source.position + 1] == " ":
            source.position += 1

    def _begin(self, name: str) -> None:
        source = self._source
        if name in VERBATIM_ENVIRONMENTS:
            source.leave_out(LossKind.MARKUP, "settings", source.optional() or "")
            if name == "minted":
                source.argument()
            self._write_verbatim(source.until(f"\\end{{{name}}}"))
        elif name == "comment":
            source.leave_out(LossKind.HIDDEN, "comments", source.until("\\end{comment}"))
        elif name in TABLE_ARGUMENTS and name != "array":
            self._write_table(name)
        elif name in MATHS_ENVIRONMENTS:
            self.output.separate_inside()
            self._write(linear(source.expanded(self._until_end(name))))
            self.output.separate_inside()
        elif name in PICTURE_ENVIRONMENTS:
            self._leave_out_picture(name)
        else:
            self._begin_text(name)

    def _leave_out_picture(self, name: str) -> None:
        words = self._source.until(f"\\end{{{name}}}")
        self._source.leave_out(LossKind.PICTURE, "drawings", re.sub(r"\\[a-zA-Z]+|\[[^\]]*\]", "", words))

    def _begin_text(self, name: str) -> None:
        source = self._source
        self.end_paragraph()
        if name in LISTS:
            self._lists.append(0 if "enum" in name else None)
        option = source.optional()
        for _ in range(ENVIRONMENT_ARGUMENTS.get(name, 0)):
            source.leave_out(LossKind.MARKUP, "settings", source.argument())
        if name in self._theorems:
            self._write(f"{self._theorems[name]}{f' ({self.inline(option)})' if option else ''}. ")
        elif option:
            source.leave_out(LossKind.MARKUP, "settings", option)
        if name == "abstract":
            self._write("Abstract. ")

    def _end(self, name: str) -> None:
        self.end_paragraph()
        if name in LISTS and self._lists:
            self._lists.pop()

    def _until_end(self, name: str) -> str:
        """Return the source up to the end of an environment, with environments of the same name inside it."""
        content, depth = "", 1
        while depth:
            before = self._source.position
            part = self._source.until(f"\\end{{{name}")
            depth += part.count(f"\\begin{{{name}}}") + part.count(f"\\begin{{{name}*}}") - 1
            content += part if not depth else f"{part}\\end{{{name}}}"
            if self._source.position >= len(self._source.text) or self._source.position == before:
                break
        self._source.position += len("*}" if self._source.text.startswith("*}", self._source.position) else "}")
        return content

    def _write_heading(self, source: str, level: int) -> None:
        words = self.inline(source)
        self.end_paragraph()
        if self._is_inline:
            self._write(words)
            return
        self.output.begin_heading()
        self.output.write(words)
        written, start = self.output.end_heading()
        if written:
            self.headings.append(Heading(start=start, end=start + len(written), level=level))

    def _write_title(self) -> None:
        for name, words in self._front.items():
            if name == "title":
                self.title = self.inline(words)
                self._write_heading(words, 1)
            else:
                self.output.separate(Break.BLANK_LINE)
                with self._source.inside(words):
                    self.run()
                self.output.separate(Break.BLANK_LINE)
        self._front = {}

    def _write_item(self) -> None:
        self.output.separate(Break.LINE)
        label = self._source.optional()
        if label is not None:
            self._write(f"{self.inline(label)} ")
        elif self._lists and (number := self._lists[-1]) is not None:
            self._lists[-1] = number + 1
            self._write(f"{number + 1}. ")
        else:
            self._write("- ")

    def _write_bibliography_item(self) -> None:
        self.end_paragraph()
        label = self._source.optional()
        self._write(f"[{self.inline(label) if label else self._source.argument()}] ")
        if label:
            self._source.leave_out(LossKind.MARKUP, "keys", self._source.argument())

    def _write_caption(self) -> None:
        self._source.optional()
        words = self.inline(self._source.argument())
        self.end_paragraph()
        self._write(words)
        self.end_paragraph()

    def _write_verb(self) -> None:
        source = self._source
        source.optional()
        mark = source.text[source.position : source.position + 1]
        source.position += 1
        self._write(source.until("}" if mark == "{" else mark) if mark else "")

    def _write_verbatim(self, text: str) -> None:
        self.output.separate(Break.BLANK_LINE)
        self.output.write_preformatted(text.strip("\n"))
        self.output.separate(Break.BLANK_LINE)

    def _define_theorem(self) -> None:
        source = self._source
        name = source.argument()
        source.optional()
        self._theorems[name] = self.inline(source.argument())
        source.optional()

    def _write_table(self, name: str) -> None:
        source = self._source
        source.optional()
        for _ in range(TABLE_ARGUMENTS[name]):
            source.leave_out(LossKind.MARKUP, "settings", source.argument())
        rows, header_rows = split_table(source.expanded(self._until_end(name)))
        written, kept_headers = list[list[str]](), 0
        for number, row in enumerate(rows):
            cells = [cell for part in row for cell in self._cells(part)]
            if any(cells):
                written.append(cells)
                kept_headers += number < header_rows
        if not written or self._is_inline:
            self._write("; ".join(" | ".join(row) for row in written))
            return
        self.output.separate(Break.BLANK_LINE)
        width = max(map(len, written))
        lines = [" | ".join(row + [""] * (width - len(row))) for row in written]
        lines[-1] = lines[-1].rstrip()
        self.output.write_preformatted("\n".join(lines))
        start = self.output.length - len("\n".join(lines))
        starts = [start + sum(len(line) + 1 for line in lines[:number]) for number in range(kept_headers)]
        headers = tuple((begin, begin + len(line)) for begin, line in zip(starts, lines, strict=False))
        self.tables.append(Table(start=start, end=self.output.length, headers=headers))
        self.output.separate(Break.BLANK_LINE)

    def _cells(self, source: str) -> list[str]:
        """Return the text of a cell, repeated for each column that it spans."""
        spanned = re.match(r"\s*\\multicolumn\{(\d{1,3})\}\{[^{}]*(?:\{[^{}]*\}[^{}]*)*\}", source)
        if spanned is None:
            multirow = re.match(r"\s*\\multirow(?:\[[^\]]*\])?\{[^{}]*\}(?:\[[^\]]*\])?\{[^{}]*\}", source)
            return [self.inline(source[multirow.end() :] if multirow else source)]
        return [self.inline(source[spanned.end() :])] * min(int(spanned.group(1)), MAX_SPAN)
