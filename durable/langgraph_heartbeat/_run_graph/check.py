"""The check of a run's input, by the worker that has the graphs: it costs nothing, and comes before what costs."""

from collections.abc import Callable, Iterable
from typing import Any, NoReturn

from temporalio import activity
from temporalio.exceptions import ApplicationError, ApplicationErrorCategory

from langgraph_heartbeat._schemas.derived import GraphRequest
from langgraph_heartbeat._sendable import sendable

from .messages import CHECK_ACTIVITY


def graphs_of(activities: Iterable[Callable[..., Any]]) -> dict[str, type[GraphRequest]]:
    """Return the requests of the durable graphs among a worker's activities, by their names.

    Raises `ValueError` if two of them have the same name.
    """
    found: dict[str, type[GraphRequest]] = {}
    for each in activities:
        if (graph := getattr(each, "durable_graph", None)) is None:
            continue
        if graph.name in found:
            raise ValueError(
                f"Two graphs of this worker have the name {graph.name!r}, so that a run could not say which it means. "
                'Give one of them another name: durable(graph, "another name").'
            )
        found[graph.name] = graph.request
    return found


def check_activity(graphs: dict[str, type[GraphRequest]]) -> Callable[..., Any]:
    """Return the activity that checks the input of a run against these graphs, and returns the name of its graph."""

    @activity.defn(name=CHECK_ACTIVITY)
    async def check(run: Any) -> str:
        name: str = run.pop("graph") or only_graph(graphs)
        if not graphs:
            return name  # this worker has workflows alone: the activity of the graph checks its request itself
        if name not in graphs:
            refuse(f"This worker has no graph {name!r}. It has: {', '.join(sorted(graphs))}.")
        try:
            graphs[name].read(run)
        except ValueError as error:
            refuse(f"The request of the graph {name} does not fit. {error}")
        return name

    return check


def only_graph(graphs: dict[str, type[GraphRequest]]) -> str:
    if len(graphs) != 1:
        known = f"This worker has: {', '.join(sorted(graphs))}" if graphs else "This worker has none itself"
        refuse(f'Say which graph is meant: {{"graph": "agent", "input": {{...}}}}. {known}.')
    return next(iter(graphs))


def refuse(message: str) -> NoReturn:
    # Benign: the worker is not at fault, and does not log it as an error.
    category = ApplicationErrorCategory.BENIGN
    raise ApplicationError(sendable(message), type="BadRequest", non_retryable=True, category=category) from None
