"""Verify a draft: find every quote at its place, judge every claim, rewrite once or drop what does not stand.

START -> assign -> check (one per claim, in parallel) -> settle -> END
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Annotated, Any, Literal, Protocol, TypedDict

from langgraph.graph import END, START, StateGraph
from langgraph.runtime import Runtime
from langgraph.types import Command, Send

from outlast.evidence.budget import Budget
from outlast.evidence.report import Claim, Dispute, Section, Verdict
from outlast.evidence.sources import Quote, Value
from outlast.evidence.usage import Usage, add_usages
from outlast.graphs.costs import NO_COSTS, Costs
from outlast.graphs.reducers import append_unique, merge
from outlast.graphs.resources import Snapshots
from outlast.tools.models.metering import metered, remaining_budget


class Verifier(Protocol):
    async def judge(self, claim: Claim) -> Verdict:
        """Whether the quotes say what the claim says. The quotes have been found at their places already."""
        ...

    async def rewrite(self, claim: Claim) -> Claim | None:
        """An unsupported claim in words that its quotes say; None where it is not worth one. It is judged again."""
        ...


@dataclass(frozen=True)
class Resources:
    verifier: Verifier
    snapshots: Snapshots
    costs: Costs = NO_COSTS


class State(TypedDict):
    draft: list[Section]
    budget: Budget  # what verifying may spend
    until: datetime | None
    judged: Annotated[dict[str, Claim], merge]  # by "section.claim", counted from 1; as they stand at the end
    sections: list[Section]
    dropped: list[Claim]
    usage: Annotated[Usage, add_usages]
    limited: Annotated[list[str], append_unique]


class ClaimToCheck(Value):
    place: str
    claim: Claim
    budget: Budget
    until: datetime | None


async def assign(state: State, runtime: Runtime[Resources]) -> Command[Literal["check", "settle"]]:
    """A claim has its part of what may be spent; where that is nothing, it counts as located, and no more."""
    places = {
        f"{chapter}.{number}": claim
        for chapter, section in enumerate(state["draft"], 1)
        for number, claim in enumerate(section.all_claims(), 1)
    }
    needs = [runtime.context.costs.verdict(claim) for claim in places.values()]
    parts = remaining_budget(state).split(needs)
    sends = [
        Send("check", ClaimToCheck(place=place, claim=claim, budget=part, until=state.get("until")))
        for (place, claim), part in zip(places.items(), parts, strict=True)
    ]
    return Command(goto=sends or "settle")


async def check(state: ClaimToCheck, runtime: Runtime[Resources]) -> dict[str, Any]:
    resources = runtime.context
    located = state.claim.quotes and all([await is_located(quote, resources.snapshots) for quote in state.claim.quotes])
    if not located:
        return {"judged": {state.place: state.claim.model_copy(update={"verdict": Verdict.UNSUPPORTED})}}
    with metered(state.budget, state.until) as meter:
        judged = await judge_and_rewrite(state.claim, resources.verifier)
    return {"judged": {state.place: judged}, "usage": meter.usage, "limited": meter.limited}


async def judge_and_rewrite(claim: Claim, verifier: Verifier) -> Claim:
    """The claim with its verdict, rewritten where it needs it."""
    verdict = await verifier.judge(claim)
    if verdict is Verdict.UNSUPPORTED and (mended := await verifier.rewrite(claim)):
        # Words may be new, quotes may not: these have been found at their places.
        mended = claim.model_copy(update={"text": mended.text})
        verdict_of_mended = await verifier.judge(mended)
        if verdict_of_mended is not Verdict.UNSUPPORTED:
            claim, verdict = mended, verdict_of_mended
    return claim.model_copy(update={"verdict": verdict})


async def is_located(quote: Quote, snapshots: Snapshots) -> bool:
    text = await snapshots.text(quote.snapshot)
    return 0 <= quote.start < quote.end <= len(text) and text[quote.start : quote.end] == quote.text


async def settle(state: State) -> dict[str, Any]:
    sections: list[Section] = []
    dropped: list[Claim] = []
    for chapter, section in enumerate(state["draft"], 1):
        judged = iter([state["judged"][f"{chapter}.{number}"] for number, _ in enumerate(section.all_claims(), 1)])
        claims = drop_unsupported(islice(judged, len(section.claims)), dropped)
        related = drop_unsupported(islice(judged, len(section.related)), dropped)
        sides = [drop_unsupported(islice(judged, len(dispute.claims)), dropped) for dispute in section.disputes]
        disputes = tuple(Dispute(claims=those) for those in sides if len(those) > 1)
        dropped += [claim for those in sides if len(those) == 1 for claim in those]  # one side alone is no dispute
        if claims or related or disputes:
            kept = {"claims": claims, "related": related, "disputes": disputes}
            sections.append(section.model_copy(update=kept))
    return {"sections": sections, "dropped": dropped}


def drop_unsupported(judged: Iterable[Claim], dropped: list[Claim]) -> tuple[Claim, ...]:
    """Those that stand; the others go to `dropped`."""
    judged = list(judged)
    dropped += [claim for claim in judged if not stays_in_report(claim)]
    return tuple(claim for claim in judged if stays_in_report(claim))


def stays_in_report(claim: Claim) -> bool:
    return claim.verdict is not Verdict.UNSUPPORTED


builder = StateGraph(State, context_schema=Resources)
builder.add_node(assign)
builder.add_node("check", check, input_schema=ClaimToCheck)
builder.add_node(settle)
builder.add_edge(START, "assign")
builder.add_edge("check", "settle")
builder.add_edge("settle", END)
