"""What a client gets from the tails that it reads: nothing twice, nothing silently missing, restarts named."""

from typing import Any

import pytest
from langchain_core.messages import AIMessage, AIMessageChunk
from langgraph_heartbeat._stream.events import Reader, StreamEvent
from langgraph_heartbeat._stream.tail import MAX_BYTES, MAX_EVENTS, STREAM, TASK_ENDED, Row, StreamTail, snapshot_in
from langgraph_heartbeat._stream.values import encode


class Attempt:
    """One attempt that streams words of tasks, by hand."""

    def __init__(
        self,
        before: "Attempt | None" = None,
        *,
        number: int = 1,
        goes_on: bool = True,
        step: int = 1,
        inner_steps: dict[str, int] | None = None,
    ) -> None:
        self.tail = StreamTail.after(before.progress() if before else None, number)
        self.tail.begin(step, goes_on=goes_on and before is not None, inner_steps=inner_steps or {})
        self._rows: dict[str, tuple[str, int, int]] = {}

    def begin(
        self, task: str, *, step: int = 1, around: str = "", inner_step: int | None = None, unsaved: bool = False
    ) -> None:
        run = self._rows[task][2] + 1 if task in self._rows else 1
        attempt, namespace = self.tail.attempt, [around] if around else []
        row = Row(
            attempt=attempt,
            run=run,
            step=step,
            inner_step=step if inner_step is None else inner_step,
            node="write",
            task=task,
            namespace=namespace,
            unsaved=unsaved,
        )
        self._rows[task] = (self.tail.new_row(row), 0, run)

    def say(self, task: str, *words: str, message: str = "") -> "Attempt":
        if task not in self._rows:
            self.begin(task)
        for word in words:
            mode, value = ("messages", AIMessageChunk(word, id=message)) if message else ("custom", word)
            self._add(task, mode, value)
        return self

    def whole(self, task: str, text: str, *, message: str) -> "Attempt":
        self._add(task, "messages", AIMessage(text, id=message))
        return self

    def end(self, task: str) -> "Attempt":
        self._add(task, TASK_ENDED, None)
        return self

    def _add(self, task: str, mode: str, value: Any) -> None:
        key, ordinal, run = self._rows[task]
        self.tail.add(key, ordinal, mode, *encode(value))
        self._rows[task] = (key, ordinal + 1, run)

    def progress(self) -> dict[str, Any]:
        self.tail.show()
        return {"step": 1, STREAM: self.tail.as_dict()}


def read(reader: Reader, attempt: Attempt) -> list[StreamEvent]:
    tail = snapshot_in(attempt.progress())
    assert tail is not None
    return list(reader.read(tail))


def words(events: list[StreamEvent]) -> list[Any]:
    """Return the words of events, and the names of other events with what they say."""
    return [each.data if each.mode == "custom" else (each.mode, each.task, each.data) for each in events]


@pytest.fixture
def reader() -> Reader:
    return Reader("phase")


def test_each_event_is_read_once_though_tails_overlap(reader: Reader) -> None:
    attempt = Attempt().say("a", "Ice")
    assert words(read(reader, attempt)) == ["Ice"]
    assert read(reader, attempt) == []
    (event,) = read(reader, attempt.say("a", "floats"))
    assert event == StreamEvent("phase", 1, 2, "custom", "floats", step=1, node="write", task="a", ordinal=1)


def test_what_a_repeated_task_streams_again_is_dropped_and_the_rest_follows(reader: Reader) -> None:
    first = Attempt().say("a", "Ice").say("b", "Snow").say("a", "floats")
    read(reader, first)
    second = Attempt(first, number=2)
    assert read(reader, second) == []
    assert read(reader, second.say("a", "Ice", "floats")) == []
    events = read(reader, second.say("a", "because").say("b", "Snow", "melts"))
    assert words(events) == ["because", "melts"]
    assert [(each.attempt, each.number) for each in events] == [(2, 6), (2, 8)]


def test_a_task_that_streams_something_else_is_restarted_and_comes_whole(reader: Reader) -> None:
    first = Attempt().say("a", "Ice", "floats", "as").say("b", "Snow")
    read(reader, first)
    second = Attempt(first, number=2).say("a", "Ice", "floats")
    assert read(reader, second) == []
    assert words(read(reader, second.say("a", "because"))) == [
        ("restarted", "a", None),
        "Ice",
        "floats",
        "because",
    ]
    assert words(read(reader, second.say("a", "of"))) == ["of"]


def test_a_task_that_ends_sooner_than_before_is_restarted(reader: Reader) -> None:
    first = Attempt().say("a", "Ice", "floats", "as")
    read(reader, first)
    second = Attempt(first, number=2).say("a", "Ice", "floats")
    assert read(reader, second) == []
    assert words(read(reader, second.end("a"))) == [("restarted", "a", None), "Ice", "floats"]


def test_a_third_attempt_is_compared_with_what_the_client_has(reader: Reader) -> None:
    first = Attempt().say("a", "Ice", "floats")
    read(reader, first)
    second = Attempt(first, number=2).say("a", "Ice")
    assert read(reader, second) == []
    third = Attempt(second, number=3).say("a", "Ice", "floats", "as")
    assert words(read(reader, third)) == ["as"]
    fourth = Attempt(third, number=4).say("a", "Snow")
    assert words(read(reader, fourth)) == [("restarted", "a", None), "Snow"]


def test_a_node_that_is_retried_in_the_same_attempt_is_a_repetition_too(reader: Reader) -> None:
    attempt = Attempt().say("a", "Ice", "floats")
    read(reader, attempt)
    attempt.begin("a")
    assert read(reader, attempt.say("a", "Ice")) == []
    assert words(read(reader, attempt.say("a", "sinks"))) == [("restarted", "a", None), "Ice", "sinks"]


def test_the_rest_of_a_repeated_message_has_the_id_that_the_client_knows(reader: Reader) -> None:
    first = Attempt().say("a", "Ice ", "floats ", message="run-1")
    read(reader, first)
    second = (
        Attempt(first, number=2).say("a", "Ice ", "floats ", "as ", message="run-2").say("a", "So", message="run-3")
    )
    events = read(reader, second)
    assert [(each.data[0].text, each.data[0].id) for each in events] == [("as ", "run-1"), ("So", "run-3")]
    assert events[0].data[1] == {"langgraph_node": "write", "langgraph_step": 1}


def test_an_answer_that_a_journal_gives_back_as_a_whole_is_recognised_by_its_parts(reader: Reader) -> None:
    first = Attempt().say("a", "begun").say("a", "Ice ", "floats", "", message="run-1").say("a", "So ", message="run-2")
    read(reader, first)
    second = Attempt(first, number=2).say("a", "begun").whole("a", "Ice floats", message="run-1")
    assert read(reader, second) == []
    events = read(reader, second.say("a", "So ", "it is", message="run-3"))
    assert [(each.data[0].text, each.data[0].id) for each in events] == [("it is", "run-2")]
    third = Attempt(second, number=3).say("a", "begun").whole("a", "Ice floats", message="run-1")
    third.whole("a", "So it is", message="run-3").say("a", "at last")
    assert words(read(reader, third)) == ["at last"]
    other = Attempt(third, number=4).say("a", "begun").whole("a", "Ice sinks", message="run-1")
    assert [each.mode for each in read(reader, other)] == ["restarted", "custom", "messages"]


def test_a_client_that_comes_late_or_is_slow_is_told_how_much_it_lost(reader: Reader) -> None:
    attempt = Attempt().say("a", *map(str, range(MAX_EVENTS + 7)))
    events = read(reader, attempt)
    assert words(events[:2]) == [("lost", "", 7), "7"]
    assert len(events) == MAX_EVENTS + 1
    attempt.say("a", *map(str, range(3 * MAX_EVENTS)))
    events = read(reader, attempt)
    assert words(events[:1]) == [("lost", "", 2 * MAX_EVENTS)]
    assert events[1].ordinal == 3 * MAX_EVENTS + 7


def test_a_task_whose_events_were_lost_is_restarted_when_it_is_repeated(reader: Reader) -> None:
    first = Attempt().say("a", *map(str, range(MAX_EVENTS + 2)))
    read(reader, first)
    second = Attempt(first, number=2).say("a", "0")
    assert words(read(reader, second)) == [("restarted", "a", None), "0"]


def test_the_first_events_of_a_repetition_may_be_lost_too(reader: Reader) -> None:
    first = Attempt().say("a", "0", "1")
    read(reader, first)
    second = Attempt(first, number=2).say("a", *map(str, range(MAX_EVENTS + 5)))
    events = read(reader, second)
    assert words(events[:3]) == [("lost", "", 5), ("restarted", "a", None), "5"]
    assert words(read(reader, second.say("a", "more"))) == ["more"]


def test_what_a_slow_client_has_not_read_of_the_attempt_before_is_still_there(reader: Reader) -> None:
    first = Attempt().say("a", "Ice", "floats")
    second = Attempt(first, number=2).say("a", "Ice", "floats", "as")
    assert words(read(reader, second)) == ["Ice", "floats", "as"]


def test_steps_after_the_checkpoint_run_under_other_ids_and_are_restarted_together(reader: Reader) -> None:
    first = Attempt().say("a", "Ice", "floats")
    first.begin("b", step=2)
    read(reader, first.say("b", "Snow"))
    second = Attempt(first, number=2, step=1).say("a", "Ice", "floats")
    second.begin("c", step=2)
    events = read(reader, second.say("c", "Snow"))
    assert words(events) == [("restarted", "", None), "Snow"]
    assert events[0].step == 2


def test_steps_of_a_subgraph_after_its_checkpoint_run_under_other_ids_too(reader: Reader) -> None:
    first = Attempt()
    first.begin("a", around="sub:1", inner_step=4)
    first.begin("b", around="sub:1", inner_step=5)
    first.begin("c", around="sub:2", inner_step=5)
    read(reader, first.say("a", "Ice").say("b", "Snow").say("c", "Hail"))
    second = Attempt(first, number=2, inner_steps={"sub:1": 4, "sub:2": 5})
    assert words(read(reader, second)) == [("restarted", "b", None)]
    assert words(read(reader, second.say("a", "Ice", "floats"))) == ["floats"]


def test_without_a_checkpoint_that_can_be_used_everything_is_restarted(reader: Reader) -> None:
    first = Attempt().say("a", "Ice")
    first.tail.show(step=2)
    read(reader, first)
    second = Attempt(first, number=2, goes_on=False, step=0)
    (event,) = read(reader, second)
    assert (event.mode, event.task, event.step) == ("restarted", "", 0)
    assert words(read(reader, second.say("a", "Ice"))) == ["Ice"]


def test_tasks_of_a_graph_without_checkpoints_are_restarted_under_their_old_ids(reader: Reader) -> None:
    first = Attempt()
    first.begin("a", around="sub:1", unsaved=True)
    first.begin("b", around="sub:2", unsaved=True)
    read(reader, first.say("a", "Ice").say("b", "Snow"))
    second = Attempt(first, number=2)
    second.begin("c", around="sub:1", unsaved=True)
    assert words(read(reader, second.say("c", "Ice", "floats"))) == [("restarted", "a", None), "Ice", "floats"]


def test_after_a_reset_that_deleted_the_heartbeats_everything_is_restarted(reader: Reader) -> None:
    read(reader, Attempt().say("a", "Ice", "floats"))
    events = read(reader, Attempt().say("a", "Ice"))
    assert words(events) == [("restarted", "", None), "Ice"]
    assert events[0].step == 0


def test_after_a_reset_that_kept_them_attempts_go_on(reader: Reader) -> None:
    first = Attempt(number=3).say("a", "Ice")
    read(reader, first)
    assert words(read(reader, Attempt(first, number=1).say("a", "Ice", "floats"))) == ["floats"]


def test_an_older_tail_changes_nothing(reader: Reader) -> None:
    attempt = Attempt().say("a", "Ice")
    old = snapshot_in(attempt.progress())
    assert old is not None
    read(reader, attempt.say("a", "floats"))
    assert list(reader.read(old)) == []
    assert words(read(reader, attempt.say("a", "as"))) == ["as"]


def test_before_an_attempt_has_begun_its_heartbeats_say_what_those_before_said(reader: Reader) -> None:
    first = Attempt().say("a", "Ice")
    read(reader, first)
    waiting = StreamTail.after(first.progress(), 2)
    assert waiting.as_dict() == first.progress()[STREAM]


@pytest.mark.parametrize(("ended", "lost"), [(True, []), (False, [("lost", "", None)])])
def test_the_end_is_complete_if_the_attempt_has_said_so(reader: Reader, *, ended: bool, lost: list[Any]) -> None:
    attempt = Attempt().say("a", "Ice")
    attempt.tail.ended = ended
    read(reader, attempt)
    assert words(list(reader.end())) == lost
    assert list(reader.end()) == []
    assert list(Reader("never").end()) == []


def test_finished_steps_are_forgotten(reader: Reader) -> None:
    attempt = Attempt().say("a", "Ice")
    read(reader, attempt)
    assert set(reader._tasks) == {"a"}
    attempt.tail.show(step=2)
    attempt.begin("b", step=2)
    read(reader, attempt.say("b", "Snow"))
    assert set(reader._tasks) == {"b"}


def test_the_tail_is_bounded_by_its_bytes() -> None:
    attempt = Attempt()
    for number in range(40):
        attempt.say(f"task {number}", "x" * 10_000)
    assert MAX_BYTES - 11_000 < attempt.tail.size_bytes <= MAX_BYTES
    shown = attempt.tail.as_dict() if attempt.progress() else {}
    assert len(shown["rows"]) == len(shown["events"]) == 6
    assert shown["last"] == 40


def test_events_that_are_held_back_are_not_shown_yet() -> None:
    attempt = Attempt().say("a", "Ice")
    attempt.progress()
    attempt.say("a", "floats")
    assert attempt.tail.has_more
    assert [each[4] for each in attempt.tail.as_dict()["events"]] == ["Ice"]
    assert attempt.tail.as_dict()["last"] == 1


@pytest.mark.parametrize("damaged", [None, [], {}, {STREAM: 1}, {STREAM: {"id": "a", "events": [1]}}])
def test_progress_of_another_form_has_no_stream(damaged: Any) -> None:
    assert snapshot_in(damaged) is None
    assert StreamTail.after(damaged, 1).last == 0
