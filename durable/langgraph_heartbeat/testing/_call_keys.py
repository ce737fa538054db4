"""The keys of calls in one attempt, which are the same in all attempts and runs."""

import threading
from collections import Counter, defaultdict
from collections.abc import Mapping
from typing import Any

from ._world import CallKey, Kind


class CallKeys:
    """Numbers the calls of each task. A task is known by its step, its node and its path, not by its random id."""

    def __init__(self) -> None:
        self._places: dict[str, str] = {}
        self._ordinals: Counter[tuple[str, Kind, str]] = Counter()
        self._ordinals_of_failed: defaultdict[tuple[str, Kind, str], set[int]] = defaultdict(set)
        self._lock = threading.Lock()

    def learn_place(self, metadata: Mapping[str, Any]) -> None:
        """Learn where a task is, from the metadata that LangGraph gives to what runs in it."""
        namespace = metadata.get("langgraph_checkpoint_ns")
        if namespace and namespace not in self._places:
            step, node, path = (metadata.get(f"langgraph_{name}") for name in ("step", "node", "path"))
            self._places[namespace] = f"{step}.{node}{path}"

    def next(self, namespace: str, kind: Kind, name: str) -> CallKey:
        """Return the key of the next call of this name in a task."""
        place = self._place(namespace)
        with self._lock:
            if failed := self._ordinals_of_failed.get((place, kind, name)):
                failed.remove(ordinal := min(failed))
            else:
                ordinal = self._ordinals[place, kind, name]
                self._ordinals[place, kind, name] += 1
        return CallKey(place, kind, name, ordinal)

    def give_back(self, key: CallKey) -> None:
        """Give the number of a call that failed to the next one, which is its repetition."""
        with self._lock:
            self._ordinals_of_failed[key.place, key.kind, key.name].add(key.ordinal)

    def _place(self, namespace: str) -> str:
        """Return a namespace, `node:task|node:task`, with places for its tasks."""
        parts = namespace.split("|")
        around = ("|".join(parts[: number + 1]) for number in range(len(parts)))
        return "|".join(
            self._places.get(each, part.partition(":")[0]) for each, part in zip(around, parts, strict=True)
        )
