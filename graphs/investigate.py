"""Investigate one task: search, read what was found, search again while the evidence is thin.

START -> search -> read (one per passage, in parallel) -> assess -> search ... or conclude -> END
"""

from collections.abc import Sequence
from dataclasses import dataclass
from operator import add
from typing import Annotated, Any, Literal, Protocol, TypedDict

from langgraph.graph import END, START, StateGraph
from langgraph.runtime import Runtime
from langgraph.types import Command, Send

from evidence.report import Evidence, Finding, Task
from evidence.sources import Passage, Term, Value
from graphs.resources import Library


class Searched(Value):
    """What the searches of a task have learned of its words, and how many passages the collection has."""

    terms: tuple[Term, ...] = ()
    size: int = 0


class Reading(Value):
    """A passage to be read for a task."""

    task: Task
    passage: Passage
    searched: Searched


class Selection(Value):
    """What is worth reporting: the fields of `Findings` of that name."""

    evidence: Evidence
    findings: tuple[Finding, ...] = ()
    related: tuple[Finding, ...] = ()
    unknown: tuple[str, ...] = ()


class Investigator(Protocol):
    """What this graph asks of whoever reasons: a model, a set of rules, a script in a test."""

    async def queries(self, task: Task, asked: Sequence[str], known: Sequence[Finding]) -> list[str]:
        """What to search for next; nothing where there is nothing left to try."""
        ...

    async def read(self, reading: Reading) -> list[Finding]:
        """The quotes of this passage that speak to its task."""
        ...

    def enough(self, task: Task, known: Sequence[Finding]) -> bool: ...

    async def select(self, task: Task, known: Sequence[Finding], searched: Searched) -> Selection:
        """The findings worth reporting, best first; no evidence where the documents do not answer the task."""
        ...


@dataclass(frozen=True)
class Resources:
    investigator: Investigator
    library: Library


def best_first(known: Sequence[Finding], new: Sequence[Finding]) -> list[Finding]:
    """Reducer: parallel readers may bring the same quote; the order of arrival does not matter."""
    strongest: dict[tuple[str, int, int], Finding] = {}
    for finding in (*known, *new):
        place = (finding.quote.snapshot, finding.quote.start, finding.quote.end)
        if place not in strongest or finding.strength > strongest[place].strength:
            strongest[place] = finding
    return sorted(
        strongest.values(), key=lambda finding: (-finding.strength, finding.quote.snapshot, finding.quote.start)
    )


def by_word(known: Searched, new: Searched) -> Searched:
    """Reducer: each word as the first search that asked for it found it."""
    terms = {term.word: term for term in (*new.terms, *known.terms)}
    return Searched(terms=tuple(terms[word] for word in sorted(terms)), size=new.size or known.size)


def union(known: Sequence[str], new: Sequence[str]) -> list[str]:
    return sorted({*known, *new})


class State(TypedDict):
    task: Task
    searches: int  # how many searches the task may make
    queries: Annotated[list[str], add]  # channels with a reducer start empty: [] and 0
    rounds: Annotated[int, add]
    found: list[Passage]  # by the newest search
    searched: Annotated[Searched, by_word]
    passages: Annotated[list[str], union]  # the names of those that were read
    candidates: Annotated[list[Finding], best_first]
    evidence: Evidence
    findings: list[Finding]
    related: list[Finding]
    unknown: list[str]
    read: list[str]  # the snapshots of those passages


async def search(state: State, runtime: Runtime[Resources]) -> dict[str, Any]:
    resources = runtime.context
    queries = await resources.investigator.queries(state["task"], state["queries"], state["candidates"])
    result = await resources.library.search(queries)
    return {
        "found": list(result.passages),
        "searched": Searched(terms=result.terms, size=result.size),
        "queries": queries,
        "rounds": 1,
    }


def every_new_passage(state: State) -> list[Send] | str:
    task, searched = state["task"], state["searched"]
    new = [passage for passage in state["found"] if name_of(passage) not in state["passages"]]
    return [Send("read", Reading(task=task, passage=passage, searched=searched)) for passage in new] or "assess"


async def read(state: Reading, runtime: Runtime[Resources]) -> dict[str, Any]:
    return {"candidates": await runtime.context.investigator.read(state), "passages": [name_of(state.passage)]}


async def assess(state: State, runtime: Runtime[Resources]) -> Command[Literal["search", "conclude"]]:
    """Joins the readers: routing from `read` itself would see only that reader's findings."""
    investigator, task, known = runtime.context.investigator, state["task"], state["candidates"]
    if investigator.enough(task, known) or state["rounds"] >= state["searches"]:
        return Command(goto="conclude")
    return Command(goto="search" if await investigator.queries(task, state["queries"], known) else "conclude")


async def conclude(state: State, runtime: Runtime[Resources]) -> dict[str, Any]:
    selected = await runtime.context.investigator.select(state["task"], state["candidates"], state["searched"])
    snapshots = {passage.partition(":")[0] for passage in state["passages"]}
    return {
        "evidence": selected.evidence,
        "findings": list(selected.findings),
        "related": list(selected.related),
        "unknown": list(selected.unknown),
        "read": sorted(snapshots),
    }


def name_of(passage: Passage) -> str:
    return f"{passage.snapshot}:{passage.start}"


builder = StateGraph(State, context_schema=Resources)
builder.add_node(search)
builder.add_node("read", read, input_schema=Reading)
builder.add_node(assess)
builder.add_node(conclude)
builder.add_edge(START, "search")
builder.add_conditional_edges("search", every_new_passage, ["read", "assess"])
builder.add_edge("read", "assess")
builder.add_edge("conclude", END)
