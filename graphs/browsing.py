"""The part of an investigation on the web: search with engines, read pages, rank their passages.

engines (one per query, in parallel) -> choose -> page (one per page, in parallel) -> rank

Pages that are blocked or dead, engines that do not answer, and queries that an engine rejects are recorded with their
reasons. None of them ends the task or becomes a finding.
"""

from collections.abc import Iterable, Sequence
from itertools import zip_longest
from operator import add
from typing import Annotated, Any, Literal, TypedDict

from langgraph.runtime import Runtime
from langgraph.types import Command, Send

from outlast.evidence.budget import Budget
from outlast.evidence.errors import Permanent
from outlast.evidence.sources import Passage, SearchResult, Skipped, Source, Term, Value
from outlast.evidence.usage import Usage, add_usages
from outlast.graphs.reducers import append_unique
from outlast.graphs.resources import Web
from outlast.tools.web.engines.canonical import page_key
from outlast.tools.web.pages.failures import UnavailablePage, UnreadablePage

MAX_PAGES_A_ROUND = 6
"""Maximum number of pages that a round reads."""
MAX_PASSAGES_A_ROUND = 25
"""Maximum number of passages that a round reads, of documents and pages together."""


class Lead(Value):
    """A page that a search engine has found. `rank` counts from 1 within its query."""

    url: str
    rank: int


class EngineQuery(Value):
    """The input of `engines`: a query for the search engines."""

    query: str


class Visit(Value):
    """The input of `page`: an address to read."""

    url: str


class State(TypedDict):
    """The channels of the part on the web."""

    web: bool  # whether web pages are searched and read, besides the documents
    budget: Budget  # the limits of the task; people may raise them while it runs
    asking: list[str]  # the queries of the newest search
    shelf: SearchResult  # its result in the documents
    leads: Annotated[list[Lead], add]  # channels with a reducer start empty
    visited: Annotated[list[str], append_unique]  # addresses that were tried already
    pages: Annotated[list[Source], append_unique]  # the pages that could be read
    skipped: Annotated[list[Skipped], append_unique]
    engines: Annotated[list[str], append_unique]
    usage: Annotated[Usage, add_usages]
    limited: Annotated[list[str], append_unique]


def query_sends(queries: Sequence[str], left: Budget) -> list[Send]:
    """Return a `Send` for each query, as many as the budget `left` allows."""
    return [Send("engines", EngineQuery(query=query)) for query in queries[: left.times_affordable(Usage(searches=1))]]


async def engines(state: EngineQuery, runtime: Runtime[Any]) -> dict[str, Any]:
    result = await require_web(runtime).search(state.query)
    return {
        "leads": [Lead(url=hit.url, rank=rank) for rank, hit in enumerate(result.hits, 1)],
        "engines": list(result.asked),
        "skipped": [Skipped(uri=failure.engine, reason=failure.reason) for failure in result.failures],
        "usage": Usage(searches=1),
    }


async def choose(state: State) -> Command[Literal["page", "rank"]]:
    """Join the engines: go on to the pages with the best rank for any query that were not tried before."""
    best = sorted(state["leads"], key=lambda lead: lead.rank)
    tried = {page_key(url) for url in state["visited"]}
    new = dict[str, str]()  # each page once, by its address with the best rank
    for url in (lead.url for lead in best):
        if (key := page_key(url)) not in tried:
            new.setdefault(key, url)
    return Command(goto=[Send("page", Visit(url=url)) for url in list(new.values())[:MAX_PAGES_A_ROUND]] or "rank")


async def page(state: Visit, runtime: Runtime[Any]) -> dict[str, Any]:
    try:
        source = await require_web(runtime).read(state.url)
    except (UnreadablePage, UnavailablePage) as error:
        return {"visited": [state.url], "skipped": [error.skipped]}
    return {"visited": [state.url], "pages": [source], "usage": Usage(pages=1)}


def interleave_results(documents: SearchResult, pages: SearchResult) -> SearchResult:
    """Merge two results. Their scores cannot be compared, so passages of both alternate, best first."""
    pairs = zip_longest(documents.passages, pages.passages)
    passages = dict[tuple[str, int], Passage]()
    for passage in (passage for pair in pairs for passage in pair if passage is not None):
        passages.setdefault((passage.snapshot, passage.start), passage)
    return SearchResult(
        passages=tuple(passages.values())[:MAX_PASSAGES_A_ROUND],
        terms=tuple(merge_terms((*documents.terms, *pages.terms))),
        size=documents.size + pages.size,
    )


def merge_terms(terms: Iterable[Term]) -> list[Term]:
    """Merge the statistics of two collections about each word, as if they were one collection."""
    words: dict[str, Term] = {}
    for term in terms:
        previous = words.get(term.word)
        words[term.word] = term if previous is None else merge_term(previous, term)
    return list(words.values())


def merge_term(first: Term, second: Term) -> Term:
    return Term(
        word=first.word,
        frequency=first.frequency + second.frequency,
        spellings=tuple(dict.fromkeys((*first.spellings, *second.spellings))),
        synonyms=tuple(dict.fromkeys((*first.synonyms, *second.synonyms))),
        synonyms_frequency=first.synonyms_frequency + second.synonyms_frequency,
    )


def require_web(runtime: Runtime[Any]) -> Web:
    web: Web | None = runtime.context.web  # the Resources are those of the graph that has these nodes
    if web is None:
        raise Permanent("This run uses the web, but its resources have none: pass Resources(..., web=...).")
    return web
