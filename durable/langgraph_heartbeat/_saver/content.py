"""What a saver holds: checkpoints, the writes of their tasks, values, remembered answers, and the rows of the store.

All of it travels in heartbeats, so whatever no later attempt can need is deleted.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from langgraph.checkpoint.base import Checkpoint
from langgraph.checkpoint.memory import InMemorySaver

from langgraph_heartbeat._journal.journal import Journal
from langgraph_heartbeat._serialising.model_cache import ModelCache
from langgraph_heartbeat._serialising.serialising import StrictSerializer, TypeName, only_known_types
from langgraph_heartbeat._store.store import HeartbeatStore, IsSaved

from .questions import Questions
from .untracked_values import UntrackedValues


class ContentSaver(InMemorySaver):
    """LangGraph's saver with a content that can be written out, restored, undone and deleted in parts."""

    serde: StrictSerializer  # pyright: ignore[reportIncompatibleVariableOverride] - never another

    def __init__(self, journal: Journal, types: Iterable[TypeName] = (), store: HeartbeatStore | None = None) -> None:
        super().__init__(serde=StrictSerializer(types, ModelCache()))
        self._journal = journal
        self.questions = Questions(self.writes, self.serde)
        self.untracked = UntrackedValues(self.blobs, self.writes, self.serde)
        self.store = store or HeartbeatStore(None, self.serde)

    def content(self) -> dict[str, Any]:
        """Return everything that the saver holds, in the types of msgpack."""
        return {
            "checkpoints": [
                [thread, namespace, checkpoint_id, *row]
                for thread, namespaces in self.storage.items()
                for namespace, checkpoints in namespaces.items()
                for checkpoint_id, row in checkpoints.items()
            ],
            "writes": [
                [*location, task, index, channel, value, path]
                for location, tasks in self.writes.items()
                for (task, index), (_, channel, value, path) in tasks.items()
            ],
            "blobs": [[*key, value] for key, value in self.blobs.items()],
            **({"store": rows} if (rows := self.store.content()) else {}),
            **({"answered": sorted(self.questions.answered)} if self.questions.answered else {}),
        }

    def restore(self, content: Mapping[str, Any], thread_id: str | None = None) -> None:
        """Load the `content` of an earlier attempt, as that of the thread `thread_id` if one is given.

        Everything is decoded once, so that a checkpoint that cannot be decoded raises `ValueError` here.
        """
        with only_known_types():
            for stored_thread, namespace, checkpoint_id, checkpoint, metadata, parent in content["checkpoints"]:
                self.storage[thread_id or stored_thread][namespace][checkpoint_id] = (
                    self._verify_stored(checkpoint),
                    self._verify_stored(metadata),
                    parent,
                )
            for stored_thread, namespace, checkpoint_id, task, index, channel, value, path in content["writes"]:
                row = (task, channel, self._verify_stored(value), path)
                self.writes[thread_id or stored_thread, namespace, checkpoint_id][task, index] = row
            for stored_thread, namespace, channel, version, value in content["blobs"]:
                self.blobs[thread_id or stored_thread, namespace, channel, version] = self._verify_stored(value)
        self.questions.answered |= set(content.get("answered", ()))
        self.store.restore(content.get("store", ()))

    def channel_sizes(self) -> dict[str, int]:
        """Return the bytes that each channel takes, largest first, for the message about a state that is too large."""
        sizes: dict[str, int] = {}
        for (*_, channel, _), (_, stored) in self.blobs.items():
            sizes[channel] = sizes.get(channel, 0) + len(stored)
        for tasks in self.writes.values():
            for _, channel, (_, stored), _ in tasks.values():
                sizes[channel] = sizes.get(channel, 0) + len(stored)
        if size := self.store.size_bytes:
            sizes["(the store)"] = size
        return dict(sorted(sizes.items(), key=lambda each: -each[1]))

    def _verify_stored(self, stored: Sequence[Any]) -> tuple[str, bytes]:
        kind, data = stored
        if kind != "empty":
            self.serde.loads_typed((kind, data))
        return kind, data

    def copy_of_content(self) -> tuple[dict[Any, Any], ...]:
        """Return copies of the containers; the stored values themselves never change."""
        storage = {
            thread: {namespace: dict(checkpoints) for namespace, checkpoints in namespaces.items()}
            for thread, namespaces in self.storage.items()
        }
        writes = {location: dict(rows) for location, rows in self.writes.items()}
        return storage, writes, dict(self.blobs), self._journal.answers_by_key(), *self.store.copy_of_content()

    def reinstate(self, copies: tuple[dict[Any, Any], ...]) -> None:
        """Set the content to what it was, in place because copies of this saver share the containers."""
        storage, writes, blobs, answers, *rows = copies
        self.storage.clear()
        for thread, namespaces in storage.items():
            self.storage[thread].update({name: dict(each) for name, each in namespaces.items()})
        for container, before in ((self.writes, writes), (self.blobs, blobs)):
            container.clear()
            container.update(before)
        self._journal.reinstate(answers)
        self.store.reinstate(*rows)

    def is_saved_in(self, thread: str) -> IsSaved:
        """Return a function that tells whether a checkpoint of this thread, or one after it, is held."""
        namespaces = self.storage[thread]
        ids = {checkpoint for checkpoints in namespaces.values() for checkpoint in checkpoints}

        def is_saved(namespace: str, checkpoint: str) -> bool:
            # A graph in a `@task` names the checkpoint of the graph around it by the namespace of the task.
            return checkpoint in ids or any(each > checkpoint for each in namespaces.get(namespace, ()))

        return is_saved

    def forget_ancestors(self, thread: str, namespace: str, newest: Checkpoint) -> None:
        """Delete the checkpoints before the newest one, and the values that only they have."""
        for ancestor in [old for old in self.storage[thread][namespace] if old < newest["id"]]:
            del self.storage[thread][namespace][ancestor]
            self.writes.pop((thread, namespace, ancestor), None)
        live = newest["channel_versions"]
        for key in [key for key in self.blobs if key[:2] == (thread, namespace) and live.get(key[2]) != key[3]]:
            del self.blobs[key]

    def forget_namespaces(self, thread: str, dead: Callable[[str], bool]) -> None:
        """Delete everything in the namespaces that are `dead`."""
        self._journal.forget(dead)
        for namespace in [namespace for namespace in self.storage[thread] if dead(namespace)]:
            del self.storage[thread][namespace]
        for key in [key for key in self.writes if key[0] == thread and dead(key[1])]:
            del self.writes[key]
        for key in [key for key in self.blobs if key[0] == thread and dead(key[1])]:
            del self.blobs[key]
