from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from outlast.evidence.budget import Budget
from outlast.evidence.report import Claim, Dispute, Finding, Findings, Section, Task
from outlast.evidence.sources import Quote
from outlast.evidence.usage import Usage
from outlast.graphs import write
from tests.tools.models.paid import Costs, Model, PaidWriter


class Copyist:
    async def sections(self, question: str, findings: Findings) -> list[Section]:
        claims = tuple(Claim(text=finding.quote.text, quotes=(finding.quote,)) for finding in findings.findings)
        return [Section(heading=f"{question}/{findings.task.question}", claims=claims)]


def found(number: int, *texts: str) -> Findings:
    quotes = [Quote(snapshot="a" * 64, start=0, end=len(text), text=text) for text in texts]
    task = Task(id=f"t{number}", question=f"Q{number}")
    findings = tuple(Finding(quote=quote, strength=1.0) for quote in quotes)
    return Findings(task=task, findings=findings, queries=(), read=())


async def written(*investigated: Findings, writer: write.Writer | None = None) -> list[Section]:
    state = {"question": "Q", "investigated": list(investigated)}
    resources = write.Resources(writer or Copyist())
    return (await write.builder.compile().ainvoke(state, context=resources))["sections"]


async def test_sections_come_in_the_order_of_the_plan() -> None:
    sections = await written(found(1, "One."), found(2), found(3, "Three."))
    assert [section.heading for section in sections] == ["Q/Q1", "Q/Q3"]


async def test_what_an_earlier_section_said_is_not_said_again() -> None:
    sections = await written(found(1, "One.", "Two."), found(2, "Two.", "Three."), found(3, "One."))
    assert [[claim.text for claim in section.claims] for section in sections] == [["One.", "Two."], ["Three."]]


async def test_the_same_sentence_in_other_case_is_not_said_again() -> None:
    [section] = await written(found(1, "One is here."), found(2, "one is  Here"))
    assert [claim.text for claim in section.claims] == ["One is here."]


async def test_a_sentence_inside_a_longer_one_is_not_said_again() -> None:
    sections = await written(found(1, "One is here. Two is there."), found(2, "Two is there.", "Three."))
    assert [[claim.text for claim in section.claims] for section in sections] == [
        ["One is here. Two is there."],
        ["Three."],
    ]


async def test_a_sentence_that_answers_two_parts_of_a_question_stands_below_both() -> None:
    sections = await written(found(1, "One and two.", "More."), found(2, "One and two."), writer=Quoter())
    answers = [(section.question, claim.text) for section in sections for claim in section.claims]
    assert answers == [("Q1", "One and two."), ("Q1", "More."), ("Q2", "One and two.")]


class Quoter:
    """Writes as rules do: a section for each finding, and what is related in the last one."""

    async def sections(self, question: str, findings: Findings) -> list[Section]:
        del question
        sections = [
            Section(
                heading=f"File {number}",
                question=findings.task.question,
                claims=(Claim(text=finding.quote.text, quotes=(finding.quote,)),),
            )
            for number, finding in enumerate(findings.findings)
        ]
        return sections or [Section(heading="?", question=findings.task.question, claims=(), related=(CLAIM,))]


QUOTE = Quote(snapshot="a" * 64, start=0, end=9, text="Related.")
CLAIM = Claim(text="Related.", quotes=(QUOTE,))


async def said(mode: str, *investigated: Findings) -> list[tuple[str, list[str]]]:
    resources = write.Resources(Quoter(), mode=mode)
    given = {"question": "Q", "investigated": list(investigated)}
    state = await write.builder.compile().ainvoke(given, context=resources)
    return [(section.heading, [claim.text for claim in section.all_claims()]) for section in state["sections"]]


async def test_each_part_of_a_question_is_answered_before_the_second_quote_for_another_part() -> None:
    parts = (found(1, "One.", "Two."), found(2), found(3, "Three.", "Four."), found(4, "Five."))
    assert await said("extractive: every sentence is verbatim", *parts) == [
        *(("Q1", ["One."]), ("Q3", ["Three."]), ("Q4", ["Five."])),
        *(("File 1", ["Two."]), ("File 1", ["Four."])),
    ]


async def test_one_part_and_the_sentences_of_a_model_stay_as_they_are_written() -> None:
    one, other = found(1, "One.", "Two."), found(3, "Three.")
    assert await said("extractive", one, found(2)) == [("File 0", ["One."]), ("File 1", ["Two."])]
    assert await said("model big", one, other) == [("File 0", ["One."]), ("File 1", ["Two."]), ("File 0", ["Three."])]


class Arbiter(Copyist):
    """Writes a dispute between the findings if there are several, and else a claim."""

    async def sections(self, question: str, findings: Findings) -> list[Section]:
        [section] = await super().sections(question, findings)
        if len(section.claims) < 2:
            return [section]
        return [section.model_copy(update={"claims": (), "disputes": (Dispute(claims=section.claims),)})]


async def test_a_section_may_have_disputes_alone_and_the_same_dispute_comes_once() -> None:
    sections = await written(
        found(1, "Red."),
        found(2, "Red.", "Blue."),
        found(3, "Blue.", "Red."),
        found(4, "Blue.", "Green."),
        writer=Arbiter(),
    )
    assert [section.heading for section in sections] == ["Q/Q1", "Q/Q2", "Q/Q4"]
    disputes = [[side.text for side in each.claims] for section in sections for each in section.disputes]
    assert disputes == [["Red.", "Blue."], ["Blue.", "Green."]], "a side that was said before is still a side"
    assert [len(section.claims) for section in sections] == [1, 0, 0]


async def test_nothing_found_is_an_empty_draft() -> None:
    assert await written(found(1), found(2)) == []


async def paid(budget: Budget, *investigated: Findings, **given: Any) -> tuple[Mapping[str, Any], list[str]]:
    model = Model()
    state = {"question": "Q", "investigated": list(investigated), "budget": budget, **given}
    resources = write.Resources(PaidWriter(model), Costs())
    state = await write.builder.compile().ainvoke(state, context=resources)
    assert state["usage"].calls == len(model.calls), "every call is counted"
    return state, model.calls


THREE = [found(1, "One."), found(2, "Two."), found(3, "Three.")]


@pytest.mark.parametrize(("budget", "written"), [(Budget(), 3), (Budget(tokens=299), 2), (Budget(calls=1), 1)])
async def test_sections_that_cannot_be_paid_for_are_their_quotes(budget: Budget, written: int) -> None:
    state, calls = await paid(budget, *THREE)
    texts = [claim.text for section in state["sections"] for claim in section.claims]
    assert (
        texts
        == ["In words: One.", "In words: Two.", "In words: Three."][:written] + ["One.", "Two.", "Three."][written:]
    )
    assert len(calls) == written
    assert state["limited"] == [kind for kind, _ in budget.limits()]


async def test_a_task_that_found_nothing_to_write_from_takes_nothing_from_the_others() -> None:
    related = found(1).model_copy(update={"related": found(1, "Near.").findings})
    state, calls = await paid(Budget(calls=1), related, found(2, "Two."))
    assert calls == ["write t2"]
    assert state["limited"] == []


async def test_after_its_moment_nothing_is_written_in_other_words() -> None:
    state, calls = await paid(Budget(), *THREE, until=datetime.now(UTC))
    assert (calls, len(state["sections"]), state["limited"], state["usage"]) == ([], 3, ["seconds"], Usage())
