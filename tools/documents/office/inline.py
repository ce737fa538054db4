"""The text of a paragraph, whose runs may be raised, lowered or struck through."""

from itertools import groupby
from typing import NamedTuple

from outlast.tools.documents.raised import lowered, raised
from outlast.tools.documents.struck import STRUCK_MARK

MAX_BASE_CHARACTERS = 100


class _Run(NamedTuple):
    text: str
    shift: int
    struck: bool


class Inline:
    """The runs of a paragraph. Programs cut runs anywhere, so neighbours of the same height are put together."""

    def __init__(self) -> None:
        self._runs: list[_Run] = []

    def write(self, text: str, shift: int = 0, *, struck: bool = False) -> None:
        """Write text. `shift` is 1 if it is raised, -1 if it is lowered. `\\n` ends a line."""
        if text:
            self._runs.append(_Run(text, shift, struck))

    def text(self) -> str:
        """Return the text. What is struck through stands between `~~`, so that it is told from what replaces it."""
        parts: list[str] = []
        tail = ""  # the end of the text so far
        for struck, runs in groupby(self._runs, lambda run: run.struck):
            text = _with_scripts(list(runs), tail)
            shown = "\n".join(map(_struck, text.split("\n"))) if struck else text
            parts.append(shown)
            tail = (tail + shown)[-MAX_BASE_CHARACTERS:]
        return "".join(parts)


def _with_scripts(runs: list[_Run], tail: str) -> str:
    """Return the text of runs behind a text that ends in `tail`."""
    groups = [(shift, "".join(run.text for run in same)) for shift, same in groupby(runs, lambda run: run.shift)]
    parts: list[str] = []
    for number, (shift, text) in enumerate(groups):
        shown = text
        if shift and (words := text.strip()):
            after = groups[number + 1][1][:MAX_BASE_CHARACTERS] if number + 1 < len(groups) else ""
            before, end = " " * text[0].isspace(), " " * text[-1].isspace()
            base = tail + before
            shown = f"{before}{raised(base, words, end or after) if shift > 0 else lowered(base, words)}{end}"
        parts.append(shown)
        tail = (tail + shown)[-MAX_BASE_CHARACTERS:]
    return "".join(parts)


def _struck(line: str) -> str:
    words = line.strip()
    return line.replace(words, f"{STRUCK_MARK}{words}{STRUCK_MARK}", 1) if words else line
