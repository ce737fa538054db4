"""Documents and pages in one task: the graph of graphs/investigate.py with a double of the web."""

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from durable.tests.attempts import Attempt, Trace
from outlast.evidence.budget import Budget
from outlast.evidence.errors import Permanent, Transient
from outlast.evidence.report import Findings, Task
from outlast.evidence.sources import Passage, SearchResult, Skipped, Source, Term, sha256
from outlast.graphs import investigate
from outlast.graphs.browsing import MAX_PAGES_A_ROUND, MAX_PASSAGES_A_ROUND, Lead, choose, interleave_results
from outlast.graphs.reducers import append_unique
from outlast.tools.web.engines.engine import RefusedQuery
from outlast.tools.web.engines.engines import Engines
from outlast.tools.web.engines.hits import EngineFailure, MergedHit, WebResult
from outlast.tools.web.pages.failures import UnavailablePage, UnreadablePage
from tests.graphs.scripted import Reader, Shelf, passage
from tests.servers.search_engines import Page
from tests.tools.web.engines.scripted import ScriptedEngine

TASK = Task(id="t1", question="What is baked?")
LOG = "Traceback: HTTP 503 Service Unavailable"


class Web:
    """Has the pages of `texts` for every query, in that order; an exception in place of a text is raised."""

    def __init__(
        self,
        texts: Mapping[str, str | Exception],
        *failures: EngineFailure,
        down: Exception | None = None,
        trace: Trace | None = None,
    ) -> None:
        self.texts, self.failures, self.down = texts, failures, down
        self.trace = trace or Trace()
        self.asked: list[str] = []
        self.read_urls: list[str] = []

    async def search(self, query: str) -> WebResult:
        self.asked.append(query)
        if self.down:
            raise self.down
        hits = [MergedHit(url=url, title=url, snippet=LOG, engines=("one",)) for rank, url in enumerate(self.texts, 1)]
        return WebResult(hits=tuple(hits), asked=("one", "two"), failures=self.failures)

    async def read(self, url: str) -> Source:
        await self.trace(url)
        self.read_urls.append(url)
        text = self.texts[url]
        if isinstance(text, Exception):
            raise text
        return Source(
            uri=url, title=url, media_type="text/html", snapshot=sha256(text), bytes_sha256="0" * 64, extractor="html/1"
        )

    async def passages(self, pages: Sequence[Source], queries: Sequence[str]) -> SearchResult:
        assert queries
        texts = [str(self.texts[page.uri]) for page in pages]
        found = [
            Passage(snapshot=sha256(text), start=0, end=len(text), text=text, title="Page", heading="", uri=page.uri)
            for page, text in zip(pages, texts, strict=True)
        ]
        return SearchResult(passages=tuple(found), terms=(), size=len(found))


async def run(there: Web | None, reader: Reader | None = None, shelf: Shelf | None = None, **given: Any) -> Any:
    resources = investigate.Resources(reader or Reader(enough=2), shelf or Shelf([passage(0)]), there)
    return await investigate.builder.compile().ainvoke(
        {"task": TASK, "searches": 3, "web": True, **given}, context=resources
    )


def quoted(state: Mapping[str, Any]) -> list[str]:
    return sorted(finding.quote.text for finding in state["findings"])


async def test_documents_and_pages_answer_one_task() -> None:
    web = Web({"https://a.example/": "Oat bread.", "https://b.example/": "Malt bread."})
    state = await run(web, Reader(enough=3))
    assert quoted(state) == ["Malt", "Oat ", "Rye "]
    assert [page.uri for page in state["pages"]] == ["https://a.example/", "https://b.example/"]
    assert state["read"] == sorted({"a" * 64, sha256("Oat bread."), sha256("Malt bread.")})
    assert state["engines"] == ["one", "two"]
    assert (state["usage"].searches, state["usage"].pages) == (1, 2)
    found = Findings.model_validate({field: state[field] for field in Findings.model_fields if field in state})
    assert (len(found.pages), found.skipped, found.limited) == (2, (), ())


async def test_without_the_web_no_engine_is_asked() -> None:
    web = Web({"https://a.example/": "Oat bread."})
    state = await run(web, Reader(enough=1), web=False)
    assert (web.asked, web.read_urls, state["engines"], quoted(state)) == ([], [], [], ["Rye "])


async def test_a_web_that_is_asked_for_and_not_there_is_said() -> None:
    with pytest.raises(Permanent, match=r"Resources\(\.\.\., web=\.\.\.\)"):
        await run(None)


async def test_pages_that_cannot_be_read_are_recorded_and_are_no_findings() -> None:
    web = Web(
        {
            "https://wall.example/": UnreadablePage("https://wall.example/", "it wants a login"),
            "https://dead.example/": UnavailablePage("https://dead.example/", LOG),
            "https://good.example/": "Oat bread.",
        }
    )
    state = await run(web, Reader(enough=2))
    assert quoted(state) == ["Oat ", "Rye "]
    assert state["skipped"] == [
        Skipped(uri="https://wall.example/", reason="it wants a login"),
        Skipped(uri="https://dead.example/", reason=LOG),
    ]
    assert [page.uri for page in state["pages"]] == ["https://good.example/"]
    assert state["usage"].pages == 1
    assert LOG not in str(state["findings"])


async def test_an_engine_that_does_not_answer_is_recorded_once_and_the_others_go_on() -> None:
    failure = EngineFailure(engine="two", reason=LOG)
    web = Web({"https://a.example/": "Oat bread."}, failure)
    state = await run(web, Reader(enough=9))
    assert len(web.asked) > 1
    assert state["skipped"] == [Skipped(uri="two", reason=LOG)]
    assert quoted(state) == ["Oat ", "Rye "]
    assert LOG not in str(state["findings"])


async def test_where_no_engine_answers_the_task_is_tried_again_and_nothing_is_found() -> None:
    with pytest.raises(Transient):
        await run(Web({}, down=Transient("No engine answers.")))


async def test_no_page_is_fetched_twice_and_the_next_search_goes_on_with_the_next_ones() -> None:
    texts: dict[str, str | Exception] = {f"https://p{n}.example/": f"{n:04} bread." for n in range(9)}
    texts["https://p2.example/"] = UnreadablePage("https://p2.example/", "it is empty")
    web = Web(texts)
    state = await run(web, Reader(enough=99))
    assert web.read_urls[:MAX_PAGES_A_ROUND] == list(texts)[:MAX_PAGES_A_ROUND]
    assert sorted(web.read_urls) == sorted(texts)
    assert len(state["pages"]) == 8
    assert len(state["findings"]) == 9


async def test_two_addresses_of_one_text_are_read_once() -> None:
    reader = Reader(enough=2)
    state = await run(Web({"https://a.example/": "Oat bread.", "https://b.example/": "Oat bread."}), reader)
    assert reader.read_passages == [0, 0], "one document, and one page"
    assert len(state["pages"]) == 2


async def test_searches_end_where_their_limit_is_and_the_task_goes_on_with_what_it_has() -> None:
    web = Web({"https://a.example/": "Oat bread."})
    state = await run(web, Reader(enough=9), budget=Budget(searches=2))
    assert len(web.asked) == state["usage"].searches == 2
    assert state["limited"] == ["searches"]
    assert quoted(state) == ["Oat ", "Rye "]


async def test_without_any_search_left_the_documents_are_asked_all_the_same() -> None:
    web = Web({"https://a.example/": "Oat bread."})
    state = await run(web, Reader(enough=1), budget=Budget(searches=0))
    assert (web.asked, quoted(state), state["limited"]) == ([], ["Rye "], ["searches"])


@pytest.mark.parametrize("stop_at", ["https://a.example/", "https://b.example/", "https://c.example/"])
async def test_after_a_crash_pages_and_searches_are_counted_as_if_there_had_been_none(stop_at: str) -> None:
    texts = {f"https://{name}.example/": f"{name * 4} bread." for name in "abc"}
    trace = Trace(stop_at)
    web, reader, shelf = Web(texts, trace=trace), Reader(enough=4), Shelf([passage(0)])
    resources = investigate.Resources(reader, shelf, web)

    class Bound(Attempt):
        async def _run(self, given: Any) -> Any:
            self.journal.activate()
            start = None if self._resumed else given
            config = {"configurable": {"thread_id": "T"}}
            return await self.graph.ainvoke(start, config, durability="sync", context=resources)

    left = await Bound(investigate.builder).kill_at(trace.reached, {"task": TASK, "searches": 3, "web": True})
    state = await Bound(investigate.builder, left).run()
    assert (state["usage"].searches, state["usage"].pages) == (1, 3)
    assert len(web.asked) == 1
    assert quoted(state) == ["Rye ", "aaaa", "bbbb", "cccc"]


def leads(*ranked: tuple[str, int]) -> list[Lead]:
    return [Lead(url=url, rank=rank) for url, rank in ranked]


async def chosen(found: list[Lead], visited: Sequence[str] = ()) -> list[str]:
    state: Any = {"leads": found, "visited": list(visited)}
    goto = (await choose(state)).goto
    return [] if goto == "rank" else [each.arg.url for each in goto]


async def test_the_best_of_each_query_come_first() -> None:
    found = leads(("a", 1), ("b", 2), ("c", 3), ("d", 1), ("b", 1))
    assert await chosen(found) == ["a", "d", "b", "c"]
    assert await chosen(found, ["a", "b"]) == ["d", "c"]
    assert await chosen(found, ["a", "b", "c", "d"]) == []
    assert len(await chosen(leads(*((str(n), n) for n in range(1, 30))))) == MAX_PAGES_A_ROUND


async def test_one_page_at_several_addresses_is_chosen_once() -> None:
    found = leads(
        ("https://a.example/x?utm_source=feed", 2), ("http://www.a.example/x/", 1), ("https://a.example/x#top", 3)
    )
    assert await chosen([*found, *leads(("https://b.example/", 9))]) == [
        "http://www.a.example/x/",
        "https://b.example/",
    ]
    assert await chosen(found, ["https://m.a.example/x"]) == []


async def test_variants_of_one_address_are_one_fetched_page() -> None:
    class Variants(Web):
        async def search(self, query: str) -> WebResult:
            found = await super().search(query)
            hit = found.hits[(len(self.asked) - 1) % 2]
            return found.model_copy(update={"hits": (hit,)})

    web = Variants({"https://a.example/": "Oat bread.", "http://www.a.example/?utm_source=x": "Oat bread."})
    state = await run(web, Reader(enough=9))
    assert len(web.asked) > 1
    assert (web.read_urls, state["usage"].pages) == (["https://a.example/"], 1)


async def test_a_query_that_the_only_engine_does_not_take_is_recorded_and_the_task_goes_on() -> None:
    page = Page("https://a.example/", "Bread", "Bread.")
    only = ScriptedEngine([page], name="only", faults=[RefusedQuery("It does not take this search (400: odd).")])

    class Searched(Web):
        async def search(self, query: str) -> WebResult:
            self.asked.append(query)
            return await Engines([only]).search(query, 10)

    web = Searched({page.url: "Oat bread."})
    state = await run(web, Reader(enough=9))
    assert len(web.asked) > 1
    assert quoted(state) == ["Oat ", "Rye "]
    (skipped,) = state["skipped"]
    assert (skipped.uri, skipped.reason) == ("only", f"It does not take this search (400: odd). It was: {web.asked[0]}")
    assert state["usage"].searches == len(web.asked)


def result(*starts: int, snapshot: str = "a" * 64, term: Term | None = None) -> SearchResult:
    passages = [passage(start).model_copy(update={"snapshot": snapshot}) for start in starts]
    return SearchResult(passages=tuple(passages), terms=(term,) if term else (), size=100)


def test_passages_of_documents_and_pages_take_turns() -> None:
    one, other = result(0, 1, 2), result(5, 6, snapshot="b" * 64)
    assert [each.start for each in interleave_results(one, other).passages] == [0, 5, 1, 6, 2]
    assert [each.start for each in interleave_results(one, one).passages] == [0, 1, 2]
    assert (
        len(interleave_results(result(*range(40)), result(*range(40), snapshot="b" * 64)).passages)
        == MAX_PASSAGES_A_ROUND
    )


def test_what_is_known_of_a_word_is_summed() -> None:
    one = result(term=Term(word="color", frequency=2, spellings=("colour",)))
    other = result(term=Term(word="color", frequency=3, spellings=("colour", "coloring")))
    joined = interleave_results(one, other)
    assert joined.terms == (Term(word="color", frequency=5, spellings=("colour", "coloring")),)
    assert joined.size == 200


def test_the_reducer_keeps_each_once_in_the_order_in_which_they_came() -> None:
    assert append_unique(["b"], ["a", "b", "a", "c"]) == ["b", "a", "c"]
