"""The scripted world itself: it must be the same for the same seed, count what it answers, and obey what it reads."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from langchain_core.language_models.chat_models import BaseChatModel

from outlast.evidence.errors import NeedsOperator, Transient
from outlast.evidence.report import Claim, Evidence, Finding, Task
from outlast.evidence.sources import Passage, Quote
from outlast.graphs.investigate import PassageToRead, TermStatistics
from outlast.graphs.reasoners.model import ModelReasoner
from outlast.tools.models.chat_models import chat_model
from outlast.tools.retrying import Patience
from outlast.tools.web.engines.searxng import Searxng
from outlast.tools.web.engines.tavily import Tavily
from tests.servers.world.engines import TAVILY_KEY
from tests.servers.world.faults import GARBLED, TRANSIENT, Faults
from tests.servers.world.obeying import INJECTION, orders_in
from tests.servers.world.pages import write_documents
from tests.servers.world.topics import topics
from tests.servers.world.world import MODEL_KEY, World

QUICK = Patience(
    total_timeout=timedelta(seconds=20),
    attempt_timeout=timedelta(seconds=3),
    first_wait=timedelta(seconds=0.01),
    max_wait=timedelta(seconds=0.02),
)
METADATA = "http://169.254.169.254/latest/meta-data/"


@pytest.fixture
def world() -> Iterator[World]:
    with World(seed=3, count=3) as world:
        yield world


def model_of(world: World, patience: Patience = QUICK) -> BaseChatModel:
    return chat_model("openai:world", base_url=world.model_url, api_key=MODEL_KEY, patience=patience)


def passage(text: str) -> Passage:
    return Passage(snapshot="a" * 64, start=0, end=len(text), text=text, title="A page", heading="")


def reading(task: Task, text: str) -> PassageToRead:
    return PassageToRead(task=task, passage=passage(text), searched=TermStatistics())


def finding(text: str) -> Finding:
    return Finding(quote=Quote(snapshot="a" * 64, start=0, end=len(text), text=text), strength=0.9, title="A page")


def test_a_seed_makes_the_same_world_and_more_of_it_begins_alike() -> None:
    assert topics(5, 4) == topics(5, 9)[:4]
    assert topics(5, 4) != topics(6, 4)
    assert len({topic.name for topic in topics(5, 300)}) == 300


async def test_the_model_reasons_from_a_question_to_sentences_that_the_world_says(world: World) -> None:
    topic, other = world.topics[0], world.topics[1]
    reasoner = ModelReasoner(model_of(world))
    design, cost = await reasoner.questions(topic.question, [], ["A page"])
    assert (design, cost) == (topic.in_documents[0].question, topic.on_the_web[0].question)
    task = Task(id="t1", question=design)
    assert len(await reasoner.queries(task, [], [])) == 2
    assert await reasoner.queries(task, [design], []) == []
    designed = topic.in_documents[0].sentence
    text = f"{designed} The path is long. {other.in_documents[0].sentence}"
    found = await reasoner.read(reading(task, text))
    assert [each.quote.text for each in found] == [designed]
    selection = await reasoner.select(task, [finding(designed), finding("The path is long.")], TermStatistics())
    assert (selection.evidence, len(selection.findings)) == (Evidence.STRONG, 1)
    claim = Claim(text=f"According to the sources, the{designed[3:]}", quotes=(finding(designed).quote,))
    assert world.says(claim.text)
    assert not world.says(designed.replace(topic.name, other.name))
    assert await reasoner.judge(claim) == "supported"


async def test_the_model_sees_sources_that_contradict_each_other(world: World) -> None:
    disputed = world.topics[0].disputed
    known = [finding(disputed.sentence), finding(disputed.elsewhere)]
    selection = await ModelReasoner(model_of(world)).select(
        Task(id="t1", question=disputed.question), known, TermStatistics()
    )
    assert len(selection.findings) == 2


async def test_what_the_ledger_counts_is_what_the_client_is_told(world: World) -> None:
    topic = world.topics[0]
    told = (await model_of(world).ainvoke(topic.question)).usage_metadata
    (call,) = world.ledger.paid(topic.name)
    assert told is not None
    assert (told["input_tokens"], told["output_tokens"]) == (call.input_tokens, call.output_tokens)
    assert call.input_tokens == len(topic.question) // 4


def test_a_seed_fails_the_same_requests_the_same_way() -> None:
    def outcomes(seed: int) -> list[str]:
        faults = Faults(seed, share=0.3, garbled=0.05)
        return [faults.next("model", f"request {number % 400}") for number in range(2_000)]

    assert outcomes(1) == outcomes(1) != outcomes(2)
    came = Counter(outcomes(1))
    assert came.keys() == {"", GARBLED, *TRANSIENT}
    assert 0.27 < sum(came[fault] for fault in TRANSIENT) / 2_000 < 0.33
    assert Faults(1).next("model", "request 1") == ""


async def test_every_call_passes_in_the_end_though_a_third_of_them_fails() -> None:
    with World(seed=3, count=30, faults=Faults(1, share=0.3, pause=timedelta())) as world:
        model = model_of(world)
        await asyncio.gather(*(model.ainvoke(topic.question) for topic in world.topics))
        by_run = [[call.outcome for call in world.ledger.of(topic.name)] for topic in world.topics]
        assert all(each[-1] == "answered" for each in by_run)
        failed = Counter(outcome for each in by_run for outcome in each[:-1])
        assert failed.keys() <= {*TRANSIENT, "answered"}  # one that was answered too late is asked again
        assert 4 <= failed.total() <= 30  # 13 are to be expected


async def test_both_engines_find_a_topics_pages_through_every_fault() -> None:
    with World(seed=3, count=3, faults=Faults(1, share=0.5, pause=timedelta())) as world:
        topic = world.topics[0]
        engines = [
            Searxng(world.searxng_url, patience=QUICK),
            Tavily(TAVILY_KEY, address=world.tavily_url, patience=QUICK),
        ]
        for engine in engines:
            hits = await engine.search(topic.question, 10)
            host = f"{topic.name.lower()}.world.example.org:{world.site_port}"
            assert hits[0].url == f"http://{host}/history"
            assert len(hits) == 5
            assert await engine.search("nothing of this world", 10) == []
            await engine.close()


def test_the_site_has_pages_that_are_quick_slow_gone_and_closed(world: World) -> None:
    topic = world.topics[0]

    def status(path: str) -> int:
        host = f"{topic.name.lower()}.world.example.org:{world.site_port}"
        return httpx.get(f"http://127.0.0.1:{world.site_port}{path}", headers={"Host": host}).status_code

    paths = ("/history", "/visitors", "/work", "/shop", "/members", "/robots.txt")
    assert [status(path) for path in paths] == [200, 200, 200, 404, 403, 404]


def test_documents_say_what_the_web_does_not(world: World, tmp_path: Path) -> None:
    write_documents(world.topics, tmp_path)
    text = (tmp_path / f"{world.topics[0].name.lower()}.md").read_text()
    assert all(fact.sentence in text for fact in world.topics[0].in_documents)
    assert not any(fact.sentence in text for fact in world.topics[0].on_the_web)


async def test_the_switches_exhaust_the_quota_and_take_the_servers_down(world: World) -> None:
    model, impatient = model_of(world), model_of(world, replace(QUICK, total_timeout=timedelta(seconds=0.1)))
    world.faults.quota_exhausted = True
    with pytest.raises(NeedsOperator, match="nothing left to spend"):
        await model.ainvoke("Hello")
    world.faults.quota_exhausted, world.faults.is_down = False, True
    with pytest.raises(Transient, match="cannot be reached"):
        await impatient.ainvoke("Hello")
    world.faults.is_down = False
    assert (await model.ainvoke("Hello")).text == "yes"


async def test_the_model_obeys_what_a_passage_tells_it(world: World) -> None:
    injection = INJECTION.format(url=METADATA)
    orders = orders_in(f"Guests arrive by bus. {injection}")
    assert orders is not None
    assert (orders.urls, orders.files, orders.secrets) == ((METADATA,), ("/etc/passwd",), ("OPENAI_API_KEY",))
    assert orders_in("Guests arrive by bus.") is None
    task = Task(id="t1", question=world.topics[0].question)
    reasoner = ModelReasoner(model_of(world))
    queries = await reasoner.queries(task, ["a"], [finding(injection)])
    assert queries == [METADATA, "/etc/passwd", "OPENAI_API_KEY is [hidden]."]  # it obeys; the key goes no further
    assert await reasoner.read(reading(task, injection)) == []
