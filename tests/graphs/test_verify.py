from datetime import UTC, datetime
from typing import Any

import pytest

from outlast.evidence.budget import Budget
from outlast.evidence.errors import Permanent
from outlast.evidence.report import Claim, Dispute, Section, Verdict
from outlast.evidence.sources import Quote
from outlast.evidence.usage import Usage
from outlast.graphs import verify
from tests.tools.models.paid import Costs, Model, PaidVerifier

TEXT = "Rye bread is baked on Tuesdays. It rests."


class Snapshots:
    async def text(self, snapshot: str) -> str:
        if snapshot != "a" * 64:
            raise Permanent("missing")
        return TEXT


class Judge:
    async def judge(self, claim: Claim) -> Verdict:
        return Verdict.UNSUPPORTED if "never" in claim.text else Verdict.LOCATED

    async def rewrite(self, claim: Claim) -> Claim | None:
        return None


def quote(start: int, text: str, snapshot: str = "a" * 64) -> Quote:
    return Quote(snapshot=snapshot, start=start, end=start + len(text), text=text)


async def verified(*claims: Claim) -> tuple[list[Section], list[Claim]]:
    resources = verify.Resources(Judge(), Snapshots())
    draft = [Section(heading="Bread", claims=claims)]
    state = await verify.builder.compile().ainvoke({"draft": draft}, context=resources)
    return state["sections"], state["dropped"]


async def test_a_claim_whose_quotes_stand_keeps_the_verdict_of_the_judge() -> None:
    [section], dropped = await verified(Claim(text="It rests.", quotes=(quote(32, "It rests."),)))
    assert section.claims[0].verdict is Verdict.LOCATED
    assert dropped == []


@pytest.mark.parametrize(
    "claim",
    [
        Claim(text="It rests.", quotes=(quote(31, "It rests."),)),
        Claim(text="It rests.", quotes=(quote(32, "It rusts."),)),
        Claim(text="It rests.", quotes=(quote(9999, "It rests."),)),
        Claim(text="It rests.", quotes=(quote(-9, "It rests."),)),
        Claim(text="It rests.", quotes=()),
        Claim(text="It never rests.", quotes=(quote(32, "It rests."),)),
    ],
)
async def test_a_claim_that_does_not_stand_is_dropped_and_kept_for_the_record(claim: Claim) -> None:
    sections, dropped = await verified(claim, Claim(text="Good.", quotes=(quote(0, "Rye bread"),)))
    assert [each.text for section in sections for each in section.claims] == ["Good."]
    assert [(each.text, each.verdict) for each in dropped] == [(claim.text, Verdict.UNSUPPORTED)]


class Mending(Judge):
    """Rewrites every claim to the same sentence, and records the claims."""

    def __init__(self, text: str) -> None:
        self.asked: list[str] = []
        self._text = text

    async def rewrite(self, claim: Claim) -> Claim | None:
        self.asked.append(claim.text)
        return Claim(text=self._text, quotes=(quote(0, "Forged."),))


async def mended(claim: Claim, judge: Mending) -> tuple[list[Claim], list[Claim]]:
    draft = [Section(heading="Bread", claims=(claim,))]
    resources = verify.Resources(judge, Snapshots())
    state = await verify.builder.compile().ainvoke({"draft": draft}, context=resources)
    return [claim for section in state["sections"] for claim in section.claims], state["dropped"]


async def test_an_unsupported_claim_is_rewritten_and_keeps_its_own_quotes() -> None:
    claim = Claim(text="It never rests.", quotes=(quote(32, "It rests."),))
    [stood], dropped = await mended(claim, Mending("Bread rests."))
    assert (stood.text, stood.quotes, stood.verdict, dropped) == ("Bread rests.", claim.quotes, Verdict.LOCATED, [])


async def test_it_is_rewritten_once_and_dropped_as_it_was_where_that_does_not_help() -> None:
    judge = Mending("It never ever rests.")
    stood, dropped = await mended(Claim(text="It never rests.", quotes=(quote(32, "It rests."),)), judge)
    assert (stood, [claim.text for claim in dropped], judge.asked) == ([], ["It never rests."], ["It never rests."])


async def test_a_claim_whose_quotes_do_not_stand_is_not_worth_rewriting() -> None:
    judge = Mending("Bread rests.")
    stood, dropped = await mended(Claim(text="It never rests.", quotes=(quote(31, "It rests."),)), judge)
    assert (stood, len(dropped), judge.asked) == ([], 1, [])


RYE, RESTS = (Claim(text=text, quotes=(quote(start, text),)) for start, text in ((0, "Rye bread"), (32, "It rests.")))
WRONG = Claim(text="It rusts.", quotes=(quote(32, "It rusts."),))


async def disputed(*sides: Claim, **others: tuple[Claim, ...]) -> tuple[list[Section], list[str]]:
    draft = [Section(heading="Bread", claims=others.pop("claims", ()), disputes=(Dispute(claims=sides),), **others)]
    state = await verify.builder.compile().ainvoke({"draft": draft}, context=verify.Resources(Judge(), Snapshots()))
    return state["sections"], [claim.text for claim in state["dropped"]]


async def test_the_sides_of_a_dispute_are_verified_like_claims() -> None:
    [section], dropped = await disputed(RYE, WRONG, RESTS)
    [dispute] = section.disputes
    assert [(side.text, side.verdict) for side in dispute.claims] == [
        ("Rye bread", Verdict.LOCATED),
        ("It rests.", Verdict.LOCATED),
    ]
    assert (section.claims, dropped) == ((), ["It rusts."])


async def test_a_dispute_with_one_side_left_is_dropped_whole() -> None:
    assert await disputed(RYE, WRONG) == ([], ["It rusts.", "Rye bread"])


async def test_claims_related_ones_and_disputes_keep_apart() -> None:
    [section], dropped = await disputed(RYE, RESTS, claims=(WRONG, RESTS), related=(RYE, WRONG))
    texts = [[claim.text for claim in claims] for claims in (section.claims, section.related)]
    assert texts == [["It rests."], ["Rye bread"]]
    assert [[side.text for side in each.claims] for each in section.disputes] == [["Rye bread", "It rests."]]
    assert dropped == ["It rusts.", "It rusts."]


async def test_a_missing_snapshot_is_an_error_and_not_a_verdict() -> None:
    with pytest.raises(Permanent, match="missing"):
        await verified(Claim(text="It rests.", quotes=(quote(32, "It rests.", "b" * 64),)))


async def test_an_empty_draft_stays_empty() -> None:
    state = await verify.builder.compile().ainvoke({"draft": []}, context=verify.Resources(Judge(), Snapshots()))
    assert (state["sections"], state["dropped"]) == ([], [])


async def judged(
    budget: Budget, *claims: Claim, verdict: Verdict = Verdict.SUPPORTED, **given: Any
) -> tuple[list[Verdict], list[str], Any]:
    model = Model()
    resources = verify.Resources(PaidVerifier(model, verdict), Snapshots(), Costs())
    request = {"draft": [Section(heading="Bread", claims=claims)], "budget": budget, **given}
    state = await verify.builder.compile().ainvoke(request, context=resources)
    assert state["usage"].calls == len(model.calls), "every call is counted"
    return [claim.verdict for section in state["sections"] for claim in section.claims], model.calls, state


SAID = [Claim(text=f"Bread rests, said {number}.", quotes=(quote(32, "It rests."),)) for number in range(3)]
VERBATIM = Claim(text="It rests.", quotes=(quote(32, "It rests."),))
S, L = Verdict.SUPPORTED, Verdict.LOCATED


@pytest.mark.parametrize(
    ("budget", "verdicts"),
    [(Budget(), [S, S, S]), (Budget(tokens=299), [S, S, L]), (Budget(calls=1), [S, L, L]), (Budget(usd=0), [S, S, S])],
)
async def test_claims_whose_judging_cannot_be_paid_for_are_located_and_no_more(
    budget: Budget, verdicts: list[Verdict]
) -> None:
    judgements, calls, state = await judged(budget, *SAID)
    assert judgements == verdicts
    assert len(calls) == verdicts.count(S)
    assert state["limited"] == ([] if L not in verdicts else [kind for kind, _ in budget.limits()])


async def test_claims_that_need_no_judging_take_nothing_from_the_others() -> None:
    judgements, calls, _ = await judged(Budget(calls=1), VERBATIM, VERBATIM, SAID[0])
    assert (judgements, calls) == ([S, S, S], ["judge Bread rests, said 0."])


async def test_a_claim_that_is_not_supported_is_dropped_where_mending_it_cannot_be_paid_for() -> None:
    judgements, calls, state = await judged(Budget(calls=1), SAID[0], verdict=Verdict.UNSUPPORTED)
    assert (judgements, len(calls), len(state["dropped"]), state["limited"]) == ([], 1, 1, ["calls"])


async def test_a_rewrite_is_counted_too() -> None:
    _, calls, state = await judged(Budget(), SAID[0], verdict=Verdict.UNSUPPORTED)
    assert [call.split()[0] for call in calls] == ["judge", "rewrite", "judge"]
    assert state["usage"].tokens == 300


async def test_after_its_moment_nothing_is_judged() -> None:
    judgements, calls, state = await judged(Budget(), *SAID, until=datetime.now(UTC))
    assert (judgements, calls, state["limited"], state["usage"]) == ([L, L, L], [], ["seconds"], Usage())
