"""Wikipedia: articles in one language, by MediaWiki's own search. Needs no key."""

import re
from datetime import timedelta
from typing import Any, Self

import httpx

from outlast.evidence.errors import Permanent, Transient
from outlast.tools.retrying import Patience
from outlast.tools.web.engines.engine import RefusedQuery
from outlast.tools.web.engines.hits import Found, Hit, number, shorten, tidy
from outlast.tools.web.engines.http_client import SEARCH_PATIENCE, open_exchange
from outlast.tools.web.engines.settings import EngineSettings

ADDRESS = "https://{language}.wikipedia.org/w/api.php"
LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[a-z]{2,8})*|simple")
QUERY_CHARACTERS = 300
"""Its search takes no more."""
MAX_RESULTS = 20

BUSY = re.compile(
    r"maxlag|ratelimited|readonly|internal_api_error|search-.*(?:busy|timeout)|cirrussearch-(?!query-|parse-).*"
)
DENIED = re.compile(r".*blocked|readapidenied|permissiondenied")
"""Codes of errors that Wikipedia sends as 200; the others are of the search."""


class Wikipedia:
    """`language` is a part of its host: `en`, `de`, `simple`."""

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
        self._exchange = open_exchange("Wikipedia", contact, pace=timedelta(0), patience=patience, transport=transport)

    @classmethod
    def opened(cls, settings: EngineSettings) -> Self:
        return cls(contact=settings.contact, language=settings.wikipedia_language)

    async def search(self, query: str, most: int) -> list[Hit]:
        params: dict[str, str | int] = {
            "action": "query", "format": "json", "formatversion": 2, "redirects": 1,
            "generator": "search", "gsrsearch": shorten(query, QUERY_CHARACTERS), "gsrlimit": min(most, MAX_RESULTS),
            "prop": "extracts|info|pageprops", "inprop": "url", "ppprop": "disambiguation",
            "exintro": 1, "explaintext": 1, "exlimit": "max",
        }  # fmt: skip
        return number(self.name, await self._exchange.fetch("GET", self._address, _pages, params=params), most)

    async def close(self) -> None:
        await self._exchange.close()


def _pages(body: bytes) -> list[Found]:
    """The pages of its answer, best first, without those that only tell namesakes apart."""
    answer = httpx.Response(200, content=body).json()
    if error := answer.get("error"):
        raise _refusal(str(error.get("code")), error.get("info"))
    pages: list[dict[str, Any]] = answer.get("query", {}).get("pages", [])
    if not pages and "batchcomplete" not in answer:
        raise ValueError("neither pages nor an end of them")
    articles = (page for page in pages if "disambiguation" not in page.get("pageprops", {}))
    best_first = sorted(articles, key=lambda page: page["index"])
    return [Found(page["fullurl"], page["title"], page.get("extract", "")) for page in best_first]


def _refusal(code: str, info: object) -> Permanent | Transient:
    said = f"{code}: {tidy(info, 200)}"
    if BUSY.match(code):
        return Transient(f"Wikipedia does not answer now ({said}).")
    if DENIED.fullmatch(code):
        return Permanent(f"Wikipedia refuses access ({said}).")
    return RefusedQuery(f"Wikipedia does not take this search ({said}).")
