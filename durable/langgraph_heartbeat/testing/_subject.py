"""What is killed: a graph, a durable activity, or a function that makes one as each new process would."""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, cast

from langgraph.graph import StateGraph
from langgraph.pregel import Pregel
from temporalio import activity

from langgraph_heartbeat._durable import DurableGraph, durable

from ._attempts import Activity
from ._in_memory import forgetting

DEFAULT_NAME = "graph"


@dataclass(frozen=True)
class Process:
    """What a process has loaded. A killed process is followed by another one."""

    run: Activity
    name: str
    takes_input: bool
    """Whether its request is the input of a graph, and not a request of its own."""
    forget: Callable[[], None]
    sends_in_parts: bool
    """Whether large checkpoints may go to a store, and only their names into heartbeats."""


class Subject:
    """Makes the processes of a crash test."""

    def __init__(
        self, given: object, options: Mapping[str, Any], *, name: str | None = None, context: object = None
    ) -> None:
        self._given, self._options, self._name, self._context = given, options, name, context
        self._is_factory = is_factory(given)
        self._made: object = None
        self._process: Process | None = None

    def start_process(self) -> Process:
        """Return a new process; raise `TypeError` or `ValueError` for what cannot be run.

        A graph or an activity that was given as an object is the same in all processes, but for what LangGraph keeps
        in memory for it.
        """
        made = cast("Callable[[], object]", self._given)() if self._is_factory else self._given
        if self._process is None or made is not self._made:
            if inspect.iscoroutine(made):
                made.close()
                raise TypeError("The function that makes the graph must not be async.")
            self._process, self._made = self._process_of(made), made
        self._process.forget()
        return self._process

    def close(self) -> None:
        """Leave what LangGraph keeps in memory for the graph as it was."""
        if self._process:
            self._process.forget()

    def _process_of(self, made: object) -> Process:
        definition = activity_name(made)
        if definition:
            if self._options or self._context is not None or self._name:
                raise TypeError("An activity has its own name, context and options: leave them out of crashes(...).")
            graph: object = getattr(made, "durable_graph", None)
            known = graph.graph if isinstance(graph, DurableGraph) else None
            forget = forgetting(*memories_of(known))
            return Process(cast("Activity", made), definition, known is not None, forget, sends_in_parts=True)
        if not isinstance(made, StateGraph | Pregel):
            raise TypeError(
                "crashes() takes a graph, an activity of durable() or phase_activity(), or a function that makes one "
                f"of them, not {made!r}."
            )
        compiled = cast("Pregel[Any, Any, Any, Any]", made.compile() if isinstance(made, StateGraph) else made)
        name = self._name or (compiled.name if compiled.name != "LangGraph" else DEFAULT_NAME)
        options = dict(self._options)
        if self._context is not None:
            options["context"] = self._context_of
        run = durable(compiled, name, **options)
        forget = forgetting(*memories_of(compiled), options.get("store"))
        return Process(run, name, takes_input=True, forget=forget, sends_in_parts="checkpoints" in options)

    def _context_of(self, _: object) -> object:
        return self._context

    def request(self, process: Process, given: object, config: Mapping[str, Any] | None) -> object:
        """Return the request of the activity: for a graph, what its users send; for an activity, what was given."""
        if process.takes_input:
            return {"input": given} | ({"config": dict(config)} if config else {})
        if config:
            raise TypeError("The request of a phase has no config: give phase_activity(..., config=...) one.")
        return given


def is_factory(given: object) -> bool:
    return callable(given) and not activity_name(given) and not isinstance(given, StateGraph | Pregel)


def activity_name(given: object) -> str:
    """Return the name of an activity; "" for anything else."""
    if not callable(given) or isinstance(given, type):
        return ""
    definition = activity._Definition.from_callable(given)  # noqa: SLF001  # pyright: ignore[reportPrivateUsage] - the SDK shows it nowhere else
    return (definition.name or "") if definition else ""


def memories_of(graph: object) -> tuple[object, ...]:
    return (getattr(graph, "store", None), getattr(graph, "cache", None))
