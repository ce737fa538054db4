"""There is at most one publication per interval, and the newest content is always published."""

import asyncio
import gc
import itertools
import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from langgraph_heartbeat._publishing.coalescer import Coalescer
from langgraph_heartbeat._publishing.pace import BYTES_PER_SECOND, Pace

INTERVAL = timedelta(milliseconds=40)


class Board:
    """A value that changes, and a record of each publication: its value, time and thread."""

    def __init__(self, interval: timedelta = INTERVAL) -> None:
        self.value = 0
        self.seen: list[tuple[float, int, int]] = []
        self.published = asyncio.Event()
        self.publisher = Coalescer(self._publish, interval)

    def _publish(self) -> None:
        self.seen.append((asyncio.get_running_loop().time(), self.value, threading.get_ident()))
        self.published.set()

    def change(self) -> None:
        with self.publisher.change():
            self.value += 1

    async def next(self) -> int:
        async with asyncio.timeout(60):
            await self.published.wait()
        self.published.clear()
        return self.seen[-1][1]

    @property
    def values(self) -> list[int]:
        return [value for _, value, _ in self.seen]


async def test_the_first_change_is_published_at_once_but_not_inside_it() -> None:
    board = Board(timedelta(hours=1))
    board.change()
    assert board.values == []
    assert await board.next() == 1


@pytest.mark.usefixtures("young_clock")
async def test_on_a_machine_that_has_just_started_the_first_change_is_published_at_once_too() -> None:
    board = Board(timedelta(hours=1))
    board.change()
    assert await board.next() == 1


async def test_changes_within_an_interval_are_one_publication_of_the_newest() -> None:
    interval = timedelta(seconds=1)
    board = Board(interval)
    board.change()
    assert await board.next() == 1
    for _ in range(5):
        board.change()
        await asyncio.sleep(0)
    assert await board.next() == 6
    assert board.values == [1, 6]
    assert board.seen[1][0] - board.seen[0][0] >= interval.total_seconds() * 0.99


async def test_a_busy_run_publishes_at_most_once_an_interval() -> None:
    board = Board()
    while len(board.seen) < 6:
        board.change()
        await asyncio.sleep(0)
    times = [time for time, *_ in board.seen]
    gaps = [later - earlier for earlier, later in itertools.pairwise(times)]
    assert min(gaps) >= INTERVAL.total_seconds() * 0.99


async def test_large_content_is_published_less_often_and_flushed_all_the_same() -> None:
    board = Board(timedelta(0))
    board.publisher.pace(BYTES_PER_SECOND)  # a second
    board.change()
    assert await board.next() == 1
    board.change()
    assert await board.next() == 2
    assert board.seen[1][0] - board.seen[0][0] >= 0.99
    board.publisher.pace(3_600 * BYTES_PER_SECOND)
    board.change()
    board.publisher.flush()
    assert board.values == [1, 2, 3]


async def test_while_the_sdk_holds_heartbeats_back_newer_content_replaces_what_would_wait_there() -> None:
    """The first heartbeat of an attempt, or one that repeats the last content, delays the next one by the interval."""
    now = asyncio.get_running_loop().time
    board, beat = Board(), now()
    board.publisher = Coalescer(board._publish, timedelta(seconds=0.5), seconds_since_beat=lambda: now() - beat)
    board.change()
    await asyncio.sleep(0.2)
    board.change()
    beat = now()  # another one
    assert await board.next() == 2
    assert board.values == [2]
    assert board.seen[0][0] - beat >= 0.49


async def test_phases_share_the_pace_of_their_worker_while_they_run() -> None:
    pace = Pace(timedelta(seconds=1), shared=True)
    ended, running = [[Coalescer(lambda: None, pace) for _ in range(16)] for _ in range(2)]
    running[0].pace(1_000)
    assert running[0].interval_seconds == 2
    for each in ended:
        each.close()
    running[0].pace(1_000)
    assert running[0].interval_seconds == 1
    del running[1:]  # attempts that ended in another way
    gc.collect()
    running[0].pace(BYTES_PER_SECOND * 3)
    assert running[0].interval_seconds == 3


async def test_what_travels_beside_the_content_is_published_at_the_same_pace_without_it() -> None:
    interval, beside = timedelta(milliseconds=200), list[float]()
    board, published = Board(), asyncio.Event()

    def publish_beside() -> None:
        beside.append(asyncio.get_running_loop().time())
        published.set()

    board.publisher = Coalescer(board._publish, interval, publish_beside=publish_beside)

    def change_beside() -> None:
        with board.publisher.change_beside():
            pass

    for _ in range(2):
        change_beside()
        await asyncio.to_thread(change_beside)
        async with asyncio.timeout(60):
            await published.wait()
        published.clear()
    assert board.values == []
    assert len(beside) == 2
    assert beside[1] - beside[0] >= interval.total_seconds() * 0.99
    change_beside()
    board.change()
    assert await board.next() == 1
    assert board.seen[0][0] - beside[1] >= interval.total_seconds() * 0.99
    assert len(beside) == 2
    change_beside()
    board.publisher.flush()
    assert (len(beside), board.values) == (3, [1])


async def test_nothing_is_published_where_nothing_changed() -> None:
    board = Board(timedelta(0))
    board.publisher.flush()
    assert board.values == []
    board.change()
    await board.next()
    board.publisher.flush()
    assert board.values == [1]


async def test_flush_publishes_the_newest_now() -> None:
    board = Board(timedelta(hours=1))
    board.change()
    await board.next()
    for _ in range(3):
        board.change()
    board.publisher.flush()
    assert board.values == [1, 4]


async def test_flush_takes_what_a_thread_changed_before_the_loop_heard_of_it() -> None:
    board = Board(timedelta(hours=1))
    changing = threading.Thread(target=board.change)
    changing.start()
    changing.join()  # the loop has not run since
    board.publisher.flush()
    assert board.values == [1]


async def test_threads_may_change_and_the_loop_publishes() -> None:
    board = Board(timedelta(0))

    def change() -> None:
        for _ in range(200):
            board.change()

    await asyncio.gather(*(asyncio.to_thread(change) for _ in range(4)))
    board.publisher.flush()
    assert board.value == 800
    assert board.values[-1] == 800
    assert board.values == sorted(board.values)
    assert {thread for *_, thread in board.seen} == {threading.get_ident()}


async def test_publishing_sees_no_half_made_change() -> None:
    halves: list[bool] = []
    state = {"left": 0, "right": 0}
    publisher = Coalescer(lambda: halves.append(state["left"] != state["right"]), timedelta(0))
    inside, go_on = threading.Event(), threading.Event()

    def change() -> None:
        with publisher.change():
            state["left"] += 1
            inside.set()
            go_on.wait(60)
            state["right"] += 1

    with publisher.change():
        pass
    changing, going_on = threading.Thread(target=change), threading.Timer(0.05, go_on.set)
    changing.start()
    inside.wait(60)  # the loop does not run, so the change is not published yet
    going_on.start()
    publisher.flush()
    changing.join()
    assert halves == [False]


async def test_a_change_that_raised_is_not_published_and_blocks_nobody() -> None:
    board = Board(timedelta(0))
    with pytest.raises(ZeroDivisionError), board.publisher.change():
        raise ZeroDivisionError
    board.publisher.flush()
    assert board.values == []
    await asyncio.to_thread(board.change)
    assert await board.next() == 1


@pytest.mark.parametrize("publish", [lambda board: board.publisher.flush(), lambda board: board.publisher._schedule()])
async def test_after_the_end_nothing_is_published(publish: Callable[[Board], None]) -> None:
    board = Board(timedelta(0))
    board.change()
    board.publisher.close()
    publish(board)
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert board.values == []
