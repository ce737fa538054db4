"""The part of an investigation that is on the web: engines are asked, pages are read, their passages are ranked.

engines (one per query, in parallel) -> choose -> page (one per page, in parallel) -> rank

A page that is blocked or dead, an engine that does not answer, and a query that it does not take are recorded with
their reasons; none ends the task, and none becomes a finding.
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
"""Pages read a round."""
MAX_PASSAGES_A_ROUND = 25
"""Passages read a round, of documents and pages together."""


class Lead(Value):
    """A page that a search engine has found. `rank` counts from 1 within its query."""

    url: str
    rank: int


class EngineQuery(Value):
    """A query for the engines."""

    query: str


class Visit(Value):
    """A page to be read."""

    url: str


class State(TypedDict):
    """The channels of this part."""

    web: bool  # whether pages are searched and read, beside the documents
    budget: Budget  # what the task may spend; it may be raised while the task is under way
    asking: list[str]  # the queries of the newest search
    shelf: SearchResult  # what the documents had for it
    leads: Annotated[list[Lead], add]  # channels with a reducer start empty
    visited: Annotated[list[str], append_unique]  # addresses that were tried
    pages: Annotated[list[Source], append_unique]  # those that could be read
    skipped: Annotated[list[Skipped], append_unique]
    engines: Annotated[list[str], append_unique]
    usage: Annotated[Usage, add_usages]
    limited: Annotated[list[str], append_unique]


def query_sends(queries: Sequence[str], left: Budget) -> list[Send]:
    """One a query, as many as there are searches left."""
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
    """Joins the engines: the pages that stand highest for any query, and were not tried before."""
    best = sorted(state["leads"], key=lambda lead: lead.rank)
    tried = {page_key(url) for url in state["visited"]}
    new = dict[str, str]()  # each page once, by whichever of its addresses stands highest
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


def interleave_results(shelf: SearchResult, pages: SearchResult) -> SearchResult:
    """Two results as one. Their scores cannot be compared, so the best of both take turns."""
    turns = zip_longest(shelf.passages, pages.passages)
    passages = dict[tuple[str, int], Passage]()
    for passage in (each for turn in turns for each in turn if each is not None):
        passages.setdefault((passage.snapshot, passage.start), passage)
    return SearchResult(
        passages=tuple(passages.values())[:MAX_PASSAGES_A_ROUND],
        terms=tuple(merge_terms((*shelf.terms, *pages.terms))),
        size=shelf.size + pages.size,
    )


def merge_terms(terms: Iterable[Term]) -> list[Term]:
    """What two collections know of each word, as if they were one."""
    words: dict[str, Term] = {}
    for term in terms:
        known = words.get(term.word)
        words[term.word] = term if known is None else merge_term(known, term)
    return list(words.values())


def merge_term(one: Term, other: Term) -> Term:
    return Term(
        word=one.word,
        frequency=one.frequency + other.frequency,
        spellings=tuple(dict.fromkeys((*one.spellings, *other.spellings))),
        synonyms=tuple(dict.fromkeys((*one.synonyms, *other.synonyms))),
        synonyms_frequency=one.synonyms_frequency + other.synonyms_frequency,
    )


def require_web(runtime: Runtime[Any]) -> Web:
    web: Web | None = runtime.context.web  # of the Resources of whichever graph this is a part of
    if web is None:
        raise Permanent("This run asks for the web, and its resources have none: Resources(..., web=...).")
    return web
