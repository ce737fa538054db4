"""What the commands of TeX print: words, accents, titles, references, notes."""

import re
import unicodedata
from collections.abc import Callable

from outlast.evidence.losses import Loss, LossKind
from outlast.tools.documents.raised import lowered, raised
from outlast.tools.documents.struck import struck
from outlast.tools.documents.tex.commands import (
    DEFINITIONS,
    DELETED,
    DROPPED_ARGUMENTS,
    ENVIRONMENT_DEFINITIONS,
    FOOTNOTES,
    FRONT_MATTER,
    HEADING_LEVELS,
    INCLUDED_FILES,
    PICTURES,
    PUNCTUATION,
    REFERENCES,
    SIGNS,
)
from outlast.tools.documents.tex.environments import Environments
from outlast.tools.documents.tex.maths import linear
from outlast.tools.documents.tex.printed import Printed
from outlast.tools.documents.tex.quantities import read_quantity
from outlast.tools.documents.tex.symbols import ACCENTS, LETTERS
from outlast.tools.documents.tex.tokens import Source

MAX_DEPTH = 20
"""How deeply tables, footnotes and the like may be nested. Groups and lists are not counted."""
NOTE_MARK = re.compile(r" \[\d+\]\Z")


class Writer:
    """Writes what the tokens of a source print."""

    def __init__(self, source: Source) -> None:
        self.printed = Printed()
        self.title = ""
        self.named: list[Loss] = []
        """Pictures and files that the text names, and that are not here."""
        self._source = source
        self._environments = Environments(source, self.printed, self.inline)
        self._front: dict[str, str] = {}
        self._depth = 0
        self._structures: dict[str, Callable[[], None]] = {
            "begin": lambda: self._environments.begin(source.argument().strip("* ")),
            "end": lambda: self._environments.end(source.argument().strip("* ")),
            "par": self.printed.end_paragraph,
            "maketitle": self._write_title,
            "item": self._environments.write_item,
            "newtheorem": self._environments.define_theorem,
            "bibitem": self._write_bibliography_item,
            "caption": self._write_caption,
            "textsuperscript": lambda: self._write(raised(self.printed.base, self.inline(source.argument()))),
            "textsubscript": lambda: self._write(lowered(self.printed.base, self.inline(source.argument()))),
            "iffalse": lambda: self._write_branch(0),
            "iftrue": lambda: self._write_branch(1),
            "replaced": self._write_replacement,
            **dict.fromkeys(DELETED, self._write_deleted),
            "verb": self._write_verb,
            "lstinline": self._write_verb,
            "url": lambda: self._write(source.argument()),
            "path": lambda: self._write(source.argument()),
            "href": lambda: source.leave_out(LossKind.MARKUP, "addresses", source.argument()),
        }

    def run(self) -> None:
        """Write the rest of the source."""
        if self._depth >= MAX_DEPTH:
            raise RecursionError
        self._depth += 1
        while (token := self._source.token()) is not None:
            if token.group("gap"):
                self.printed.end_paragraph()
            elif token.group("maths"):
                self._write_maths(self._source.until(token.group("maths")))
            elif (name := token.group("name")) is not None:
                self._command(name)
            elif (sign := token.group("sign")) is not None:
                self._sign(sign)
            elif words := token.group("words"):
                self._write(PUNCTUATION.get(words, words))
        self._depth -= 1

    def inline(self, source: str) -> str:
        """Return what a piece of source prints, on one line."""
        with self.printed.aside(), self._source.inside(source):
            self.run()
            return self.printed.line()

    def read_preamble(self) -> None:
        """Take what the preamble defines, and the title, which `\\maketitle` writes."""
        while (token := self._source.token()) is not None:
            name = token.group("name")
            if name in DEFINITIONS or name == "DeclareMathOperator":
                self._source.define(name)
            elif name in ENVIRONMENT_DEFINITIONS:
                self._source.define_environment()
            elif name in FRONT_MATTER:
                self._source.optional()
                self._front[name] = self._source.argument()
            elif name == "newtheorem":
                self._environments.define_theorem()
            else:
                self._source.leave_out(LossKind.MARKUP, "settings", token.group())

    def _write(self, text: str) -> None:
        self.printed.write(text)

    def _write_maths(self, content: str) -> None:
        self._write(linear(self._source.expanded(content, read_quantity)))

    def _sign(self, sign: str) -> None:
        if sign in ACCENTS:
            self._write_accented(ACCENTS[sign])
        elif sign == "\\":
            self._source.optional()
            self.printed.break_line()
        elif sign in "([":
            self._write_maths(self._source.until("\\)" if sign == "(" else "\\]"))
        else:
            self._write(SIGNS.get(sign, ""))

    def _write_accented(self, accent: str) -> None:
        base = self.inline(self._source.argument())
        self._write(unicodedata.normalize("NFC", base[:1] + accent) + base[1:] if base else "")

    def _command(self, name: str) -> None:
        source = self._source
        if name in DEFINITIONS or name == "DeclareMathOperator":
            source.define(name)
        elif name in ENVIRONMENT_DEFINITIONS:
            source.define_environment()
        elif source.expand(name):
            return
        elif (printed := read_quantity(name, source)) is not None:
            self._write(printed)
        elif name in LETTERS:
            source.skip_space()
            self._write(LETTERS[name])
        elif name in ACCENTS and len(name) == 1:
            self._write_accented(ACCENTS[name])
        elif name in HEADING_LEVELS:
            source.optional()
            self._write_heading(source.argument(), HEADING_LEVELS[name])
        elif (write := self._structures.get(name)) is not None:
            write()
        elif not self._left_out(name):
            self._reference(name)

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
            mark = self.printed.begin_footnote()
            self.printed.end_footnote(mark, self.inline(source.argument()))
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
        elif source.text.startswith("{", source.position):
            self._write_arguments()
        else:
            self._skip_space_after(name)

    def _write_arguments(self) -> None:
        """Write the arguments of an unknown command. Several are words apart: nothing says that they are one."""
        source = self._source
        start = source.position
        source.argument()
        if not source.text.startswith("{", source.position):
            source.position = start  # one, which may be as long as a page, is read where it stands
            return
        source.position = start
        while source.text.startswith("{", source.position):
            with source.inside(source.argument()):
                self.run()
            self._write(" ")

    def _skip_space_after(self, name: str) -> None:
        """Skip the space that ends a command's name, unless the command stands for something unknown in a sentence."""
        source = self._source
        if name.isalpha() and source.text[source.position : source.position + 1] == " ":
            source.position += 1

    def _write_heading(self, source: str, level: int) -> str:
        """Write a heading, and return its words. Footnotes of the text before it stand above it, and its own below."""
        self.printed.end_paragraph()
        words = self.inline(source)
        self.printed.write_heading(words, level)
        return words

    def _write_title(self) -> None:
        for name, words in self._front.items():
            if name == "title":
                self.title = NOTE_MARK.sub("", self._write_heading(words, 1))
            else:
                self.printed.separate()
                with self._source.inside(words):
                    self.run()
                self.printed.separate()
        self._front = {}

    def _write_bibliography_item(self) -> None:
        self.printed.end_paragraph()
        label = self._source.optional()
        self._write(f"[{self.inline(label) if label else self._source.argument()}] ")
        if label:
            self._source.leave_out(LossKind.MARKUP, "keys", self._source.argument())

    def _write_caption(self) -> None:
        self._source.optional()
        words = self.inline(self._source.argument())
        self.printed.end_paragraph()
        self._write(words)
        self.printed.end_paragraph()

    def _write_deleted(self) -> None:
        self._write(struck(self.inline(self._source.argument())))

    def _write_replacement(self) -> None:
        self._source.optional()
        new, old = (self.inline(self._source.argument()) for _ in range(2))
        self._write(f"{new} {struck(old)}")

    def _write_branch(self, shown: int) -> None:
        """Write what stands before `\\else` (`shown` is 1) or after it (0), up to `\\fi`, and leave out the other."""
        first, _, second = self._source.until("\\fi").partition("\\else")
        kept, left = (first, second) if shown else (second, first)
        self._source.leave_out(LossKind.HIDDEN, "comments", left)
        with self._source.inside(kept):
            self.run()

    def _write_verb(self) -> None:
        source = self._source
        source.optional()
        mark = source.text[source.position : source.position + 1]
        source.position += 1
        self._write(source.until("}" if mark == "{" else mark) if mark else "")
