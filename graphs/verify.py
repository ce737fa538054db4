"""Verify a draft: find every quote at its place, judge every claim, drop what does not stand.

START -> check (one per claim, in parallel) -> settle -> END
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Protocol, TypedDict

from langgraph.graph import END, START, StateGraph
from langgraph.runtime import Runtime
from langgraph.types import Send

from evidence.report import Claim, Section, Verdict
from evidence.sources import Quote
from graphs.resources import Snapshots


class Verifier(Protocol):
    async def judge(self, claim: Claim) -> Verdict:
        """Whether the quotes say what the claim says. The quotes have been found at their places already."""
        ...


@dataclass(frozen=True)
class Resources:
    verifier: Verifier
    snapshots: Snapshots


def merge(known: Mapping[str, Verdict], new: Mapping[str, Verdict]) -> dict[str, Verdict]:
    return {**known, **new}


class State(TypedDict):
    draft: list[Section]
    verdicts: Annotated[dict[str, Verdict], merge]  # by "section.claim", counted from 1
    sections: list[Section]
    dropped: list[Claim]


class Checking(TypedDict):
    place: str
    claim: Claim


def every_claim(state: State) -> list[Send] | str:
    places = [
        Checking(place=f"{chapter}.{number}", claim=claim)
        for chapter, section in enumerate(state["draft"], 1)
        for number, claim in enumerate(section.all_claims(), 1)
    ]
    return [Send("check", checking) for checking in places] or "settle"


async def check(state: Checking, runtime: Runtime[Resources]) -> dict[str, Any]:
    claim, resources = state["claim"], runtime.context
    located = claim.quotes and all([await stands(quote, resources.snapshots) for quote in claim.quotes])
    verdict = await resources.verifier.judge(claim) if located else Verdict.UNSUPPORTED
    return {"verdicts": {state["place"]: verdict}}


async def stands(quote: Quote, snapshots: Snapshots) -> bool:
    text = await snapshots.text(quote.snapshot)
    return 0 <= quote.start < quote.end <= len(text) and text[quote.start : quote.end] == quote.text


async def settle(state: State) -> dict[str, Any]:
    sections: list[Section] = []
    dropped: list[Claim] = []
    for chapter, section in enumerate(state["draft"], 1):
        judged = [
            claim.model_copy(update={"verdict": state["verdicts"][f"{chapter}.{number}"]})
            for number, claim in enumerate(section.all_claims(), 1)
        ]
        dropped += [claim for claim in judged if not stood(claim)]
        claims = tuple(claim for claim in judged[: len(section.claims)] if stood(claim))
        related = tuple(claim for claim in judged[len(section.claims) :] if stood(claim))
        if claims or related:
            sections.append(section.model_copy(update={"claims": claims, "related": related}))
    return {"sections": sections, "dropped": dropped}


def stood(claim: Claim) -> bool:
    return claim.verdict is not Verdict.UNSUPPORTED


builder = StateGraph(State, context_schema=Resources)
builder.add_node("check", check, input_schema=Checking)
builder.add_node(settle)
builder.add_conditional_edges(START, every_claim, ["check", "settle"])
builder.add_edge("check", "settle")
builder.add_edge("settle", END)
