"""All graphs of a worker: each entry is loaded, made durable, and registered under its name."""

import asyncio
import importlib
from collections.abc import AsyncGenerator, Iterable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from operator import attrgetter
from typing import Any, cast

from langgraph.graph import StateGraph
from langgraph.pregel import Pregel
from langgraph.store.base import BaseStore
from temporalio import activity
from temporalio.exceptions import ApplicationError

from langgraph_heartbeat._durable import DurableActivity, durable
from langgraph_heartbeat._graphs import GraphLike
from langgraph_heartbeat._heartbeats import start_heartbeats
from langgraph_heartbeat._schemas.derived import GivenFields

from .graph_entries import GraphEntry, installed_entries, load_object
from .graph_factories import GraphFactory, entered
from .project import EXAMPLE, FILE_NAME, Project
from .project_keys import message_types, part_of
from .refusal import Refusal

RESERVED_NAMES = frozenset({"durable_standing", "durable_check"})
"""Activities that the plugin adds to a worker."""
NO_GRAPHS = (
    f"There are no graphs here: this folder has no {FILE_NAME}, and no installed package registers graphs. Write a "
    f"{FILE_NAME} like {EXAMPLE}, or give the path of one in --config, or let your package register graphs as entry "
    'points: [project.entry-points."langgraph_heartbeat.graphs"] with lines such as agent = "my_package.agent:graph".'
)


@dataclass(frozen=True)
class ServedGraph:
    """A graph with its entry and the activity that runs it."""

    entry: GraphEntry
    activity: DurableActivity

    @property
    def graph(self) -> Pregel[Any, Any, Any, Any]:
        return self.activity.durable_graph.graph


def registered(project: Project | None, only: Sequence[str] = ()) -> list[GraphEntry]:
    """Return the graphs of the project and of installed packages, or those of them whose names are in `only`."""
    entries = [*(project.entries if project else ()), *installed_entries()]
    if not entries:
        raise Refusal(NO_GRAPHS)
    names = [entry.name for entry in entries]
    if unknown := [name for name in only if name not in names]:
        raise Refusal(f"There is no graph {unknown[0]!r}. The graphs are: {', '.join(sorted(set(names)))}.")
    return [entry for entry in entries if not only or entry.name in only]


def load_all(entries: Iterable[GraphEntry], problems: list[str]) -> list[tuple[GraphEntry, object]]:
    """Return each entry with its object, and add a problem for each that cannot be served.

    This runs outside of the event loop, because many modules use asyncio.run() when they are imported, for example to
    ask an MCP server for its tools.
    """
    loaded: dict[str, tuple[GraphEntry, object]] = {}
    for entry in entries:
        if entry.name in RESERVED_NAMES:
            problems.append(f"The graph {entry} has the name of an activity of langgraph-heartbeat. Choose another.")
            continue
        try:
            value = load_object(entry)
        except Refusal as refusal:
            problems += refusal.problems
            continue
        other, same = loaded.setdefault(entry.name, (entry, value))
        if same is not value:
            problems.append(f"The graphs {other} and {entry} have the same name. Rename one, so that each is meant.")
    return list(loaded.values())


@asynccontextmanager
async def served_graphs(
    project: Project | None,
    loaded: Sequence[tuple[GraphEntry, object]],
    problems: list[str],
    stream: Sequence[str] = (),
) -> AsyncGenerator[list[ServedGraph]]:
    """Yield the graphs, and close their store at the end. What cannot be served is added to `problems`."""
    options = {**dict(options_of(project, problems)), "stream": tuple(dict.fromkeys(stream))}
    async with AsyncExitStack() as stack:
        try:
            store = await stack.enter_async_context(opened_store(project))
        except Refusal as refusal:
            problems += refusal.problems
            store = None
        if store is not None:
            options["store"] = store
        served: list[ServedGraph] = []
        for entry, value in loaded:
            try:
                served.append(ServedGraph(entry, await made_durable(entry, value, options)))
            except Refusal as refusal:
                problems += refusal.problems
            except Exception as error:  # noqa: BLE001 - the factory of the user's, or a graph that no phase accepts
                problems.append(f"The graph {entry} cannot be served. {type(error).__name__}: {error}")
        yield served


async def made_durable(entry: GraphEntry, value: Any, options: Mapping[str, Any]) -> DurableActivity:
    if isinstance(value, StateGraph | Pregel):
        return durable(cast("GraphLike", value), entry.name, **options)
    factory = GraphFactory.of(entry.name, value)
    async with factory.graph_for_reading(options.get("store")) as graph:
        return of_factory(factory, durable(graph, entry.name, **options), options)


def of_factory(factory: GraphFactory, read: DurableActivity, options: Mapping[str, Any]) -> DurableActivity:
    """Return an activity that makes its graph for each attempt, as LangGraph's server makes it for each run.

    `read` runs the graph as it was made for reading: its schemas are those of all graphs of the factory.
    """

    async def run(unvalidated: Any = None, *more: Any) -> Any:
        try:
            request = read.durable_graph.request.read(unvalidated)
        except ValueError:
            return await read(unvalidated, *more)  # which refuses the request before anything is made
        context = request.context.given() if isinstance(request.context, GivenFields) else request.context
        async with graph_of_run(factory, request.run_config(), context, options.get("store")) as graph:
            return await durable(graph, factory.name, **options)(unvalidated, *more)

    run.__annotations__["return"] = read.__annotations__["return"]
    run.__doc__ = f"Make the graph {factory.name} and run it."
    function: Any = activity.defn(name=factory.name)(run)
    function.durable_graph = read.durable_graph
    return function


@asynccontextmanager
async def graph_of_run(
    factory: GraphFactory, config: Mapping[str, Any] | None, context: Any, store: BaseStore | None
) -> AsyncGenerator[Any]:
    """Make the graph of a run. An error of the factory itself is named; Temporal tries it again.

    Heartbeats repeat the checkpoint of the attempt before: a factory may connect to servers, and take its time.
    """
    async with AsyncExitStack() as stack:
        try:
            async with start_heartbeats(factory.name):
                graph = await stack.enter_async_context(factory.graph_for_run(config, context, store))
        except ApplicationError:
            raise
        except Exception as error:  # the code of the user's may raise anything; the failure names its graph
            raise ApplicationError(
                f"The factory of the graph {factory.name} failed. {type(error).__name__}: {error}", type="GraphFactory"
            ) from error
        yield graph


@asynccontextmanager
async def opened_store(project: Project | None) -> AsyncGenerator[BaseStore | None]:
    """Open the store that the project names in `store.path`, which is written as the place of a graph is."""
    where = part_of(project.settings, "store").get("path") if project else None
    if project is None or where is None:
        yield None
        return
    entry = GraphEntry("store.path", str(where), project.file.name, project.folder, what="store")
    async with AsyncExitStack() as stack:
        try:
            value: Any = await asyncio.to_thread(load_object, entry, BaseStore)
            store = value if isinstance(value, BaseStore) else await stack.enter_async_context(entered(value()))
        except Refusal:
            raise
        except Exception as error:  # each database has errors of its own
            raise Refusal(f"The store of {where} cannot be opened. {type(error).__name__}: {error}") from error
        if not isinstance(store, BaseStore):
            raise Refusal(f"The store of {where} is a {type(store).__name__}, not one of LangGraph's stores.")
        yield store


def options_of(project: Project | None, problems: list[str]) -> Iterable[tuple[str, Any]]:
    """Yield the options of `durable` that the settings of the project stand for."""
    types: list[type] = []
    for module, *_, name in message_types(part_of(project.settings, "checkpointer")) if project else ():
        try:
            found: object = attrgetter(name)(importlib.import_module(module))
        except (ImportError, AttributeError) as error:
            problems.append(f"checkpointer.serde allows the type {module}.{name}, which cannot be imported: {error}")
            continue
        if isinstance(found, type):
            types.append(found)
    if types:
        yield "types", types
