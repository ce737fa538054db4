"""What a worker takes on: a run goes on by what it began with, and the report says by what it was written."""

import sys
from pathlib import Path
from typing import Any

import pytest

from outlast.composition import BoundGraph, Composition, build_composition
from outlast.evidence.errors import NeedsOperator
from outlast.graphs.reasoners.extractive import MODE
from outlast.orchestration.research.phase_io import PlanRequest, VerifyRequest, WriteRequest
from outlast.orchestration.settings import Settings
from outlast.tools.store.objects import open_objects
from tests.packages import install

MODEL = "openai:gpt-5-mini"
RULES = ""


def refusals(worker: str, run: str, folder: Path) -> list[tuple[BoundGraph[Any], Any]]:
    """The phases of a worker with that model, each with a request of a run that began with that one."""
    composition = Composition(open_objects(str(folder)), folder / "cache", model=worker)
    return [
        (composition.plan, PlanRequest(model=run, question="Q?", notes=[], collection="c")),
        (composition.write, WriteRequest(model=run, question="Q?", investigated=[])),
        (composition.verify, VerifyRequest(model=run, draft=[])),
    ]


@pytest.mark.parametrize(
    ("worker", "run", "said"),
    [(RULES, MODEL, "this worker has none.*with OUTLAST_MODEL"), (MODEL, RULES, "at no cost.*without OUTLAST_MODEL")],
)
async def test_a_run_waits_for_a_worker_that_reasons_as_it_began(
    worker: str, run: str, said: str, tmp_path: Path
) -> None:
    for bound, request in refusals(worker, run, tmp_path):
        with pytest.raises(NeedsOperator, match=f"(?s){said}"):
            await bound.context(request)


async def test_a_run_of_a_reasoner_without_a_model_waits_for_that_reasoner(tmp_path: Path) -> None:
    store = open_objects(str(tmp_path))
    rules, careful = Composition(store, tmp_path), Composition(store, tmp_path, model="careful")
    with pytest.raises(NeedsOperator, match=r"the reasoner careful.*Start the worker with OUTLAST_REASONER=careful"):
        await rules.plan.context(PlanRequest(model="careful", question="Q?", notes=[], collection="c"))
    with pytest.raises(NeedsOperator, match=r"has the reasoner careful.*without OUTLAST_REASONER=careful"):
        await careful.plan.context(PlanRequest(model="", question="Q?", notes=[], collection="c"))


async def test_a_reasoner_of_another_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install(tmp_path / "packages")
    monkeypatch.syspath_prepend(str(tmp_path / "packages"))
    store = open_objects(str(tmp_path))
    composition = build_composition(store, Settings(home=tmp_path, reasoner=" Careful "))
    assert composition.mode == "careful: every sentence is verbatim, and there are few"
    assert composition.model == "careful"
    monkeypatch.delitem(sys.modules, "harbour")
    with pytest.raises(NeedsOperator, match=r"There is no reasoner 'bold'\. .* one of careful, extractive, model"):
        build_composition(store, Settings(home=tmp_path, reasoner="bold"))
    assert build_composition(store, Settings(home=tmp_path)).mode == MODE
    assert build_composition(store, Settings(home=tmp_path, reasoner="extractive")).model == ""


@pytest.mark.parametrize(
    ("code", "wrong"),
    [
        ("open_reasoner = lambda models: object()", r"it lacks mode, questions, .*, judge, rewrite\. Install another"),
        (
            "def open_reasoner(models): raise KeyError('KEY')",
            r"pier 1\.2 cannot be opened \(KeyError: 'KEY'\)\. Install",
        ),
    ],
)
def test_a_reasoner_that_is_broken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: str, wrong: str) -> None:
    install(tmp_path / "packages", {"outlast.reasoners": {"pier": "pier:open_reasoner"}}, code, name="pier")
    monkeypatch.syspath_prepend(str(tmp_path / "packages"))
    monkeypatch.delitem(sys.modules, "pier", raising=False)
    with pytest.raises(NeedsOperator, match=wrong):
        build_composition(open_objects(str(tmp_path)), Settings(home=tmp_path, reasoner="pier"))


async def test_who_writes_says_how(tmp_path: Path) -> None:
    composition = Composition(open_objects(str(tmp_path)), tmp_path / "cache")
    resources: Any = await composition.write.context(WriteRequest(question="Q?", investigated=[]))
    assert resources.mode == MODE
