"""arXiv, Wikipedia and PubMed: what is asked of each, and what is peculiar in their answers."""

import asyncio
import logging
import traceback
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta

import pytest

from outlast.evidence.errors import Permanent, Transient
from outlast.tools.web.engines.arxiv import Arxiv
from outlast.tools.web.engines.engine import RefusedQuery
from outlast.tools.web.engines.pubmed import Pubmed
from outlast.tools.web.engines.wikipedia import Wikipedia
from tests.servers.scripted import EMPTY, Reply, Rerouted, ScriptedServer, answers, fails
from tests.servers.search_engines import Page, article, articles, arxiv, feed, pubmed, wikipedia
from tests.tools.web.engines.scripted import QUICK

KEY = "0123456789abcdef0123"
PAGES = [
    Page(f"https://harbour.example/{number}", f"Tide & wind {number}", "Tides <came> late.") for number in range(3)
]


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    with ScriptedServer(lambda _: EMPTY) as server:
        yield server


@pytest.fixture
async def on_arxiv(server: ScriptedServer) -> AsyncIterator[Arxiv]:
    engine = Arxiv(pace=timedelta(0), patience=QUICK, transport=Rerouted(server.url))
    server.script = arxiv(PAGES)
    yield engine
    await engine.close()


@pytest.fixture
async def on_wikipedia(server: ScriptedServer) -> AsyncIterator[Wikipedia]:
    engine = Wikipedia(contact="keeper@harbour.example", language="de", patience=QUICK, transport=Rerouted(server.url))
    server.script = wikipedia(PAGES)
    yield engine
    await engine.close()


@pytest.fixture
async def on_pubmed(server: ScriptedServer) -> AsyncIterator[Pubmed]:
    engine = Pubmed(
        contact="keeper@harbour.example",
        api_key=KEY,
        pace=timedelta(0),
        patience=QUICK,
        transport=Rerouted(server.url),
    )
    server.script = pubmed(PAGES)
    yield engine
    await engine.close()


async def test_arxiv_is_asked_in_plain_words(server: ScriptedServer, on_arxiv: Arxiv) -> None:
    (hit, *_) = await on_arxiv.search('ti:tides -"late wind" (harbour)', 3)
    asked = server.requests[0]
    assert (asked.host, asked.path) == ("export.arxiv.org", "/api/query")
    assert asked.fields == {"search_query": "ti tides late wind harbour", "max_results": "3", "sortBy": "relevance"}
    assert hit.url == f"http://arxiv.org/abs/2405.{PAGES[0].number}v1"
    assert (hit.title, hit.snippet) == ("Tide & wind 0", "Tides <came> late.")


async def test_a_paper_is_found_by_its_number(server: ScriptedServer, on_arxiv: Arxiv) -> None:
    await on_arxiv.search("2405.12345 arXiv:2405.12346v2, hep-th/9901001", 3)
    assert server.requests[0].fields["id_list"] == "2405.12345,2405.12346v2,hep-th/9901001"
    assert "search_query" not in server.requests[0].fields


async def test_of_a_number_that_nobody_has_nothing_is_found(server: ScriptedServer, on_arxiv: Arxiv) -> None:
    server.script = lambda _: feed("<entry><id>http://arxiv.org/abs/2405.99999</id><title/></entry>")
    assert await on_arxiv.search("2405.99999", 3) == []


async def test_an_error_that_looks_like_a_paper_is_no_paper(server: ScriptedServer, on_arxiv: Arxiv) -> None:
    entry = "<id>http://arxiv.org/api/errors#x</id><title>Error</title><summary>max_results is odd</summary>"
    server.script = lambda _: feed(f"<entry>{entry}</entry>")
    with pytest.raises(RefusedQuery, match="max_results is odd"):
        await on_arxiv.search("x", 3)


async def test_arxiv_is_not_asked_for_nothing(server: ScriptedServer, on_arxiv: Arxiv) -> None:
    with pytest.raises(RefusedQuery, match="this query has none"):
        await on_arxiv.search('"-" (:)', 3)
    assert not server.requests


@pytest.mark.parametrize("body", [b"<html><body>Busy</body></html>", b"<feed", b"Rate exceeded."])
async def test_what_is_no_feed_is_never_nothing_found(server: ScriptedServer, on_arxiv: Arxiv, body: bytes) -> None:
    server.script = lambda _: Reply(body)
    with pytest.raises(Transient, match="arXiv sent an answer that cannot be read"):
        await on_arxiv.search("x", 3)


async def test_arxiv_is_not_hurried(server: ScriptedServer) -> None:
    server.script = arxiv(PAGES)
    engine = Arxiv(pace=timedelta(seconds=0.1), patience=QUICK, transport=Rerouted(server.url))
    loop = asyncio.get_running_loop()
    begun = loop.time()
    await asyncio.gather(*(engine.search("x", 3) for _ in range(5)))  # longer than an attempt may take: none is late
    assert loop.time() - begun >= 0.4
    await engine.close()


async def test_the_time_in_the_queue_is_none_of_an_engines_patience(server: ScriptedServer) -> None:
    server.script = arxiv(PAGES)
    engine = Arxiv(pace=QUICK.total_timeout * 1.25, patience=QUICK, transport=Rerouted(server.url))
    await engine.search("x", 3)
    server.faults.append(fails(500))
    assert len(await engine.search("x", 3)) == 3  # asked again, after a wait that was longer than its patience
    await engine.close()


async def test_wikipedia_is_asked_once_and_told_by_whom(server: ScriptedServer, on_wikipedia: Wikipedia) -> None:
    hits = await on_wikipedia.search("tides", 2)
    (asked,) = server.requests
    assert (asked.host, asked.path) == ("de.wikipedia.org", "/w/api.php")
    assert asked.headers["user-agent"] == "Outlast/0.1 (research pipeline; keeper@harbour.example)"
    assert (asked.fields["gsrsearch"], asked.fields["gsrlimit"]) == ("tides", "2")
    assert [hit.title for hit in hits] == ["Tide & wind 0", "Tide & wind 1"]


async def test_pages_that_tell_namesakes_apart_are_left_out(server: ScriptedServer, on_wikipedia: Wikipedia) -> None:
    page = {"title": "Pier", "index": 1, "extract": "Pier may mean", "fullurl": "https://de.wikipedia.org/wiki/Pier"}
    other = {"title": "Pier (2)", "index": 2, "fullurl": "https://de.wikipedia.org/wiki/Pier_2"}
    pages = [page | {"pageprops": {"disambiguation": ""}}, other]
    server.script = lambda _: answers({"batchcomplete": True, "query": {"pages": pages}})
    (hit,) = await on_wikipedia.search("pier", 5)
    assert (hit.title, hit.snippet) == ("Pier (2)", "")


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("maxlag", Transient),
        ("ratelimited", Transient),
        ("internal_api_error_DB", Transient),
        ("cirrussearch-backend-error", Transient),
        ("cirrussearch-query-too-long", RefusedQuery),
        ("badvalue", RefusedQuery),
        ("blocked", Permanent),
        ("readapidenied", Permanent),
    ],
)
async def test_an_error_sent_as_success(
    server: ScriptedServer, on_wikipedia: Wikipedia, code: str, kind: type[Exception]
) -> None:
    server.script = lambda _: answers({"error": {"code": code, "info": "Not so."}})
    with pytest.raises(kind, match="Not so") as caught:
        await on_wikipedia.search("pier", 5)
    assert type(caught.value) is kind


@pytest.mark.parametrize("language", ["", "en.evil.example/", "EN", "e", "../"])
def test_a_language_is_no_way_to_another_host(language: str) -> None:
    with pytest.raises(Permanent):
        Wikipedia(language=language)


async def test_pubmed_takes_two_requests_and_the_key_is_in_no_address(
    server: ScriptedServer, on_pubmed: Pubmed, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    hits = await on_pubmed.search("tides and wind", 3)
    search, fetch = server.requests
    assert (search.host, search.path) == ("eutils.ncbi.nlm.nih.gov", "/entrez/eutils/esearch.fcgi")
    assert search.fields["term"] == "tides and wind"
    assert search.fields["api_key"] == fetch.fields["api_key"] == KEY
    assert search.fields["email"] == "keeper@harbour.example"
    assert [hit.url for hit in hits] == [f"https://pubmed.ncbi.nlm.nih.gov/{page.number}/" for page in PAGES]
    assert KEY not in caplog.text


async def test_pubmed_refuses_a_key_and_echoes_it(server: ScriptedServer, on_pubmed: Pubmed) -> None:
    server.faults.append(fails(400, {"error": f"API key invalid: {KEY}", "api-key": KEY}))
    with pytest.raises(Permanent) as caught:
        await on_pubmed.search("x", 3)
    assert not isinstance(caught.value, RefusedQuery)  # it takes no query at all with that key
    assert "API key invalid" in str(caught.value)
    assert KEY not in "".join(traceback.format_exception(caught.value))


async def test_a_key_that_is_cut_in_two_is_hidden_before(server: ScriptedServer, on_pubmed: Pubmed) -> None:
    server.faults.append(fails(400, {"error": "x" * 180 + f" {KEY} is unknown"}))
    with pytest.raises(Permanent) as caught:
        await on_pubmed.search("x", 3)
    assert "xxx" in str(caught.value)
    assert KEY[:6] not in str(caught.value)


async def test_articles_as_pubmed_really_writes_them(server: ScriptedServer, on_pubmed: Pubmed) -> None:
    marked = article(PAGES[0]).replace("Tide &amp; wind 0", "Tide <i>in vivo</i> H<sub>2</sub>O")
    parts = "<AbstractText Label='AIM'>To <b>see</b>.</AbstractText><AbstractText Label='END'>Seen.</AbstractText>"
    labelled = article(PAGES[1]).replace("<AbstractText>Tides &lt;came&gt; late.</AbstractText>", parts)
    script = server.script
    server.script = lambda request: (
        articles(marked + labelled) if request.path.endswith("efetch.fcgi") else script(request)
    )
    hits = await on_pubmed.search("x", 3)
    assert hits[0].title == "Tide in vivo H2O"
    assert hits[1].snippet == "AIM: To see. END: Seen."


async def test_a_chapter_of_a_book(server: ScriptedServer, on_pubmed: Pubmed) -> None:
    chapter = (
        f"<PubmedBookArticle><BookDocument><PMID Version='1'>{PAGES[0].number}</PMID><Book><BookTitle>Tides</BookTitle>"
        "</Book><Abstract><AbstractText>They come late.</AbstractText></Abstract></BookDocument></PubmedBookArticle>"
    )
    script = server.script
    server.script = lambda request: articles(chapter) if request.path.endswith("efetch.fcgi") else script(request)
    (hit,) = await on_pubmed.search("x", 3)
    assert (hit.title, hit.snippet) == ("Tides", "They come late.")


async def test_an_odd_article_does_not_cost_the_others(server: ScriptedServer, on_pubmed: Pubmed) -> None:
    bare = article(PAGES[0]).replace("<AbstractText>Tides &lt;came&gt; late.</AbstractText>", "")
    nameless = article(PAGES[2]).replace("<ArticleTitle>Tide &amp; wind 2</ArticleTitle>", "<ArticleTitle/>")
    unnumbered = article(PAGES[2]).replace("PMID", "Other")
    script, odd = server.script, unnumbered + bare + nameless
    server.script = lambda request: (
        articles(odd + article(PAGES[1])) if request.path.endswith("efetch.fcgi") else script(request)
    )
    first, second, third = await on_pubmed.search("x", 3)
    assert (first.title, first.snippet) == ("Tide & wind 0", "")
    assert second.snippet == "Tides <came> late."
    assert (third.title, third.snippet) == (f"PubMed {PAGES[2].number}", "Tides <came> late.")


async def test_only_the_failed_request_is_made_again(server: ScriptedServer, on_pubmed: Pubmed) -> None:
    script, failed = server.script, list[int]()

    def fetch_fails_once(request: object) -> Reply:
        if "efetch" in str(request) and not failed:
            failed.append(1)
            return fails(500)
        return script(request)  # pyright: ignore[reportArgumentType]

    server.script = fetch_fails_once
    assert len(await on_pubmed.search("x", 3)) == 3
    assert [request.path.rpartition("/")[2] for request in server.requests] == [
        "esearch.fcgi",
        "efetch.fcgi",
        "efetch.fcgi",
    ]


@pytest.mark.parametrize(
    "body", [b"<!DOCTYPE x [<!ENTITY a 'aa'>]><PubmedArticleSet>&a;</PubmedArticleSet>", b"<a/>", b"<"]
)
async def test_articles_that_cannot_be_read(server: ScriptedServer, on_pubmed: Pubmed, body: bytes) -> None:
    script = server.script
    server.script = lambda request: Reply(body) if request.path.endswith("efetch.fcgi") else script(request)
    with pytest.raises(Transient, match="PubMed sent an answer that cannot be read"):
        await on_pubmed.search("x", 3)


async def test_an_error_inside_an_answer_of_pubmed(server: ScriptedServer, on_pubmed: Pubmed) -> None:
    server.script = lambda _: answers({"esearchresult": {"ERROR": "Search Backend failed"}})
    with pytest.raises(Transient, match="Search Backend failed"):
        await on_pubmed.search("x", 3)


async def test_the_key_in_such_an_error_is_not_shown(server: ScriptedServer, on_pubmed: Pubmed) -> None:
    server.script = lambda _: answers({"esearchresult": {"ERROR": f"{KEY} is used too often"}})
    with pytest.raises(Transient, match=r"\[hidden\] is used too often"):
        await on_pubmed.search("x", 3)
