"""SearXNG: a self-hosted search engine that asks many other engines. Needs an address, no key."""

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
    key="Let it answer in JSON: search.formats in its settings.yml must contain json; or set user name and password "
    "in SEARXNG_URL, if it asks for them.",
    address="Set SEARXNG_URL to the address of a running SearXNG, such as http://localhost:8080.",
)


class _Result(BaseModel):
    url: object = None
    title: object = None
    content: object = None


class _Answer(BaseModel):
    results: list[_Result]
    unresponsive_engines: list[list[object]] = []


class Searxng:
    """`address` is the address of its start page; it may contain a user name and password: `https://NAME:PASSWORD@HOST/`."""

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
            raise Permanent(f"The address of SearXNG is not a web address. {HINTS.address}")
        parts = urlsplit(address.strip())
        # User name and password are sent in a header, because addresses are written to logs.
        user, password = unquote(parts.username or ""), unquote(parts.password or "")
        host_and_port = parts.netloc.rpartition("@")[2]
        self._url = urlunsplit((parts.scheme, host_and_port, parts.path.rstrip("/") + "/search", "", ""))
        self._http_client = EngineHttpClient(
            HINTS,
            secrets=(password,),
            auth=httpx.BasicAuth(user, password) if user or password else None,
            patience=patience,
            transport=transport,
        )

    @classmethod
    def from_settings(cls, settings: EngineSettings) -> Self:
        return cls(settings.searxng_url)

    async def search(self, query: str, max_hits: int) -> list[Hit]:
        params: dict[str, str | int] = {"q": shorten(query, MAX_QUERY_CHARACTERS), "format": "json"}
        answer = await self._http_client.fetch("GET", self._url, _parse_answer, params=params)
        found = [RawHit(result.url, result.title, result.content) for result in answer.results]
        return rank_hits(self.name, found, max_hits)

    async def close(self) -> None:
        await self._http_client.close()


def _parse_answer(body: bytes) -> _Answer:
    if body.lstrip()[:1] == b"<":
        raise Permanent(f"The server at the address of SearXNG sends web pages, not JSON. {HINTS.address}")
    answer = _Answer.model_validate_json(body)
    if not answer.results and answer.unresponsive_engines:  # no engine searched: that is not "nothing found"
        silent = ", ".join(tidy(" ".join(map(str, engine)), 60) for engine in answer.unresponsive_engines[:5])
        raise Transient(f"None of the engines that SearXNG asks answered ({silent}).")
    return answer
