"""Every call of a run, written down by the process that makes it, so that calls can be counted from outside.

One JSON line a start and one an end, on the disk before the call goes on: kill -9 takes none of them away.
"""

import json
import os
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from typing import Any, Literal

Kind = Literal["model", "task", "node", "hand"]
"""Asked of a model; made as a LangGraph `@task`; alone in its node (a tool of an agent); by hand among others."""

CALLS_FILE_VARIABLE = "CRASH_CALLS"
_numbers = count(1)


@dataclass(frozen=True)
class Call:
    """One execution of a call. `name` is its own, `label` is the same each time the graph makes this call."""

    name: str
    label: str
    kind: Kind
    pid: int
    start: float
    end: float | None = None
    """None where the process was gone, or told to stop, before the answer."""


@dataclass(frozen=True)
class Attempt:
    """A worker took the phase up. All times are seconds since the epoch."""

    pid: int
    number: int
    time: float


@contextmanager
def call(kind: Kind, label: str) -> Generator[str]:
    """Its name, which belongs into the answer: so a result tells which execution it was made from."""
    name = f"{os.getpid()}.{next(_numbers)}"
    write(event="start", name=name, label=label, kind=kind)
    yield name
    write(event="end", name=name)


def answer(label: str, name: str) -> str:
    return f"{label} <{name}>"


def seconds_of(label: str) -> float:
    """0.05 to 0.1, the same for a label each time."""
    return 0.05 + sum(label.encode()) % 11 * 0.005


def write(**line: Any) -> None:
    text = json.dumps(line | {"pid": os.getpid(), "time": time.time()}) + "\n"
    file = os.open(os.environ[CALLS_FILE_VARIABLE], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    try:
        os.write(file, text.encode())
        os.fsync(file)
    finally:
        os.close(file)


def read(file: Path) -> tuple[list[Call], list[Attempt]]:
    """In the order of their starts."""
    calls: dict[str, Call] = {}
    attempts: list[Attempt] = []
    for text in file.read_text().splitlines() if file.exists() else ():
        line = json.loads(text)
        if line["event"] == "attempt":
            attempts.append(Attempt(line["pid"], line["number"], line["time"]))
        elif line["event"] == "start":
            calls[line["name"]] = Call(line["name"], line["label"], line["kind"], line["pid"], line["time"])
        else:
            calls[line["name"]] = replace(calls[line["name"]], end=line["time"])
    return list(calls.values()), attempts
