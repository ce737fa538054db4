"""Tavily: a search service for programs, through its own client. Needs a key; a search costs one credit."""

from typing import Self

import httpx
from pydantic import BaseModel
from tavily import AsyncTavilyClient
from tavily.errors import TimeoutError as TavilyTimeout

from outlast.evidence.errors import NeedsOperator
from outlast.tools.retrying import Patience
from outlast.tools.web.engines.engine import EngineSettings
from outlast.tools.web.engines.hits import Hit, RawHit, rank_hits, shorten
from outlast.tools.web.engines.http_client import SEARCH_PATIENCE, EngineHints, EngineHttpClient

ADDRESS = "https://api.tavily.com"
MAX_QUERY_CHARACTERS = 400
MAX_RESULTS = 20

HINTS = EngineHints(
    "Tavily",
    key="Set TAVILY_API_KEY to a valid key of app.tavily.com.",
    quota="Raise the plan or the limit at app.tavily.com, or use another engine; then go on.",
)


class _Result(BaseModel):
    url: object = None
    title: object = None
    content: object = None


class _Answer(BaseModel):
    results: list[_Result]


class Tavily:
    """The search engine Tavily. `api_key` is required: without it the client searches as a guest, a few times a day."""

    name = "tavily"

    def __init__(
        self,
        api_key: str,
        *,
        address: str = ADDRESS,
        patience: Patience = SEARCH_PATIENCE,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        if not api_key.strip():
            raise NeedsOperator("Tavily needs a key.", HINTS.key)
        key = api_key.strip()
        self._http_client = EngineHttpClient(HINTS, secrets=(key,), patience=patience, transport=transport)
        self._client = AsyncTavilyClient(api_key=key, api_base_url=address, client=self._http_client.http)

    @classmethod
    def from_settings(cls, settings: EngineSettings) -> Self:
        return cls(settings.tavily_api_key)

    async def search(self, query: str, max_hits: int) -> list[Hit]:
        async def call() -> _Answer:
            try:
                answer = await self._client.search(  # pyright: ignore[reportUnknownVariableType]
                    shorten(query, MAX_QUERY_CHARACTERS),
                    search_depth="basic",
                    max_results=min(max_hits, MAX_RESULTS),
                    include_answer=False,
                    include_raw_content=False,
                    timeout=self._http_client.patience.attempt_timeout.total_seconds(),
                )
            except TavilyTimeout as error:  # the client's own class, which is not Python's TimeoutError
                raise TimeoutError(str(error)) from None
            return _Answer.model_validate(answer)

        answer = await self._http_client.ask(call)
        found = [RawHit(result.url, result.title, result.content) for result in answer.results]
        return rank_hits(self.name, found, max_hits)

    async def close(self) -> None:
        await self._http_client.close()
