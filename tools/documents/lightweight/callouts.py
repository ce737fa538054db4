"""Callouts of Obsidian and alerts of GitHub: boxes in a page, which are written as quotes that begin with `[!note]`."""

import re
from collections.abc import Iterator

from outlast.evidence.losses import LossKind
from outlast.tools.documents.markup.ledger import Ledger, count_words

START = re.compile(
    r"[ ]{0,3}>[ \t]?(?P<outer>[> \t]{0,40})\[!(?P<kind>[\w -]{1,40})(?:\|[^\]]{0,60})?\][+-]?[ \t]*(?P<title>.*)"
)
INSIDE = re.compile(r"[ ]{0,3}>[ \t]?")


def open_callouts(lines: list[str], ledger: Ledger) -> Iterator[str]:
    """Yield the lines as the page shows them: the title of a box, or its kind, ends in a colon, and has no `>`.

    The kind of a box that has a title is shown as a picture.
    """
    is_inside = False
    for line in lines:
        start, inside = START.fullmatch(line), INSIDE.match(line)
        if start is not None:
            is_inside = True
            title = start.group("title").strip()
            if title:
                ledger.add(LossKind.MARKUP, "kinds of boxes", count_words(start.group("kind")))
            title = title or start.group("kind").strip().capitalize()
            yield f"{start.group('outer')}{title}{'' if title.endswith(('.', ':', '!', '?')) else ':'}"
        elif is_inside and inside is not None:
            yield line[inside.end() :]
        else:
            is_inside = False
            yield line
