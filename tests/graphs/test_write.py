from evidence.report import Claim, Finding, Findings, Section, Task
from evidence.sources import Quote
from graphs import write


class Copyist:
    async def sections(self, question: str, findings: Findings) -> list[Section]:
        claims = tuple(Claim(text=finding.quote.text, quotes=(finding.quote,)) for finding in findings.findings)
        return [Section(heading=f"{question}/{findings.task.question}", claims=claims)]


def found(number: int, *texts: str) -> Findings:
    quotes = [Quote(snapshot="a" * 64, start=0, end=len(text), text=text) for text in texts]
    task = Task(id=f"t{number}", question=f"Q{number}")
    findings = tuple(Finding(quote=quote, strength=1.0) for quote in quotes)
    return Findings(task=task, findings=findings, queries=(), read=())


async def written(*investigated: Findings) -> list[Section]:
    state = {"question": "Q", "investigated": list(investigated)}
    return (await write.builder.compile().ainvoke(state, context=write.Resources(Copyist())))["sections"]


async def test_sections_come_in_the_order_of_the_plan() -> None:
    sections = await written(found(1, "One."), found(2), found(3, "Three."))
    assert [section.heading for section in sections] == ["Q/Q1", "Q/Q3"]


async def test_what_an_earlier_section_said_is_not_said_again() -> None:
    sections = await written(found(1, "One.", "Two."), found(2, "Two.", "Three."), found(3, "One."))
    assert [[claim.text for claim in section.claims] for section in sections] == [["One.", "Two."], ["Three."]]


async def test_nothing_found_is_an_empty_draft() -> None:
    assert await written(found(1), found(2)) == []
