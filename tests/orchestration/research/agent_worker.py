"""A worker of an agent's phase, and whoever comes after it: `python -m tests.orchestration.research.agent_worker`.

Where a worker was killed, the next one starts at once, forked from this process: nothing is imported twice. Every call
to the world outside writes a line when it has ended; one of them waits while a file is there.
"""

import asyncio
import os
import signal
import sys
import traceback
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from langgraph_heartbeat import CallJournal
from temporalio.client import Client

from durable.tests.phases import phase_worker
from outlast.evidence.report import Findings
from outlast.evidence.sources import SearchResult, Source
from outlast.graphs import agent
from outlast.graphs.agent_state import Resources
from outlast.orchestration.activities.plain_activity import as_failure
from outlast.orchestration.research.payloads import DATA_CONVERTER
from outlast.orchestration.research.phase_io import InvestigateRequest
from outlast.tools.models.chat_models import chat_model
from outlast.tools.web.engines.hits import WebResult
from tests.graphs.agent_world import TIMES, TIMETABLE, Pages, World

NEWS = "https://harbour.example/news"
PAGES = {TIMETABLE: TIMES, NEWS: "In the storm of March the ferry did not sail."}


@dataclass(frozen=True)
class Desk:
    """Where test and workers leave each other notes."""

    folder: Path

    @property
    def pause(self) -> Path:
        return self.folder / "pause"

    @property
    def reached(self) -> Path:
        return self.folder / "reached"

    def finished(self) -> Sequence[str]:
        calls = self.folder / "calls"
        return calls.read_text(encoding="utf-8").splitlines() if calls.exists() else []

    def write(self, call: str) -> None:
        with (self.folder / "calls").open("a", encoding="utf-8") as calls:
            calls.write(f"{call}\n")

    async def wait(self) -> None:
        while self.pause.exists():
            self.reached.touch()
            await asyncio.sleep(0.02)


class Watched(World):
    def __init__(self, desk: Desk) -> None:
        super().__init__(pages=PAGES)
        self.desk = desk

    def resources(self) -> Resources:
        return Resources(library=self, web=WatchedPages(self), snapshots=self)

    async def text(self, snapshot: str) -> str:
        self.desk.write("text")
        return await super().text(snapshot)

    async def search(self, queries: Sequence[str]) -> SearchResult:
        self.desk.write("documents")
        return await super().search(queries)


class WatchedPages(Pages):
    world: Watched

    async def search(self, query: str) -> WebResult:
        self.world.desk.write("engines")
        return await super().search(query)

    async def read(self, url: str) -> Source:
        if url == NEWS:
            await self.world.desk.wait()
        source = await super().read(url)
        self.world.desk.write(url)
        return source


async def work(address: str, queue: str, model_url: str, folder: str) -> None:
    client = await Client.connect(address, data_converter=DATA_CONVERTER)
    model = chat_model("openai:scripted", base_url=model_url, api_key="sk-test", cache=CallJournal())
    graph, resources = agent.compile_agent(model), Watched(Desk(Path(folder))).resources()
    async with phase_worker(
        client, queue, graph, InvestigateRequest, Findings, context=resources, as_failure=as_failure
    ):
        await asyncio.Event().wait()


def serve(arguments: Sequence[str]) -> None:
    """Until a worker ends in another way than by a signal."""
    status = signal.SIGKILL
    while os.WIFSIGNALED(status):
        if (pid := os.fork()) == 0:
            become(arguments)
        sys.stdout.write(f"{pid}\n")
        sys.stdout.flush()
        _, status = os.waitpid(pid, 0)


def become(arguments: Sequence[str]) -> None:
    """Never returns."""
    try:
        asyncio.run(work(*arguments))
    except BaseException:  # noqa: BLE001 - this process must end here, whatever happened
        traceback.print_exc()
    sys.stderr.flush()
    os._exit(1)


if __name__ == "__main__":
    serve(sys.argv[1:])
