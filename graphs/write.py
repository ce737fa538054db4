"""Write a draft: one or more sections for each task, from the findings of that task only.

START -> assign -> section (one per task with findings, in parallel) -> assemble -> END
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Literal, Protocol, TypedDict

from langgraph.graph import END, START, StateGraph
from langgraph.runtime import Runtime
from langgraph.types import Command, Send

from outlast.evidence.budget import Budget
from outlast.evidence.report import Claim, Dispute, Findings, Section
from outlast.evidence.sources import Value
from outlast.evidence.usage import Usage, add_usages
from outlast.evidence.wording import is_part, same_wording
from outlast.graphs.costs import NO_COSTS, Costs
from outlast.graphs.reducers import append_unique, merge
from outlast.tools.models.metering import metered, remaining_budget


class Writer(Protocol):
    async def sections(self, question: str, findings: Findings) -> list[Section]:
        """Write the sections that answer one task of `question`; each claim has the quotes that it rests on."""
        ...


@dataclass(frozen=True)
class Resources:
    writer: Writer
    costs: Costs = NO_COSTS
    mode: str = ""
    """The line of the report that says how it was made."""


class State(TypedDict):
    question: str
    investigated: list[Findings]
    budget: Budget  # the limits of writing
    until: datetime | None
    written: Annotated[dict[str, list[Section]], merge]  # by the id of the task
    sections: list[Section]
    mode: str
    usage: Annotated[Usage, add_usages]
    limited: Annotated[list[str], append_unique]


class Assignment(Value):
    question: str
    findings: Findings
    budget: Budget
    until: datetime | None


async def assign(state: State, runtime: Runtime[Resources]) -> Command[Literal["section", "assemble"]]:
    """Give each task its part of the budget. A task whose part is nothing gets sections of its bare quotes."""
    answered = [findings for findings in state["investigated"] if findings.findings or findings.related]
    needs = [runtime.context.costs.section(findings) for findings in answered]
    parts = remaining_budget(state).split(needs)
    question, until = state["question"], state.get("until")
    sends = [
        Send("section", Assignment(question=question, findings=findings, budget=part, until=until))
        for findings, part in zip(answered, parts, strict=True)
    ]
    return Command(goto=sends or "assemble")


async def section(state: Assignment, runtime: Runtime[Resources]) -> dict[str, Any]:
    with metered(state.budget, state.until) as meter:
        sections = await runtime.context.writer.sections(state.question, state.findings)
    return {"written": {state.findings.task.id: sections}, "usage": meter.usage, "limited": meter.limited}


async def assemble(state: State, runtime: Runtime[Resources]) -> dict[str, Any]:
    """Put the sections into the order of the plan, without claims that an earlier section has made."""
    seen_texts: set[str] = set()
    seen_sides: set[frozenset[str]] = set()
    sections: list[Section] = []
    for findings in state["investigated"]:
        written = state["written"].get(findings.task.id, [])
        new = list(skip_repeats(written, seen_texts, seen_sides))
        if not any(section.has_answer for section in new):
            new = [*repeated_answer(written), *new]
        sections += new
    if runtime.context.mode.startswith("extractive"):
        sections = answer_each_part_first(sections)
    return {"sections": sections, "mode": runtime.context.mode}


def skip_repeats(
    sections: Iterable[Section], seen_texts: set[str], seen_sides: set[frozenset[str]]
) -> Iterator[Section]:
    for section in sections:
        claims = tuple(skip_repeated_claims(section.claims, seen_texts))
        related = tuple(skip_repeated_claims(section.related, seen_texts))
        disputes = tuple(skip_repeated_disputes(section.disputes, seen_sides))
        if claims or related or disputes:
            yield section.model_copy(update={"claims": claims, "related": related, "disputes": disputes})


def repeated_answer(sections: Iterable[Section]) -> Iterator[Section]:
    """Yield the best answer to a question all of whose answers were said on another one: no question stays without."""
    first = next((section for section in sections if section.claims and section.question), None)
    if first is not None:
        heading = first.question
        yield first.model_copy(update={"heading": heading, "claims": first.claims[:1], "related": (), "disputes": ()})


def answer_each_part_first(sections: Sequence[Section]) -> list[Section]:
    """Put the first quote for each part of the question before the second one for any part.

    A section with its first claim stands for each part; what remains of the sections follows in their order. A question
    of one part stays as it is. Sentences of a model are not moved: they belong together.
    """
    answering = {section.question: section for section in reversed(sections) if section.claims}
    if len(answering) < 2:
        return list(sections)
    first: list[Section] = []
    rest: list[Section] = []
    for section in sections:
        if section is not answering.get(section.question):
            rest.append(section)
            continue
        alone = {"heading": section.question, "claims": section.claims[:1], "related": (), "disputes": ()}
        first.append(section.model_copy(update=alone))
        rest.append(section.model_copy(update={"claims": section.claims[1:]}))
    return [*first, *(section for section in rest if section.has_answer or section.related)]


def skip_repeated_claims(claims: Iterable[Claim], seen_texts: set[str]) -> Iterator[Claim]:
    """Yield the claims whose words were not said before, alone or within a longer claim."""
    for claim in claims:
        wording = same_wording(claim.text)
        if not any(is_part(wording, seen) for seen in seen_texts):
            seen_texts.add(wording)
            yield claim


def skip_repeated_disputes(disputes: Iterable[Dispute], seen_sides: set[frozenset[str]]) -> Iterator[Dispute]:
    """Yield disputes between sides that were not compared before; one side alone may have been a claim before."""
    for dispute in disputes:
        sides = frozenset(claim.text for claim in dispute.claims)
        if sides not in seen_sides:
            seen_sides.add(sides)
            yield dispute


builder = StateGraph(State, context_schema=Resources)
builder.add_node(assign)
builder.add_node("section", section, input_schema=Assignment)
builder.add_node(assemble)
builder.add_edge(START, "assign")
builder.add_edge("section", "assemble")
builder.add_edge("assemble", END)
