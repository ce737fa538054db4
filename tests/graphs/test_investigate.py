from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pytest
from langgraph.checkpoint.memory import InMemorySaver

from outlast.evidence.budget import Budget
from outlast.evidence.report import Evidence, Finding, Task
from outlast.evidence.sources import Passage
from outlast.evidence.usage import Usage
from outlast.graphs import investigate
from outlast.tools.models.structured import Unfitting
from tests.graphs.scripted import Reader, Shelf, passage
from tests.tools.models.paid import Costs, Model, PaidReader

TASK = Task(id="t1", question="What is baked?")


async def run(reader: Reader, shelf: Shelf, searches: int = 3) -> dict[str, Any]:
    resources = investigate.Resources(investigator=reader, library=shelf)
    return await investigate.builder.compile().ainvoke({"task": TASK, "searches": searches}, context=resources)


async def test_every_passage_is_read_once_and_the_strongest_comes_first() -> None:
    reader, shelf = Reader(enough=2), Shelf([passage(40), passage(0)])
    state = await run(reader, shelf)
    assert [finding.quote.start for finding in state["findings"]] == [0, 40]
    assert state["read"] == ["a" * 64]
    assert len(shelf.asked) == 1


async def test_it_searches_again_while_evidence_is_thin_and_reads_only_what_is_new() -> None:
    reader, shelf = Reader(enough=3), Shelf([passage(0)], [passage(0), passage(40)], [passage(80)])
    state = await run(reader, shelf)
    assert reader.read_passages == [0, 40, 80]
    assert state["queries"] == ["What is baked? 0", "What is baked? 1", "What is baked? 2"]


async def test_it_stops_when_its_searches_are_spent() -> None:
    shelf = Shelf([passage(0)])
    state = await run(Reader(enough=9), shelf, searches=2)
    assert len(shelf.asked) == 2
    assert len(state["findings"]) == 1


async def test_it_stops_when_there_is_nothing_left_to_ask() -> None:
    shelf = Shelf([passage(0)])
    await run(Reader(enough=9, queries=1), shelf, searches=5)
    assert len(shelf.asked) == 1


async def test_a_search_without_passages_ends_without_findings() -> None:
    state = await run(Reader(enough=1, queries=2), Shelf([]))
    assert (state["findings"], state["read"]) == ([], [])


async def investigated(budget: Budget, *found: Sequence[Passage], searches: int = 3, **given: Any) -> Any:
    reader = PaidReader(Model())
    resources = investigate.Resources(reader, Shelf(*found), costs=Costs())
    request = {"task": TASK, "searches": searches, "budget": budget, **given}
    state = await investigate.builder.compile().ainvoke(request, context=resources)
    assert state["usage"].calls == len(reader.model.calls), "every call is counted"
    return {**state, "calls": Counter(reader.model.calls)}


MANY = [passage(number * 40) for number in range(10)]


async def test_without_a_limit_everything_is_read_and_counted() -> None:
    state = await investigated(Budget(), MANY, searches=1)
    assert state["calls"] == {"queries": 1, "read": 10, "select": 1}
    assert (state["usage"].tokens, state["limited"]) == (1_200, [])


@pytest.mark.parametrize(
    ("budget", "read", "kind"),
    [
        (Budget(tokens=650), 4, "tokens"),
        (Budget(tokens=600), 4, "tokens"),
        (Budget(tokens=599), 3, "tokens"),
        (Budget(calls=5), 3, "calls"),
        (Budget(calls=3), 1, "calls"),
        (Budget(calls=4, tokens=100_000), 2, "calls"),
    ],
)
async def test_as_many_are_read_as_can_be_paid_for_the_best_first_and_judging_them_can_be_too(
    budget: Budget, read: int, kind: str
) -> None:
    state = await investigated(budget, MANY, searches=1)
    assert state["calls"] == {"queries": 1, "read": read, "select": 1}
    assert sorted(finding.quote.start for finding in state["findings"]) == [number * 40 for number in range(read)]
    assert (state["limited"], state["evidence"]) == ([kind], Evidence.STRONG)
    assert state["usage"].calls <= (budget.calls or 99)


@pytest.mark.parametrize("tokens", [0, 99, 100, 199, 250, 399, 777, 1_550])
async def test_it_ends_with_what_it_has_and_within_its_limit_however_small(tokens: int) -> None:
    found = [passage(number * 40) for number in range(6)], [passage(number * 40) for number in range(20)]
    state = await investigated(Budget(tokens=tokens), *found)
    assert state["usage"].tokens <= tokens
    assert state["limited"] == ["tokens"]
    assert len(state["findings"]) == state["calls"]["read"]


async def test_where_nothing_may_be_spent_the_documents_are_searched_all_the_same() -> None:
    state = await investigated(Budget(tokens=0), MANY)
    assert (state["queries"], state["findings"], state["limited"]) == ([TASK.question], [], ["tokens"])


async def test_after_its_moment_no_call_begins() -> None:
    state = await investigated(Budget(), MANY, until=datetime.now(UTC))
    assert (state["usage"], state["limited"], state["rounds"]) == (Usage(), ["seconds"], 1)


async def test_readers_whose_cost_is_not_known_share_what_there_is() -> None:
    """A reasoner without `Costs` gives no estimates; its calls are limited all the same."""
    reader = PaidReader(Model())
    resources = investigate.Resources(reader, Shelf(MANY))
    request = {"task": TASK, "searches": 1, "budget": Budget(calls=5)}
    state = await investigate.builder.compile().ainvoke(request, context=resources)
    assert len(reader.model.calls) == state["usage"].calls == 5
    assert state["limited"] == ["calls"]


class Stubborn(PaidReader):
    """Fails to read the first passage, like a model that cannot write JSON."""

    async def read(self, reading: investigate.PassageToRead) -> list[Finding]:
        found = await super().read(reading)
        if reading.passage.start == 0:
            raise Unfitting("It is no JSON.")
        return found


async def test_a_passage_that_a_model_makes_nothing_of_is_paid_for_told_and_no_finding() -> None:
    reader = Stubborn(Model())
    resources = investigate.Resources(reader, Shelf([passage(0), passage(40)]), costs=Costs())
    state = await investigate.builder.compile().ainvoke({"task": TASK, "searches": 1}, context=resources)
    assert [finding.quote.start for finding in state["findings"]] == [40]
    assert [each.reason for each in state["skipped"]] == ["a passage was not read: It is no JSON."]
    assert state["usage"].calls == len(reader.model.calls) == 4


async def test_a_budget_that_is_raised_while_it_stands_is_taken_up_from_there() -> None:
    """Steering overwrites the channel `budget`, but what was spent before still counts."""
    reader = PaidReader(Model())
    resources = investigate.Resources(reader, Shelf(MANY[:2], MANY), costs=Costs())
    graph = investigate.builder.compile(checkpointer=InMemorySaver(), interrupt_before=["assess"])
    place: Any = {"configurable": {"thread_id": "t"}}
    await graph.ainvoke({"task": TASK, "searches": 2, "budget": Budget(calls=4)}, place, context=resources)
    assert (await graph.aget_state(place)).values["usage"].calls == 3
    await graph.aupdate_state(place, {"budget": Budget(calls=9)}, as_node="read")
    state: Any = await graph.ainvoke(None, place, context=resources)
    state = await graph.ainvoke(None, place, context=resources)
    assert state["usage"].calls == len(reader.model.calls) == 9


async def test_one_passage_that_is_read_is_better_than_none_that_is_judged() -> None:
    state = await investigated(Budget(tokens=250), MANY)
    assert state["calls"] == {"queries": 1, "read": 1}
    assert (len(state["findings"]), state["evidence"]) == (1, Evidence.WEAK)


@pytest.mark.parametrize(("tokens", "rounds"), [(499, 1), (500, 2)])
async def test_another_round_is_begun_where_it_can_be_read_and_judged(tokens: int, rounds: int) -> None:
    state = await investigated(Budget(tokens=tokens), [passage(0)], MANY)
    assert (state["rounds"], state["limited"]) == (rounds, ["tokens"])
    assert state["calls"] == {"queries": rounds, "read": rounds, "select": 1}
