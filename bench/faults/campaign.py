"""Make many parallel runs on a real server and real workers, while a share of their requests fails."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random

from obstore.store import ObjectStore
from temporalio.client import Client

from bench.faults.crew import Crew, Kill, crew
from bench.faults.run import RunEnding, run_research
from bench.processes import server
from outlast.evidence.sources import Collection
from outlast.orchestration.research.messages import Ask
from outlast.tools.ingest.ingest import ingest_folder
from outlast.tools.store.collections import Collections
from outlast.tools.store.objects import open_objects
from tests.servers.world.faults import Faults
from tests.servers.world.ledger import Call
from tests.servers.world.pages import write_documents
from tests.servers.world.topics import Topic
from tests.servers.world.world import World

PARALLEL_RUNS = 24
WORKERS = 2
FAULT_SHARE = 0.3
GARBLED = 0.02
RUNS_PER_CALM_RUN = 10
"""One of so many runs is also made undisturbed, for comparison, and at least `MIN_CALM_RUNS` runs are."""
MIN_CALM_RUNS = 5


@dataclass(frozen=True)
class Campaign:
    """The ended runs and their calls, and the same for the undisturbed runs."""

    world: World
    ended: Sequence[RunEnding]
    calls: Sequence[Call]
    calm: Sequence[RunEnding]
    calm_calls: Sequence[Call]
    kills: Sequence[Kill]


@dataclass(frozen=True)
class Place:
    world: World
    client: Client
    store: ObjectStore
    workers: Crew
    collections: dict[str, str]

    async def research(self, topics: Sequence[Topic], label: str, tell: Callable[[RunEnding], None]) -> list[RunEnding]:
        free = asyncio.Semaphore(PARALLEL_RUNS)

        async def one(topic: Topic) -> RunEnding:
            ask = Ask(question=topic.question, collection=self.collections[topic.name], web=True, approve=True)
            async with free:
                ended = await run_research(self.client, self.store, topic.name, ask, f"{label}-{topic.name}")
            tell(ended)
            return ended

        return await asyncio.gather(*map(one, topics))


async def campaign(runs: int, kills: int, seed: int, home: Path, tell: Callable[[RunEnding], None]) -> Campaign:
    """Make the runs; `tell` is called with each run when it is over."""
    with World(seed, runs) as world:
        async with place(world, home) as here:
            topics, ledger = world.topics, world.ledger
            calm = await here.research(topics[: max(MIN_CALM_RUNS, runs // RUNS_PER_CALM_RUN)], "calm", tell)
            calm_calls = list(ledger.calls)
            world.faults = Faults(seed, FAULT_SHARE, GARBLED)
            chance = Random(seed)  # noqa: S311 - a seed makes a campaign repeatable
            killing = asyncio.create_task(here.workers.kill_now_and_then(kills, chance))
            ended = await here.research(topics, "faulty", tell)
            killing.cancel()
            return Campaign(world, ended, ledger.calls[len(calm_calls) :], calm, calm_calls, list(here.workers.kills))


@asynccontextmanager
async def place(world: World, home: Path) -> AsyncGenerator[Place]:
    async with server(home) as up:
        store = open_objects(str(home / "objects"))
        collections = await collections_of(world, store, home)
        with crew({**up.settings, **world.environment()}, home / "workers.log", WORKERS) as workers:
            yield Place(world, up.client, store, workers, collections)


async def collections_of(world: World, store: ObjectStore, home: Path) -> dict[str, str]:
    """Return a collection per topic, which holds its document alone; all documents are ingested together."""
    write_documents(world.topics, home / "documents")
    ingested = await ingest_folder(home / "documents", store, home / "cache")
    by_uri = {source.uri: source for source in ingested.sources}
    collections = Collections(store)
    return {
        topic.name: await collections.save(Collection(sources=(by_uri[f"{topic.name.lower()}.md"],)))
        for topic in world.topics
    }
