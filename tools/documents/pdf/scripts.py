"""Text that stands higher or lower than its line: powers, indices and footnote marks."""

import re
from collections.abc import Sequence
from enum import Enum

from outlast.tools.documents.pdf.glyphs import Run
from outlast.tools.documents.raised import lowered, raised

# Multiples of the line's font size.
MAX_SMALL_RATIO = 0.9
MIN_RISE = 0.12  # of smaller text; less is an uneven baseline
MIN_FALL = 0.06
MIN_STEP = 0.2  # of text of the same size
MAX_STEP = 1.2  # what stands farther away belongs to another line
TEX_NAMES = re.compile(r"(?:L(?:\^A|A| \[A\]) ?)?T_E ?X|L(?:\^A| \[A\]) ?TEX")
"""The names LaTeX, BibTeX and TeX in the way in which TeX sets them."""
WORD = re.compile(r"\s?[\W_]*[^\W\d_]{2}")


class Level(Enum):
    """Where text stands in its line."""

    NORMAL = "normal"
    RAISED = "raised"
    LOWERED = "lowered"


def level_of(run: Run, size: float, baseline: float) -> Level:
    """Return where a run stands in a line of the given font size and baseline."""
    step = run.baseline - baseline
    return level(step, run.size, size)


def level(step: float, size: float, line_size: float) -> Level:
    """Return where text stands whose baseline is `step` points above that of its line."""
    small = size < MAX_SMALL_RATIO * line_size
    if not 0 < abs(step) < MAX_STEP * line_size:
        return Level.NORMAL
    if step > (MIN_RISE if small else MIN_STEP) * line_size:
        return Level.RAISED
    if -step > (MIN_FALL if small else MIN_STEP) * line_size:
        return Level.LOWERED
    return Level.NORMAL


def with_scripts(parts: Sequence[tuple[Level, str]]) -> str:
    """Return the parts of a line as one text, in which each raised or lowered part is told from the others."""
    text = ""
    for number, (place, words) in enumerate(parts):
        core = words.strip()
        if place is Level.NORMAL or not core:
            text += words
            continue
        following = "".join(part for _, part in parts[number + 1 :])
        space = " " if words[-1:].isspace() else ""
        if place is Level.LOWERED:
            text += lowered(text, core) + space
        elif text.strip() or WORD.match(following):
            text += raised(text, core, "" if space else following) + space
        else:
            text += words  # the upper part of a formula, for no word follows that it could be the mark of
    return TEX_NAMES.sub(lambda match: match[0].translate(JOINED), text) if "X" in text else text


JOINED = dict.fromkeys(map(ord, "^_[] "))
