"""Render a report as one HTML file: it loads nothing, runs no script, and every citation opens its passage.

The same report and texts always give the same bytes, so that `outlast verify` can find changes to a page.
"""

import hashlib
from base64 import b64encode
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from importlib.resources import files
from xml.etree.ElementTree import Element

from outlast.evidence.rendering.context import QuoteContext, quote_context
from outlast.evidence.rendering.coverage import Listing
from outlast.evidence.rendering.markup import element, escape_json, serialise_html
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
from outlast.evidence.sources import Quote, is_web_address
from outlast.evidence.text import one_line, safe_paragraphs

GENERATOR = "Outlast report page 7"
"""Its number goes up with every change to the output of `render_html`: only pages of the same number are compared."""
MAX_LISTED_ITEMS = 1_000
MAX_UNFOLDED_ITEMS = 10
"""A longer list is collapsed."""
MIN_CONTENTS_HEADINGS = 3
"""A page with fewer headings has no table of contents."""
MAX_LARGE_TITLE_CHARACTERS = 100
"""A longer title is set in smaller type."""


def render_html(report: Report, texts: Mapping[str, str]) -> str:
    """Return the whole page. `texts` maps each quoted snapshot to its text; raises `KeyError` if one is missing."""
    page = build_page(report)
    body = element(
        "body",
        element("a", "Skip to the report", class_="skip", href="#answer"),
        header(page),
        *contents(page),
        element(
            "main",
            element("div", *answer(page), id="answer", tabindex="-1"),
            *places(page, texts),
            *coverage(page),
        ),
        footer(page),
        element("script", escape_json(report.model_dump_json(indent=1)), type="application/json", id="report"),
    )
    return serialise_html(element("html", head(page), body, lang="en"))


def head(page: Page) -> Element:
    style = stylesheet()
    style_hash = b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{style_hash}'; img-src data:; base-uri 'none'; form-action 'none'"
    return element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=policy),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="referrer", content="no-referrer"),
        element("meta", name="color-scheme", content="light dark"),
        element("meta", name="generator", content=GENERATOR),
        element("title", page.title),
        element("style", style),
    )


@cache
def stylesheet() -> str:
    return files("outlast.evidence.rendering").joinpath("page.css").read_text(encoding="utf-8")


def header(page: Page) -> Element:
    return element(
        "header",
        element(
            "h1", page.title, dir="auto", class_="long" if len(page.title) > MAX_LARGE_TITLE_CHARACTERS else "title"
        ),
        *([element("p", page.question, dir="auto")] if page.question else []),
        *([element("p", element("strong", page.not_answered), class_="verdict")] if page.not_answered else []),
        element("p", " ".join(page.counts), class_="counts"),
        element("p", one_line(page.mode), class_="mode"),
    )


def contents(page: Page) -> Iterator[Element]:
    """Yield links to the headings, those of level 3 nested, and to the sections after the report itself."""
    if len([part for part in page.parts if part.heading]) < MIN_CONTENTS_HEADINGS:
        return
    entries: list[tuple[Element, list[Element]]] = []
    for number, part in enumerate(page.parts, 1):
        if not part.heading:
            continue
        link = element("a", one_line(part.heading), href=f"#part-{number}", dir="auto")
        if part.level == 3 and entries:
            entries[-1][1].append(element("li", link))
        else:
            entries.append((link, []))
    entries += [(element("a", "Sources and places", href="#sources"), [])] if page.passages else []
    entries += [(element("a", "Coverage", href="#coverage"), []), (element("a", "Run", href="#run"), [])]
    items = [element("li", link, *([element("ol", *below)] if below else [])) for link, below in entries]
    yield element("nav", element("ol", *items), aria_label="Contents")


def answer(page: Page) -> Iterator[Element]:
    if page.not_answered:
        yield from titled_list(page.searched)
    where = {passage.number: passage.where for passage in page.passages}
    for number, part in enumerate(page.parts, 1):
        if part.heading:
            yield element(f"h{part.level}", one_line(part.heading), id=f"part-{number}", dir="auto")
        if part.remark:
            yield element("p", part.remark, class_="remark")
        if part.sentences:
            yield sentences(part.sentences, where)
        for sides in part.disputes:
            yield element(f"h{part.level + 1 if part.heading else part.level}", DISPUTE_HEADING)
            yield sentences(sides, where, class_="said sides")
        yield from related(part, where)


def related(part: Part, where: Mapping[int, str]) -> Iterator[Element]:
    if part.related:
        summary = element("summary", f"{RELATED_HEADING} ({len(part.related)})")
        yield element("details", summary, sentences(part.related, where), class_="related")


def sentences(statements: Iterable[Sentence], where: Mapping[int, str], class_: str = "said") -> Element:
    items = (element("li", *sentence(statement, where), id=f"s{statement.number}") for statement in statements)
    return element("ul", *items, class_=class_)


def sentence(statement: Sentence, where: Mapping[int, str]) -> Iterator[Element | str]:
    yield element("span", statement.text, dir="auto")
    for number in statement.passages:
        yield " "
        yield element("a", f"[{number}]", class_="cite", href=f"#p{number}", aria_label=f"[{number}] {where[number]}")
    if statement.note:
        yield " "
        yield element("small", f"({statement.note})")
    if statement.by:
        yield " "
        yield element("small", statement.by, dir="auto", class_="by")


def places(page: Page, texts: Mapping[str, str]) -> Iterator[Element]:
    if page.passages:
        yield element(
            "section",
            element("h2", "Sources and places", id="sources"),
            element("p", "Each quote with the text around it.", class_="counts"),
            *(passage(each, texts[each.quote.snapshot]) for each in page.passages),
            aria_labelledby="sources",
        )


def passage(cited: CitedPassage, text: str) -> Element:
    """A passage is part of the page, and is laid over it while its quote is the target of a citation."""
    context = quote_context(text, cited.quote.start, cited.quote.end)
    quoted = element(
        "blockquote",
        *context_before(context, cited.quote),
        element("mark", safe_paragraphs(context.quoted), id=f"p{cited.number}", tabindex="-1"),
        f"{safe_paragraphs(context.after)}{'' if context.is_at_text_end else ' …'}",
        dir="auto",
    )
    return element(
        "article",
        element("p", element("b", f"[{cited.number}]"), " ", *source_name(cited), class_="where"),
        *([element("p", *page_details(cited.page), class_="counts")] if cited.page else []),
        quoted,
        element("p", *back_links(cited), class_="back"),
        class_="passage",
        aria_label=f"[{cited.number}] {cited.where}",
    )


def context_before(context: QuoteContext, quote: Quote) -> Iterator[Element | str]:
    """Yield the text before a quote, with marks on the spans of its lead; those further up stand above it."""
    start = quote.start - len(context.before)
    inside = [span for span in quote.lead if span.start >= start]
    for span in quote.lead[: len(quote.lead) - len(inside)]:
        yield element("mark", safe_paragraphs(span.text))
        yield "\n… "
    shown = start
    yield "" if context.is_at_text_start or len(inside) < len(quote.lead) else "… "
    for span in inside:
        yield safe_paragraphs(context.before[shown - start : span.start - start])
        yield element("mark", safe_paragraphs(span.text))
        shown = span.end
    yield safe_paragraphs(context.before[shown - start :])


def source_name(cited: CitedPassage) -> Iterator[Element | str]:
    if cited.page:
        yield address(cited.name)
        yield element("bdi", cited.place)
    else:
        yield element("bdi", cited.where)


def address(text: str) -> Element:
    """Return a link to a web address; any other text of a source stays text."""
    return element("a", text, href=text, rel="noreferrer") if is_web_address(text) else element("bdi", text)


def page_details(page: WebPage) -> Iterator[Element | str]:
    if page.title:
        yield element("bdi", page.title)
        yield " · "
    yield f"fetched {page.fetched}"
    if page.ended:
        yield " · redirected to "
        yield address(page.ended)


def back_links(cited: CitedPassage) -> Iterator[Element | str]:
    several = len(cited.sentences) > 1
    for count, citing in enumerate(cited.sentences):
        yield " · " if count else ""
        yield element(
            "a", f"Back to sentence {citing.number}" if several else "Back to the sentence", href=f"#s{citing.number}"
        )


def coverage(page: Page) -> Iterator[Element]:
    yield element(
        "section",
        element("h2", "Coverage", id="coverage"),
        fact_list(page.coverage),
        *(each for listing in page.coverage_lists for each in titled_list(listing)),
        aria_labelledby="coverage",
    )


def footer(page: Page) -> Element:
    check = element(
        "p", "Check every quote against the stored documents: ", element("code", "outlast verify report.html")
    )
    return element("footer", element("h2", "Run", id="run"), fact_list(page.run), *map(table, page.tables), check)


def table(content: Table) -> Element:
    """A table scrolls by itself if the page is narrower."""
    columns = (element("th", f"{column[:1].upper()}{column[1:]}", scope="col") for column in content.columns)
    rows = (
        element("tr", element("th", one_line(first), scope="row"), *(element("td", cell) for cell in cells))
        for first, *cells in content.rows
    )
    rendered = element(
        "table",
        element("caption", content.title),
        element("thead", element("tr", *columns)),
        element("tbody", *rows),
    )
    return element("div", rendered, class_="wide", role="group", aria_label=content.title, tabindex="0")


def fact_list(lines: Iterable[str]) -> Element:
    return element("ul", *(element("li", one_line(fact)) for fact in lines))


def titled_list(listing: Listing) -> Iterator[Element]:
    if not listing.items:
        return
    more = len(listing.items) - MAX_LISTED_ITEMS
    items = [element("li", one_line(item), dir="auto") for item in listing.items[:MAX_LISTED_ITEMS]]
    items += [element("li", f"and {more} more")] if more > 0 else []
    if len(listing.items) > MAX_UNFOLDED_ITEMS:
        yield element("details", element("summary", f"{listing.title} ({len(listing.items)})"), element("ul", *items))
    else:
        yield element("p", f"{listing.title}:")
        yield element("ul", *items)
