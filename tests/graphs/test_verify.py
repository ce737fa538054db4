import pytest

from evidence.errors import Permanent
from evidence.report import Claim, Section, Verdict
from evidence.sources import Quote
from graphs import verify

TEXT = "Rye bread is baked on Tuesdays. It rests."


class Snapshots:
    async def text(self, snapshot: str) -> str:
        if snapshot != "a" * 64:
            raise Permanent("missing")
        return TEXT


class Judge:
    async def judge(self, claim: Claim) -> Verdict:
        return Verdict.UNSUPPORTED if "never" in claim.text else Verdict.LOCATED


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


async def test_a_missing_snapshot_is_an_error_and_not_a_verdict() -> None:
    with pytest.raises(Permanent, match="missing"):
        await verified(Claim(text="It rests.", quotes=(quote(32, "It rests.", "b" * 64),)))


async def test_an_empty_draft_stays_empty() -> None:
    state = await verify.builder.compile().ainvoke({"draft": []}, context=verify.Resources(Judge(), Snapshots()))
    assert (state["sections"], state["dropped"]) == ([], [])
