"""Which run a question is: the one under way is joined, `--again` makes another. On a server without a worker."""

import asyncio
from collections.abc import Callable
from uuid import uuid4

import pytest
from temporalio.client import Client

from outlast.orchestration.client.find import find_run
from outlast.orchestration.client.start import StartedRun, list_open_runs, start, start_again, workflow_id
from outlast.orchestration.research.messages import Ask


@pytest.fixture
def ask() -> Ask:
    return Ask(question=f"What is baked {uuid4()}?", collection="c" * 64)


async def listed(client: Client, ask: Ask, count: int) -> list[str]:
    """Listing lags a moment behind starting."""
    async with asyncio.timeout(60):
        while len(rows := await list_open_runs(client, workflow_id(ask))) != count:  # noqa: ASYNC110
            await asyncio.sleep(0.05)
    return sorted(row.id for row in rows)


async def test_the_same_question_joins_its_run(client: Client, ask: Ask) -> None:
    first, second = await start(client, ask), await start(client, ask)
    assert (first.joined, second.joined) == (False, True)
    assert first.handle.run_id == second.handle.run_id


async def test_two_that_start_at_once_are_one_run(client: Client, ask: Ask) -> None:
    begun = await asyncio.gather(*(start(client, ask) for _ in range(5)))
    assert len({started.handle.run_id for started in begun}) == 1
    assert [started.joined for started in begun].count(False) == 1


async def test_another_question_or_other_documents_are_another_run(client: Client, ask: Ask) -> None:
    others = [
        ask,
        Ask(question=f"{ask.question} And?", collection="c" * 64),
        Ask(question=ask.question, collection="d" * 64),
    ]
    begun = [await start(client, each) for each in others]
    assert not any(started.joined for started in begun)


async def test_again_leaves_the_others_and_numbers_its_own(client: Client, ask: Ask) -> None:
    first = await start(client, ask)
    second, third = await start_again(client, ask), await start_again(client, ask)
    name = workflow_id(ask)
    assert [each.handle.id for each in (first, second, third)] == [name, f"{name}-2", f"{name}-3"]
    assert await listed(client, ask, 3) == [name, f"{name}-2", f"{name}-3"]
    assert (await start(client, ask)).handle.id == f"{name}-3", "the newest that is under way is joined"


async def test_again_when_there_was_none_before(client: Client, ask: Ask) -> None:
    assert (await start_again(client, ask)).handle.id == workflow_id(ask)


@pytest.mark.parametrize("begin", [start, start_again])
async def test_after_the_end_a_question_is_a_new_run(
    client: Client, ask: Ask, begin: Callable[[Client, Ask], "asyncio.Future[StartedRun]"]
) -> None:
    first = await start(client, ask)
    await listed(client, ask, 1)
    await first.handle.terminate()
    await listed(client, ask, 0)
    later = await begin(client, ask)
    assert not later.joined
    assert later.handle.run_id != first.handle.run_id
    assert later.handle.id == workflow_id(ask) + ("-2" if begin is start_again else "")


async def test_a_run_is_found_by_its_id_and_by_that_of_one_execution(client: Client, ask: Ask) -> None:
    begun = await start(client, ask)
    await listed(client, ask, 1)
    assert (await find_run(client, begun.handle.id)).run_id == begun.handle.run_id
    assert (await find_run(client, str(begun.handle.run_id))).id == begun.handle.id


def test_ids_are_plain_whatever_the_question_is_written_in() -> None:
    assert workflow_id(Ask(question="Когда построен маяк?", collection="c")).isalnum()
    assert workflow_id(Ask(question="../etc; rm -rf /", collection="c")).startswith("etc-rm-rf-")
