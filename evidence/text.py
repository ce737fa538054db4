"""Text from outside, made safe for where it is shown: a line, lines, a terminal, a shell, Markdown, an address.

Stored texts and quotes are never altered; what is shown of them goes through this module, and nothing else decides
which characters are dangerous. They are of five kinds, each by properties of Unicode from which a test derives it:

- BREAKS: tabs and the ends of lines (TAB, LF, VT, FF, CR, NEL, and the categories Zl and Zp). They become a blank, or
  an ordinary end of a line.
- OBEYED: what a terminal, a browser or an editor would obey, or choke on. All other controls (category Cc: ESC and the
  C1 controls too); what turns the text around it (the bidirectional classes LRE, RLE, LRO, RLO, PDF, LRI, RLI, FSI and
  PDI); interlinear annotations; tag characters, an ASCII that nobody sees; halves of surrogate pairs (category Cs);
  what is no character (U+FDD0 to U+FDEF, and the last two of each plane). Each becomes U+FFFD, so that a reader sees
  that something was there.
- HIDDEN: what nobody sees and no script needs. Format characters (category Cf) of the bidirectional class BN, such as
  ZERO WIDTH SPACE, WORD JOINER and the byte order mark. They are left out: ordinary web pages are full of them.
- JOINERS and SELECTORS: what scripts and emoji do need, one at a time: ZERO WIDTH JOINER and NON-JOINER, and variation
  selectors. Whatever follows the first of a row changes nothing that is seen, and can carry anything: it is left out.

All else stays: right-to-left scripts with their marks (U+200E, U+200F, U+061C), combining marks, NBSP, the soft hyphen,
and what this version of Python does not know yet. The same text gives the same result on every version of Python: that
is how `outlast verify` compares pages.
"""

import re
import shlex

REPLACEMENT = "\N{REPLACEMENT CHARACTER}"

BREAKS = "\t\n\v\f\r\x85\u2028\u2029"
CONTROLS = (
    "\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029"  # Cc but TAB and LF, Zl, Zp; those of BREAKS have become blanks before
    "\u202a-\u202e\u2066-\u2069"  # bidirectional embeddings, overrides and isolates
    "\ufff9-\ufffb"  # interlinear annotations
    "\U000e0000-\U000e007f"  # tag characters
    "\ud800-\udfff"  # Cs
    f"\ufdd0-\ufdef{''.join(chr(plane << 16 | last) for plane in range(17) for last in (0xFFFE, 0xFFFF))}"
)
INVISIBLES = "\u180e\u200b\u2060-\u2064\u206a-\u206f\ufeff\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
JOINERS = "\u200c\u200d"
SELECTORS = "\u180b-\u180d\u180f\ufe00-\ufe0f\U000e0100-\U000e01ef"

UNSAFE = re.compile(f"[{CONTROLS}{INVISIBLES}]")
"""All that never stands in text that is shown; TAB and LF, which may, are not in it."""

_CONTROL = re.compile(f"[{CONTROLS}]")
_INVISIBLE = re.compile(f"[{INVISIBLES}]+")
_REPEATED = re.compile(f"[{JOINERS}]{{2,}}|[{SELECTORS}]{{2,}}")
_BLANKS = re.compile(f"[ {BREAKS}]+")
_LINE_ENDS = re.compile("\r\n|[\v\f\r\x85\u2028\u2029]")
_BLANK_LINES = re.compile(r"\n[^\S\n]*(?:\n[^\S\n]*){2,}")
_UNSEEN = re.compile(rf"[\s\u00ad\u061c\u200e\u200f{CONTROLS}{INVISIBLES}{JOINERS}{SELECTORS}]")

_MARKUP = re.compile(r"[\\`*_{}\[\]<>#|!~&$]|(?<=www)\.|:(?=//)")  # the last two: bare addresses become links on GitHub
_OPENS_A_BLOCK = re.compile(r"([-+=:]|\d+(?=[.)]))")

MAX_CUT_BACK_CHARACTERS = 40
"""So many characters before the limit, a blank is looked for to cut a text at."""


def one_line(text: str, limit: int | None = None) -> str:
    """`text` on one line: runs of blanks, tabs and ends of lines are one blank.

    With a limit it has at most that many characters: a longer one is cut, at a blank if one is near, and ends in "…".
    """
    line = _replace_unsafe(_BLANKS.sub(" ", text), REPLACEMENT).strip()
    if limit is None or len(line) <= limit:
        return line
    head = line[: limit - 1]
    blank = head.rfind(" ", max(len(head) - MAX_CUT_BACK_CHARACTERS, 1))
    return f"{(head if blank < 0 else head[:blank]).rstrip()}…"


def safe_paragraphs(text: str) -> str:
    """`text` with its lines and tabs, and no more than one blank line in a row."""
    return _BLANK_LINES.sub("\n\n", safe_lines(text))


def safe_lines(text: str) -> str:
    """`text` with all of its lines, and nothing in it that a terminal would obey: no line overwrites another."""
    return _replace_unsafe(_LINE_ENDS.sub("\n", text), REPLACEMENT)


def escape_markdown(text: str, limit: int | None = None) -> str:
    """`text` on one line, as Markdown that reads as exactly these characters, wherever it stands in a line.

    It becomes no markup, no link, no image and no HTML in whichever Markdown reader. The limit counts what is read.
    """
    escaped = escape_markdown_inside(one_line(text, limit))
    opening = _OPENS_A_BLOCK.match(escaped)
    if opening is None:
        return escaped
    at = opening.start() if opening.group()[0] in "-+=:" else opening.end()  # `\- x`, but `1\. x`
    return f"{escaped[:at]}\\{escaped[at:]}"


def escape_markdown_inside(line: str) -> str:
    """The same of what is on one line already, and not at its beginning."""
    return _MARKUP.sub(r"\\\g<0>", line)


def safe_address(text: str) -> str:
    """An address or a name, where every character is to be seen: blanks and format characters become U+FFFD too."""
    return _UNSEEN.sub(REPLACEMENT, text)


def clean_input(text: str) -> str:
    """What a person has typed or pasted, with its lines: what came along from a terminal is read as a blank."""
    return _replace_unsafe(_LINE_ENDS.sub("\n", text), " ")


def shell_command(*words: str) -> str:
    """`outlast` with these words, quoted for the shell: it works when it is pasted, whatever is in it."""
    return shlex.join(["outlast", *words])


def _replace_unsafe(text: str, replacement: str) -> str:
    if text.isascii() and text.isprintable():
        return text
    seen = _REPEATED.sub(lambda run: run.group()[0], _INVISIBLE.sub("", text))
    return _CONTROL.sub(replacement, seen)
