"""The state of an agent in a task, and the resources that it needs from outside."""

from dataclasses import dataclass
from datetime import datetime
from operator import add
from typing import Annotated, Any

from langchain.agents import AgentState

from outlast.evidence.budget import Budget
from outlast.evidence.report import Evidence, Finding, Task
from outlast.evidence.sources import Quote, Skipped, Source, Value
from outlast.evidence.usage import Usage, add_usages
from outlast.graphs.investigate import merge_findings
from outlast.graphs.reducers import append_unique, sorted_union
from outlast.graphs.resources import Library, Snapshots, Web


@dataclass(frozen=True)
class Resources:
    library: Library
    web: Web | None
    snapshots: Snapshots


class ShownSpan(Value):
    """A span of a stored text that the model has seen and may quote."""

    snapshot: str
    start: int
    end: int
    title: str
    heading: str


def keep_first(old: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
    """Reducer: the first value of each key stays."""
    return {**old, **{name: value for name, value in new.items() if name not in old}}


class State(AgentState[Any]):
    task: Task
    searches: int  # maximum number of searches of the task, each with several queries
    web: bool  # whether web pages are searched and read, besides the documents
    budget: Budget  # the limits of the task
    until: datetime | None  # no model call begins after this time
    queries: Annotated[list[str], add]  # channels with a reducer start empty
    passages: Annotated[dict[str, ShownSpan], keep_first]
    found: Annotated[dict[str, str], keep_first]  # the addresses of found pages by their ids: only these can be read
    opened: Annotated[dict[str, Source], keep_first]  # the pages that were read, by their ids
    noted: Annotated[list[Finding], merge_findings]
    conflicts: Annotated[list[tuple[str, str]], append_unique]  # ids of noted quotes that cannot both be true
    reminders: Annotated[int, add]
    skipped: Annotated[list[Skipped], append_unique]
    engines: Annotated[list[str], sorted_union]
    usage: Annotated[Usage, add_usages]
    limited: Annotated[list[str], sorted_union]
    evidence: Evidence
    findings: list[Finding]
    related: list[Finding]
    unknown: list[str]
    contradictions: list[tuple[Quote, ...]]
    read: list[str]
    pages: list[Source]
