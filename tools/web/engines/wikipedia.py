"""Wikipedia: articles in one language, through MediaWiki's own search. Needs no key."""

import re
from datetime import timedelta
from typing import Any, Self

import httpx

from outlast.evidence.errors import Permanent, Transient
from outlast.tools.retrying import Patience
from outlast.tools.web.engines.engine import EngineSettings, RefusedQuery
from outlast.tools.web.engines.hits import Hit, RawHit, rank_hits, shorten, tidy
from outlast.tools.web.engines.http_client import SEARCH_PATIENCE, open_http_client

ADDRESS = "https://{language}.wikipedia.org/w/api.php"
LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[a-z]{2,8})*|simple")
MAX_QUERY_CHARACTERS = 300
"""MediaWiki's search accepts no longer query."""
MAX_RESULTS = 20

BUSY_CODE_PATTERN = re.compile(
    r"maxlag|ratelimited|readonly|internal_api_error|search-.*(?:busy|timeout)|cirrussearch-(?!query-|parse-).*"
)
DENIED_CODE_PATTERN = re.compile(r".*blocked|readapidenied|permissiondenied")
"""Codes of errors that Wikipedia sends with status 200; all other codes are about the search itself."""


class Wikipedia:
    """The search engine Wikipedia. `language` is the part of its host name: `en`, `de`, `simple`."""

    name = "wikipedia"

    def __init__(
        self,
        *,
        contact: str = "",
        language: str = "en",
        address: str = ADDRESS,
        patience: Patience = SEARCH_PATIENCE,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        if not LANGUAGE.fullmatch(language):
            raise Permanent("The language of Wikipedia is a code such as en, de or simple.")
        self._address = address.format(language=language)
        self._http_client = open_http_client(
            "Wikipedia", contact, pace=timedelta(0), patience=patience, transport=transport
        )

    @classmethod
    def from_settings(cls, settings: EngineSettings) -> Self:
        return cls(contact=settings.contact, language=settings.wikipedia_language)

    async def search(self, query: str, max_hits: int) -> list[Hit]:
        params: dict[str, str | int] = {
            "action": "query", "format": "json", "formatversion": 2, "redirects": 1,
            "generator": "search", "gsrsearch": shorten(query, MAX_QUERY_CHARACTERS),
            "gsrlimit": min(max_hits, MAX_RESULTS),
            "prop": "extracts|info|pageprops", "inprop": "url", "ppprop": "disambiguation",
            "exintro": 1, "explaintext": 1, "exlimit": "max",
        }  # fmt: skip
        return rank_hits(
            self.name, await self._http_client.fetch("GET", self._address, _parse_pages, params=params), max_hits
        )

    async def close(self) -> None:
        await self._http_client.close()


def _parse_pages(body: bytes) -> list[RawHit]:
    """Return the pages of the answer, best first, without disambiguation pages."""
    answer = httpx.Response(200, content=body).json()
    if error := answer.get("error"):
        raise _classify_refusal(str(error.get("code")), error.get("info"))
    pages: list[dict[str, Any]] = answer.get("query", {}).get("pages", [])
    if not pages and "batchcomplete" not in answer:
        raise ValueError("neither pages nor the mark that the batch is complete")
    articles = (page for page in pages if "disambiguation" not in page.get("pageprops", {}))
    best_first = sorted(articles, key=lambda page: page["index"])
    return [RawHit(page["fullurl"], page["title"], page.get("extract", "")) for page in best_first]


def _classify_refusal(code: str, info: object) -> Permanent | Transient:
    reason = f"{code}: {tidy(info, 200)}"
    if BUSY_CODE_PATTERN.match(code):
        return Transient(f"Wikipedia does not answer now ({reason}).")
    if DENIED_CODE_PATTERN.fullmatch(code):
        return Permanent(f"Wikipedia refuses access ({reason}).")
    return RefusedQuery(f"Wikipedia does not take this search ({reason}).")
