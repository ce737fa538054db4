"""Where in its graph a task stands: the step, the node and the place in a fan-out, of it and of the tasks around it.

LangGraph derives a task's id from a checkpoint, whose id is random. If a worker dies before a checkpoint has arrived
anywhere, the next attempt makes that step again, and gives its tasks other ids. Their positions stay.
"""

import threading
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, cast

from langchain_core.runnables import RunnableConfig

NAMESPACE = "langgraph_checkpoint_ns"


class Position(NamedTuple):
    """The position of one task in its graph."""

    text: str
    tasks_around: int
    """In how many tasks of the same graph it was called, as a LangGraph `@task` is; the text tells of them too."""


class TaskPositions:
    """The positions of the tasks around subgraphs, by their namespaces: a subgraph does not know them."""

    def __init__(self) -> None:
        self._positions: dict[str, Position] = {}
        self._lock = threading.Lock()

    def note(self, config: RunnableConfig) -> None:
        """Note where the task stands in which a subgraph starts with this config."""
        metadata = config.get("metadata", {})
        if namespace := metadata.get(NAMESPACE):
            with self._lock:
                self._positions[namespace] = position_in(metadata)

    def of(self, config: RunnableConfig) -> str:
        """Return the position of the task that runs with this config, with those of the tasks around it."""
        metadata, namespace = config.get("metadata", {}), config.get("configurable", {}).get("checkpoint_ns", "")
        with self._lock:
            known = {**self._positions, metadata.get(NAMESPACE, ""): position_in(metadata)}
        parts, texts, told = namespace.split("|"), list[str](), 0
        for count in range(len(parts), 0, -1):
            if parts[count - 1].isdigit():  # it tells the graphs apart that one node calls
                texts.append(parts[count - 1])
            elif told:
                told -= 1
            else:
                task = "|".join(parts[:count])
                # A graph that was compiled without a checkpointer tells nothing. Its task's id is unique all the same,
                # but another one if the step before has to be made again.
                text, told = known.get(task, Position(task, 0))
                texts.append(text)
        return " in ".join(texts)

    def forget(self, dead: Callable[[str], bool]) -> None:
        with self._lock:
            for namespace in [namespace for namespace in self._positions if dead(namespace)]:
                del self._positions[namespace]


def position_in(metadata: Mapping[str, Any]) -> Position:
    """Return the position that LangGraph's metadata of a task tell."""
    path, depth = metadata.get("langgraph_path"), 0
    text = f"{metadata.get('langgraph_step')} {metadata.get('langgraph_node')} {path!r}"
    while isinstance(path, tuple) and len(cast("tuple[Any, ...]", path)) > 1 and isinstance(path[1], tuple):
        path, depth = cast("tuple[Any, ...]", path[1]), depth + 1
    return Position(text, depth)
