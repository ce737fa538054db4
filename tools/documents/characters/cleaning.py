"""Cleaning of decoded text: line ends, overstruck letters, terminal escapes, stray NUL characters, composed letters."""

import re
import unicodedata

from outlast.evidence.losses import Loss, LossKind
from outlast.tools.documents.block_text import INVISIBLE_CHARACTERS
from outlast.tools.documents.document import Unreadable

CONTROL_CHARACTERS = re.compile(r"[\x01-\x08\x0e-\x1a\x1c-\x1f\x7f]")
MAX_CONTROL_SHARE = 0.05
"""Of all characters: text has almost none, compressed data about a tenth."""
BINARY_REASON = "it looks like a binary file"
NULS = re.compile(r"\0+")
MAX_NUL_RUNS, MAX_NUL_RUNS_PER_CHARACTER = 3, 0.001
"""A log has a NUL, or a row of them, where a machine crashed while writing it. A binary file has them everywhere."""
MAX_NUL_PLACES = 20

INVISIBLE = tuple(map(chr, INVISIBLE_CHARACTERS))
WORD = re.compile(r"\w+")
BACKSPACE = "\b"
TERMINAL_ESCAPE = re.compile(r"\x1b(?:\[[0-9;:?]*[ -/]*[@-~]|[()][0-9A-B]|[=>78cM])")
"""Colours and positions."""
TERMINAL_STRING = re.compile(r"\x1b\](?:\d+;)?([^\x07\x1b\n]{0,2000})(?:\x07|\x1b\\)")
"""The addresses of links, and titles of windows, which a terminal takes without showing them."""
DECOMPOSED = re.compile(
    r"[^\W\d_][\u0300-\u036f\u0653-\u0655\u3099\u309a]+|[\u1100-\u1112][\u1161-\u1175][\u11a8-\u11c2]?"
)
"""A letter with separate accents, as macOS writes names, and a Korean syllable in parts. Only these are composed: the
whole of NFC would also replace characters that look different, such as some Chinese ones."""


def clean_text(text: str) -> tuple[str, tuple[Loss, ...]]:
    """Return the text as its readers see it, and what was left out. Raises Unreadable if it is not text."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    hidden = 0
    if "\x1b" in text:
        hidden = sum(len(WORD.findall(string)) for string in TERMINAL_STRING.findall(text))
        text = TERMINAL_ESCAPE.sub("", TERMINAL_STRING.sub("", text))
    if BACKSPACE in text:
        text = "\n".join(_overstruck(line) if BACKSPACE in line else line for line in text.split("\n"))
    runs = len(NULS.findall(text)) if "\0" in text else 0
    signs = len(CONTROL_CHARACTERS.findall(text)) + runs
    if signs > MAX_CONTROL_SHARE * len(text) or runs > max(MAX_NUL_RUNS, MAX_NUL_RUNS_PER_CHARACTER * len(text)):
        raise Unreadable(BINARY_REASON)
    losses = _nul_losses(text) if runs else ()
    if hidden:
        losses = (*losses, Loss(kind=LossKind.HIDDEN, place="addresses for a terminal", words=hidden))
    if runs:
        text = NULS.sub(lambda run: "" if len(run.group()) == 1 else "\n", text)
    if not text.isascii():
        for invisible in INVISIBLE:  # much faster than `translate`, since most texts have none
            text = text.replace(invisible, "")
        text = DECOMPOSED.sub(lambda letter: unicodedata.normalize("NFC", letter.group()), text)
    return text, losses


def _overstruck(line: str) -> str:
    """Return what a printer shows of a line with backspaces: `N\\bN` is a bold N, and `_\\bt` an underlined t."""
    cells, column = list[str](), 0
    for character in line:
        if character == BACKSPACE:
            column = max(0, column - 1)
        elif column == len(cells):
            cells.append(character)
            column += 1
        else:
            if character not in "_ " or cells[column] in "_ ":  # the letter stays, whichever comes first
                cells[column] = character
            column += 1
    return "".join(cells)


def _nul_losses(text: str) -> tuple[Loss, ...]:
    """Name the lines of the NULs. Words may have stood there: nobody knows how many."""
    lines, line, start = dict[int, None](), 1, 0
    for run in NULS.finditer(text):
        line += text.count("\n", start, run.start())
        start = run.start()
        lines[line] = None
    return tuple(
        Loss(kind=LossKind.DAMAGED, place=f"line {number:,} (NUL bytes)") for number in list(lines)[:MAX_NUL_PLACES]
    )
