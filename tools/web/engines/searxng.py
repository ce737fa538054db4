"""SearXNG: a search engine of your own, which asks many others. Needs an address, no key."""

from typing import Self
from urllib.parse import unquote, urlsplit, urlunsplit

import httpx
from pydantic import BaseModel

from outlast.evidence.errors import NeedsOperator, Permanent, Transient
from outlast.tools.retrying import Patience
from outlast.tools.web.engines.engine import EngineSettings
from outlast.tools.web.engines.hits import Hit, RawHit, is_web_url, rank_hits, shorten, tidy
from outlast.tools.web.engines.http_client import SEARCH_PATIENCE, EngineHints, EngineHttpClient

MAX_QUERY_CHARACTERS = 400
HINTS = EngineHints(
    "SearXNG",
    key="Let it answer in JSON: search.formats in its settings.yml must contain json; or set name and password in "
    "SEARXNG_URL, where it asks for them.",
    address="Set SEARXNG_URL to the address of a SearXNG that runs, such as http://localhost:8080.",
)


class _Result(BaseModel):
    url: object = None
    title: object = None
    content: object = None


class _Answer(BaseModel):
    results: list[_Result]
    unresponsive_engines: list[list[object]] = []


class Searxng:
    """`address` is that of its first page; it may carry a name and a password: `https://NAME:PASSWORD@HOST/`."""

    name = "searxng"

    def __init__(
        self,
        address: str,
        *,
        patience: Patience = SEARCH_PATIENCE,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        if not address.strip():
            raise NeedsOperator("SearXNG needs an address.", HINTS.address)
        if not is_web_url(address.strip()):
            raise Permanent(f"The address of SearXNG is not one of the web. {HINTS.address}")
        parts = urlsplit(address.strip())
        # name and password go as a header: an address stands in logs
        user, password = unquote(parts.username or ""), unquote(parts.password or "")
        place = parts.netloc.rpartition("@")[2]
        self._url = urlunsplit((parts.scheme, place, parts.path.rstrip("/") + "/search", "", ""))
        self._http_client = EngineHttpClient(
            HINTS,
            secrets=(password,),
            auth=httpx.BasicAuth(user, password) if user or password else None,
            patience=patience,
            transport=transport,
        )

    @classmethod
    def opened(cls, settings: EngineSettings) -> Self:
        return cls(settings.searxng_url)

    async def search(self, query: str, max_hits: int) -> list[Hit]:
        params: dict[str, str | int] = {"q": shorten(query, MAX_QUERY_CHARACTERS), "format": "json"}
        answer = await self._http_client.fetch("GET", self._url, _parse_answer, params=params)
        found = [RawHit(one.url, one.title, one.content) for one in answer.results]
        return rank_hits(self.name, found, max_hits)

    async def close(self) -> None:
        await self._http_client.close()


def _parse_answer(body: bytes) -> _Answer:
    if body.lstrip()[:1] == b"<":
        raise Permanent(f"What answers as SearXNG sends web pages, not JSON. {HINTS.address}")
    answer = _Answer.model_validate_json(body)
    if not answer.results and answer.unresponsive_engines:  # nobody looked: that is not the same as nothing found
        down = ", ".join(tidy(" ".join(map(str, one)), 60) for one in answer.unresponsive_engines[:5])
        raise Transient(f"None of the engines that SearXNG asks answered ({down}).")
    return answer
