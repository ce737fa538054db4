"""The untracked values in what a saver holds: what is left out, what is missing, and when they are forgotten."""

from collections.abc import Callable, Mapping, MutableMapping
from typing import Any

from langgraph._internal._typing import MISSING

from langgraph_heartbeat._serialising.serialising import StrictSerializer, UnfitError

from .questions import Writes
from .untracked import INPUT_CHANNEL, Names, Unstored, may_hold_untracked, path_of, unstored_in, with_untracked

MAX_SMALL_BYTES = 1024
"""An untracked value of this size is kept even if the state is too large: leaving it out would not help."""

Stored = tuple[str, bytes]
Blobs = MutableMapping[tuple[str, str, str, str | int | float], Stored]
"""The values of channels, by thread, namespace, channel and version."""

EMPTY: Stored = ("empty", b"")
"""What LangGraph's `InMemorySaver` stores for a channel without a value."""


class UntrackedValues:
    """The untracked values in `blobs` and `writes` of a saver; `names` has their channels, by the paths of graphs."""

    def __init__(self, blobs: Blobs, writes: Writes, serde: StrictSerializer) -> None:
        self._blobs, self._writes, self._serde = blobs, writes, serde
        self.names: Mapping[str, Names] = {}

    def of(self, namespace: str) -> Names:
        """Return the names of the untracked channels of the graph in a namespace."""
        return self.names.get(path_of(namespace), frozenset()) if self.names else frozenset()

    def storable(self, namespace: str, channel: str, value: Any) -> Any:
        """Return a channel's value with an `Unstored` in place of each untracked value that cannot be stored."""
        names = self.of(namespace)
        return with_untracked(channel, value, names, self._storable) if may_hold_untracked(channel, names) else value

    def _storable(self, value: Any) -> Any:
        try:
            self._serde.dumps_typed(value)
        except UnfitError as error:
            return Unstored(error.reason)
        return value

    def missing(self) -> tuple[str, Unstored] | None:
        """Return a value that was left out, with the channel that held it; None if there is none."""
        stored = [(namespace, channel, value) for (_, namespace, channel, _), value in self._blobs.items()]
        for (_, namespace, _), rows in self._writes.items():
            stored += [(namespace, channel, value) for _, channel, value, _ in rows.values()]
        for namespace, channel, value in stored:
            names = self.of(namespace)
            if value != EMPTY and may_hold_untracked(channel, names):
                for found in unstored_in(channel, self._serde.loads_typed(value), names):
                    return found
        return None

    def forget(self) -> None:
        """Delete the untracked values, as LangGraph does between two runs; it keeps what was a subgraph's input."""

        def change(channel: str, value: Any) -> Any:
            return value if channel == INPUT_CHANNEL and not isinstance(value, Unstored) else MISSING

        self._change(change)

    def leave_out_large(self) -> bool:
        """Leave out what takes much room, as if it could not be stored, and return whether anything does."""
        left_out = list[int]()

        def change(_: str, value: Any) -> Any:
            size_bytes = len(self._serde.dumps_typed(value)[1])
            if size_bytes <= MAX_SMALL_BYTES:
                return value
            left_out.append(size_bytes)
            return Unstored(f"value of {size_bytes} bytes, for which the phase's heartbeats have no room")

        self._change(change)
        return bool(left_out)

    def _change(self, change: Callable[[str, Any], Any]) -> None:
        """Put what `change(channel, value)` returns in place of each untracked value, which is deleted if MISSING."""
        if not self.names:
            return
        for key, stored in list(self._blobs.items()):
            self._blobs[key] = self._changed(key[1], key[2], stored, change) or EMPTY
        for location, rows in self._writes.items():
            for key, (task, channel, stored, path) in list(rows.items()):
                if changed := self._changed(location[1], channel, stored, change):
                    rows[key] = (task, channel, changed, path)
                else:
                    del rows[key]

    def _changed(
        self, namespace: str, channel: str, stored: Stored, change: Callable[[str, Any], Any]
    ) -> Stored | None:
        names = self.of(namespace)
        if stored == EMPTY or not may_hold_untracked(channel, names):
            return stored
        value = with_untracked(channel, self._serde.loads_typed(stored), names, lambda each: change(channel, each))
        return None if value is MISSING else self._serde.dumps_typed(value)
