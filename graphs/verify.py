"""Verify a draft: locate every quote, judge every claim, and rewrite an unsupported claim once or drop it.

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
from outlast.evidence.checking import find_quote_problem
from outlast.evidence.report import Claim, Dispute, Section, Verdict
from outlast.evidence.sources import Quote, Value
from outlast.evidence.usage import Usage, add_usages
from outlast.graphs.costs import NO_COSTS, Costs
from outlast.graphs.reducers import append_unique, merge
from outlast.graphs.resources import Snapshots
from outlast.tools.models.metering import metered, remaining_budget


class Verifier(Protocol):
    async def judge(self, claim: Claim) -> Verdict:
        """Judge whether the quotes of a claim support it. They have been located already."""
        ...

    async def rewrite(self, claim: Claim) -> Claim | None:
        """Reword an unsupported claim so that its quotes support it, or return None. The new claim is judged again."""
        ...


@dataclass(frozen=True)
class Resources:
    verifier: Verifier
    snapshots: Snapshots
    costs: Costs = NO_COSTS


class State(TypedDict):
    draft: list[Section]
    budget: Budget  # the limits of verifying
    until: datetime | None
    judged: Annotated[dict[str, Claim], merge]  # the final claims by "section.claim", both counted from 1
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
    """Give each claim its part of the budget. A claim whose part is nothing is not judged: it counts as located."""
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
    """Return the claim with its verdict; an unsupported claim is rewritten first, if that helps."""
    verdict = await verifier.judge(claim)
    if verdict is Verdict.UNSUPPORTED and (rewritten := await verifier.rewrite(claim)):
        # A rewrite may change the words but not the quotes: only these have been located.
        rewritten = claim.model_copy(update={"text": rewritten.text})
        new_verdict = await verifier.judge(rewritten)
        if new_verdict is not Verdict.UNSUPPORTED:
            claim, verdict = rewritten, new_verdict
    return claim.model_copy(update={"verdict": verdict})


async def is_located(quote: Quote, snapshots: Snapshots) -> bool:
    text = await snapshots.text(quote.snapshot)
    return find_quote_problem(quote, text) is None


async def settle(state: State) -> dict[str, Any]:
    sections: list[Section] = []
    dropped: list[Claim] = []
    for chapter, section in enumerate(state["draft"], 1):
        judged = iter([state["judged"][f"{chapter}.{number}"] for number, _ in enumerate(section.all_claims(), 1)])
        claims = drop_unsupported(islice(judged, len(section.claims)), dropped)
        related = drop_unsupported(islice(judged, len(section.related)), dropped)
        sides = [drop_unsupported(islice(judged, len(dispute.claims)), dropped) for dispute in section.disputes]
        disputes = tuple(Dispute(claims=remaining) for remaining in sides if len(remaining) > 1)
        # One side alone is no dispute.
        dropped += [claim for remaining in sides if len(remaining) == 1 for claim in remaining]
        if claims or related or disputes:
            remaining_claims = {"claims": claims, "related": related, "disputes": disputes}
            sections.append(section.model_copy(update=remaining_claims))
    return {"sections": sections, "dropped": dropped}


def drop_unsupported(judged: Iterable[Claim], dropped: list[Claim]) -> tuple[Claim, ...]:
    """Return the claims that stay in the report, and append the others to `dropped`."""
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
