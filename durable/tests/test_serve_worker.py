"""`python -m langgraph_heartbeat worker` as people run it: it serves, is killed, drains, and starts a server."""

import asyncio
import json
import os
import shlex
import shutil
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from langgraph_heartbeat import follow
from temporalio.client import Client, WorkflowHandle
from temporalio.contrib.pydantic import pydantic_data_converter

from .conftest import connected, free_ports, temporal
from .phases import until
from .projects import GRAPH, command, write_project

WAITING = """
import asyncio, operator, os
from pathlib import Path
from typing import Annotated, TypedDict
from dataclasses import dataclass
from langgraph.config import get_stream_writer
from langgraph.graph import START, StateGraph
from langgraph_sdk.runtime import ServerRuntime

FOLDER = Path(os.environ["FOLDER_OF_TEST"])

class State(TypedDict):
    topic: str
    out: Annotated[list[str], operator.add]

def began(node):
    with (FOLDER / "began").open("a") as lines:
        lines.write(node + "\\n")

async def first(state: State) -> dict:
    began("first")
    get_stream_writer()("a word of the first")
    return {"out": [state["topic"]]}

async def second(state: State) -> dict:
    began("second")
    while not (FOLDER / "go").exists():
        await asyncio.sleep(0.02)
    return {"out": ["second"]}

async def third(state: State) -> dict:
    began("third")
    return {"out": ["third"]}

builder = StateGraph(State).add_sequence([first, second, third]).add_edge(START, "first")
graph = builder.compile()

@dataclass
class Context:
    greeting: str = "none"

async def make_graph(config, runtime: ServerRuntime[Context]):
    run = runtime.execution_runtime
    (FOLDER / "made").write_text(f"{config['configurable']['user']} {run.context}" if run else "")
    return StateGraph(State, context_schema=Context).add_node(third).add_edge(START, "third")
"""
"""Its second node waits for a file; a file has a line for each node that began."""


ASKING = """
import asyncio, os
from pathlib import Path
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage
from langchain_core.outputs import ChatGeneration, ChatResult
from langgraph.graph import START, MessagesState, StateGraph

FOLDER = Path(os.environ["FOLDER_OF_TEST"])

class Model(BaseChatModel):
    _llm_type = "counting"

    def _generate(self, messages, stop=None, run_manager=None, **kwargs):
        raise NotImplementedError

    async def _agenerate(self, messages, stop=None, run_manager=None, **kwargs):
        question = messages[-1].text
        with (FOLDER / "began").open("a") as lines:
            lines.write(question + "\\n")
        while question == "second" and not (FOLDER / "go").exists():
            await asyncio.sleep(0.02)
        return ChatResult(generations=[ChatGeneration(message=AIMessage("answer to " + question))])

async def ask(state):
    return {"messages": [await Model().ainvoke("first"), await Model().ainvoke("second")]}

graph = StateGraph(MessagesState).add_node(ask).add_edge(START, "ask").compile()
"""
"""A node that asks its model twice. The model is the project's own and knows nothing of a journal."""


class Running:
    """A worker that runs, and what it has printed."""

    def __init__(self, process: Process) -> None:
        self.process = process
        self.lines: list[str] = []

    async def line(self, found: Callable[[str], bool]) -> str:
        """Return the first line that is found, once the worker has printed it."""
        for line in self.lines:
            if found(line):
                return line
        assert self.process.stdout is not None
        while read := await asyncio.wait_for(self.process.stdout.readline(), 90):
            self.lines.append(read.decode().rstrip("\n"))
            if found(self.lines[-1]):
                return self.lines[-1]
        raise AssertionError("the worker ended: " + "\n".join(self.lines))

    async def kill(self) -> None:
        self.process.kill()
        await self.process.wait()

    async def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return await asyncio.wait_for(self.process.wait(), 60)


@asynccontextmanager
async def worker(folder: Path, *options: str, **environment: str) -> AsyncIterator[Running]:
    """Run a worker in a process, whose output comes to the test; it is killed at the end if it still runs."""
    outside = {name: value for name, value in os.environ.items() if not name.startswith("TEMPORAL")}
    arguments = [sys.executable, "-m", "langgraph_heartbeat", "worker", "--config", str(folder), *options]
    process = await asyncio.create_subprocess_exec(
        *arguments, env={**outside, **environment}, stdout=PIPE, stderr=asyncio.subprocess.STDOUT, cwd=folder
    )
    running = Running(process)
    try:
        yield running
    finally:
        with suppress(ProcessLookupError):
            await running.kill()


def serving(line: str) -> bool:
    return line.startswith("Serving ")


def is_dev_server(line: str) -> bool:
    return line.startswith("The dev server")


def pasted(line: str) -> bool:
    return line.startswith("  temporal workflow start ")


async def paste(line: str) -> str:
    """Run a line as a shell would, with Temporal's own command line, and return the id of the workflow."""
    words = [temporal(), *shlex.split(line)[1:], "--output", "json"]
    started = await asyncio.create_subprocess_exec(*words, stdout=PIPE)
    output, _ = await started.communicate()
    assert started.returncode == 0
    return str(json.loads(output)["workflowId"])


def began(folder: Path) -> list[str]:
    return (folder / "began").read_text().split() if (folder / "began").exists() else []


async def is_known(workflow: WorkflowHandle[Any, Any], node: str) -> bool:
    """Return whether the newest heartbeat that the server has says that a node has finished, and another one runs."""
    details = await heartbeat_details(workflow)
    return bool(details) and node in details[0]["finished"] and bool(details[0]["running"])


async def heartbeat_details(workflow: WorkflowHandle[Any, Any]) -> list[Any]:
    """Return the newest heartbeat details of a run's phase; an empty list if there are none."""
    described = await workflow.describe()
    payloads = [
        payload for each in described.raw_description.pending_activities for payload in each.heartbeat_details.payloads
    ]
    return await pydantic_data_converter.decode(payloads)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project whose graph waits; its environment comes from its own `env`."""
    graphs = {"waiting": "./waiting.py:graph", "made": {"path": "./waiting.py:make_graph", "description": "Made."}}
    env = {"FOLDER_OF_TEST": str(tmp_path)}
    return write_project(tmp_path, {"waiting.py": WAITING}, graphs=graphs, env=env)


async def start(client: Client, queue: str, graph: str, **more: Any) -> WorkflowHandle[Any, Any]:
    request = {"graph": graph, "input": {"topic": "tides"}, **more}
    return await client.start_workflow("RunGraph", request, id=str(uuid4()), task_queue=queue)


async def test_the_line_that_it_prints_starts_a_run_that_survives_kill_9(
    project: Path, address: str, durable_client: Client
) -> None:
    queue = f"queue of {uuid4()}"
    options = ["--address", address, "--task-queue", queue]
    async with worker(project, *options) as first:
        line = await first.line(pasted)
        workflow = durable_client.get_workflow_handle(await paste(line))
        await until(lambda: is_known(workflow, "first"))
        await first.kill()
    (project / "go").touch()
    async with worker(project, *options) as second:
        await second.line(serving)
        result = await workflow.result()
    assert result["out"] == ["...", "second", "third"]
    assert began(project) == ["first", "second", "second", "third"]


async def begun(folder: Path, nodes: list[str]) -> bool:
    return began(folder) == nodes


async def test_a_model_of_the_project_is_not_asked_again_for_what_it_has_answered(
    project: Path, address: str, durable_client: Client
) -> None:
    queue = str(uuid4())
    env = {"FOLDER_OF_TEST": str(project)}
    write_project(project, {"asking.py": ASKING}, graphs={"asking": "./asking.py:graph"}, env=env)
    options = ["--address", address, "--task-queue", queue]
    async with worker(project, *options) as first:
        await first.line(serving)
        request = {"input": {"messages": "hi"}, "limits": {"heartbeat_seconds": 5}}
        workflow = await durable_client.start_workflow("RunGraph", request, id=str(uuid4()), task_queue=queue)
        await until(lambda: has_begun_calls(workflow, 2))
        await first.kill()
    (project / "go").touch()
    async with worker(project, *options) as second:
        await second.line(serving)
        result = await workflow.result()
    assert [message["content"] for message in result["messages"]] == ["hi", "answer to first", "answer to second"]
    assert began(project) == ["first", "second", "second"]


async def has_begun_calls(workflow: WorkflowHandle[Any, Any], number: int) -> bool:
    """Return whether the newest heartbeat that the server has counts so many calls, and has a checkpoint."""
    details = await heartbeat_details(workflow)
    return bool(details) and details[0].get("calls") == number and bool(details[1])


async def test_sigterm_lets_the_step_finish_and_hands_over(project: Path, address: str, durable_client: Client) -> None:
    queue = str(uuid4())
    options = ["--address", address, "--task-queue", queue, "--grace", "60"]
    async with worker(project, *options) as first:
        await first.line(serving)
        workflow = await start(durable_client, queue, "waiting")
        await until(lambda: begun(project, ["first", "second"]))
        first.process.send_signal(signal.SIGTERM)
        await first.line(lambda line: line.startswith("Stopping"))
        (project / "go").touch()
        assert await asyncio.wait_for(first.process.wait(), 60) == 0
    async with worker(project, *options) as second:
        await second.line(serving)
        assert (await workflow.result())["out"] == ["tides", "second", "third"]
    assert began(project) == ["first", "second", "third"]


async def test_a_factory_makes_its_graph_from_the_config_and_the_context_of_each_run(
    project: Path, address: str, durable_client: Client
) -> None:
    queue = str(uuid4())
    (project / "go").touch()
    async with worker(project, "--address", address, "--task-queue", queue) as running:
        await running.line(serving)
        assert (project / "made").read_text() == ""
        workflow = await start(
            durable_client, queue, "made", config={"configurable": {"user": "ada"}}, context={"greeting": "hi"}
        )
        assert (await workflow.result())["out"] == ["third"]
        assert await running.stop() == 0
    assert (project / "made").read_text() == "ada Context(greeting='hi')"


async def test_clients_follow_what_the_worker_is_told_to_stream(
    project: Path, address: str, durable_client: Client
) -> None:
    queue = str(uuid4())
    async with worker(project, "--address", address, "--task-queue", queue, "--stream", "custom") as running:
        await running.line(serving)
        workflow = await start(durable_client, queue, "waiting")
        events: list[Any] = []
        async for event in follow(workflow):
            events.append((event.mode, event.data))
            (project / "go").touch()
        assert await running.stop() == 0
    assert events == [("custom", "a word of the first")]


async def test_a_store_that_the_project_names_keeps_what_runs_put(
    tmp_path: Path, address: str, durable_client: Client
) -> None:
    store = """
import contextlib, os
from pathlib import Path
from langgraph.store.memory import InMemoryStore

@contextlib.asynccontextmanager
async def open_store():
    yield InMemoryStore()
    (Path(__file__).parent / "closed").touch()
"""
    counting = """
from typing import TypedDict
from langgraph.config import get_store
from langgraph.graph import START, StateGraph

class State(TypedDict):
    count: int

async def count(state: State) -> dict:
    known = await get_store().aget(("counts",), "runs")
    number = (known.value["number"] if known else 0) + 1
    await get_store().aput(("counts",), "runs", {"number": number})
    return {"count": number}

graph = StateGraph(State).add_node("counting", count).add_edge(START, "counting").compile()
"""
    files = {"store.py": store, "counting.py": counting}
    write_project(tmp_path, files, graphs={"counting": "./counting.py:graph"}, store={"path": "./store.py:open_store"})
    queue = str(uuid4())
    async with worker(tmp_path, "--address", address, "--task-queue", queue) as running:
        await running.line(serving)
        counts: list[int] = []
        for _ in range(2):
            request = {"input": {"count": 0}}
            handle = await durable_client.start_workflow("RunGraph", request, id=str(uuid4()), task_queue=queue)
            counts.append((await handle.result())["count"])
        assert await running.stop() == 0
    assert counts == [1, 2]
    assert (tmp_path / "closed").exists()


async def test_a_dev_server_is_started_outlives_a_killed_worker_and_is_stopped_with_the_next(
    project: Path, processes: None
) -> None:
    port, _ = free_ports(2)
    options = ["--dev", "--address", f"localhost:{port}"]
    async with worker(project, *options) as first:
        await first.line(lambda line: line.startswith("Temporal UI: http://localhost:"))
        number = int((await first.line(is_dev_server)).split("process ")[1].split(")")[0])
        try:
            client = await connected(f"127.0.0.1:{port}")
            workflow = client.get_workflow_handle(await paste(await first.line(pasted)))
            await until(lambda: is_known(workflow, "first"))
            await first.kill()
            (project / "go").touch()
            async with worker(project, *options) as second:
                await second.line(lambda line: "so none was started" in line)
                assert (await workflow.result())["out"] == ["...", "second", "third"]
                assert await second.stop() == 0
        finally:
            os.kill(number, signal.SIGTERM)
    await until(lambda: has_ended(number))
    async with worker(project, *options) as third:
        await third.line(is_dev_server)
        assert await third.stop() == 0
    assert not await is_open(port)


@pytest.fixture
def killed_project(project: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """In a folder with a special name, with what a server leaves that is killed before it has made a table."""
    folder = shutil.copytree(project, tmp_path_factory.mktemp("named") / "C# graphs")
    (folder / ".langgraph_heartbeat").mkdir()
    (folder / ".langgraph_heartbeat" / "temporal.db").touch()
    return folder


async def test_a_first_start_that_was_killed_is_made_again_in_a_folder_of_any_name(
    killed_project: Path, processes: None
) -> None:
    port, _ = free_ports(2)
    async with worker(killed_project, "--dev", "--address", f"localhost:{port}") as started:
        await started.line(is_dev_server)
        assert await started.stop() == 0
    assert {file.name for file in killed_project.parent.iterdir()} == {"C# graphs"}


async def has_ended(process: int) -> bool:
    """Its parent was killed: where nobody else waits for it, it stays as a zombie."""
    question = ["ps", "-o", "stat=", "-p", str(process)]
    asked = await asyncio.create_subprocess_exec(*question, stdout=asyncio.subprocess.PIPE)
    state, _ = await asked.communicate()
    return state.strip()[:1] in (b"", b"Z")


async def is_open(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    return True


async def test_a_signal_ends_a_worker_that_waits_for_its_server(project: Path, processes: None) -> None:
    asked, left = asyncio.Event(), list[asyncio.Event]()

    async def keep_silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        left.append(gone := asyncio.Event())
        asked.set()
        await reader.read()  # until the worker closes the connection
        writer.close()
        gone.set()

    async with await asyncio.start_server(keep_silent, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        async with worker(project, "--address", f"127.0.0.1:{port}") as running:
            await asyncio.wait_for(asked.wait(), 90)
            assert await running.stop() == 0
        for gone in left:
            await gone.wait()


# --- Refused before anything is connected ---


def test_a_worker_with_a_graph_that_cannot_be_loaded_does_not_start(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = {"one.py": GRAPH, "bad.py": "raise ValueError('no key')"}
    write_project(tmp_path, files, graphs={"one": "./one.py:graph", "bad": "./bad.py:graph", "gone": "./gone.py:graph"})
    assert command("worker", config=tmp_path) == 1
    bad, gone = capsys.readouterr().err.splitlines()
    assert "The graph 'bad'" in bad
    assert "The graph 'gone' (./gone.py:graph of langgraph.json): there is no file" in gone


def test_a_worker_without_its_server_says_how_to_have_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_project(tmp_path, {"one.py": GRAPH}, graphs={"one": "./one.py:graph"})
    (port,) = free_ports(1)
    assert command("worker", "--address", f"127.0.0.1:{port}", config=tmp_path) == 1
    error = capsys.readouterr().err
    assert error.startswith(f"error: The Temporal server at 127.0.0.1:{port} cannot be used: ")
    assert "--dev" in error


def test_a_project_with_auth_is_served_only_when_asked_without(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = {"auth": {"path": "./auth.py:auth"}}
    write_project(tmp_path, {"one.py": GRAPH}, graphs={"one": "./one.py:graph"}, **settings)
    (port,) = free_ports(1)
    assert command("worker", "--address", f"127.0.0.1:{port}", config=tmp_path) == 1
    assert "--without auth" in capsys.readouterr().err
    assert command("worker", "--address", f"127.0.0.1:{port}", "--without", "auth", config=tmp_path) == 1
    assert "The Temporal server at" in capsys.readouterr().err


def test_a_dev_server_elsewhere_is_a_contradiction(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_project(tmp_path, {"one.py": GRAPH}, graphs={"one": "./one.py:graph"})
    assert command("worker", "--dev", "--address", "temporal.example:7233", config=tmp_path) == 1
    assert "--dev starts a server on this machine" in capsys.readouterr().err


def test_without_temporals_command_line_a_dev_server_is_refused_with_the_command_that_installs_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write_project(tmp_path, {"one.py": GRAPH}, graphs={"one": "./one.py:graph"})
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    (port,) = free_ports(1)
    assert command("worker", "--dev", "--address", f"localhost:{port}", config=tmp_path) == 1
    assert capsys.readouterr().err.endswith("Install it: pip install 'langgraph-heartbeat[local]'\n")
    assert not (tmp_path / ".langgraph_heartbeat").exists()


def test_ctrl_c_while_graphs_are_imported_ends_without_a_traceback(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_project(tmp_path, {"slow.py": "raise KeyboardInterrupt"}, graphs={"slow": "./slow.py:graph"})
    assert command("graphs", config=tmp_path) == 130
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("arguments", [["worker", "--grace", "-1"], ["worker", "--grace", "nan"], ["serve"], []])
def test_a_command_that_is_written_wrongly_ends_with_2(
    arguments: list[str], capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    with pytest.raises(SystemExit) as ended:
        command(*(arguments or ["--unknown"]), config=tmp_path)
    assert ended.value.code == 2
    assert "usage: python -m langgraph_heartbeat" in capsys.readouterr().err
