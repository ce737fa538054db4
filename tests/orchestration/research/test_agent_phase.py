"""An agent as a phase on a real server, whose worker is killed while some of its tool calls are done and one is not."""

import asyncio
import os
import signal
import sys
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import uuid4

from temporalio.client import Client

from durable.tests.phases import progress_of, start, until
from outlast.evidence.report import Evidence, Findings
from outlast.orchestration.embedded import dev_server
from outlast.orchestration.research.phase_io import InvestigateRequest
from tests.graphs.agent_world import FERRY, TASK, TIMETABLE, page_of, passage_of, turns
from tests.orchestration.research.agent_worker import NEWS, PAGES, Desk
from tests.servers.openai_server import OpenAIServer, Script

SAILS = "The ferry sails at six and at noon."


def note(passage: str, text: str) -> tuple[str, dict[str, str]]:
    return "note_quote", {"passage_id": passage, "text": text, "speaks": "answers"}


def script() -> Script:
    return turns(
        [("search", {"query": "ferry"})],
        [
            note(passage_of(FERRY), SAILS),
            ("read_page", {"page_id": page_of(TIMETABLE)}),
            ("read_page", {"page_id": page_of(NEWS)}),
        ],
        [note(page_of(TIMETABLE), "it sails once a day, at ten"), note(page_of(NEWS), "the ferry did not sail")],
        "Done.",
    )


@asynccontextmanager
async def workers(address: str, queue: str, model_url: str, desk: Desk) -> AsyncIterator[asyncio.StreamReader]:
    """One worker at a time; the pid of each comes on a line of its own."""
    given = (address, queue, model_url, str(desk.folder))
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.orchestration.research.agent_worker",
        *given,
        stdout=asyncio.subprocess.PIPE,
        start_new_session=True,
    )
    assert process.stdout is not None
    try:
        yield process.stdout
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        await process.wait()


async def test_after_kill_9_no_finished_tool_call_and_no_finished_model_call_is_made_again(
    client: Client, ports: dev_server.Ports, tmp_path: Path
) -> None:
    desk, queue = Desk(tmp_path), str(uuid4())
    desk.pause.touch()
    request = InvestigateRequest(task=TASK, collection="c", web=True)
    with OpenAIServer(script()) as server:
        async with workers(ports.address, queue, server.base_url, desk) as pids:
            first = int(await pids.readline())
            handle = await start(client, queue, request, name="phase", result=Findings, heartbeat_seconds=6)

            async def two_of_three_tools_are_done() -> bool:
                progress, _ = await progress_of(client, handle)
                return desk.reached.exists() and progress.get("finished", {}).get("tools") == 3  # a search, and two

            await until(two_of_three_tools_are_done)
            os.kill(first, signal.SIGKILL)
            desk.pause.unlink()
            findings = Findings.model_validate(await handle.result())
            assert int(await pids.readline()) != first
    assert [(each.body["messages"][-1]["role"], turn) for turn, each in enumerate(server.asked, 1)] == [
        ("user", 1),
        ("tool", 2),
        ("tool", 3),
        ("tool", 4),
    ]
    assert Counter(desk.finished()) == {
        "documents": 2,  # the agent's search, and the words of the question at its end
        "engines": 1,
        "text": 3,  # one a note
        TIMETABLE: 1,
        NEWS: 1,
    }
    assert {finding.quote.text for finding in findings.findings} == {
        SAILS,
        "it sails once a day, at ten",
        "the ferry did not sail",
    }
    assert [page.uri for page in findings.pages] == list(PAGES)
    assert (findings.evidence, findings.usage.calls, findings.usage.searches) == (Evidence.STRONG, 4, 1)
    assert (findings.usage.pages, findings.skipped, findings.limited) == (2, (), ())
