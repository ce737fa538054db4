"""What an agent knows of its task, and what it needs from outside."""

from dataclasses import dataclass
from datetime import datetime
from operator import add
from typing import Annotated, Any

from langchain.agents import AgentState

from outlast.evidence.budget import Budget
from outlast.evidence.report import Evidence, Finding, Task
from outlast.evidence.sources import Quote, Skipped, Source, Value
from outlast.evidence.usage import Usage, added
from outlast.graphs.investigate import best_first
from outlast.graphs.reducers import once, union
from outlast.graphs.resources import Library, Snapshots, Web


@dataclass(frozen=True)
class Resources:
    library: Library
    web: Web | None
    snapshots: Snapshots


class Shown(Value):
    """A span of a stored text that the model has seen, and may quote."""

    snapshot: str
    start: int
    end: int
    title: str
    heading: str


def by_id(known: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
    return {**known, **{name: value for name, value in new.items() if name not in known}}


class State(AgentState[Any]):
    task: Task
    searches: int  # how many searches the task may make, each of several queries
    web: bool  # whether pages are searched and read, beside the documents
    budget: Budget  # what the task may spend
    until: datetime | None  # no further model call begins then
    queries: Annotated[list[str], add]  # channels with a reducer start empty
    passages: Annotated[dict[str, Shown], by_id]
    found: Annotated[dict[str, str], by_id]  # the addresses of pages: only these can be read
    opened: Annotated[dict[str, Source], by_id]  # the pages that were read
    noted: Annotated[list[Finding], best_first]
    conflicts: Annotated[list[tuple[str, str]], once]  # ids of noted quotes that cannot both be true
    reminders: Annotated[int, add]
    skipped: Annotated[list[Skipped], once]
    engines: Annotated[list[str], union]
    usage: Annotated[Usage, added]
    limited: Annotated[list[str], union]
    evidence: Evidence
    findings: list[Finding]
    related: list[Finding]
    unknown: list[str]
    contradictions: list[tuple[Quote, ...]]
    read: list[str]
    pages: list[Source]
