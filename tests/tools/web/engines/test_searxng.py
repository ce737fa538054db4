"""SearXNG over real HTTP: its address, its refusals, and the engines behind it."""

import logging
from collections.abc import Iterator

import pytest

from outlast.evidence.errors import NeedsOperator, Permanent, Transient
from outlast.tools.web.engines.engine import RefusedQuery
from outlast.tools.web.engines.hits import Hit
from outlast.tools.web.engines.searxng import Searxng
from tests.servers.scripted import Reply, ScriptedServer, fails
from tests.servers.search_engines import Page, searxng
from tests.tools.web.engines.scripted import QUICK

PAGES = [Page("https://harbour.example/pier", "The pier", "A pier.")]


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    with ScriptedServer(searxng(PAGES)) as server:
        yield server


async def search(address: str) -> list[Hit]:
    engine = Searxng(address, patience=QUICK)
    try:
        return await engine.search("the pier", 5)
    finally:
        await engine.close()


@pytest.mark.parametrize(("behind", "path"), [("", "/search"), ("/", "/search"), ("/searx/", "/searx/search")])
async def test_the_address_may_end_as_people_write_it(server: ScriptedServer, behind: str, path: str) -> None:
    assert len(await search(f"{server.url}{behind}")) == 1
    assert server.requests[0].path == path
    assert server.requests[0].fields == {"q": "the pier", "format": "json"}


async def test_a_password_goes_as_a_header_and_into_no_log(
    server: ScriptedServer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    caplog.set_level(logging.INFO, logger="httpx")
    server.faults.append(fails(401, "unknown password l%mp"))
    with pytest.raises(Permanent) as caught:
        await search(server.url.replace("//", "//keeper:l%25mp-l%25mp@"))
    assert server.requests[0].headers["authorization"] == "Basic a2VlcGVyOmwlbXAtbCVtcA=="
    assert "127.0.0.1" in caplog.text  # httpx tells its requests
    assert "l%25mp" not in caplog.text
    assert "l%mp-l%mp" not in f"{caplog.text} {caught.value}"


async def test_json_that_is_not_allowed_is_explained(server: ScriptedServer) -> None:
    server.faults.append(fails(403, "<html>Forbidden</html>"))
    with pytest.raises(Permanent, match=r"search\.formats in its settings\.yml must contain json") as caught:
        await search(server.url)
    assert "<html>" not in str(caught.value)


async def test_something_else_at_the_address_is_told_at_once(server: ScriptedServer) -> None:
    server.script = lambda _: Reply(b"\n<!doctype html><title>Welcome</title>")
    with pytest.raises(Permanent, match="Set SEARXNG_URL"):
        await search(server.url)
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    "body",
    [
        b"<html><title>400 The plain HTTP request was sent to HTTPS port</title></html>",
        b"Client sent an HTTP request to an HTTPS server.",
    ],
)
async def test_a_wrong_scheme_is_no_refusal_of_a_query(server: ScriptedServer, body: bytes) -> None:
    server.faults.append(Reply(body, status=400))
    with pytest.raises(Permanent, match="Set SEARXNG_URL") as caught:
        await search(server.url)
    assert not isinstance(caught.value, RefusedQuery)


async def test_a_redirect_is_not_followed(server: ScriptedServer) -> None:
    server.faults.append(fails(301, Location="https://elsewhere.example/"))
    with pytest.raises(Permanent, match=r"301: moved to https://elsewhere\.example/"):
        await search(server.url)
    assert len(server.requests) == 1


async def test_nobody_there(nobody: str) -> None:
    with pytest.raises(Transient, match="cannot be reached") as caught:
        await search(f"http://{nobody}")
    assert "SEARXNG_URL" in str(caught.value)


async def test_nothing_found_because_nobody_looked_is_a_failure(server: ScriptedServer) -> None:
    server.script = searxng([], unresponsive=[("one", "timeout"), ("two", "Suspended: CAPTCHA")])
    with pytest.raises(Transient, match=r"one timeout, two Suspended: CAPTCHA"):
        await search(server.url)


async def test_some_that_looked_are_enough(server: ScriptedServer) -> None:
    server.script = searxng(PAGES, unresponsive=[("one", "timeout")])
    assert len(await search(server.url)) == 1


async def test_an_answer_without_end_is_cut_off(server: ScriptedServer) -> None:
    server.script = lambda _: Reply(b'{"results": [' + b" " * 9_000_000)
    with pytest.raises(Permanent, match="more than 8 MB"):
        await search(server.url)


@pytest.mark.parametrize("address", ["localhost:8080", "file:///etc/passwd", "http://", "http://[::1"])
def test_an_address_that_is_none(address: str) -> None:
    with pytest.raises(Permanent, match="SEARXNG_URL"):
        Searxng(address)


def test_no_address() -> None:
    with pytest.raises(NeedsOperator, match="SearXNG needs an address"):
        Searxng(" ")
