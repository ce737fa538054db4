"""Whole runs of a model that now and then thinks far longer than anybody expects: no limit is ever passed."""

import asyncio
import json
from pathlib import Path

import pytest

from outlast.evidence.budget import Budget
from outlast.evidence.sources import sha256
from outlast.in_process import answer
from outlast.orchestration.research.phase_io import PublishRequest
from outlast.tools.ingest.ingest import ingest_folder
from outlast.tools.store.collections import Collections
from outlast.tools.store.objects import open_objects
from tests.servers.openai_server import Answer, Asked
from tests.servers.world import model
from tests.servers.world.composing import Site, composed, searching, settings_in
from tests.servers.world.pages import write_documents
from tests.servers.world.world import MODEL_KEY, World

pytestmark = pytest.mark.processes  # whole runs on a world of scripted servers: `make test` has the time for them

SEED = 11
BUDGETS = (14_000, 20_000, 40_000, 80_000, 200_000)
THOUGHTS = 20_000
"""Tokens ahead of one answer in five; the others come at once, so that no average foresees it."""


@pytest.mark.parametrize("investigator", ["graph", "agent"])
async def test_no_budget_is_passed_by_a_model_that_sometimes_thinks_at_length(
    investigator: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", MODEL_KEY)
    with World(SEED, len(BUDGETS)) as world:
        world.answering = thoughtful
        made = await researched(world, investigator, tmp_path)
        spent = [sum(call.tokens for call in world.ledger.paid(topic.name)) for topic in world.topics]
    for budget, tokens, each in zip(BUDGETS, spent, made, strict=True):
        assert tokens <= budget
        assert sum(phase.usage.tokens for phase in each.usage) == tokens, "what was paid for is what is said"
    assert any(list(each.draft.claims()) for each in made)
    assert spent[0] < spent[-1]


def thoughtful(asked: Asked) -> Answer:
    """As the world's model, sometimes after long thoughts; cut off where it may say less."""
    given = model.answer(asked)
    assert not isinstance(given.body, bytes)
    usage = given.body["usage"]
    wanted = usage["completion_tokens"] + (THOUGHTS if int(sha256(asked.text)[:4], 16) % 5 == 0 else 0)
    allowed = asked.body.get("max_completion_tokens", wanted)
    counted = {"prompt_tokens": usage["prompt_tokens"], "completion_tokens": min(wanted, allowed)}
    counted["total_tokens"] = sum(counted.values())
    choices = json.loads(json.dumps(given.body["choices"]))
    if allowed < wanted:
        choices[0] |= {"finish_reason": "length", "message": {"role": "assistant", "content": ""}}
    return Answer({**given.body, "choices": choices, "usage": counted})


async def researched(world: World, investigator: str, folder: Path) -> list[PublishRequest]:
    """A run a topic, each with its budget, all at once."""
    settings = settings_in(world, folder, investigator)
    store = open_objects(settings.object_store)
    write_documents(world.topics, folder / "docs")
    collection = await Collections(store).save(await ingest_folder(folder / "docs", store, folder / "cache"))
    async with searching(Site(world.site_port, world.tavily_url), settings, store) as web:
        composition = composed(store, settings, web)
        return await asyncio.gather(
            *(
                answer(topic.question, collection, composition, web=True, budget=Budget(tokens=budget))
                for topic, budget in zip(world.topics, BUDGETS, strict=True)
            )
        )
