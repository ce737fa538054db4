"""What a phase is doing at this moment, in lines for people: its nodes, the graph's own words, and their calls."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from .phase_summary import one_line
from .records import Record

MAX_LINES = 8
MAX_STATUS_LENGTH = 120
"""In characters."""
MAX_STATUSES = 100


@dataclass(frozen=True, slots=True)
class Since:
    """A text, and since when it is true, in seconds since 1970."""

    text: str
    since: float

    def __str__(self) -> str:
        return f"{self.text} since {clock(self.since)}"


class Doing:
    """The tasks of the graph that run, and its own words about each. Use it on the event loop alone."""

    def __init__(self) -> None:
        self._nodes: dict[str, Since] = {}
        self._statuses: dict[str, Since] = {}
        self.calls: Callable[[], Sequence[Record]] = list
        """Returns the calls that are under way."""

    def clear(self) -> None:
        self._nodes.clear()
        self._statuses.clear()

    def task_started(self, task: str, node: str) -> None:
        self._nodes[task] = Since(one_line(node), time.time())

    def task_finished(self, task: str) -> None:
        self._nodes.pop(task, None)
        self._statuses.pop(task, None)

    def note_status(self, task: str, status: str) -> bool:
        """Take over what the graph says of a task; return whether that is new. An empty text ends what it has said.

        A task may say something before LangGraph has told that it started.
        """
        line, known = one_line(status, MAX_STATUS_LENGTH), self._statuses.get(task)
        if line == (known.text if known else ""):
            return False
        self._statuses.pop(task, None)
        if line:
            self._statuses[task] = Since(line, time.time())
        if len(self._statuses) > MAX_STATUSES:
            del self._statuses[next(iter(self._statuses))]
        return True

    def lines(self) -> list[str]:
        """Return lines for each running task: what the graph says of it, its calls, or that it runs."""
        calls_of: dict[str, list[Record]] = {}
        for call in self.calls():
            calls_of.setdefault(task_of(call.namespace), []).append(call)
        lines = list[str]()
        for task, node in self._nodes.items():
            status, calls = self._statuses.get(task), calls_of.pop(task, [])
            if status:
                lines.append(f"{node.text}: {status}")
            lines += [line_of(call, node.text) for call in calls]
            if not (status or calls):
                lines.append(str(node))
        lines += [line_of(call, "") for calls in calls_of.values() for call in calls]
        if len(lines) > MAX_LINES:
            lines[MAX_LINES - 1 :] = [f"and {len(lines) - MAX_LINES + 1} more"]
        return lines


def line_of(call: Record, node: str) -> str:
    """Return the line of a call in a node of the graph, or in a node of a subgraph in it."""
    path = " > ".join(dict.fromkeys(each for each in (node, call.group.node) if each))
    what = Since(f"{call.group.kind} {call.group.name}", call.at_milliseconds / 1000)
    return f"{path}: {what}" if path else str(what)


def task_of(namespace: str) -> str:
    """Return the id of the task of the graph itself in which a namespace lies, which is `node:task|node:task`."""
    return namespace.partition("|")[0].partition(":")[2]


def clock(seconds: float) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%H:%M:%S} UTC"
