"""Write a draft: one section a task, from that task's findings alone.

START -> section (one per task with findings, in parallel) -> assemble -> END
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Protocol, TypedDict

from langgraph.graph import END, START, StateGraph
from langgraph.runtime import Runtime
from langgraph.types import Send

from evidence.report import Claim, Findings, Section


class Writer(Protocol):
    async def section(self, question: str, findings: Findings) -> Section:
        """A section that answers one task of `question`; each claim with the quotes that it rests on."""
        ...


@dataclass(frozen=True)
class Resources:
    writer: Writer


def merge(known: Mapping[str, Section], new: Mapping[str, Section]) -> dict[str, Section]:
    return {**known, **new}


class State(TypedDict):
    question: str
    investigated: list[Findings]
    written: Annotated[dict[str, Section], merge]  # by task
    sections: list[Section]


class Assignment(TypedDict):
    question: str
    findings: Findings


def every_answered_task(state: State) -> list[Send] | str:
    answered = [findings for findings in state["investigated"] if findings.findings]
    sends = [Send("section", Assignment(question=state["question"], findings=findings)) for findings in answered]
    return sends or "assemble"


async def section(state: Assignment, runtime: Runtime[Resources]) -> dict[str, Any]:
    findings = state["findings"]
    return {"written": {findings.task.id: await runtime.context.writer.section(state["question"], findings)}}


async def assemble(state: State) -> dict[str, Any]:
    """In the order of the plan; what an earlier section said, a later one does not say again."""
    said: set[str] = set()
    sections: list[Section] = []
    for findings in state["investigated"]:
        if (written := state["written"].get(findings.task.id)) is None:
            continue
        claims: list[Claim] = []
        for claim in written.claims:
            if claim.text not in said:
                said.add(claim.text)
                claims.append(claim)
        if claims:
            sections.append(Section(heading=written.heading, claims=tuple(claims)))
    return {"sections": sections}


builder = StateGraph(State, context_schema=Resources)
builder.add_node("section", section, input_schema=Assignment)
builder.add_node(assemble)
builder.add_conditional_edges(START, every_answered_task, ["section", "assemble"])
builder.add_edge("section", "assemble")
builder.add_edge("assemble", END)
