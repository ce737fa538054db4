"""Make untrusted text safe to show: on a line, on a terminal, in a shell, in Markdown, as an address.

Stored texts and quotes are never altered, but everything that is shown of them passes through this module, which alone
decides which characters are dangerous. There are five kinds, each defined by Unicode properties and derived by a test:

- BREAKS: tabs and the ends of lines (TAB, LF, VT, FF, CR, NEL, and the categories Zl and Zp). They become a space, or
  an LF.
- CONTROLS: characters that a terminal, a browser or an editor obeys, or fails on. All other controls (category Cc, with
  ESC and the C1 controls); those that turn the text around them (bidirectional classes LRE, RLE, LRO, RLO, PDF, LRI,
  RLI, FSI and PDI); interlinear annotations; tag characters, which are invisible ASCII; surrogates (category Cs);
  noncharacters (U+FDD0 to U+FDEF, and the last two of each plane). Each becomes U+FFFD, so that a reader sees that
  something was there.
- INVISIBLES: characters that nobody sees and no script needs. Format characters (category Cf) of bidirectional class
  BN, such as ZERO WIDTH SPACE, WORD JOINER and the byte order mark. They are removed: ordinary web pages have many.
- JOINERS and SELECTORS: characters that scripts and emoji need, but never two in a row: ZERO WIDTH JOINER and
  NON-JOINER, and variation selectors. After the first one of a row, the others change nothing that is seen and could
  carry hidden data: they are removed.

All other characters stay: right-to-left scripts with their marks (U+200E, U+200F, U+061C), combining marks, NBSP, the
soft hyphen, and characters that this version of Python does not know. The same text gives the same result on every
version of Python, because `outlast verify` compares pages.
"""

import re
import shlex

REPLACEMENT = "\N{REPLACEMENT CHARACTER}"

BREAKS = "\t\n\v\f\r\x85\u2028\u2029"
CONTROLS = (
    "\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029"  # Cc but TAB and LF, Zl, Zp; those of BREAKS are replaced first
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
"""Matches each character that text must not contain when it is shown. TAB and LF are not among them."""

_CONTROL = re.compile(f"[{CONTROLS}]")
_INVISIBLE = re.compile(f"[{INVISIBLES}]+")
_REPEATED = re.compile(f"[{JOINERS}]{{2,}}|[{SELECTORS}]{{2,}}")
_BLANKS = re.compile(f"[ {BREAKS}]+")
_LINE_ENDS = re.compile("\r\n|[\v\f\r\x85\u2028\u2029]")
_BLANK_LINES = re.compile(r"\n[^\S\n]*(?:\n[^\S\n]*){2,}")
_UNSEEN = re.compile(rf"[\s\u00ad\u061c\u200e\u200f{CONTROLS}{INVISIBLES}{JOINERS}{SELECTORS}]")

_MARKUP = re.compile(r"[\\`*_{}\[\]<>#|!~&$]|(?<=www)\.|:(?=//)")  # the last two: GitHub links bare addresses
_OPENS_A_BLOCK = re.compile(r"([-+=:]|\d+(?=[.)]))")

MAX_CUT_BACK_CHARACTERS = 40
"""A text is cut at a space if one is at most this many characters before the limit."""


def one_line(text: str, limit: int | None = None) -> str:
    """Return `text` on one line: a run of spaces, tabs and ends of lines becomes one space.

    `limit` is the maximum number of characters: a longer text is cut, at a space if one is near, and ends in "…".
    """
    line = _replace_unsafe(_BLANKS.sub(" ", text), REPLACEMENT).strip()
    if limit is None or len(line) <= limit:
        return line
    head = line[: limit - 1]
    blank = head.rfind(" ", max(len(head) - MAX_CUT_BACK_CHARACTERS, 1))
    return f"{(head if blank < 0 else head[:blank]).rstrip()}…"


def safe_paragraphs(text: str) -> str:
    """Return `text` with its lines and tabs, and at most one blank line in a row."""
    return _BLANK_LINES.sub("\n\n", safe_lines(text))


def safe_lines(text: str) -> str:
    """Return `text` with all of its lines, without characters that a terminal obeys: no line overwrites another."""
    return _replace_unsafe(_LINE_ENDS.sub("\n", text), REPLACEMENT)


def escape_markdown(text: str, limit: int | None = None) -> str:
    """Return `text` on one line, as Markdown that shows exactly these characters, at any place of a line.

    No Markdown reader takes it for markup, a link, an image or HTML. `limit` counts characters before escaping.
    """
    escaped = escape_markdown_inside(one_line(text, limit))
    opening = _OPENS_A_BLOCK.match(escaped)
    if opening is None:
        return escaped
    at = opening.start() if opening.group()[0] in "-+=:" else opening.end()  # `\- x`, but `1\. x`
    return f"{escaped[:at]}\\{escaped[at:]}"


def escape_markdown_inside(line: str) -> str:
    """Escape a text that is on one line already, for a place that is not the start of a line."""
    return _MARKUP.sub(r"\\\g<0>", line)


def safe_address(text: str) -> str:
    """Return an address or name with every character visible: white space and format characters become U+FFFD too."""
    return _UNSEEN.sub(REPLACEMENT, text)


def clean_input(text: str) -> str:
    """Return typed or pasted input with its lines; a control character, which a terminal may add, becomes a space."""
    return _replace_unsafe(_LINE_ENDS.sub("\n", text), " ")


def shell_command(*words: str) -> str:
    """Return an `outlast` command with these words, quoted so that it can be pasted into a shell."""
    return shlex.join(["outlast", *words])


def _replace_unsafe(text: str, replacement: str) -> str:
    if text.isascii() and text.isprintable():
        return text
    seen = _REPEATED.sub(lambda run: run.group()[0], _INVISIBLE.sub("", text))
    return _CONTROL.sub(replacement, seen)
