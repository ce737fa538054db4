"""The calls of a run: those of models, which their server logs, and those of tools, which the tools log themselves."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Kind = Literal["model", "tool"]


@dataclass
class Call:
    """One execution of a call. All times are seconds since the epoch."""

    label: str
    """It is the same each time the graph makes this call."""
    kind: Kind
    start: float
    end: float | None = None
    """None if there was no answer."""
    cut: float | None = None
    """When the tool raised, for example because it asked a person; None if it ended, or if its process was killed."""


def read_tools(file: Path) -> list[Call]:
    """Return the calls in the log of the tools, in the order of their beginnings."""
    calls: dict[str, Call] = {}
    for text in file.read_text().splitlines() if file.exists() else ():
        line = json.loads(text)
        if line["event"] == "start":
            calls[line["name"]] = Call(line["label"], "tool", line["time"])
        elif line["event"] == "end":
            calls[line["name"]].end = line["time"]
        else:
            calls[line["name"]].cut = line["time"]
    return list(calls.values())


def newest_start(calls: Sequence[Call], after: float) -> float | None:
    """Return when the first call after a moment began; None if none has."""
    return min((call.start for call in calls if call.start > after), default=None)
