"""Investigate one task: search, read the passages found, and search again while evidence is missing.

START -> search -> read (one per passage, in parallel) -> assess -> search ... or conclude -> END
           `-> engines -> choose -> page -> rank -^          (graphs/browsing.py, in runs that use the web)

The graph ends when no evidence is missing, when no query is left to try, or when its budget is used up: then with the
findings that it has and the limit that it reached.
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
"""If all passages fail to be read, and at least this many, then the model is the cause and not the passages."""
MIN_CALLS_A_ROUND = 3
"""A query, a reading, and a selection from its findings. No round begins with a budget for fewer calls."""


class TermStatistics(Value):
    """The statistics of a task's words from its searches. `size` is the number of passages in the collection."""

    terms: tuple[Term, ...] = ()
    size: int = 0


class PassageToRead(Value):
    """The input of `read`: a passage to read for a task."""

    task: Task
    passage: Passage
    searched: TermStatistics
    budget: Budget = Budget()
    """The limits of reading this passage."""
    until: datetime | None = None


class Selection(Value):
    """The findings that are worth reporting; the fields mean the same as those of `Findings`."""

    evidence: Evidence
    confidence: float | None = None
    findings: tuple[Finding, ...] = ()
    related: tuple[Finding, ...] = ()
    unknown: tuple[str, ...] = ()
    refusal: str = ""
    contradictions: tuple[tuple[Quote, ...], ...] = ()


class Investigator(Protocol):
    """The reasoning that this graph needs: from a model, from rules, or from a script in a test."""

    async def queries(self, task: Task, asked: Sequence[str], known: Sequence[Finding]) -> list[str]:
        """Return what to search for next; empty if nothing is left to try. `asked` are the queries so far."""
        ...

    async def read(self, reading: PassageToRead) -> list[Finding]:
        """Return the quotes of a passage that are relevant to its task."""
        ...

    def enough(self, task: Task, known: Sequence[Finding]) -> bool:
        """Say whether the findings suffice, so that no further search is needed."""
        ...

    async def select(self, task: Task, known: Sequence[Finding], searched: TermStatistics) -> Selection:
        """Return the findings worth reporting, best first; no evidence if the sources do not answer the task."""
        ...


@dataclass(frozen=True)
class Resources:
    investigator: Investigator
    library: Library
    web: Web | None = None
    costs: Costs = NO_COSTS


def merge_findings(old: Sequence[Finding], new: Sequence[Finding]) -> list[Finding]:
    """Reducer: parallel readers may find the same quote; the order in which they end does not matter."""
    strongest: dict[tuple[str, int, int], Finding] = {}
    for finding in (*old, *new):
        span = (finding.quote.snapshot, finding.quote.start, finding.quote.end)
        if span not in strongest or finding.strength > strongest[span].strength:
            strongest[span] = finding
    return sorted(
        strongest.values(), key=lambda finding: (-finding.strength, finding.quote.snapshot, finding.quote.start)
    )


def merge_statistics(old: TermStatistics, new: TermStatistics) -> TermStatistics:
    """Reducer: the first statistics of each word stay."""
    terms = {term.word: term for term in (*new.terms, *old.terms)}
    return TermStatistics(terms=tuple(terms[word] for word in sorted(terms)), size=new.size or old.size)


class State(browsing.State):
    task: Task
    searches: int  # maximum number of searches of the task
    until: datetime | None  # no model call begins after this time
    wanted: list[str]  # the queries of the next search, if `assess` has asked for them already
    queries: Annotated[list[str], add]  # channels with a reducer start empty: [] and 0
    rounds: Annotated[int, add]
    found: list[Passage]  # the passages of the newest search
    searched: Annotated[TermStatistics, merge_statistics]
    passages: Annotated[list[str], sorted_union]  # the keys of the passages that were read
    unread: Annotated[list[Skipped], add]  # the passages among them that the model could not read
    candidates: Annotated[list[Finding], merge_findings]
    evidence: Evidence
    confidence: float | None
    findings: list[Finding]
    related: list[Finding]
    unknown: list[str]
    refusal: str
    contradictions: list[tuple[Quote, ...]]
    read: list[str]  # the snapshots of the passages that were read


async def search(state: State, runtime: Runtime[Resources]) -> Command[Literal["read", "assess", "engines", "choose"]]:
    """Search the documents. In a run that uses the web, the engines get the same queries next."""
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
    """Merge the passages of documents and pages."""
    result, pages, web = state["shelf"], state["pages"], runtime.context.web
    if web and pages:
        result = interleave_results(result, await web.passages(pages, state["asking"]))
    return start_readers({}, result, state, runtime.context.costs, remaining_budget(state))


def start_readers(
    update: dict[str, Any], result: SearchResult, state: State, costs: Costs, left: Budget
) -> Command[Any]:
    """Go on to a reader for each new passage, the best first; as many as the budget can pay for."""
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
        # The selection afterwards must stay affordable; but reading one passage is better than selecting from none.
        left_after_choice = left.remaining(costs.choice(task, state["candidates"], affordable_count))
        budget = left if left_after_choice.insufficient_kind(need) else left_after_choice
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
        except Unfitting as error:  # one passage that the model cannot read must not fail the task
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
    """Join the readers and decide what is next: `read` itself would see only the findings of one reader."""
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
        "confidence": selected.confidence,
        "findings": list(selected.findings),
        "related": list(selected.related),
        "unknown": list(selected.unknown),
        "refusal": selected.refusal,
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
