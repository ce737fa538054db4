"""Investigate one task: search, read what was found, search again while the evidence is thin.

START -> search -> read (one per passage, in parallel) -> assess -> search ... or conclude -> END
           `-> engines -> choose -> page -> rank -^          (graphs/browsing.py, where the web is asked for)

It ends where nothing is missing any more, where there is nothing left to try, and where its budget ends: with what it
has, and with the limit that it reached.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from operator import add
from typing import Annotated, Any, Literal, Protocol

from langgraph.graph import END, START, StateGraph
from langgraph.runtime import Runtime
from langgraph.types import Command, Send

from outlast.evidence.budget import Budget
from outlast.evidence.errors import Permanent
from outlast.evidence.report import Evidence, Finding, Task
from outlast.evidence.sources import Passage, Quote, SearchResult, Skipped, Term, Value
from outlast.graphs import browsing
from outlast.graphs.browsing import EngineQuery, Visit, choose, engines, interleave_results, page, query_sends
from outlast.graphs.costs import NO_COSTS, Costs
from outlast.graphs.reducers import sorted_union
from outlast.graphs.resources import Library, Web
from outlast.tools.models.metering import metered, remaining_budget
from outlast.tools.models.structured import Unfitting

MIN_UNREAD_PASSAGES_TO_FAIL = 3
"""So many passages, and all that there are: then it is not they that cannot be read."""
MIN_CALLS_A_ROUND = 3
"""At least: a query, a reading, and judging what it brings home. With less left, another round is not begun."""


class TermStatistics(Value):
    """What the searches of a task have learned of its words, and how many passages the collection has."""

    terms: tuple[Term, ...] = ()
    size: int = 0


class PassageToRead(Value):
    """A passage to be read for a task."""

    task: Task
    passage: Passage
    searched: TermStatistics
    budget: Budget = Budget()
    """What this one reading may spend."""
    until: datetime | None = None


class Selection(Value):
    """What is worth reporting: the fields of `Findings` of that name."""

    evidence: Evidence
    findings: tuple[Finding, ...] = ()
    related: tuple[Finding, ...] = ()
    unknown: tuple[str, ...] = ()
    contradictions: tuple[tuple[Quote, ...], ...] = ()


class Investigator(Protocol):
    """What this graph asks of whoever reasons: a model, a set of rules, a script in a test."""

    async def queries(self, task: Task, asked: Sequence[str], known: Sequence[Finding]) -> list[str]:
        """What to search for next; nothing where there is nothing left to try."""
        ...

    async def read(self, reading: PassageToRead) -> list[Finding]:
        """The quotes of this passage that speak to its task."""
        ...

    def enough(self, task: Task, known: Sequence[Finding]) -> bool: ...

    async def select(self, task: Task, known: Sequence[Finding], searched: TermStatistics) -> Selection:
        """The findings worth reporting, best first; no evidence where the documents do not answer the task."""
        ...


@dataclass(frozen=True)
class Resources:
    investigator: Investigator
    library: Library
    web: Web | None = None
    costs: Costs = NO_COSTS


def merge_findings(known: Sequence[Finding], new: Sequence[Finding]) -> list[Finding]:
    """Reducer: parallel readers may bring the same quote; the order of arrival does not matter."""
    strongest: dict[tuple[str, int, int], Finding] = {}
    for finding in (*known, *new):
        place = (finding.quote.snapshot, finding.quote.start, finding.quote.end)
        if place not in strongest or finding.strength > strongest[place].strength:
            strongest[place] = finding
    return sorted(
        strongest.values(), key=lambda finding: (-finding.strength, finding.quote.snapshot, finding.quote.start)
    )


def merge_statistics(known: TermStatistics, new: TermStatistics) -> TermStatistics:
    """Reducer: each word as the first search that asked for it found it."""
    terms = {term.word: term for term in (*new.terms, *known.terms)}
    return TermStatistics(terms=tuple(terms[word] for word in sorted(terms)), size=new.size or known.size)


class State(browsing.State):
    task: Task
    searches: int  # how many searches the task may make
    until: datetime | None  # no further model call begins then
    wanted: list[str]  # what the next search is for, where the investigator has been asked already
    queries: Annotated[list[str], add]  # channels with a reducer start empty: [] and 0
    rounds: Annotated[int, add]
    found: list[Passage]  # by the newest search
    searched: Annotated[TermStatistics, merge_statistics]
    passages: Annotated[list[str], sorted_union]  # the names of those that were read
    unread: Annotated[list[Skipped], add]  # one for each of them of which the investigator made nothing
    candidates: Annotated[list[Finding], merge_findings]
    evidence: Evidence
    findings: list[Finding]
    related: list[Finding]
    unknown: list[str]
    contradictions: list[tuple[Quote, ...]]
    read: list[str]  # the snapshots of those passages


async def search(state: State, runtime: Runtime[Resources]) -> Command[Literal["read", "assess", "engines", "choose"]]:
    """Ask the documents. With the web, its engines are asked the same next."""
    resources, left = runtime.context, remaining_budget(state)
    with metered(left, state.get("until")) as meter:
        queries = state.get("wanted") or await resources.investigator.queries(state["task"], state["queries"], [])
    result = await resources.library.search(queries)
    update = {
        "queries": queries,
        "asking": queries,
        "wanted": [],
        "rounds": 1,
        "usage": meter.usage,
        "limited": meter.limited,
    }
    if state.get("web"):
        sends = query_sends(queries, left)
        limited = [*meter.limited, *(["searches"] if len(sends) < len(queries) else [])]
        return Command(update={**update, "shelf": result, "limited": limited}, goto=sends or "choose")
    return start_readers(update, result, state, resources.costs, left.remaining(meter.usage))


async def rank(state: State, runtime: Runtime[Resources]) -> Command[Literal["read", "assess"]]:
    """The passages of documents and pages together."""
    shelf, pages, web = state["shelf"], state["pages"], runtime.context.web
    result = interleave_results(shelf, await web.passages(pages, state["asking"])) if web and pages else shelf
    return start_readers({}, result, state, runtime.context.costs, remaining_budget(state))


def start_readers(
    update: dict[str, Any], result: SearchResult, state: State, costs: Costs, left: Budget
) -> Command[Any]:
    """Go on with a reader for each new passage, the best first; as many as the budget affords."""
    found = TermStatistics(terms=result.terms, size=result.size)
    until, searched = state.get("until"), merge_statistics(state["searched"], found)
    new = [
        PassageToRead(task=state["task"], passage=passage, searched=searched, until=until)
        for passage in result.passages
        if passage_key(passage) not in state["passages"]
    ]
    limited = list[str](update.get("limited", ()))
    if new:
        task, longest = state["task"], max((each.passage for each in new), key=lambda each: len(each.text))
        need = costs.reading(task, longest)
        affordable_count = min(len(new), times) if (times := left.times_affordable(need)) is not None else len(new)
        left_after_judging = left.remaining(
            costs.choice(task, state["candidates"], affordable_count)
        )  # that comes after, and must be affordable
        budget = (
            left if left_after_judging.insufficient_kind(need) else left_after_judging
        )  # but one that is read is better than none that is judged
        if (short := budget.insufficient_kind(need, len(new))) is not None:
            limited = [*limited, short]
            new = new[: budget.times_affordable(need)]
        parts = budget.split([need] * len(new))
        new = [each.model_copy(update={"budget": part}) for each, part in zip(new, parts, strict=True)]
    sends = [Send("read", each) for each in new]
    return Command(update={**update, "searched": found, "limited": limited}, goto=sends or "assess")


async def read(state: PassageToRead, runtime: Runtime[Resources]) -> dict[str, Any]:
    findings, unread = list[Finding](), list[Skipped]()
    with metered(state.budget, state.until) as meter:
        try:
            findings = await runtime.context.investigator.read(state)
        except Unfitting as error:  # one passage that a model makes nothing of must not cost the task
            unread = [Skipped(uri=state.passage.uri, reason=f"a passage was not read: {error}")]
    return {
        "candidates": findings,
        "passages": [passage_key(state.passage)],
        "unread": unread,
        "skipped": unread,
        "usage": meter.usage,
        "limited": meter.limited,
    }


async def assess(state: State, runtime: Runtime[Resources]) -> Command[Literal["search", "conclude"]]:
    """Joins the readers: routing from `read` itself would see only that reader's findings."""
    investigator, task, known = runtime.context.investigator, state["task"], state["candidates"]
    if (until := state.get("until")) and datetime.now(UTC) >= until:
        return Command(update={"limited": ["seconds"]}, goto="conclude")
    if investigator.enough(task, known) or state["rounds"] >= state["searches"]:
        return Command(goto="conclude")
    left, judging = remaining_budget(state), runtime.context.costs.choice(task, known, 1)
    if (short := left.insufficient_kind(judging, MIN_CALLS_A_ROUND)) is not None:
        return Command(update={"limited": [short]}, goto="conclude")
    with metered(left, until) as meter:
        wanted = await investigator.queries(task, state["queries"], known)
    spent = {"usage": meter.usage, "limited": meter.limited}
    return Command(update={**spent, "wanted": wanted}, goto="search" if wanted else "conclude")


async def conclude(state: State, runtime: Runtime[Resources]) -> dict[str, Any]:
    if len(unread := state["unread"]) >= max(MIN_UNREAD_PASSAGES_TO_FAIL, len(state["passages"])):
        raise Permanent(f"Of {len(unread)} passages, none could be read. {unread[0].uri}: {unread[0].reason}")
    with metered(remaining_budget(state), state.get("until")) as meter:
        selected = await runtime.context.investigator.select(state["task"], state["candidates"], state["searched"])
    snapshots = {passage.partition(":")[0] for passage in state["passages"]}
    return {
        "evidence": selected.evidence,
        "findings": list(selected.findings),
        "related": list(selected.related),
        "unknown": list(selected.unknown),
        "contradictions": list(selected.contradictions),
        "read": sorted(snapshots),
        "usage": meter.usage,
        "limited": meter.limited,
    }


def passage_key(passage: Passage) -> str:
    return f"{passage.snapshot}:{passage.start}"


builder = StateGraph(State, context_schema=Resources)
builder.add_node(search)
builder.add_node("engines", engines, input_schema=EngineQuery)
builder.add_node(choose)
builder.add_node("page", page, input_schema=Visit)
builder.add_node(rank)
builder.add_node("read", read, input_schema=PassageToRead)
builder.add_node(assess)
builder.add_node(conclude)
builder.add_edge(START, "search")
builder.add_edge("engines", "choose")
builder.add_edge("page", "rank")
builder.add_edge("read", "assess")
builder.add_edge("conclude", END)
