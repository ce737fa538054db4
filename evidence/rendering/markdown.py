"""A report as Markdown, for people.

Whatever came from a document, a question or a model is data: it is escaped so that it can become no markup, no link, no
image and no HTML, whichever Markdown reader shows the page.
"""

import re
from collections.abc import Iterable, Iterator

from evidence.rendering.characters import line
from evidence.rendering.page import NOT_ANSWERED, RELATED, Listing, Page, Part, Passage, Sentence, page_of
from evidence.report import Report

MOST_LISTED = 20

SPECIAL = re.compile(r"[\\`*_{}\[\]<>#|!~&$]|(?<=www)\.|:(?=//)")  # the last two: bare addresses become links on GitHub
OPENS_A_BLOCK = re.compile(r"([-+=:]|\d+(?=[.)]))")


def render_markdown(report: Report) -> str:
    """The whole page."""
    page = page_of(report)
    parts = [
        f"# {escaped(page.title)}",
        *([escaped(page.question)] if page.question else []),
        *head(page),
        *(block for part in page.parts for block in section(part)),
        *places(page),
        "## Coverage",
        listed(page.coverage, most=len(page.coverage)),
        *(block for listing in page.coverage_lists for block in titled(listing)),
        "## Run",
        listed(page.run, most=len(page.run)),
        "Check every quote against the stored documents: `outlast verify report.json`",
    ]
    return "\n\n".join(parts) + "\n"


def escaped(text: str) -> str:
    """`text` on one line, as Markdown that reads as exactly these characters, wherever it stands in a line."""
    said = SPECIAL.sub(r"\\\g<0>", line(text))
    opening = OPENS_A_BLOCK.match(said)
    if opening is None:
        return said
    at = opening.start() if opening.group()[0] in "-+=:" else opening.end()  # `\- x`, but `1\. x`
    return f"{said[:at]}\\{said[at:]}"


def head(page: Page) -> Iterator[str]:
    if not page.answered:
        yield f"**{NOT_ANSWERED}**"
    yield " ".join(map(escaped, page.counts))
    if not page.answered:
        yield from titled(page.searched)
    yield f"*{escaped(page.mode)}*"


def section(part: Part) -> Iterator[str]:
    if part.heading:
        yield f"{'#' * part.level} {escaped(part.heading)}"
    if part.remark:
        yield f"*{part.remark}*"
    if part.sentences:
        yield "\n".join(map(sentence_line, part.sentences))
    if part.related:
        yield f"{'#' * (part.level + 1 if part.heading else part.level)} {RELATED}"
        yield "\n".join(map(sentence_line, part.related))


def sentence_line(sentence: Sentence) -> str:
    citations = "".join(f"[{number}]" for number in sentence.passages)
    note = f"*({sentence.note})*" if sentence.note else ""
    return f"- {' '.join(part for part in (escaped(sentence.text), citations, note) if part)}"


def places(page: Page) -> Iterator[str]:
    """Every cited span, so that a reader can hold it against the document."""
    if not page.passages:
        return
    yield "## Sources and places"
    items = [place(passage) for passage in page.passages]
    yield ("\n\n" if any("\n" in item for item in items) else "\n").join(items)


def place(passage: Passage) -> str:
    """The words of the quote are given where no sentence is exactly these: twice the same is nothing to read."""
    marker = f"{passage.number}. "
    quoted = line(passage.quote.text)
    if any(sentence.text == quoted for sentence in passage.sentences):
        return f"{marker}{escaped(passage.where)}"
    return f"{marker}{escaped(passage.where)}\n\n{' ' * len(marker)}> {escaped(quoted)}"


def titled(listing: Listing) -> Iterator[str]:
    if listing.items:
        yield f"{listing.title}:"
        yield listed(listing.items)


def listed(texts: Iterable[str], most: int = MOST_LISTED) -> str:
    """A list of at most `most` texts and the number of the others."""
    lines = [f"- {escaped(text)}" for text in texts]
    more = [f"- and {len(lines) - most} more"] if len(lines) > most else []
    return "\n".join([*lines[:most], *more])
