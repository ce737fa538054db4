"""Where a phase's store is used: the tasks of the graph, and what each has put before it has finished."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from langchain_core.runnables import RunnableConfig
from langgraph._internal._constants import CONFIG_KEY_RUNTIME, CONFIG_KEY_SCRATCHPAD
from langgraph.config import get_config
from langgraph.runtime import Runtime

from langgraph_heartbeat._journal.call_places import original_of

from .rows import Rows

Checkpoints = Mapping[str, str]
"""The ids of checkpoints, by their namespaces."""
IsSaved = Callable[[str, str], bool]
"""Tells of a namespace and an id whether this checkpoint, or one after it, is saved."""


@dataclass(frozen=True)
class Place:
    """Where the store is used: in a task of the graph, in one of its tries."""

    namespace: str
    """`node:task|node:task`; "" outside the tasks of the graph."""
    checkpoints: Checkpoints
    """The checkpoints from which the task began, and those around it."""
    trial: object = None
    """LangGraph makes this object anew whenever it runs the task, also where a `retry_policy` runs it again."""
    attempt: int = 1
    """The number of the try, where a `retry_policy` counts them."""

    @property
    def task(self) -> str:
        return task_of(self.namespace)

    @property
    def graph(self) -> str:
        """The namespace of the graph that the task belongs to."""
        return self.namespace.rpartition("|")[0]


@dataclass
class TaskPuts:
    """The puts of a task that has not finished, in its newest try."""

    place: Place
    rows: Rows = field(default_factory=Rows)
    past_trials: list[object] = field(default_factory=list[object])
    is_given_up: bool = False

    def give_up(self) -> None:
        """Drop the puts. A thread of this try may still run, and a later try begins without them."""
        self.rows.clear()
        self.past_trials.append(self.place.trial)
        self.is_given_up = True

    def is_from_before(self, place: Place) -> bool:
        """Return whether `place` is in a try of the task that was given up."""
        if any(trial is place.trial for trial in self.past_trials):
            return True
        return place.attempt < self.place.attempt and not self.is_given_up


@dataclass
class FinishedPuts:
    """The puts of a finished task whose checkpoint is not saved yet, as with `durability="exit"`."""

    namespace: str
    needed: Checkpoints
    rows: Rows


def current_place() -> Place:
    try:
        return place_in(get_config())
    except RuntimeError:  # outside the tasks of a graph
        return Place("", {})


def place_in(config: RunnableConfig) -> Place:
    where: dict[str, Any] = config.get("configurable", {})
    runtime = where.get(CONFIG_KEY_RUNTIME)
    info = runtime.execution_info if isinstance(runtime, Runtime) else None
    return Place(
        where.get("checkpoint_ns", ""),
        where.get("checkpoint_map", {}),
        original_of(where.get(CONFIG_KEY_SCRATCHPAD)),
        info.node_attempt if info else 1,
    )


def task_of(namespace: str) -> str:
    """Return the innermost task of a namespace."""
    return without_number(namespace).rpartition(":")[2]


def without_number(namespace: str) -> str:
    """Return a namespace of a subgraph without the number that tells the calls of a node apart."""
    return namespace.rpartition("|")[0] if namespace.rpartition("|")[2].isdigit() else namespace


def is_inside(namespace: str, outer: str) -> bool:
    return namespace.startswith(f"{outer}|")


def is_around(namespace: str, inner: str) -> bool:
    return not namespace or is_inside(inner, namespace)


def enclosing(namespace: str) -> Iterator[str]:
    """Yield the namespaces around a task, outermost first, and its own."""
    parts = namespace.split("|")
    for count in range(1, len(parts) + 1):
        yield "|".join(parts[:count])


def up_to_task(namespace: str, task: str) -> str:
    """Return the namespace of a task that `namespace` is, or is inside of; "" if it is elsewhere."""
    return next((each for each in enclosing(namespace) if each.endswith(f":{task}")), "")
