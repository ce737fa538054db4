"""The tokens of a TeX file, with the author's own commands (`\\newcommand`) replaced by what they stand for."""

import re
from collections import Counter
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import NamedTuple

from outlast.evidence.losses import LossKind

WORD = re.compile(r"\w+")
COMMENT = re.compile(r"%(?P<words>[^\n]*)(?:\n[ \t]*)?")
TOKEN = re.compile(
    r"\\(?P<name>[A-Za-z@]+)\*?|\\(?P<sign>.)|(?P<percent>%)|(?P<maths>\$\$?)|(?P<brace>[{}])"
    r"|(?P<gap>\n[ \t]*(?:\n\s*)+)|(?P<words>[^\\%${}\n&~`'\-]+|\n|&|~|``|''|`|'|-{1,3})",
    re.DOTALL,
)
BRACKET = re.compile(r"\\.|%[^\n]*|[{}\[\]]", re.DOTALL)
SPACE = re.compile(r"[ \t]*\n?[ \t]*(?!\n)")
BARE_ARGUMENT = re.compile(r"\\[A-Za-z@]+|\\.|[^}\s]", re.DOTALL)
OPTION = re.compile(r"[ \t]*\n?[ \t]*\[")
DEFINED_NAME = re.compile(r"\{?[ \t]*\\([A-Za-z@]+)[ \t]*\}?")
PARAMETERS = re.compile(r"[^{]*")
MAX_EXPANSIONS = 20_000
MAX_EXPANDED_CHARACTERS = 2_000_000
MAX_MACRO_CHARACTERS = 5_000


class Macro(NamedTuple):
    argument_count: int
    default: str | None
    """The value of the first argument where it is optional; None where it is not."""
    body: str


class Source:
    """The text that is still to be read. Commands of the author are expanded where they stand."""

    def __init__(self, text: str) -> None:
        self.text, self.position = text, 0
        self._outer: list[tuple[str, int]] = []
        """What is read after the end of `text`, which is the expansion of a command; the innermost is last."""
        self.macros: dict[str, Macro] = {}
        self.left_out = Counter[tuple[LossKind, str]]()
        self._expansions = self._expanded = 0

    def leave_out(self, kind: LossKind, place: str, words: str) -> None:
        if count := len(WORD.findall(words)):
            self.left_out[kind, place] += count

    def token(self) -> re.Match[str] | None:
        """Return the next token, and skip comments; None at the end."""
        while True:
            self._leave_expansion()
            found = TOKEN.match(self.text, self.position)
            if found is None:
                return None
            self.position = found.end()
            if not found.group("percent"):
                return found
            self._skip_comment(found.start())

    def _leave_expansion(self) -> None:
        while self._outer and self.position >= len(self.text):
            self.text, self.position = self._outer.pop()

    @contextmanager
    def inside(self, content: str) -> Generator[None]:
        """Read `content`, such as an argument, instead of the text until the end of the block."""
        before = self.text, self.position, self._outer
        self.text, self.position, self._outer = content, 0, []
        try:
            yield
        finally:
            self.text, self.position, self._outer = before

    def expanded(self, content: str, read: Callable[[str, "Source"], str | None] | None = None) -> str:
        """Return `content` with the author's commands expanded, and without comments.

        `read` returns what a command prints, with the name of which it is called, or None.
        """
        written = list[str]()
        with self.inside(content):
            while (token := self.token()) is not None:
                name = token.group("name")
                if name and self.expand(name):
                    continue
                printed = read(name, self) if name and read else None
                written.append(token.group() if printed is None else f"\\text{{{printed}}}")
        return "".join(written)

    def _skip_comment(self, start: int) -> None:
        comment = COMMENT.match(self.text, start)
        if comment is not None:
            self.leave_out(LossKind.HIDDEN, "comments", comment.group("words"))
            self.position = comment.end()

    def skip_space(self) -> None:
        """Skip white space, of which at most one end of line, and comments."""
        while True:
            self._leave_expansion()
            found = SPACE.match(self.text, self.position)
            self.position = found.end() if found else self.position
            if not self.text.startswith("%", self.position):
                return
            self._skip_comment(self.position)

    def argument(self) -> str:
        """Return the source of the next argument: a group without its braces, a command, or one character."""
        self.skip_space()
        if self.text.startswith("{", self.position):
            end = self._end_of_group(self.position, "{", "}")
            content, self.position = self.text[self.position + 1 : end], end + 1
            return content
        found = BARE_ARGUMENT.match(self.text, self.position)
        if found is None:
            return ""
        self.position = found.end()
        return found.group()

    def optional(self) -> str | None:
        """Return the source of an argument in square brackets; None if there is none."""
        found = OPTION.match(self.text, self.position)
        if found is None:
            return None
        end = self._end_of_group(found.end() - 1, "[", "]")
        content, self.position = self.text[found.end() : end], end + 1
        return content

    def until(self, end: str) -> str:
        """Return the source up to `end`, and go on after it; up to the end of the text if it never comes."""
        found = self.text.find(end, self.position)
        stop = len(self.text) if found < 0 else found
        content, self.position = self.text[self.position : stop], stop + (len(end) if found >= 0 else 0)
        return content

    def _end_of_group(self, start: int, opener: str, closer: str) -> int:
        """Return the offset of the bracket that closes the one at `start`; the end of the text if none does."""
        depth = braces = 0
        for found in BRACKET.finditer(self.text, start):
            sign = found.group()
            if sign == opener and (opener == "{" or not braces):
                depth += 1
            elif sign == closer and (closer == "}" or not braces):
                depth -= 1
                if not depth:
                    return found.start()
            elif sign in "{}":
                braces = max(0, braces + (1 if sign == "{" else -1))
        return len(self.text)

    def define(self, name: str) -> None:
        """Take what stands after `\\newcommand`, `\\def` and the like, and remember the command."""
        self.skip_space()
        start = self.position
        defined = DEFINED_NAME.match(self.text, self.position)
        if defined is None:
            self.argument()
        else:
            self.position = defined.end()
        if name in ("def", "gdef", "edef", "xdef"):
            parameters = PARAMETERS.match(self.text, self.position)
            count, default = (parameters.group().count("#") if parameters else 0), None
            self.position = parameters.end() if parameters else self.position
        else:
            number = self.optional()
            count = int(number) if number and number.strip().isdecimal() and len(number) < 3 else 0
            default = self.optional() if count else None
        body = self.argument()
        if defined is not None and len(body) <= MAX_MACRO_CHARACTERS and count <= 9:
            self.macros[defined.group(1)] = Macro(count, default, body)
        self.leave_out(LossKind.MARKUP, "definitions of commands", self.text[start : self.position])

    def define_environment(self) -> None:
        """Take what stands after `\\newenvironment`: what the author's environment begins and ends with."""
        start = self.position
        name = self.argument().strip()
        number = self.optional()
        count = int(number) if number and number.strip().isdecimal() and len(number) < 3 else 0
        default = self.optional() if count else None
        beginning, end = self.argument(), self.argument()
        if max(len(beginning), len(end)) <= MAX_MACRO_CHARACTERS and count <= 9:
            self.macros[f"begin {name}"] = Macro(count, default, beginning)
            self.macros[f"end {name}"] = Macro(0, None, end)
        self.leave_out(LossKind.MARKUP, "definitions of commands", self.text[start : self.position])

    def expand(self, name: str) -> bool:
        """Replace a command of the author, which was just read, by what it stands for; return False for others."""
        macro = self.macros.get(name)
        if macro is None or self._expansions >= MAX_EXPANSIONS or self._expanded >= MAX_EXPANDED_CHARACTERS:
            return False
        arguments = list[str]()
        if macro.default is not None:
            given = self.optional()
            arguments.append(macro.default if given is None else given)
        while len(arguments) < macro.argument_count:
            arguments.append(self.argument())
        body = re.sub(r"#(\d)", lambda found: _numbered(arguments, int(found.group(1))), macro.body)
        if not arguments and self.text[self.position : self.position + 1] == " ":
            self.position += 1  # the space ends the command's name
        self._expansions += 1
        self._expanded += len(body)
        self._outer.append((self.text, self.position))
        self.text, self.position = body, 0
        return True


def _numbered(arguments: list[str], number: int) -> str:
    return arguments[number - 1] if 0 < number <= len(arguments) else ""
