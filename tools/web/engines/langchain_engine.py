"""Use any retriever or search tool of LangChain, and any search wrapper of langchain-community, as a search engine.

The only LangChain package needed here is langchain-core. langchain-community, which has most wrappers and is archived
upstream, is in the extra `community`.
"""

import asyncio
import inspect
import json
import re
from ast import literal_eval
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from contextvars import copy_context
from datetime import timedelta
from threading import Thread
from typing import Any, TypeGuard, cast

import httpx
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever
from langchain_core.tools import BaseTool
from pydantic import BaseModel, SecretStr

from outlast.evidence.errors import NeedsOperator, OutlastError, Permanent, Transient
from outlast.tools.redacting import redact
from outlast.tools.retrying import Patience
from outlast.tools.web.engines.hits import Hit, RawHit, rank_hits, tidy
from outlast.tools.web.engines.http_client import (
    MALFORMED_ANSWER_ERRORS,
    SEARCH_PATIENCE,
    EngineHints,
    EngineHttpClient,
    classify_refusal,
)

MAX_THREADS = 8
"""The maximum number of unfinished calls of an engine, since some wrappers have no time limit. Then no call starts."""

COUNT_PARAMETERS = ("num_results", "max_results", "n_results", "top_k", "k", "n", "count", "limit")
"""Names of the parameter with which wrappers take the number of results."""
RESULT_LIST_FIELDS = ("results", "organic", "organic_results", "webPages", "web", "value", "items", "data", "documents")
URL_FIELDS = ("url", "link", "href", "source", "source_url", "Entry ID")
TITLE_FIELDS = ("title", "Title", "name")
SNIPPET_FIELDS = ("snippet", "content", "body", "description", "summary", "Summary", "text")
"""Fields of a result for its address, title and snippet; the first that is present counts."""
NO_RESULTS_PATTERN = re.compile(
    r"\s*(?:$|no\b.{0,60}\b(?:results?|documents?|pages?|papers?|articles?)\b)", re.IGNORECASE
)
"""What wrappers return instead of an empty list: `No good Bing Search Result was found`."""
STATUS = re.compile(r"\b(?:HTTP error|HTTP status|status(?:[ _]code)?)\W{0,3}([45]\d\d)\b", re.IGNORECASE)
SECRET = re.compile(r"key|token|secret|password", re.IGNORECASE)


class LangchainEngine:
    """A search engine that calls `wrapped`: a `BaseRetriever`, a `BaseTool` with one text argument, or a wrapper.

    A wrapper has a method `results`, `load` or `run`. The first of these is called with the query, and with the number
    of results if it takes one. Its results must have addresses of web pages: text alone cannot be cited. People choose
    the engine by `name`; `key` says what to do if access is refused.
    """

    def __init__(
        self,
        name: str,
        wrapped: object,
        *,
        key: str = "",
        pace: timedelta = timedelta(0),
        patience: Patience = SEARCH_PATIENCE,
    ) -> None:
        self.name = name
        self._ask = _find_search_method(wrapped)
        if self._ask is None:
            raise Permanent(
                f"A {type(wrapped).__name__} cannot be the search engine {name}: it is neither a retriever nor a tool, "
                "and has none of the methods results, load and run."
            )
        self._secrets = tuple(_secrets(wrapped))
        self._hints = EngineHints(name, key=key)
        self._http_client = EngineHttpClient(self._hints, secrets=self._secrets, pace=pace, patience=patience)
        self._threads = set[Thread]()

    async def search(self, query: str, max_hits: int) -> list[Hit]:
        async def call() -> list[RawHit]:
            try:
                return _parse_answer(self.name, await self._call_wrapped(query, max_hits))
            except OutlastError:
                raise
            except Exception as error:  # clients raise errors of any type
                failure = self._classify_error(error)
                if failure is None:
                    raise
            raise failure  # after `except`, so that the client's error, which may quote the key, is not its context

        return rank_hits(self.name, await self._http_client.ask(call), max_hits)

    async def close(self) -> None:
        await self._http_client.close()

    async def _call_wrapped(self, query: str, max_hits: int) -> object:
        """Await a coroutine directly; call anything else in a thread of its own, abandoned if it does not return."""
        ask = cast("Callable[[str, int], object]", self._ask)
        if inspect.iscoroutinefunction(ask):
            return await ask(query, max_hits)
        self._threads = {thread for thread in self._threads if thread.is_alive()}
        if len(self._threads) >= MAX_THREADS:
            raise Transient(f"{self.name} has not answered {len(self._threads)} searches yet.")
        loop, context = asyncio.get_running_loop(), copy_context()
        answer: asyncio.Future[object] = loop.create_future()

        def deliver(set_outcome: Callable[[Any], None], outcome: object) -> None:
            if not answer.done():
                set_outcome(outcome)

        def work() -> None:
            try:
                set_outcome, outcome = answer.set_result, context.run(ask, query, max_hits)
            except BaseException as error:  # noqa: BLE001 - raised where the answer is awaited
                set_outcome, outcome = answer.set_exception, error
            with suppress(RuntimeError):  # the loop is closed: nobody waits any more
                loop.call_soon_threadsafe(deliver, set_outcome, outcome)

        thread = Thread(target=work, name=f"search by {self.name}", daemon=True)  # the process may end without it
        self._threads.add(thread)
        thread.start()
        return await answer

    def _classify_error(self, error: Exception) -> OutlastError | None:
        """Classify a client's error; None for httpx's errors and unreadable answers, which `EngineHttpClient` does."""
        reason = tidy(redact(f"{type(error).__name__}: {error}", self._secrets), 200)
        response: Any = getattr(error, "response", None)
        found = STATUS.search(str(error))
        status: Any = getattr(response, "status_code", None) or getattr(error, "status_code", None)
        status = status or (found and int(found.group(1)))
        if isinstance(status, int) and 300 <= status < 600:
            headers: Mapping[str, str] = getattr(response, "headers", None) or {}
            return classify_refusal(self._hints, status, httpx.Headers(dict(headers)), reason)
        match error:
            case ImportError():
                return NeedsOperator(f"{self.name} needs a package ({reason}).", "Install it where the worker runs.")
            case OSError() if not isinstance(error, MALFORMED_ANSWER_ERRORS):  # the errors of `requests` are OSErrors
                return Transient(f"{self.name} cannot be reached ({reason}).")
            case httpx.HTTPError() | ValueError() | TypeError() | LookupError() | AttributeError() | RecursionError():
                return None
            case _:
                return Permanent(f"{self.name} failed ({reason}).")


def _find_search_method(wrapped: object) -> Callable[[str, int], object] | None:
    """Return the function that asks `wrapped`, or None. It is a coroutine function if `wrapped` has one of its own."""
    match wrapped:
        case BaseRetriever() | BaseTool():
            method_name, parent = ("_arun", BaseTool) if isinstance(wrapped, BaseTool) else (
                "_aget_relevant_documents", BaseRetriever
            )  # fmt: skip
            if getattr(type(wrapped), method_name) is getattr(parent, method_name):
                return lambda query, _: wrapped.invoke(query)

            async def ask(query: str, _: int) -> object:
                return await wrapped.ainvoke(query)

            return ask
        case _:
            methods = (getattr(wrapped, name, None) for name in ("results", "load", "run"))
            method = next((each for each in methods if callable(each)), None)
            if method is None:
                return None
            count = next((name for name in inspect.signature(method).parameters if name in COUNT_PARAMETERS), None)
            return lambda query, max_hits: method(query, **({count: max_hits} if count else {}))


def _parse_answer(name: str, answer: object) -> list[RawHit]:
    """Find the results in an answer of any shape. Raises Permanent if there are results, but none has an address."""
    items = list(_items(answer))
    found = [_result(item) for item in items if _is_result(item)]
    usable = [each for each in found if each.url]
    if usable or not items:
        return usable
    texts = [item if isinstance(item, str) else " ".join(_texts(item)) for item in items]
    if all(NO_RESULTS_PATTERN.match(text) for text in texts):
        return []
    raise Permanent(f"{name} gives text without addresses of web pages, which cannot be cited: {tidy(texts[0], 100)}")


def _items(answer: object) -> Iterator[object]:
    """Yield what is a result or says that there is none: documents, mappings with an address, texts."""
    match answer:
        case None:
            return
        case str():
            decoded = _decode_text(answer)
            yield from [answer] if isinstance(decoded, str) else _items(decoded)
        case Mapping():
            yield from _items_of(cast("Mapping[str, object]", answer))
        case Document():
            yield answer
        case Iterable():
            for each in cast("Iterable[object]", answer):
                yield from _items(each)
        case _:
            yield str(answer)


def _decode_text(text: str) -> object:
    """Decode text that a tool wrote for a model: JSON or a Python literal; return any other text itself."""
    if text.lstrip()[:1] not in ("[", "{"):
        return text
    try:
        return json.loads(text)
    except ValueError:
        try:
            return literal_eval(text)  # evaluates literals only
        except (ValueError, SyntaxError):
            return text


def _items_of(answer: Mapping[str, object]) -> Iterator[object]:
    """Yield the mapping if it is a result, else the results of the lists in it."""
    if any(isinstance(answer.get(name), str) for name in URL_FIELDS):
        yield answer
        return
    if (error := answer.get("error")) is not None:
        raise error if isinstance(error, Exception) else ValueError(str(error))
    inner = [
        answer[name]
        for name in (*RESULT_LIST_FIELDS, *(name for name in answer if name not in RESULT_LIST_FIELDS))
        if name in answer
    ]
    lists = [list(_items(cast("object", each))) for each in inner if isinstance(each, list | tuple | Mapping)]
    with_addresses = (each for each in lists if any(_is_result(item) and _result(item).url for item in each))
    others = next(filter(None, lists), list[object]()) if lists else [answer]
    yield from next(with_addresses, others)


def _is_result(item: object) -> TypeGuard[Mapping[str, object] | Document]:
    return isinstance(item, Mapping | Document)


def _result(item: Mapping[str, object] | Document) -> RawHit:
    if isinstance(item, Document):
        metadata: dict[str, object] = item.metadata
        return RawHit(_first(metadata, URL_FIELDS), _first(metadata, TITLE_FIELDS), item.page_content)
    return RawHit(_first(item, URL_FIELDS), _first(item, TITLE_FIELDS), _first(item, SNIPPET_FIELDS))


def _first(item: Mapping[str, object], names: Iterable[str]) -> str:
    return next((value for name in names if isinstance(value := item.get(name), str) and value.strip()), "")


def _texts(item: object) -> Iterator[str]:
    values = [item.page_content] if isinstance(item, Document) else cast("Mapping[str, object]", item).values()
    return (value for value in values if isinstance(value, str))


def _secrets(wrapped: object, depth: int = 2) -> Iterator[str]:
    """Yield the keys in the fields of the wrapped object, and of objects in those: no message may contain them."""
    if not isinstance(wrapped, BaseModel) or not depth:
        return
    for name in type(wrapped).model_fields:
        match getattr(wrapped, name, None):
            case SecretStr() as value:
                yield value.get_secret_value()
            case str() as value if SECRET.search(name):
                yield value
            case BaseModel() as value:
                yield from _secrets(value, depth - 1)
            case _:
                pass
