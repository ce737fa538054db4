"""The tools of an agent: their answers to valid, invalid and forged calls."""

from collections.abc import Sequence
from typing import Any

import pytest

from outlast.evidence.report import Evidence
from outlast.evidence.sources import Quote, SearchResult, sha256
from outlast.graphs import agent
from outlast.graphs.agent_tools import (
    MAX_PAGES_A_RESULT,
    MAX_PASSAGE_CHARACTERS,
    MAX_PASSAGES_A_RESULT,
    id_of_passage,
    id_of_quote,
)
from tests.graphs.agent_world import (
    FERRY,
    READ,
    SAILS,
    SEARCH,
    TIMES,
    TIMETABLE,
    Call,
    Investigating,
    World,
    calling,
    document,
    note,
    page_of,
    passage_of,
    turns,
    web,
)


async def test_a_page_that_was_not_read_cannot_be_quoted(investigate: Investigating) -> None:
    done = await investigate(turns([SEARCH], [note("A snippet.", page_of(TIMETABLE))], "Done."), web(), web=True)
    assert done.findings.evidence is Evidence.NONE
    assert "There is no passage of that id" in done.told[-1]


async def test_a_page_is_fetched_once_however_often_it_is_read(investigate: Investigating) -> None:
    world = web()
    done = await investigate(turns([SEARCH], [READ], [READ], [SAILS], "Done."), world, web=True)
    assert world.fetched == [TIMETABLE]
    assert done.findings.usage.pages == 1
    assert TIMES in done.told[1]
    assert TIMES in done.told[2]


async def test_a_page_without_the_words_shows_its_beginning(investigate: Investigating) -> None:
    read = ("read_page", {"page_id": page_of(TIMETABLE), "about": "zebra"})
    done = await investigate(turns([SEARCH], [read], [SAILS], "Done."), web(), web=True)
    assert TIMES in done.told[1]


async def test_another_search_shows_what_was_not_seen_yet(investigate: Investigating) -> None:
    texts = [f"The ferry {number}." for number in range(MAX_PASSAGES_A_RESULT + 2)]
    again = ("search", {"query": "the ferry"})
    done = await investigate(turns([SEARCH], [again], [again], "So.", "So."), World(documents=texts))
    ids = [passage_of(text) for text in texts]
    assert [text in done.told[0] for text in texts] == [True] * MAX_PASSAGES_A_RESULT + [False] * 2
    assert [text in done.told[1] for text in texts] == [False] * MAX_PASSAGES_A_RESULT + [True] * 2
    assert done.told[1].endswith(f"Found again: {', '.join(ids[:MAX_PASSAGES_A_RESULT])}.")
    assert done.told[2].startswith("Nothing new.")


async def test_what_does_not_stand_in_the_text_is_not_noted(investigate: Investigating) -> None:
    done = await investigate(turns([SEARCH], [note("The ferry sails at seven.")], "Done."))
    assert done.told[-1].startswith("Not noted")
    assert (done.findings.evidence, done.findings.findings) == (Evidence.NONE, ())


async def test_a_quote_is_found_although_it_was_retyped_and_in_its_own_passage_first(
    investigate: Investigating,
) -> None:
    text = "“No — it's closed”, said the keeper.\nHe went home."
    done = await investigate(
        turns(
            [("search", {"query": "keeper"})],
            [note('"No - it\'s closed", said  the keeper. He went home.', passage_of(text), "helps")],
            "Done.",
        ),
        World(documents=[text]),
    )
    assert done.quotes == [text]
    assert done.findings.evidence is Evidence.WEAK


async def test_a_passage_is_a_part_of_its_text_and_what_stands_around_it_may_be_quoted_too(
    investigate: Investigating,
) -> None:
    text = f"The harbour's book. {FERRY}"
    part = document(text).model_copy(update={"start": 20, "text": FERRY})

    class InParts(World):
        async def search(self, queries: Sequence[str]) -> SearchResult:
            return SearchResult(passages=(part,), terms=(), size=1)

    own = note("The ferry sails at six and at noon.", id_of_passage(part))
    around = note("The harbour's book.", id_of_passage(part), "helps")
    done = await investigate(turns([SEARCH], [own, around], "Done."), InParts(documents=[text]))
    assert [(each.quote.start, each.quote.end, each.heading) for each in done.findings.findings] == [
        (20, 55, "Times"),
        (0, 19, ""),
    ]


async def test_quotes_that_contradict_each_other_are_told_as_groups(investigate: Investigating) -> None:
    texts = [f"The ferry was built in 19{year}." for year in (50, 60, 70, 80)]
    ids = [id_of_quote(Quote(snapshot=sha256(text), start=0, end=len(text), text=text)) for text in texts]

    def again(number: int, *others: str) -> Call:
        name, given = note(texts[number], passage_of(texts[number]))
        return name, {**given, "contradicts": list(others)}

    done = await investigate(
        turns(
            [("search", {"query": "ferry built"})],
            [again(0), again(1), again(3)],
            [again(1, ids[0], "q00000000"), again(2, ids[1]), again(3, ids[3])],
            "Done.",
        ),
        World(documents=texts),
    )
    [group] = done.findings.contradictions
    assert {quote.text for quote in group} == set(texts[:3])
    assert len(done.quotes) == 4
    assert done.told[4] == f"Noted as {ids[1]}. There are no quotes q00000000."


class TestAnswersToForgedCalls:
    async def test_an_id_that_was_never_given_out(self, investigate: Investigating) -> None:
        done = await investigate(turns([SEARCH], [note("The", "p00000000")], [SAILS], "Done."))
        assert done.told[1] == f"There is no passage of that id. Possible are: {passage_of(FERRY)}."
        assert done.findings.skipped == ()  # a slip, nothing that was refused

    async def test_an_address_instead_of_an_id(self, investigate: Investigating) -> None:
        world, metadata = web(), "http://169.254.169.254/latest/meta-data"
        done = await investigate(turns([SEARCH, ("read_page", {"page_id": metadata})], "So.", "So."), world, web=True)
        assert done.told[1] == "There is no page of that id. Possible are: none yet; search first."
        assert world.fetched == []
        assert [each.uri for each in done.findings.skipped] == [metadata]
        assert "refused" in done.findings.skipped[0].reason

    async def test_a_tool_that_there_is_not(self, investigate: Investigating) -> None:
        done = await investigate(turns([("open_file", {"path": "/etc/passwd"})], [SEARCH], [SAILS], "Done."))
        assert done.told[0] == "There is no such tool. The tools are: search, read_page, note_quote."
        assert [each.uri for each in done.findings.skipped] == ["open_file"]
        assert done.findings.skipped[0].reason == (
            "refused: there is no such tool; it was called with {'path': '/etc/passwd'}"
        )

    @pytest.mark.parametrize(
        "arguments",
        [{}, {"query": ["a", "list"]}, {"words": "ferry"}],
    )
    async def test_arguments_that_do_not_fit(self, arguments: dict[str, Any], investigate: Investigating) -> None:
        done = await investigate(turns([("search", arguments)], [SEARCH], [SAILS], "Done."))
        assert done.told[0] == "These arguments do not fit. It takes: ['query']."
        assert len(done.quotes) == 1

    @pytest.mark.parametrize("broken", ['{"query": "fer', "ferry", ""])
    async def test_arguments_that_are_no_json(self, broken: str, investigate: Investigating) -> None:
        done = await investigate(turns([("search", broken)], [SEARCH], [SAILS], "Done."))
        assert len(done.quotes) == 1
        assert "not JSON" in done.told[0] or "do not fit" in done.told[0]

    async def test_one_call_that_can_be_read_beside_one_that_cannot(self, investigate: Investigating) -> None:
        done = await investigate(turns([SEARCH, ("search", '{"query": "fer')], [SAILS], "Done."))
        assert done.findings.queries == ("ferry sail",)
        assert len(done.quotes) == 1

    @pytest.mark.parametrize("ids", [[None, None], ["", ""], ["same", "same"]])
    async def test_calls_without_ids_of_their_own(self, ids: Sequence[str | None], investigate: Investigating) -> None:
        first = calling(SEARCH, ("search", {"query": "bakery"}), ids=ids)
        rest = turns([], [SAILS], "Done.")
        done = await investigate(lambda asked: first if asked.number == 1 else rest(asked))
        assert done.findings.queries == ("ferry sail", "bakery")
        assert len(done.quotes) == 1

    async def test_words_that_are_none(self, investigate: Investigating) -> None:
        done = await investigate(turns([("search", {"query": " \n "})], [SEARCH], [SAILS], "Done."))
        assert done.told[0] == "Give words to search for."
        assert done.findings.queries == ("ferry sail",)

    async def test_more_calls_at_once_than_are_done(self, investigate: Investigating) -> None:
        many = [("search", {"query": f"ferry {number}"}) for number in range(agent.MAX_TOOL_CALLS_A_TURN + 3)]
        done = await investigate(turns(many, [SAILS], "Done."), searches=9)
        assert len(done.findings.queries) == agent.MAX_TOOL_CALLS_A_TURN
        assert sum("at most" in said for said in done.told) == 3

    async def test_a_quote_that_is_a_whole_book(self, investigate: Investigating) -> None:
        done = await investigate(turns([SEARCH], [note(FERRY * 50)], "Done."))
        assert done.told[-1].startswith("Too long")


async def test_what_tools_say_is_short_however_long_the_world_is(investigate: Investigating) -> None:
    word = "ferry " * 5_000
    world = World(
        documents=[f"{number} {word}" for number in range(40)],
        pages={f"https://{number}.example/{'long/' * 200}": word for number in range(40)},
    )
    read = ("read_page", {"page_id": page_of(next(iter(world.pages)))})
    wrong = ("note_quote", {"passage_id": "x" * 9_000, "text": "y", "speaks": "answers"})
    noted = note("ferry", passage_of(world.documents[0]))
    noted[1]["contradicts"] = ["x" * 20_000]
    done = await investigate(turns([SEARCH], [read, wrong, noted, ("search", {"words": word})], "So."), world, web=True)
    longest = MAX_PASSAGES_A_RESULT * (MAX_PASSAGE_CHARACTERS + 400) + MAX_PAGES_A_RESULT * 700
    assert all(len(said) < longest for said in done.told)
    assert len(done.told) == 5
    assert all(len(each.uri) < 400 for each in done.findings.skipped)
