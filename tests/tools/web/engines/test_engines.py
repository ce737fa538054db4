"""Several engines as one: a failure of one is a record, never a finding and never the end of the others."""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from outlast.evidence.errors import LimitReached, NeedsOperator, OutlastError, Permanent, Transient
from outlast.tools.web.engines.arxiv import Arxiv
from outlast.tools.web.engines.engine import RefusedQuery
from outlast.tools.web.engines.engines import Engines
from outlast.tools.web.engines.hits import Hit
from outlast.tools.web.engines.rate_limit import CURRENT_TURN
from tests.servers.scripted import Rerouted, ScriptedServer
from tests.servers.search_engines import Page, arxiv
from tests.tools.web.engines.scripted import QUICK, ScriptedEngine, failing

A, B, C = (Page(f"https://harbour.example/{name}", name, f"On {name}.") for name in "abc")


async def test_all_are_asked_and_merged() -> None:
    engines = Engines([ScriptedEngine([A, B], name="one"), ScriptedEngine([C, B], name="two")])
    result = await engines.search("x", 10)
    assert [hit.url for hit in result.hits] == [B.url, A.url, C.url]
    assert result.hits[0].engines == ("one", "two")
    assert (result.asked, result.failures) == (("one", "two"), ())


async def test_all_are_asked_at_once() -> None:
    meeting = asyncio.Barrier(2)

    class Meeting(ScriptedEngine):
        async def search(self, query: str, max_hits: int) -> list[Hit]:
            await meeting.wait()  # passed only when both engines are being asked
            return await super().search(query, max_hits)

    engines = Engines([Meeting([A], name="one"), Meeting([B], name="two")], total_timeout=timedelta(seconds=5))
    assert len((await engines.search("x", 10)).hits) == 2


@pytest.mark.parametrize(
    "error",
    [
        Transient("It is down."),
        Permanent("It refuses the key."),
        NeedsOperator("Its quota is used up.", "Raise it."),
        LimitReached("searches", 5, 5),
    ],
)
async def test_one_that_fails_leaves_a_record_and_the_others_results(error: OutlastError) -> None:
    engines = Engines([failing(error, "two"), ScriptedEngine([A], name="one")])
    result = await engines.search("tides", 10)
    assert [hit.url for hit in result.hits] == [A.url]
    (failure,) = result.failures
    assert (failure.engine, failure.reason) == ("two", str(error))


async def test_a_flaw_of_one_is_logged_without_its_secrets(caplog: pytest.LogCaptureFixture) -> None:
    flaw = ScriptedEngine(name="two", faults=[ZeroDivisionError("api_key=0a1b2c3d4e")])
    result = await Engines([flaw, ScriptedEngine([A], name="one")]).search("x", 10)
    assert len(result.hits) == 1
    assert result.failures[0].reason == "two failed unexpectedly (ZeroDivisionError: api_key=[hidden])."
    (record,) = [record for record in caplog.records if record.levelno >= logging.ERROR]
    assert "The search engine two failed." in record.getMessage()
    assert "ZeroDivisionError" in caplog.text
    assert "0a1b2c3d4e" not in caplog.text


async def test_one_that_hangs_is_not_waited_for() -> None:
    class Hanging(ScriptedEngine):
        async def search(self, query: str, most: int) -> list[Hit]:
            await asyncio.Event().wait()
            return []

    engines = Engines([Hanging(name="two"), ScriptedEngine([A], name="one")], total_timeout=timedelta(seconds=0.1))
    result = await asyncio.wait_for(engines.search("x", 10), 60)
    assert (len(result.hits), result.failures[0].reason) == (1, "two did not answer within 0.1 s.")


async def test_nothing_found_is_a_result() -> None:
    result = await Engines([ScriptedEngine()]).search("x", 10)
    assert (result.hits, result.failures) == ((), ())


OPERATOR, DOWN, REFUSED = NeedsOperator("No money.", "Pay."), Transient("Down."), Permanent("Refused.")


@pytest.mark.parametrize(
    ("errors", "kind"),
    [
        ([REFUSED, DOWN, OPERATOR], NeedsOperator),
        ([REFUSED, DOWN], Transient),
        ([REFUSED, LimitReached("searches", 5, 5)], LimitReached),
        ([REFUSED, Permanent("Refused too.")], Permanent),
        ([DOWN], Transient),
    ],
)
async def test_where_none_answers_it_raises(errors: Sequence[OutlastError], kind: type[Exception]) -> None:
    engines = Engines([failing(error, f"engine {number}") for number, error in enumerate(errors)])
    with pytest.raises(kind) as caught:
        await engines.search("x", 10)
    assert type(caught.value) is kind


async def test_the_reasons_of_all_are_told() -> None:
    with pytest.raises(Transient, match=r"No search engine answered\. Refused\. Down\."):
        await Engines([failing(REFUSED, "one"), failing(DOWN, "two")]).search("x", 10)


async def test_one_that_is_down_rests_and_is_recorded_without_being_asked() -> None:
    down = failing(DOWN, "two")
    engines = Engines([down, ScriptedEngine([A], name="one")])
    await engines.search("x", 10)
    asked = len(down.queries)
    result = await engines.search("y", 10)
    assert len(down.queries) == asked
    assert result.asked == ("one",)
    assert (result.failures[0].engine, result.failures[0].reason) == ("two", "Down.")


async def test_after_its_rest_it_is_asked_again() -> None:
    down = failing(DOWN, "two")
    engines = Engines([down, ScriptedEngine([A], name="one")], cooldown=timedelta(0))
    await engines.search("x", 10)
    down.faults.clear()
    down.pages = [B]
    result = await engines.search("y", 10)
    assert (len(result.hits), result.failures) == (2, ())


async def test_where_all_rest_it_says_when_to_come_back() -> None:
    engines = Engines([failing(Transient("Down.", timedelta(seconds=90)), "one")])
    for _ in range(2):
        with pytest.raises(Transient) as caught:
            await engines.search("x", 10)
    assert caught.value.retry_after is not None
    assert timedelta(seconds=60) < caught.value.retry_after <= timedelta(seconds=90)


async def test_what_a_person_mended_is_asked_at_once() -> None:
    engine = ScriptedEngine([A], name="one", faults=[OPERATOR])
    engines = Engines([engine])
    with pytest.raises(NeedsOperator):
        await engines.search("x", 10)
    assert len((await engines.search("x", 10)).hits) == 1


@pytest.mark.parametrize(("query", "most"), [("", 5), (" \n", 5), ("x", 0), ("x", -1)])
async def test_a_search_for_nothing(query: str, most: int) -> None:
    engine = ScriptedEngine([A])
    with pytest.raises(Permanent):
        await Engines([engine]).search(query, most)
    assert not engine.queries


def test_no_engine_at_all() -> None:
    with pytest.raises(Permanent, match="OUTLAST_SEARCH"):
        Engines([])


async def test_closing_closes_each() -> None:
    engine = ScriptedEngine()
    await Engines([engine]).close()
    assert engine.closed


async def test_one_that_is_slow_does_not_hold_up_the_results_of_another_for_long() -> None:
    slow = ScriptedEngine([B], name="two", faults=[None], patience=replace(QUICK, total_timeout=timedelta(seconds=60)))
    engines = Engines([slow, ScriptedEngine([A], name="one")], straggler_timeout=timedelta(seconds=0.05))
    result = await engines.search("x", 10)
    assert [hit.url for hit in result.hits] == [A.url]
    assert [(failure.engine, failure.reason) for failure in result.failures] == [("two", "two was too slow.")]
    assert (await engines.search("y", 10)).asked == ("one",)  # the other one is in its cooldown


async def test_where_no_engine_has_results_yet_all_are_waited_for() -> None:
    slow = ScriptedEngine(
        [B], name="two", faults=[None], patience=replace(QUICK, attempt_timeout=timedelta(seconds=0.2))
    )
    engines = Engines([failing(Permanent("It refuses."), "one"), slow], straggler_timeout=timedelta(seconds=0.05))
    assert [hit.url for hit in (await engines.search("x", 10)).hits] == [B.url]


ODD = RefusedQuery("It does not take this search (400: odd).")


@pytest.mark.parametrize("others", [[], [REFUSED], [ODD], [DOWN], [OPERATOR]])
async def test_a_query_that_is_not_taken_has_no_results_and_a_record(others: Sequence[OutlastError]) -> None:
    picky = ScriptedEngine([A], name="picky", faults=[ODD])
    engines = Engines([picky, *(failing(error, f"engine {number}") for number, error in enumerate(others))])
    result = await engines.search("tides\u202e  ((" + "x" * 200, 10)
    assert (result.hits, result.asked[0], len(result.failures)) == ((), "picky", 1 + len(others))
    reason = result.failures[0].reason
    assert reason.startswith(f"{ODD} It was: tides\ufffd ((xxx")
    assert len(reason) < 200
    assert "\u202e" not in reason
    assert len((await engines.search("tides", 10)).hits) == 1  # it is asked again at once


class Queued(ScriptedEngine):
    """An engine whose searches wait in its queue until `open` is set."""

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.open = asyncio.Event()

    async def search(self, query: str, max_hits: int) -> list[Hit]:
        turn = CURRENT_TURN.get()
        assert turn is not None
        turn.start_waiting()
        await self.open.wait()
        turn.stop_waiting()
        return await super().search(query, max_hits)


async def test_waiting_for_its_turn_is_not_slowness() -> None:
    queued = Queued([B], name="two")
    engines = Engines([queued, ScriptedEngine([A], name="one")], straggler_timeout=timedelta(seconds=0.05))
    searches = [asyncio.create_task(engines.search("x", 10)) for _ in range(16)]
    done, _ = await asyncio.wait(searches, timeout=0.3)
    assert not done
    queued.open.set()
    for result in await asyncio.gather(*searches):
        assert ([hit.url for hit in result.hits], result.failures) == ([B.url, A.url], ())


async def test_from_its_turn_on_it_can_be_too_slow() -> None:
    patient = replace(QUICK, total_timeout=timedelta(seconds=60))
    slow = Queued([B], name="two", faults=[None], patience=patient)
    engines = Engines([slow, ScriptedEngine([A], name="one")], straggler_timeout=timedelta(seconds=0.05))
    search = asyncio.create_task(engines.search("x", 10))
    slow.open.set()
    assert (await asyncio.wait_for(search, 60)).failures[0].reason == "two was too slow."


@pytest.mark.parametrize(
    "limit", [{"queue_timeout": timedelta(seconds=0.05)}, {"total_timeout": timedelta(seconds=0.2)}]
)
async def test_a_queue_that_is_too_long_is_said_and_the_engine_does_not_rest(limit: dict[str, timedelta]) -> None:
    with ScriptedServer(arxiv([B])) as server:
        slow = Arxiv(pace=timedelta(hours=1), transport=Rerouted(server.url))
        engines = Engines([slow, ScriptedEngine([A], name="one")], **limit)
        assert len((await engines.search("x", 10)).hits) == 2
        for _ in range(2):
            result = await asyncio.wait_for(engines.search("x", 10), 60)
            (failure,) = result.failures
            assert failure.reason == "arxiv was not asked: too many other searches were waiting for it."
            assert (len(result.hits), result.asked) == (1, ("arxiv", "one"))
        assert len(server.requests) == 1
        await engines.close()
