"""Log every call of a run in the process that makes it, so that calls can be counted from outside.

The start and the end of a call are one JSON line each, which the kernel has before the call goes on: kill -9 loses none
of them. They are not forced to the disk, since a worker that waits for a busy disk sends no heartbeats meanwhile.
"""

import json
import os
import re
import time
from collections.abc import Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from typing import Any, Literal

from langgraph.config import get_config
from temporalio import activity

Kind = Literal["model", "task", "node", "hand"]
"""A call of a model; of a LangGraph `@task`; alone in its node (a tool of an agent); made directly in a node."""

CALLS_FILE_VARIABLE = "CRASH_CALLS"
NAME = re.compile(r" <(\d+\.\d+)>")
"""The name of a call in its answer."""
_numbers = count(1)


@dataclass(frozen=True)
class Call:
    """One execution of a call. `name` is unique; `label` is the same each time the graph makes this call."""

    name: str
    label: str
    kind: Kind
    pid: int
    start: float
    end: float | None = None
    """None if there was no answer."""
    cut: float | None = None
    """When the call was cancelled or raised; None if it ended, or if its process was killed."""
    task: str = ""
    """The namespace of the LangGraph task that makes the call."""
    activity: str = ""
    attempt: int = 0
    """The id of the activity that makes the call, and the number of its attempt."""


@dataclass(frozen=True)
class Attempt:
    """A worker's attempt at the phase. All times are seconds since the epoch."""

    pid: int
    activity: str
    number: int
    time: float


@contextmanager
def call(kind: Kind, label: str) -> Generator[str]:
    """Log a call, and yield its name, which the answer must contain, so that a result shows which call it is from."""
    name = f"{os.getpid()}.{next(_numbers)}"
    write(event="start", name=name, label=label, kind=kind, task=task_namespace(), **attempt_here())
    try:
        yield name
    except BaseException:  # a cancelled call is cut off too, and its end must not be logged
        write(event="cut", name=name)
        raise
    write(event="end", name=name)


def answer(label: str, name: str) -> str:
    return f"{label} <{name}>"


def attempt_here() -> dict[str, Any]:
    """Return the id of the activity that runs here, and the number of its attempt."""
    if not activity.in_activity():
        return {"activity": "", "attempt": 0}
    info = activity.info()
    return {"activity": info.activity_id, "attempt": info.attempt}


def names_in(text: str) -> list[str]:
    """Return the names of the calls that a text is made of."""
    return NAME.findall(text)


def task_namespace() -> str:
    with suppress(RuntimeError):  # outside a task
        return get_config().get("configurable", {}).get("checkpoint_ns", "")
    return ""


def seconds_of(label: str) -> float:
    """Return how long a call takes: 0.05 to 0.1 s, always the same for a label."""
    return 0.05 + sum(label.encode()) % 11 * 0.005


def write(**line: Any) -> None:
    text = json.dumps(line | {"pid": os.getpid(), "time": time.time()}) + "\n"
    file = os.open(os.environ[CALLS_FILE_VARIABLE], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    try:
        os.write(file, text.encode())
    finally:
        os.close(file)


def read(file: Path) -> tuple[list[Call], list[Attempt]]:
    """Return the calls and attempts in the log, in the order of their starts."""
    calls: dict[str, Call] = {}
    attempts: list[Attempt] = []
    for text in file.read_text().splitlines() if file.exists() else ():
        line = json.loads(text)
        if line["event"] == "attempt":
            attempts.append(Attempt(line["pid"], line["activity"], line["attempt"], line["time"]))
        elif line["event"] == "start":
            where = {key: line[key] for key in ("task", "activity", "attempt")}
            call = Call(line["name"], line["label"], line["kind"], line["pid"], line["time"], **where)
            calls[call.name] = call
        else:
            calls[line["name"]] = replace(calls[line["name"]], **{line["event"]: line["time"]})
    return list(calls.values()), attempts


def count_finished(label: str) -> int:
    """Count the finished calls of a label in the log of this process's run."""
    calls, _ = read(Path(os.environ[CALLS_FILE_VARIABLE]))
    return sum(call.label == label and call.end is not None for call in calls)
