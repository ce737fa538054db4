"""The answers of LangChain's retrievers, tools and wrappers, in their many shapes. Over real HTTP: tests/contracts."""

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from langchain_core.documents import Document
from langchain_core.tools import BaseTool, tool

from outlast.evidence.errors import NeedsOperator, Permanent, Transient
from outlast.tools.web.engines import langchain_engine
from outlast.tools.web.engines.langchain_engine import LangchainEngine
from tests.tools.web.engines.scripted import QUICK

PIER = {"title": "The pier", "link": "https://harbour.example/pier", "snippet": "It is old."}
LAMP = {"title": "The lamp", "url": "https://harbour.example/lamp", "content": "It is wet."}


class Wrapper:
    def __init__(self, answer: object) -> None:
        self._answer = answer

    def run(self, query: str) -> Any:
        del query
        if isinstance(self._answer, Exception):
            raise self._answer
        return self._answer


def engine(wrapped: object) -> LangchainEngine:
    return LangchainEngine("harbour", wrapped, patience=QUICK)


@pytest.mark.parametrize(
    "answer",
    [
        [PIER, LAMP],
        {"searchParameters": {"q": "x"}, "peopleAlsoAsk": [{"question": "?"}], "organic": [PIER, LAMP]},
        {"search_metadata": {"id": "1"}, "related": ["x"], "organic_results": [PIER, LAMP]},
        {"web": {"results": [PIER, LAMP]}},
        {"query": "x", "results": [PIER, LAMP], "answer": None},
        '[{"title": "The pier", "link": "https://harbour.example/pier", "snippet": "It is old."}, '
        '{"title": "The lamp", "link": "https://harbour.example/lamp", "snippet": "It is wet."}]',
        str([PIER, LAMP]),
        (Document("It is old.", metadata={"Title": "The pier", "Entry ID": PIER["link"]}), LAMP),
        iter([Document("It is old.", metadata={"title": "The pier", "source": PIER["link"]}), LAMP]),
        [PIER, {"title": "no address"}, LAMP],
    ],
)
async def test_results_in_many_shapes(answer: object) -> None:
    hits = await engine(Wrapper(answer)).search("x", 5)
    assert [(hit.title, hit.url, hit.snippet) for hit in hits] == [
        ("The pier", PIER["link"], "It is old."),
        ("The lamp", LAMP["url"], "It is wet."),
    ]


@pytest.mark.parametrize(
    "answer",
    [
        None,
        [],
        "",
        {},
        {"results": []},
        {"web": {"results": []}},
        {"organic": [], "query": "x"},
        "No good Wikipedia Search Result was found",
        [{"Result": "No good Search Result was found"}],
    ],
)
async def test_nothing_found_in_many_shapes(answer: object) -> None:
    assert await engine(Wrapper(answer)).search("x", 5) == []


@pytest.mark.parametrize(
    "answer",
    [
        "Page: Pier\nSummary: It is old.",
        {"answer": "It is old."},
        [{"Title": "Pier"}],
        {"results": [{"uid": "1"}]},
        [Document("It is old.")],
        7,
    ],
)
async def test_what_has_no_address_is_an_error_and_never_nothing_found(answer: object) -> None:
    with pytest.raises(Permanent, match="text without addresses of web pages, which cannot be cited"):
        await engine(Wrapper(answer)).search("x", 5)


@pytest.mark.parametrize(
    ("answer", "kind", "said"),
    [
        ({"error": "busy"}, Transient, "cannot be read .*busy"),
        ({"error": RuntimeError("HTTP error 401")}, Permanent, r"refuses access \(401"),
        (ConnectionError("no route"), Transient, "cannot be reached .*no route"),
        (ImportError("No module named 'ddgs'"), NeedsOperator, r"needs a package .*'ddgs'\)\. Install it"),
        (RuntimeError("sk-0123456789abcdef0123"), Permanent, r"failed \(RuntimeError: \[hidden\]\)"),
    ],
)
async def test_errors_of_wrappers(answer: object, kind: type[Exception], said: str) -> None:
    with pytest.raises(kind, match=said) as caught:
        await engine(Wrapper(answer)).search("x", 5)
    assert type(caught.value) is kind


async def test_a_method_that_takes_a_number_of_results_gets_it() -> None:
    class Counting:
        def results(self, query: str, max_results: int = 99) -> list[dict[str, str]]:
            return [PIER | {"title": f"{query} {max_results}"}]

        def run(self, query: str) -> str:
            raise AssertionError(query)

    assert [hit.title for hit in await engine(Counting()).search("tides", 3)] == ["tides 3"]


def tool_of(answer: object) -> BaseTool:
    @tool
    async def find(query: str) -> Any:
        """Find pages."""
        del query
        return answer

    return find


@pytest.mark.parametrize("make", [Wrapper, tool_of])
async def test_a_tool_is_asked_like_a_wrapper(make: Callable[[object], object]) -> None:
    assert len(await engine(make([PIER, LAMP])).search("x", 5)) == 2


def test_what_cannot_search() -> None:
    with pytest.raises(Permanent, match="A dict cannot be the search engine harbour"):
        engine({})


async def test_calls_that_never_come_back_do_not_pile_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(langchain_engine, "MAX_THREADS", 2)
    released, begun = threading.Event(), list[str]()

    class Hanging:
        def run(self, query: str) -> list[object]:
            begun.append(query)
            released.wait(30)
            return []

    hasty = replace(QUICK, attempt_timeout=timedelta(seconds=0.01))
    hanging = LangchainEngine("harbour", Hanging(), patience=hasty)
    with pytest.raises(Transient, match="has not answered 2 searches yet"):
        await hanging.search("x", 5)
    assert len(begun) == 2
    released.set()
