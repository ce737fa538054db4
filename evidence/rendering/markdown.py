"""A report as Markdown, for people.

Whatever came from a document, a question or a model is data: it is escaped so that it can become no markup, no link, no
image and no HTML, whichever Markdown reader shows the page.
"""

from collections.abc import Iterable, Iterator

from outlast.evidence.addresses import is_web_address
from outlast.evidence.rendering.coverage import Listing
from outlast.evidence.rendering.page import DISAGREE, RELATED, Page, Part, Passage, Sentence, WebPage, page_of
from outlast.evidence.rendering.spending import Table
from outlast.evidence.report import Report
from outlast.evidence.text import markdown, markdown_inside, one_line

MOST_LISTED = 20


def render_markdown(report: Report) -> str:
    """The whole page."""
    page = page_of(report)
    parts = [
        f"# {markdown(page.title)}",
        *([markdown(page.question)] if page.question else []),
        *head(page),
        *(block for part in page.parts for block in section(part)),
        *places(page),
        "## Coverage",
        listed(page.coverage, most=len(page.coverage)),
        *(block for listing in page.coverage_lists for block in titled(listing)),
        "## Run",
        listed(page.run, most=len(page.run)),
        *(block for table in page.tables for block in titled(listing_of(table))),
        "Check every quote against the stored documents: `outlast verify report.json`",
    ]
    return "\n\n".join(parts) + "\n"


def head(page: Page) -> Iterator[str]:
    if page.not_answered:
        yield f"**{page.not_answered}**"
    yield " ".join(map(markdown, page.counts))
    if page.not_answered:
        yield from titled(page.searched)
    yield f"*{markdown(page.mode)}*"


def section(part: Part) -> Iterator[str]:
    if part.heading:
        yield f"{'#' * part.level} {markdown(part.heading)}"
    if part.remark:
        yield f"*{part.remark}*"
    if part.sentences:
        yield "\n".join(map(sentence_line, part.sentences))
    below = "#" * (part.level + 1 if part.heading else part.level)
    for sides in part.disputes:
        yield f"{below} {DISAGREE}"
        yield "\n".join(map(sentence_line, sides))
    if part.related:
        yield f"{below} {RELATED}"
        yield "\n".join(map(sentence_line, part.related))


def sentence_line(sentence: Sentence) -> str:
    citations = "".join(f"[{number}]" for number in sentence.passages)
    note = f"*({sentence.note})*" if sentence.note else ""
    by = f"({markdown(sentence.by)})" if sentence.by else ""
    return f"- {' '.join(part for part in (markdown(sentence.text), citations, note, by) if part)}"


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
    quoted = one_line(passage.quote.text)
    where = f"{marker}{named(passage)}"
    if any(sentence.text == quoted for sentence in passage.sentences):
        return where
    return f"{where}\n\n{' ' * len(marker)}> {markdown(quoted)}"


def named(passage: Passage) -> str:
    if passage.page is None:
        return markdown(passage.where)
    return f"{address(passage.name)}{markdown_inside(passage.place)} ({about(passage.page)})"


def about(page: WebPage) -> str:
    title = f"{markdown(page.title)}; " if page.title else ""
    ended = f"; redirects ended at {address(page.ended)}" if page.ended else ""
    return f"{title}fetched {page.fetched}{ended}"


def address(text: str) -> str:
    """A link where it is an address of the web: between these brackets no character of one is markup."""
    return f"<{text}>" if is_web_address(text) else markdown(text)


def titled(listing: Listing) -> Iterator[str]:
    if listing.items:
        yield f"{listing.title}:"
        yield listed(listing.items)


def listing_of(table: Table) -> Listing:
    """A line a row, such as `plan: calls 1, tokens 300`."""
    columns = table.columns[1:]
    return Listing(
        table.title,
        tuple(
            f"{name}: {', '.join(f'{column} {cell}' for column, cell in zip(columns, cells, strict=True))}"
            for name, *cells in table.rows
        ),
    )


def listed(texts: Iterable[str], most: int = MOST_LISTED) -> str:
    """A list of at most `most` texts and the number of the others."""
    lines = [f"- {markdown(text)}" for text in texts]
    more = [f"- and {len(lines) - most} more"] if len(lines) > most else []
    return "\n".join([*lines[:most], *more])
