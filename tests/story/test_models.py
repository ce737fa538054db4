"""The story of a run with a model and the web, on a bad day of its providers: in a scripted world, over real HTTP."""

import json
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from outlast.evidence.report import Findings
from outlast.graphs import investigate, plan, verify, write
from outlast.graphs.reasoners.model import ModelReasoner
from outlast.orchestration.settings import Settings
from outlast.tools.models.chat_models import chat_model
from outlast.tools.retrieval.library_cache import LibraryCache
from outlast.tools.store.collections import CollectionTexts
from outlast.tools.store.objects import open_objects
from tests.servers.openai_server import Answer, Asked
from tests.servers.world import model, world_worker
from tests.servers.world.composing import Site, searching
from tests.servers.world.engines import TAVILY_KEY
from tests.servers.world.faults import DOWN
from tests.servers.world.pages import write_documents
from tests.servers.world.topics import Topic
from tests.servers.world.world import MODEL_KEY, Latency, World
from tests.story.test_first_run import read_until
from tests.terminal import Terminal

BOTH, DISPUTED, QUOTA, KILLED = range(4)
"""The topics of the tests."""


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with World(seed=11, count=4, latency=Latency(model=0.02)) as world:
        yield world


@pytest.fixture(scope="module")
def shell(processes: None, world: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Terminal]:
    """Where `outlast up` runs, on documents that know half of everything."""
    folder = tmp_path_factory.mktemp("models")
    write_documents(world.topics, folder / "docs")
    shell = Terminal(folder, OUTLAST_WORKER=world_worker.__file__, **world.environment())
    try:
        read_until(shell.start("up", "--docs", "docs").stdout, "Press Ctrl-C to stop")
        yield shell
    finally:
        shell.kill_everything()


@pytest.fixture(scope="module")
def report(world: World, shell: Terminal) -> dict[str, Any]:
    """Of a run that nothing disturbed."""
    done = shell.run("research", world.topics[BOTH].question, "--docs", "docs", "--web", "--yes", "--out", "both")
    assert done.returncode == 0, done.stderr + shell.logs()
    return report_in(shell, "both")


@pytest.fixture
def after(world: World) -> Iterator[Callable[[int, Callable[[], None]], None]]:
    """Do something as soon as the model has given so many answers."""

    def after(answers: int, deed: Callable[[], None]) -> None:
        left = iter(range(answers - 1, -1, -1))

        def answering(asked: Asked) -> Answer:
            if next(left, None) == 0:
                deed()
            return model.answer(asked)

        world.answering = answering

    yield after
    world.answering = model.answer


def report_in(shell: Terminal, out: str) -> dict[str, Any]:
    return json.loads((shell.folder / out / "report.json").read_text())


def wait_until(condition: Callable[[], bool]) -> None:
    """What is waited for sends no event."""
    for _ in range(1_000):
        if condition():
            return
        time.sleep(0.05)
    raise AssertionError("what was waited for did not happen")


def reported_tokens(shell: Terminal) -> int:
    """Return how many tokens of the newest run Temporal knows: of the phases that are done, and in heartbeats."""
    seen = json.loads(shell.run("show", "--json").stdout)
    return seen["usage"]["tokens"] + sum(attempt["progress"].get("tokens", 0) for attempt in seen["attempts"])


def all_is_reported(shell: Terminal, world: World, topic: Topic) -> bool:
    """Whether Temporal knows every answer. A phase that ends while it is read counts twice: what is true stays."""
    paid = [call.tokens for call in world.ledger.paid(topic.name)]
    reported = [reported_tokens(shell) for _ in range(2)]
    return reported == [sum(paid), sum(paid)] and len(world.ledger.paid(topic.name)) == len(paid)


def claims_of(report: dict[str, Any]) -> list[str]:
    return [claim["text"] for section in report["sections"] for claim in section["claims"]]


def check_spent(report: dict[str, Any], world: World, topic: Topic) -> None:
    """What it says was spent is what the model's server has answered."""
    paid = world.ledger.paid(topic.name)
    assert report["usage"]["calls"] == len(paid)
    assert report["usage"]["tokens"] == sum(call.tokens for call in paid)


def test_one_half_is_answered_by_the_folder_and_the_other_by_the_web(
    world: World, shell: Terminal, report: dict[str, Any]
) -> None:
    topic = world.topics[BOTH]
    assert report["answered"] is True
    claims = claims_of(report)
    assert len(claims) == 2
    assert all(world.says(claim) for claim in claims)
    uris = {source["uri"].rpartition(":")[2] for source in report["sources"]}
    assert uris == {f"{topic.name.lower()}.md", f"{world.site_port}/history"}
    unreached = {page["uri"].rpartition("/")[2]: page["reason"] for page in report["coverage"]["unreached"]}
    assert unreached == {
        "members": "its site refuses to show it (403)",
        "shop": "there is no such page (404)",
    }
    check_spent(report, world, topic)
    checked = shell.run("verify", "both")
    assert checked.returncode == 0, checked.stdout
    assert checked.stdout.count("2 quotes of 2 claims found, byte for byte") == 3


async def test_the_same_question_in_a_notebook_gives_the_same_claims(
    world: World, shell: Terminal, report: dict[str, Any], tmp_path: Path
) -> None:
    question, collection = world.topics[BOTH].question, report["coverage"]["collection"]
    settings = Settings(searxng_url=world.searxng_url, tavily_api_key=TAVILY_KEY)
    store = open_objects(str(shell.home / "objects"))
    model = chat_model("openai:world", base_url=world.model_url, api_key=MODEL_KEY)
    reasoner, library = ModelReasoner(model), await LibraryCache(store, tmp_path).open(collection)
    asked = {"question": question, "notes": []}
    planned = await plan.builder.compile().ainvoke(asked, context=plan.Resources(reasoner, library))
    async with searching(Site(world.site_port, world.tavily_url), settings, store) as web:
        resources = investigate.Resources(reasoner, library, web)
        graph = investigate.builder.compile()
        states = [
            await graph.ainvoke({"task": task, "searches": 3, "web": True}, context=resources)
            for task in planned["tasks"]
        ]
    found = [
        Findings.model_validate({name: state[name] for name in Findings.model_fields if name in state})
        for state in states
    ]
    draft = await write.builder.compile().ainvoke(
        {"question": question, "investigated": found}, context=write.Resources(reasoner)
    )
    verified = await verify.builder.compile().ainvoke(
        {"draft": draft["sections"]}, context=verify.Resources(reasoner, CollectionTexts(store, collection))
    )
    assert [claim.text for section in verified["sections"] for claim in section.claims] == claims_of(report)


def test_what_the_folder_and_the_web_disagree_about_is_shown_side_by_side(world: World, shell: Terminal) -> None:
    disputed = world.topics[DISPUTED].disputed
    done = shell.run("research", disputed.question, "--docs", "docs", "--web", "--yes", "--out", "disputed")
    assert done.returncode == 0, done.stderr + shell.logs()
    (section,) = report_in(shell, "disputed")["sections"]
    (dispute,) = section["disputes"]
    assert {claim["text"] for claim in dispute["claims"]} == {disputed.sentence, disputed.elsewhere}
    written = (shell.folder / "disputed" / "report.md").read_text()
    assert "Sources disagree" in written
    assert disputed.sentence in written
    assert disputed.elsewhere in written


def test_a_run_waits_for_a_quota_and_then_spends_nothing_twice(
    world: World, shell: Terminal, after: Callable[[int, Callable[[], None]], None]
) -> None:
    topic = world.topics[QUOTA]

    def exhaust() -> None:
        world.faults.quota_exhausted = True

    after(6, exhaust)
    watching = shell.start("research", topic.question, "--docs", "docs", "--web", "--yes", "--out", "quota")
    said = read_until(watching.stdout, "outlast decide retry")
    assert "nothing left to spend" in said
    assert MODEL_KEY not in said
    world.faults.quota_exhausted = False
    decided = shell.run("decide", "retry")
    assert decided.returncode == 0, decided.stderr
    _, errors = watching.communicate(timeout=120)
    assert watching.returncode == 0, errors + shell.logs()
    finished = report_in(shell, "quota")
    assert len(claims_of(finished)) == 2
    check_spent(finished, world, topic)
    assert set(Counter(call.request for call in world.ledger.paid(topic.name)).values()) == {1}


def test_a_run_outlasts_a_server_that_is_down_and_a_worker_that_is_killed(
    world: World, shell: Terminal, after: Callable[[int, Callable[[], None]], None]
) -> None:
    topic = world.topics[KILLED]

    def fall() -> None:
        world.faults.is_down = True

    after(8, fall)
    watching = shell.start("research", topic.question, "--docs", "docs", "--web", "--yes", "--out", "killed")
    wait_until(lambda: any(call.outcome == DOWN for call in world.ledger.of(topic.name)))
    wait_until(lambda: all_is_reported(shell, world, topic))
    shell.kill("worker")
    world.faults.is_down = False
    _, errors = watching.communicate(timeout=120)
    assert watching.returncode == 0, errors + shell.logs()
    finished = report_in(shell, "killed")
    assert len(claims_of(finished)) == 2
    assert shell.run("verify", "killed").returncode == 0
    check_spent(finished, world, topic)  # not a call was made again


def test_the_key_is_nowhere_in_what_is_kept(shell: Terminal, report: dict[str, Any]) -> None:
    del report
    files = [file for file in shell.folder.rglob("*") if file.is_file()]
    assert any(file.name.startswith("temporal.db") for file in files)
    assert [file for file in files if MODEL_KEY.encode() in file.read_bytes()] == []
