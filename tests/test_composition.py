"""What a worker takes on: a run goes on by what it began with, and the report says by what it was written."""

from pathlib import Path
from typing import Any

import pytest

from outlast.composition import Bound, Composition
from outlast.evidence.errors import NeedsOperator
from outlast.graphs.reasoners.extractive import MODE
from outlast.orchestration.research.phase_io import Planning, Verification, Writing
from outlast.tools.store.objects import open_objects

MODEL = "openai:gpt-5-mini"
RULES = ""


def refusals(worker: str, run: str, folder: Path) -> list[tuple[Bound[Any], Any]]:
    """The phases of a worker with that model, each with a request of a run that began with that one."""
    composition = Composition(open_objects(str(folder)), folder / "cache", model=worker)
    return [
        (composition.plan, Planning(model=run, question="Q?", notes=[], collection="c")),
        (composition.write, Writing(model=run, question="Q?", investigated=[])),
        (composition.verify, Verification(model=run, draft=[])),
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


async def test_who_writes_says_how(tmp_path: Path) -> None:
    composition = Composition(open_objects(str(tmp_path)), tmp_path / "cache")
    resources: Any = await composition.write.context(Writing(question="Q?", investigated=[]))
    assert resources.mode == MODE
