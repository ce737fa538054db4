"""The tour of docs/langgraph-on-temporal.md, with its own files and lines: a graph is served, killed and answered."""

import asyncio
import json
import os
import re
import shlex
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

from temporalio.client import Client, WorkflowHandle
from temporalio.contrib.pydantic import pydantic_data_converter

from outlast.orchestration.embedded.dev_server import Ports
from tests.docs.pages import ROOT, Block, blocks
from tests.docs.programs import SLOW_CALL, differs
from tests.terminal import BIN, ours

PAGE = ROOT / "docs" / "langgraph-on-temporal.md"
BLOCKS = blocks(PAGE)
CALL = re.compile(r"^asking a model: (.+)$", re.MULTILINE)
CALL_SECONDS = 3
"""How long a call takes here. The worker is killed while the second one is under way."""
LIMIT_SECONDS = 90


def shown(beginning: str) -> str:
    """The code of the block that begins so."""
    return block_of(beginning).code


def block_of(beginning: str) -> Block:
    (block,) = (each for each in BLOCKS if each.code.startswith(beginning))
    return block


def typed(beginning: str) -> list[str]:
    """The words of the line of a terminal that begins so."""
    code = "\n".join(each.code for each in BLOCKS if each.language == "sh").replace("\\\n", "")
    (line,) = (each for each in code.splitlines() if each.startswith(beginning))
    return shlex.split(line)


async def test_the_graphs_are_listed_as_the_page_says(ports: Ports, tmp_path: Path) -> None:
    write_files(tmp_path)
    listed = await Typing(tmp_path, ports).type([sys.executable, *typed("python -m langgraph_heartbeat graphs")[1:]])
    assert not differs(shown("letter  ("), f"{listed.rstrip()}\n"), listed


async def test_the_worker_has_the_options_that_the_page_names(ports: Ports, tmp_path: Path) -> None:
    named = set(re.findall(r"`(?:worker )?(--[a-z]+)", PAGE.read_text(encoding="utf-8")))
    assert named >= {"--dev", "--stream", "--without"}
    told = await Typing(tmp_path, ports).type([sys.executable, "-m", "langgraph_heartbeat", "worker", "--help"])
    assert named - set(re.findall(r"--[a-z]+", told)) == set()


async def test_the_graph_is_served_killed_and_answered_as_the_page_says(ports: Ports, tmp_path: Path) -> None:
    write_files(tmp_path)
    terminal = Typing(tmp_path, ports)
    client = await Client.connect(ports.address, data_converter=pydantic_data_converter)
    run = client.get_workflow_handle("letter-1")
    worker = terminal.start_worker()
    try:
        await terminal.until(lambda: terminal.has_said("Serving"), worker)
        start = typed("temporal workflow start")
        assert json.loads(start[-1]) == json.loads(shown('{"graph": "letter"'))
        await terminal.type(start)
        await terminal.until(lambda: writes_the_letter(client, run, terminal), worker)
        worker.send_signal(signal.SIGKILL)
        worker.wait()
        first = terminal.said()
        worker = terminal.start_worker()
        await terminal.until(lambda: asks(run), worker)
        update = typed("temporal workflow update execute")
        assert json.loads(update[-1]) == json.loads(shown('{"question"'))
        await terminal.type(update)
        result = await terminal.type(typed("temporal workflow result"))
    finally:
        worker.kill()
        worker.wait()
    calls = Counter(CALL.findall(first + terminal.said()))
    assert calls == {"What is new about the tides?": 1, "Write a letter about the tides.": 2}
    assert not differs(shown("Serving"), terminal.as_on_the_usual_ports(first)), first
    assert not differs(shown("...\nasking"), terminal.said()), terminal.said()
    assert not differs(shown("Results:"), result), result
    assert len((await run.fetch_history()).events) < 30


def write_files(folder: Path) -> None:
    graph = shown("# letter.py")
    assert SLOW_CALL in graph
    (folder / "letter.py").write_text(graph.replace(SLOW_CALL, f"asyncio.sleep({CALL_SECONDS})"), encoding="utf-8")
    (folder / "langgraph.json").write_text(shown('{"graphs"'), encoding="utf-8")


class Typing:
    """A person at a terminal in a folder of their own, and the worker that they start there."""

    def __init__(self, folder: Path, ports: Ports) -> None:
        self._folder, self._ports, self._log = folder, ports, folder / "said"
        inherited = {name: value for name, value in os.environ.items() if not ours(name)}
        self._environment: Mapping[str, str] = inherited | {
            "PATH": f"{BIN}:{os.environ['PATH']}",
            "TEMPORAL_ADDRESS": ports.address,
        }

    def start_worker(self) -> "subprocess.Popen[bytes]":
        _, *arguments = typed("python -m langgraph_heartbeat worker")
        with self._log.open("wb") as output:
            return subprocess.Popen(
                [sys.executable, *arguments],
                cwd=self._folder,
                env=dict(self._environment),
                stdout=output,
                stderr=output,
            )

    async def type(self, words: list[str]) -> str:
        """Return what a line prints."""
        command = await asyncio.create_subprocess_exec(
            *words,
            cwd=self._folder,
            env=dict(self._environment),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        output, _ = await command.communicate()
        assert command.returncode == 0, output.decode()
        return output.decode()

    def said(self) -> str:
        return self._log.read_text(encoding="utf-8")

    async def has_said(self, text: str) -> bool:
        return text in self.said()

    def as_on_the_usual_ports(self, text: str) -> str:
        """What the worker prints with a server where Temporal's command line starts one."""
        text = text.replace(f" --address {self._ports.address}", "").replace(self._ports.address, "127.0.0.1:7233")
        return re.sub(r"http://localhost:\d+", "http://localhost:8233", text)

    async def until(self, reached: Callable[[], Awaitable[bool]], worker: "subprocess.Popen[bytes]") -> None:
        async with asyncio.timeout(LIMIT_SECONDS):
            while not await reached():
                assert worker.poll() is None, self.said()
                await asyncio.sleep(0.05)


async def writes_the_letter(client: Client, run: WorkflowHandle[Any, Any], terminal: Typing) -> bool:
    """Return whether the second call is under way, and the server knows that the first one is finished."""
    if len(CALL.findall(terminal.said())) != 2:
        return False
    pending = (await run.describe()).raw_description.pending_activities
    details = await client.data_converter.decode(pending[0].heartbeat_details.payloads) if pending else []
    return bool(details) and details[0]["step"] == 2


async def asks(run: WorkflowHandle[Any, Any]) -> bool:
    return bool((await run.query("status"))["questions"])
