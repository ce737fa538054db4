"""The words inside the lines of reStructuredText: roles, references, substitutions, footnote marks."""

import re
from collections.abc import Iterable
from itertools import count

from outlast.tools.documents.raised import lowered, raised

SUBSTITUTION = re.compile(r"\.\.[ \t]+\|(?P<name>[^|]+)\|[ \t]+(?P<kind>[\w-]+)::[ \t]*(?P<words>.*)$")
TARGET = re.compile(r"[ \t]*\.\.[ \t]+_(?P<name>`[^`]+`|(?:\\.|[^:\\`])+):(?:[ \t]|$)")
TOKEN = re.compile(
    r"""
    (?P<literal>``[^`](?:[^`]|`(?!`))*``)
    | (?::(?P<role>[\w:.+-]{1,60}):`(?P<inside>[^`]{1,500})`)
    | (?:`(?P<before>[^`]{1,500})`:(?P<role_after>[\w:.+-]{1,60}):)
    | (?:`(?P<linked>[^`]{1,500})`__?(?!\w))
    | (?P<note>\\?\ ?\[(?P<mark>\d{1,4}|\#[\w-]*|\*|[A-Za-z][\w.-]{0,40})\]_(?!\w))
    | (?:\|(?P<name>[^|\s](?:[^|]{0,80}[^|\s])?)\|(?:__?)?)
    | (?P<reference>(?<![\w`])[A-Za-z0-9](?:[\w.-]{0,80}[A-Za-z0-9])?__?(?![\w`]))
    | (?P<escaped>\\(?P<character>.))
    """,
    re.VERBOSE,
)
NOTE = re.compile(r"[ \t]*\.\.[ \t]+\[(?P<mark>\d{1,4}|#[\w-]*)\](?:[ \t]|$)")
LINK = re.compile(r"(?P<shown>.*?)\s*<[^<>]*>\s*", re.DOTALL)
SHORT_NAME = re.compile(r"~(?:.*\.)?(?P<name>[^.]+)")
FIRST_SURROGATE = 0xD800
RAISED_ROLES = frozenset({"sup", "superscript"})
LOWERED_ROLES = frozenset({"sub", "subscript"})


class Words:
    """The words of a file. `lines` say what is substituted, and which names are addresses."""

    def __init__(self, lines: list[str]) -> None:
        self._substitutions: dict[str, str] = {}
        self._targets: set[str] = set()
        marks = [note.group("mark") for line in lines if (note := NOTE.match(line))]
        self._references, self._notes = NoteNumbers(marks), NoteNumbers(marks)
        for line in lines:
            if found := SUBSTITUTION.match(line.strip()):
                if found.group("kind") in ("replace", "unicode"):
                    self._substitutions[found.group("name")] = _replacement(found.group("kind"), found.group("words"))
            elif found := TARGET.match(line):
                self._targets.add(found.group("name").strip("`").lower())

    def note_mark(self, mark: str) -> str:
        """Return what the page shows as the mark of a footnote where its words stand. Call it in the order of these."""
        return self._notes.shown(mark)

    def shown(self, text: str) -> str:
        """Return what the page shows of a line, or of a part of one."""
        if not any(sign in text for sign in "`_|\\"):
            return text
        parts: list[str] = []
        position = 0
        for token in TOKEN.finditer(text):
            parts.append(text[position : token.start()])
            after = text[token.end() : token.end() + 4].removeprefix("\\ ")
            parts.append(self._rendered(token, "".join(parts[-6:]), after))
            position = token.end()
        return "".join((*parts, text[position:]))

    def _rendered(self, token: re.Match[str], before: str, after: str) -> str:
        if role := token.group("role") or token.group("role_after"):
            return _role_text(role, token.group("inside") or token.group("before"), before, after)
        if linked := token.group("linked"):
            return _link_text(linked)
        if mark := token.group("mark"):
            return f"{' ' if before and not before[-1].isspace() else ''}[{self._references.shown(mark)}]"
        if name := token.group("name"):
            return self._substitutions.get(name, token.group())
        if reference := token.group("reference"):
            return self._name_of(reference)
        escaped = token.group("character")
        return token.group() if escaped is None else escaped.strip()

    def _name_of(self, reference: str) -> str:
        """Return the word of a reference such as `Python_`; other words may end in `_` too."""
        name = reference.rstrip("_")
        return name if name.lower() in self._targets else reference


class NoteNumbers:
    """The numbers of footnotes: `[#]` has the next one that no other has, `[#name]` too, wherever it is mentioned."""

    def __init__(self, marks: Iterable[str]) -> None:
        """`marks` are those of all footnotes, in the order of their words."""
        marks = list(marks)
        taken = {int(mark) for mark in marks if mark.isdecimal()}
        free = (number for number in count(1) if number not in taken)
        numbered = [(mark, next(free)) for mark in marks if mark.startswith("#")]
        self._named = {mark: number for mark, number in numbered if mark != "#"}
        self._unnamed = iter([number for mark, number in numbered if mark == "#"])

    def shown(self, mark: str) -> str:
        """Return the number of a mark. Unnamed ones are numbered in the order in which this is called."""
        number = next(self._unnamed, "") if mark == "#" else self._named.get(mark, "")
        return str(number) or mark.removeprefix("#")


def _role_text(role: str, inside: str, before: str, after: str) -> str:
    name = role.rpartition(":")[2]
    if name in RAISED_ROLES:
        return raised(before, inside, after)
    if name in LOWERED_ROLES:
        return lowered(before, inside)
    short = SHORT_NAME.fullmatch(inside)
    return short.group("name") if short else _link_text(inside)


def _link_text(inside: str) -> str:
    """Return the words of a link, which its address may follow in angle brackets."""
    link = LINK.fullmatch(inside)
    return link.group("shown") if link and link.group("shown") else inside.strip("<>")


def _replacement(kind: str, words: str) -> str:
    if kind == "replace":
        return words.strip()
    codes = re.findall(r"(?:0x|x|\\x|U\+|u)([0-9A-Fa-f]{1,6})\b", words)
    return "".join(chr(number) for code in codes if (number := int(code, 16)) < FIRST_SURROGATE)
