"""A store of the user's behind a phase: a file beside the run's log of calls, which outlives the workers."""

import fcntl
import json
import os
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

from langgraph.store.base import Item, Op, Result
from langgraph.store.memory import InMemoryStore

from bench.crash.calls import CALLS_FILE_VARIABLE


class FileStore(InMemoryStore):
    """Does everything as InMemoryStore does, on what the file holds, and lets one process in at a time."""

    def batch(self, ops: Iterable[Op]) -> list[Result]:
        file = file_of(Path(os.environ[CALLS_FILE_VARIABLE]))
        with file.with_suffix(".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            self._data.clear()
            for item in map(to_item, stored_in(file)):
                self._data[item.namespace][item.key] = item
            results = super().batch(ops)
            items: list[Any] = [item.dict() for items in self._data.values() for item in items.values()]
            aside = file.with_suffix(".aside")
            aside.write_text(json.dumps(items))
            aside.replace(file)  # a worker may be killed at any moment
        return results

    async def abatch(self, ops: Iterable[Op]) -> list[Result]:
        return self.batch(ops)


def file_of(calls: Path) -> Path:
    return calls.with_suffix(".store")


def stored_in(file: Path) -> list[dict[str, Any]]:
    return json.loads(file.read_text()) if file.exists() else []


def to_item(stored: dict[str, Any]) -> Item:
    times = {name: datetime.fromisoformat(stored[name]) for name in ("created_at", "updated_at")}
    return Item(value=stored["value"], key=stored["key"], namespace=tuple(stored["namespace"]), **times)


def contents(calls: Path) -> list[str]:
    """Return what the store of a run holds, without keys and times, which are different in each run."""
    return sorted(json.dumps([each["namespace"], each["value"]]) for each in stored_in(file_of(calls)))
