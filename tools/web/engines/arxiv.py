"""arXiv: preprints, found by words or paper number. Needs no key; its terms allow one request every three seconds."""

import re
from datetime import timedelta
from typing import Self

import httpx

from outlast.tools.documents.document import Unreadable
from outlast.tools.documents.xml_tree import parse_xml
from outlast.tools.retrying import Patience
from outlast.tools.web.engines.engine import EngineSettings, RefusedQuery
from outlast.tools.web.engines.hits import Hit, RawHit, rank_hits, shorten, tidy
from outlast.tools.web.engines.http_client import SEARCH_PATIENCE, open_http_client

ADDRESS = "https://export.arxiv.org/api/query"
PACE = timedelta(seconds=3)
MAX_QUERY_CHARACTERS = 300
MAX_RESULTS = 20

ATOM = {"atom": "http://www.w3.org/2005/Atom"}
FEED = "{http://www.w3.org/2005/Atom}feed"
PAPER = re.compile(r"(?:arxiv:)?(\d{4}\.\d{4,5}(?:v\d+)?|[a-z-]+(?:\.[a-z]{2})?/\d{7}(?:v\d+)?)", re.IGNORECASE)
"""The number of a paper, in the form used since 2007 (`2405.12345v2`) or before (`hep-th/9901001`)."""
SYNTAX = re.compile(r"[:\-\"()]+")
"""Characters that mean something in arXiv's query language: a colon names a field, a minus excludes a word.

People and models who write a query mean neither.
"""


class Arxiv:
    """The search engine arXiv."""

    name = "arxiv"

    def __init__(
        self,
        *,
        contact: str = "",
        address: str = ADDRESS,
        pace: timedelta = PACE,
        patience: Patience = SEARCH_PATIENCE,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._address = address
        self._http_client = open_http_client("arXiv", contact, pace=pace, patience=patience, transport=transport)

    @classmethod
    def from_settings(cls, settings: EngineSettings) -> Self:
        return cls(contact=settings.contact)

    async def search(self, query: str, max_hits: int) -> list[Hit]:
        params = _query_parameters(query) | {"max_results": min(max_hits, MAX_RESULTS), "sortBy": "relevance"}
        return rank_hits(
            self.name, await self._http_client.fetch("GET", self._address, _parse_papers, params=params), max_hits
        )

    async def close(self) -> None:
        await self._http_client.close()


def _query_parameters(query: str) -> dict[str, str | int]:
    numbers = [PAPER.fullmatch(word) for word in query.replace(",", " ").split()]
    if numbers and all(numbers):
        return {"id_list": ",".join(found.group(1) for found in numbers[:MAX_RESULTS] if found)}
    words = shorten(SYNTAX.sub(" ", query), MAX_QUERY_CHARACTERS)
    if not words:
        raise RefusedQuery("arXiv needs words or paper numbers to search for, and this query has none.")
    return {"search_query": words}


def _parse_papers(body: bytes) -> list[RawHit]:
    """Return the papers of arXiv's feed, best first."""
    try:
        feed = parse_xml(body, "feed")
    except Unreadable as error:
        raise ValueError(str(error)) from error
    if feed.tag != FEED:
        raise ValueError("not an Atom feed")
    papers = list[RawHit]()
    for entry in feed.iterfind("atom:entry", ATOM):
        url, title, summary = (entry.findtext(f"atom:{name}", "", ATOM) for name in ("id", "title", "summary"))
        if "/api/errors" in url:  # an error is sent as the only entry, also with status 200
            raise RefusedQuery(f"arXiv does not take this search ({tidy(summary, 200)}).")
        if title.strip():  # for a number that does not exist, arXiv sends an empty entry
            papers.append(RawHit(url, title, summary))
    return papers
