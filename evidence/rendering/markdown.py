"""Render a report as Markdown, for people.

Text from a document, a question or a model is data: it is escaped, so that no Markdown reader takes it for markup, a
link, an image or HTML.
"""

from collections.abc import Iterable, Iterator

from outlast.evidence.rendering.coverage import Listing
from outlast.evidence.rendering.page import (
    DISPUTE_HEADING,
    RELATED_HEADING,
    CitedPassage,
    Page,
    Part,
    Sentence,
    WebPage,
    build_page,
)
from outlast.evidence.rendering.spending import Table
from outlast.evidence.report import Report
from outlast.evidence.sources import is_web_address
from outlast.evidence.text import escape_markdown, escape_markdown_inside, one_line

MAX_LISTED_ITEMS = 20


def render_markdown(report: Report) -> str:
    """Return the whole page."""
    page = build_page(report)
    parts = [
        f"# {escape_markdown(page.title)}",
        *([escape_markdown(page.question)] if page.question else []),
        *head(page),
        *(block for part in page.parts for block in section(part)),
        *places(page),
        "## Coverage",
        bullet_list(page.coverage, max_items=len(page.coverage)),
        *(block for listing in page.coverage_lists for block in titled_list(listing)),
        "## Run",
        bullet_list(page.run, max_items=len(page.run)),
        *(block for table in page.tables for block in titled_list(listing_of(table))),
        "Check every quote against the stored documents: `outlast verify report.json`",
    ]
    return "\n\n".join(parts) + "\n"


def head(page: Page) -> Iterator[str]:
    if page.not_answered:
        yield f"**{escape_markdown(page.not_answered)}**"
    yield " ".join(map(escape_markdown, page.counts))
    if page.not_answered:
        yield from titled_list(page.searched)
    yield f"*{escape_markdown(page.mode)}*"


def section(part: Part) -> Iterator[str]:
    if part.heading:
        yield f"{'#' * part.level} {escape_markdown(part.heading)}"
    if part.remark:
        yield f"*{escape_markdown(part.remark)}*"
    if part.sentences:
        yield "\n".join(map(sentence_line, part.sentences))
    below = "#" * (part.level + 1 if part.heading else part.level)
    for sides in part.disputes:
        yield f"{below} {DISPUTE_HEADING}"
        yield "\n".join(map(sentence_line, sides))
    if part.related:
        yield f"{below} {RELATED_HEADING}"
        yield "\n".join(map(sentence_line, part.related))


def sentence_line(sentence: Sentence) -> str:
    citations = "".join(f"[{number}]" for number in sentence.passages)
    note = f"*({sentence.note})*" if sentence.note else ""
    by = f"({escape_markdown(sentence.by)})" if sentence.by else ""
    return f"- {' '.join(part for part in (escape_markdown(sentence.text), citations, note, by) if part)}"


def places(page: Page) -> Iterator[str]:
    """Yield every cited passage, so that a reader can compare it with the document."""
    if not page.passages:
        return
    yield "## Sources and places"
    items = [place(passage) for passage in page.passages]
    yield ("\n\n" if any("\n" in item for item in items) else "\n").join(items)


def place(passage: CitedPassage) -> str:
    """Return an entry with the words of the quote, unless a sentence has exactly these: nobody reads them twice."""
    marker = f"{passage.number}. "
    quoted = one_line(passage.quote.shown)
    where = f"{marker}{source_name(passage)}"
    verbatim = {quoted} if passage.quote.lead else {quoted, one_line(passage.quote.text)}
    if any(sentence.text in verbatim for sentence in passage.sentences):
        return where
    return f"{where}\n\n{' ' * len(marker)}> {escape_markdown(quoted)}"


def source_name(passage: CitedPassage) -> str:
    if passage.page is None:
        return escape_markdown(passage.where)
    return f"{address(passage.name)}{escape_markdown_inside(passage.place)} ({page_details(passage.page)})"


def page_details(page: WebPage) -> str:
    title = f"{escape_markdown(page.title)}; " if page.title else ""
    ended = f"; redirected to {address(page.ended)}" if page.ended else ""
    return f"{title}fetched {page.fetched}{ended}"


def address(text: str) -> str:
    """Return a link to a web address: no character that it may have is markup between these brackets."""
    return f"<{text}>" if is_web_address(text) else escape_markdown(text)


def titled_list(listing: Listing) -> Iterator[str]:
    if listing.items:
        yield f"{listing.title}:"
        yield bullet_list(listing.items)


def listing_of(table: Table) -> Listing:
    """Turn each row of a table into a line, such as `plan: calls 1, tokens 300`."""
    columns = table.columns[1:]
    return Listing(
        table.title,
        tuple(
            f"{name}: {', '.join(f'{column} {cell}' for column, cell in zip(columns, cells, strict=True))}"
            for name, *cells in table.rows
        ),
    )


def bullet_list(texts: Iterable[str], max_items: int = MAX_LISTED_ITEMS) -> str:
    """Return a list of the first `max_items` texts, and the number of the others."""
    lines = [f"- {escape_markdown(text)}" for text in texts]
    more = [f"- and {len(lines) - max_items} more"] if len(lines) > max_items else []
    return "\n".join([*lines[:max_items], *more])
