"""`outlast runs`, on a server where no worker is: it works without."""

import asyncio
import json
from typing import Any
from uuid import uuid4

import pytest
from temporalio.client import Client

from outlast.cli.runs import parse_statuses
from outlast.evidence.errors import Permanent
from outlast.orchestration.client.listing import STATUSES, row_of
from outlast.orchestration.client.start import start
from outlast.orchestration.embedded import dev_server
from outlast.orchestration.research.messages import Ask
from tests.cli.here import Here
from tests.orchestration.research.runs import at_gate
from tests.orchestration.research.scripted import Script, scripted_run


@pytest.fixture
def served(here: Here, ports: dev_server.Ports) -> Here:
    here.set(TEMPORAL_ADDRESS=ports.address)
    return here


def shown(here: Here, *arguments: str) -> list[dict[str, Any]]:
    done = here.run("runs", "--json", *arguments)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)["runs"]


async def test_runs_are_listed_filtered_and_sorted_without_a_worker(client: Client, served: Here) -> None:
    tag = uuid4().hex
    ids: list[str] = []
    for name in ("b", "a", "c"):
        ask = Ask(question=f"{name} of {tag}?", collection="c" * 64)
        ids.append((await start(client, ask)).handle.id)
    await client.get_workflow_handle(ids[1]).terminate("enough")
    rows: list[dict[str, Any]] = []
    async with asyncio.timeout(60):
        while [row["status"] for row in rows].count("terminated") < 1 or len(rows) < 3:
            rows = await asyncio.to_thread(shown, served, "--question", tag)
    assert [row["id"] for row in rows] == ids[::-1], "newest first"
    assert [row["status"] for row in rows] == ["running", "terminated", "running"]
    assert rows[1]["ended"] is not None
    by_question = await asyncio.to_thread(shown, served, "--question", tag.upper(), "--sort", "question")
    assert [row["question"][0] for row in by_question] == ["a", "b", "c"]
    ended = await asyncio.to_thread(shown, served, "--question", tag, "--status", "ended")
    assert [row["id"] for row in ended] == [ids[1]]
    assert len(await asyncio.to_thread(shown, served, "--question", tag, "--limit", "2")) == 2
    assert await asyncio.to_thread(shown, served, "--question", tag, "--since", "2099-01-01") == []
    lines = (await asyncio.to_thread(served.run, "runs", "--question", tag)).stdout.splitlines()
    assert len(lines) == 4
    assert all(name in line for name, line in zip(ids[::-1], lines[1:], strict=True)), "nothing of it is cut in a pipe"


async def test_a_run_that_waits_for_a_person_says_so_and_so_does_one_that_has_ended(client: Client) -> None:
    async with scripted_run(client, Script(), "What is baked?") as handle:
        await at_gate(handle, "plan-1")
        waiting = await row_of(client, await handle.describe())
        assert (waiting.status, waiting.phase, waiting.question) == ("waiting", "gate(plan)", "What is baked?")
        await handle.execute_update("decide", "reject")
        await handle.result()
        ended = await row_of(client, await handle.describe())
    assert (ended.status, ended.phase) == ("rejected", "gate(plan)")
    assert ended.ended is not None


async def test_a_run_that_was_cancelled_and_one_that_failed(client: Client) -> None:
    async with scripted_run(client, Script(), {"nonsense": 1}) as handle:
        with pytest.raises(Exception, match="Workflow execution failed"):
            await handle.result()
        failed = await row_of(client, await handle.describe())
    assert (failed.status, failed.question) == ("failed", "")
    async with scripted_run(client, Script(), "What is baked?") as handle:
        await at_gate(handle, "plan-1")
        await handle.cancel()
        with pytest.raises(Exception, match="Workflow execution failed"):
            await handle.result()
        cancelled = await row_of(client, await handle.describe())
    assert (cancelled.status, cancelled.phase) == ("cancelled", "gate(plan)")


def test_statuses_are_words_and_groups() -> None:
    assert parse_statuses([]) == set()
    assert parse_statuses(["Failed, published"]) == {"failed", "published"}
    assert parse_statuses(["open"]) == {"running", "waiting"}
    assert parse_statuses(["open", "ended"]) == set(STATUSES)
    with pytest.raises(Permanent, match='There is no status "sleeping"'):
        parse_statuses(["sleeping"])
