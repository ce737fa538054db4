"""Tavily, by its own client over real HTTP: what its answers and its refusals become."""

import logging
import traceback
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta

import pytest

from outlast.evidence.errors import NeedsOperator, Permanent, Transient
from outlast.tools.web.engines.tavily import Tavily
from tests.servers.scripted import Reply, ScriptedServer, answers, fails
from tests.servers.search_engines import Page, tavily
from tests.tools.web.engines.scripted import QUICK

KEY = "tvly-dev-0123456789abcdef"
PAGES = [Page(f"https://harbour.example/{number}", f"Pier {number}", "A pier.") for number in range(30)]


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    with ScriptedServer(tavily(PAGES)) as server:
        yield server


@pytest.fixture
async def engine(server: ScriptedServer) -> AsyncIterator[Tavily]:
    engine = Tavily(f" {KEY}\n", address=server.url, patience=QUICK)
    yield engine
    await engine.close()


async def test_what_is_asked(server: ScriptedServer, engine: Tavily) -> None:
    hits = await engine.search("piers\n of  the harbour", 50)
    assert len(hits) == 20  # Tavily gives no more
    asked = server.requests[0]
    assert asked.headers["authorization"] == f"Bearer {KEY}"
    assert asked.fields == {
        "query": "piers of the harbour",
        "search_depth": "basic",
        "max_results": 20,
        "include_answer": False,
        "include_raw_content": False,
    }


async def test_a_long_query_is_cut_between_words(server: ScriptedServer, engine: Tavily) -> None:
    await engine.search("lighthouse " * 80, 5)
    query = server.requests[0].fields["query"]
    assert 380 < len(query) <= 400
    assert set(query.split()) == {"lighthouse"}


async def test_results_that_are_no_web_pages_are_left_out(server: ScriptedServer, engine: Tavily) -> None:
    urls: list[object] = [
        "javascript:alert(1)",
        None,
        "",
        "ftp://a.example/",
        "https:///nowhere",
        7,
        "https://a.example/ b",
    ]
    results = [{"url": url, "title": "x", "content": "x"} for url in urls]
    good = {
        "url": "https://a.example/",
        "title": None,
        "content": ["odd"],
        "published_date": "Wed, 01 May 2024 09:00:00 GMT",
    }
    server.faults.append(answers({"results": [*results, good, dict(good)]}))
    (hit,) = await engine.search("x", 5)
    assert (hit.url, hit.title, hit.snippet, hit.rank) == ("https://a.example/", "https://a.example/", "", 1)


@pytest.mark.parametrize("status", [402, 432, 433])
async def test_a_used_up_plan_is_for_a_person(server: ScriptedServer, engine: Tavily, status: int) -> None:
    server.faults.append(fails(status, {"detail": {"error": "This request exceeds your plan's set usage limit."}}))
    with pytest.raises(NeedsOperator, match=rf"Tavily's quota is used up \({status}: This request") as caught:
        await engine.search("x", 5)
    assert "app.tavily.com" in caught.value.what_to_do
    assert len(server.requests) == 1


async def test_a_429_that_means_the_quota_is_for_a_person_too(server: ScriptedServer, engine: Tavily) -> None:
    server.faults.append(fails(429, {"error": {"message": "You exceeded your current quota, check your billing."}}))
    with pytest.raises(NeedsOperator):
        await engine.search("x", 5)


@pytest.mark.parametrize("status", [401, 403])
async def test_a_refused_key_is_named_by_its_variable(server: ScriptedServer, engine: Tavily, status: int) -> None:
    server.faults.append(fails(status, {"detail": {"error": "Unauthorized: missing or invalid API key."}}))
    with pytest.raises(Permanent, match="Set TAVILY_API_KEY to a valid key"):
        await engine.search("x", 5)
    assert len(server.requests) == 1


async def test_when_to_come_back_is_kept(server: ScriptedServer, engine: Tavily) -> None:
    server.faults.append(fails(429, Retry_After="3600"))
    with pytest.raises(Transient) as caught:
        await engine.search("x", 5)
    assert caught.value.retry_after == timedelta(hours=1)
    assert len(server.requests) == 1


def test_without_a_key_it_does_not_search_as_a_guest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TAVILY_API_KEY", "tvly-of-somebody-else")
    with pytest.raises(NeedsOperator, match="Tavily needs a key"):
        Tavily("  ")


ECHOES = [
    fails(401, {"detail": {"error": f"The key {KEY} is unknown."}}),
    fails(500, f"Bearer {KEY} caused this", X_Echo=KEY),
    fails(400, {"error": {"message": f"header authorization: Bearer {KEY}"}}),
    fails(301, Location=f"https://elsewhere.example/?api_key={KEY}"),
    Reply(f"{{{KEY}".encode()),
    answers({"results": KEY}),
]


@pytest.mark.parametrize("reply", ECHOES)
async def test_the_key_is_in_no_message_traceback_or_log(
    server: ScriptedServer, engine: Tavily, reply: Reply, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    server.faults += [reply] * 1_000
    with pytest.raises((Permanent, Transient)) as caught:
        await engine.search("x", 5)
    error: BaseException | None = caught.value
    assert KEY not in "".join(traceback.format_exception(error))
    assert KEY not in caplog.text
    while error := error.__context__ or error.__cause__ if error else None:
        assert KEY not in repr(error)
