"""A process that was frozen asks the server whether its attempt is still valid before it goes on."""

import math
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from langgraph_heartbeat import _heartbeats
from langgraph_heartbeat._heartbeats import AttemptProgress, Heartbeats
from temporalio.exceptions import ApplicationError
from temporalio.service import RPCError, RPCStatusCode
from temporalio.testing import ActivityEnvironment


class Server:
    """A client and its handle that give these answers to heartbeats in order, and then repeat the last one."""

    def __init__(self, *answers: Exception | None) -> None:
        self._answers = list(answers)
        self.asked = 0

    def get_async_activity_handle(self, *, task_token: bytes) -> "Server":
        assert task_token
        return self

    async def heartbeat(self, *details: Any) -> None:
        assert len(details) == 2
        self.asked += 1
        answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        if answer:
            raise answer


class Clock:
    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.seconds = 100.0
        monkeypatch.setattr(_heartbeats.time, "monotonic", lambda: self.seconds)
        monkeypatch.setattr(_heartbeats, "FENCE_RETRY_SECONDS", 0)


GONE = RPCError("no such activity", RPCStatusCode.NOT_FOUND, b"")
AWAY = RPCError("the connection was closed", RPCStatusCode.UNAVAILABLE, b"")
CUT = RPCError("operation was canceled", RPCStatusCode.CANCELLED, b"")


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


async def guarded(server: Server, meanwhile: Callable[[], None]) -> None:
    """Run two steps of an attempt with a heartbeat timeout of 10 s, and something between them."""

    async def steps() -> None:
        beats = Heartbeats("write")
        await beats.guard()
        meanwhile()
        await beats.guard()
        await beats.guard()

    environment = ActivityEnvironment(client=server)  # pyright: ignore[reportArgumentType] - as much of one as is used
    environment.info = replace(environment.info, heartbeat_timeout=timedelta(seconds=10))
    await environment.run(steps)


def frozen_for(clock: Clock, seconds: float) -> Callable[[], None]:
    def freeze() -> None:
        clock.seconds += seconds

    return freeze


async def test_without_a_silence_the_server_is_not_asked(clock: Clock) -> None:
    server = Server(GONE)
    await guarded(server, frozen_for(clock, 9.0))
    assert server.asked == 0


async def test_after_a_silence_it_is_asked_once(clock: Clock) -> None:
    server = Server(None)
    await guarded(server, frozen_for(clock, 10.0))
    assert server.asked == 1


async def test_an_attempt_that_was_taken_over_goes_no_further(clock: Clock) -> None:
    with pytest.raises(ApplicationError, match="taken over"):
        await guarded(Server(GONE), frozen_for(clock, 12.0))


@pytest.mark.parametrize("failure", [AWAY, CUT])
async def test_no_answer_is_not_leave_to_go_on(clock: Clock, failure: RPCError) -> None:
    server = Server(failure, failure, GONE)
    with pytest.raises(ApplicationError, match="taken over"):
        await guarded(server, frozen_for(clock, 12.0))
    assert server.asked == 3


async def test_it_goes_on_when_the_server_is_back_and_still_wants_it(clock: Clock) -> None:
    server = Server(AWAY, None)
    await guarded(server, frozen_for(clock, 12.0))
    assert server.asked == 2


def test_what_happened_is_shown_without_what_a_browser_would_obey() -> None:
    progress = AttemptProgress("plan", 2)
    progress.record_event("started from the beginning: the checkpoint cannot be used, 'a\x1b[31m\u202e\u2066b'")
    assert progress.as_dict()["last"] == "started from the beginning: the checkpoint cannot be used, 'a?[31m??b'"


@pytest.mark.parametrize(
    ("details", "beats", "kib"),
    [
        ([], 3, 4),
        ([{"beats": 40, "kib": 200, "step": 7}, b"checkpoint"], 43, 204),
        ([{"beats": "many", "kib": 200}, b"checkpoint"], 3, 4),
        ([["of", "another"], b"checkpoint"], 3, 4),
    ],
)
async def test_heartbeats_and_their_bytes_are_counted_over_all_attempts(details: Any, beats: int, kib: int) -> None:
    shown: list[Any] = []

    async def send() -> None:
        sending = Heartbeats("write")
        sending.checkpoint(bytes(2_048))
        sending.checkpoint(b"")
        sending.checkpoint(bytes(2_048))

    environment = ActivityEnvironment()
    environment.info = replace(environment.info, heartbeat_details=details)
    environment.on_heartbeat = lambda *sent: shown.append(sent[0])
    await environment.run(send)
    assert (shown[-1]["beats"], shown[-1]["kib"]) == (beats, kib)
    assert [each["beats"] for each in shown] == [beats - 2, beats - 1, beats]


async def test_questions_to_the_server_are_counted_too_and_the_sdk_holds_nothing_back_after_them() -> None:
    async def ask() -> int:
        sending = Heartbeats("write")
        await sending.fence()
        assert sending.seconds_since_beat == math.inf
        sending.beat()
        assert sending.seconds_since_beat < 60
        return sending.progress.beats

    environment = ActivityEnvironment(client=Server(None))  # pyright: ignore[reportArgumentType] - as much of one as is used
    assert await environment.run(ask) == 2


async def test_a_heartbeat_is_repeated_when_none_was_sent_for_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    """Checkpoints are sent at 1, 2, 3 and 12 s, and a heartbeat after 5 s without one."""
    now, sent, checkpoints = 0.0, list[float](), [1.0, 2.0, 3.0, 12.0]
    monkeypatch.setattr(_heartbeats.time, "monotonic", lambda: now)

    async def repeat() -> None:
        sending = Heartbeats("write")

        async def sleep(seconds: float) -> None:
            nonlocal now
            ends = now + seconds
            while checkpoints and checkpoints[0] < ends:
                now = checkpoints.pop(0)
                sending.checkpoint(b"state")
            now = ends
            if now > 20:
                raise EOFError

        monkeypatch.setattr(_heartbeats.asyncio, "sleep", sleep)
        await sending.repeat(5.0)

    environment = ActivityEnvironment()
    environment.on_heartbeat = lambda *_: sent.append(now)
    with pytest.raises(EOFError):
        await environment.run(repeat)
    assert sent == [1, 2, 3, 8, 12, 17]
