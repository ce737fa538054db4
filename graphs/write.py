"""Write a draft: a section or more a task, from that task's findings alone.

START -> section (one per task with findings, in parallel) -> assemble -> END
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Protocol, TypedDict

from langgraph.graph import END, START, StateGraph
from langgraph.runtime import Runtime
from langgraph.types import Send

from evidence.report import Claim, Findings, Section


class Writer(Protocol):
    async def sections(self, question: str, findings: Findings) -> list[Section]:
        """The sections that answer one task of `question`; each claim with the quotes that it rests on."""
        ...


@dataclass(frozen=True)
class Resources:
    writer: Writer


def merge(known: Mapping[str, list[Section]], new: Mapping[str, list[Section]]) -> dict[str, list[Section]]:
    return {**known, **new}


class State(TypedDict):
    question: str
    investigated: list[Findings]
    written: Annotated[dict[str, list[Section]], merge]  # by task
    sections: list[Section]


class Assignment(TypedDict):
    question: str
    findings: Findings


def every_answered_task(state: State) -> list[Send] | str:
    answered = [findings for findings in state["investigated"] if findings.findings or findings.related]
    sends = [Send("section", Assignment(question=state["question"], findings=findings)) for findings in answered]
    return sends or "assemble"


async def section(state: Assignment, runtime: Runtime[Resources]) -> dict[str, Any]:
    findings = state["findings"]
    return {"written": {findings.task.id: await runtime.context.writer.sections(state["question"], findings)}}


async def assemble(state: State) -> dict[str, Any]:
    """In the order of the plan; what an earlier section said, a later one does not say again."""
    said: set[str] = set()
    sections: list[Section] = []
    for findings in state["investigated"]:
        for section in state["written"].get(findings.task.id, ()):
            claims = tuple(unsaid(section.claims, said))
            related = tuple(unsaid(section.related, said))
            if claims or related:
                sections.append(section.model_copy(update={"claims": claims, "related": related}))
    return {"sections": sections}


def unsaid(claims: Iterable[Claim], said: set[str]) -> Iterator[Claim]:
    for claim in claims:
        if claim.text not in said:
            said.add(claim.text)
            yield claim


builder = StateGraph(State, context_schema=Resources)
builder.add_node("section", section, input_schema=Assignment)
builder.add_node(assemble)
builder.add_conditional_edges(START, every_answered_task, ["section", "assemble"])
builder.add_edge("section", "assemble")
builder.add_edge("assemble", END)
