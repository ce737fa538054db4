"""The commands, their options and what they print; `python -m langgraph_heartbeat --help` shows them."""

import argparse
import asyncio
import logging
import sys
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

from langchain_core.globals import get_llm_cache, set_llm_cache

from langgraph_heartbeat._journal.call_journal import CallJournal
from langgraph_heartbeat._stream.streaming import STREAMED_MODES

from .connection import DEFAULT_TASK_QUEUE
from .environment import set_environment
from .graph_entries import GraphEntry
from .listing import as_json, as_text
from .packages import prepare_packages
from .project import Project, find_project
from .project_keys import REFUSED, notes_of, refusals_of
from .refusal import Refusal
from .served_graphs import load_all, registered, served_graphs
from .worker import DEFAULT_GRACE, WorkerOptions, serve

DONE, REFUSED_CODE, INTERRUPTED = 0, 1, 130


def run(arguments: Sequence[str]) -> int:
    """Run a command and return the exit code of the process: 1 if it was refused, 2 if it was written wrongly."""
    options = parser().parse_args(arguments)
    try:
        if options.command == "worker":
            return run_worker(options)
        return list_graphs(options)
    except Refusal as refusal:
        return refuse(refusal.problems)
    except KeyboardInterrupt:  # before the worker listens to signals itself, for example while graphs are imported
        return INTERRUPTED


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(
        prog="python -m langgraph_heartbeat",
        description="Serve LangGraph's graphs as durable runs on Temporal. Graphs are found in langgraph.json, and in "
        "entry points of installed packages (group langgraph_heartbeat.graphs).",
    )
    commands = made.add_subparsers(dest="command", required=True, metavar="COMMAND")
    graphs = commands.add_parser("graphs", help="list the graphs, with what they take and return; needs no server")
    graphs.add_argument("--json", action="store_true", help="one JSON document, with whole JSON schemas")
    graphs.add_argument("--mermaid", action="store_true", help="draw in Mermaid's language")
    worker = commands.add_parser("worker", help="run the graphs, until SIGTERM or Ctrl-C")
    worker.add_argument("--dev", action="store_true", help="use a server on this machine; start it if need be")
    worker.add_argument("--address", help="host:port of the Temporal server (default: TEMPORAL_ADDRESS or a profile)")
    worker.add_argument("--namespace", help="namespace there (default: TEMPORAL_NAMESPACE or a profile)")
    worker.add_argument("--task-queue", default=DEFAULT_TASK_QUEUE, help="default: %(default)s")
    worker.add_argument("--ui", metavar="URL", help="address of the server's UI, for the links that are printed")
    worker.add_argument(
        "--grace",
        type=seconds,
        default=DEFAULT_GRACE,
        metavar="SECONDS",
        help="how long steps in progress may take when the worker stops (default: 10)",
    )
    worker.add_argument(
        "--stream",
        action="append",
        default=[],
        choices=STREAMED_MODES,
        help="let clients follow this while graphs run (langgraph_heartbeat.follow); repeatable",
    )
    worker.add_argument(
        "--without",
        action="append",
        default=[],
        choices=sorted(REFUSED),
        help="serve the graphs although this key of langgraph.json cannot be honoured",
    )
    for each in (graphs, worker):
        each.add_argument("--config", type=Path, metavar="PATH", help="a langgraph.json (default: that of this folder)")
        each.add_argument("--graph", action="append", default=[], metavar="NAME", help="only this one; repeatable")
    return made


def seconds(text: str) -> timedelta:
    value = float(text)
    if not 0 <= value < timedelta.max.total_seconds():
        raise ValueError
    return timedelta(seconds=value)


def run_worker(options: argparse.Namespace) -> int:
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    for each in ("httpx", "httpx2"):
        logging.getLogger(each).setLevel(logging.WARNING)  # it logs every URL, which may contain secrets
    project, entries = prepare(options, frozenset(options.without))
    worker = WorkerOptions(
        options.address, options.namespace, options.task_queue, options.ui, options.grace, options.dev
    )
    problems: list[str] = []
    loaded = load_all(entries, problems)
    remember_model_calls()

    async def work() -> None:
        async with served_graphs(project, loaded, problems, options.stream) as graphs:
            if problems:
                raise Refusal(problems)
            await serve(graphs, worker, project.folder if project else Path.cwd(), say)

    asyncio.run(work())
    return DONE


def remember_model_calls() -> None:
    """Let every model of this process keep its answers in the journal of its phase, unless the project has a cache.

    The graphs are served as they are, so nobody else could give their models `cache=CallJournal()`. Outside of a phase,
    the journal does nothing.
    """
    if get_llm_cache() is None:
        set_llm_cache(CallJournal())


def list_graphs(options: argparse.Namespace) -> int:
    project, entries = prepare(options, frozenset(REFUSED))
    problems: list[str] = []
    loaded = load_all(entries, problems)

    async def show() -> None:
        async with served_graphs(project, loaded, problems) as graphs:
            for line in [as_json(graphs, problems)] if options.json else as_text(graphs, mermaid=options.mermaid):
                say(line)

    asyncio.run(show())
    return refuse(problems) if problems else DONE


def prepare(options: argparse.Namespace, without: frozenset[str]) -> tuple[Project | None, list[GraphEntry]]:
    """Read the project, and set up its environment and packages; return it with the graphs to serve.

    Keys in `without` are not refused.
    """
    project = find_project(options.config, Path.cwd())
    entries = registered(project, options.graph)
    if project is not None:
        if refused := list(refusals_of(project.settings, without)):
            raise Refusal(f"{project.file.name}: {each}" for each in refused)
        notes = [*project.notes, *notes_of(project.settings, without)]
        for note in [*notes, *set_environment(project), *prepare_packages(project)]:
            warn(f"{project.file.name}: {note}")
    return project, entries


def say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def warn(text: str) -> None:
    sys.stderr.write(f"note: {text}\n")
    sys.stderr.flush()


def refuse(problems: Sequence[str]) -> int:
    for problem in problems:
        sys.stderr.write(f"error: {problem}\n")
    sys.stderr.flush()
    return REFUSED_CODE
