"""What a graph streams is in the heartbeats of its phase; killed at any of them, a client sees each event once."""

import asyncio
import operator
from collections.abc import Callable
from typing import Annotated, Any, TypedDict

import pytest
from langchain_core.messages import AIMessageChunk, HumanMessage
from langgraph.config import get_stream_writer
from langgraph.func import entrypoint, task
from langgraph.graph import START, MessagesState, StateGraph
from langgraph.runtime import Runtime
from langgraph.types import RetryPolicy, Send, StreamWriter, interrupt
from langgraph_heartbeat import CallJournal, phase_activity
from langgraph_heartbeat._publishing import claim_check
from langgraph_heartbeat._stream.events import Reader, StreamEvent
from langgraph_heartbeat._stream.streaming import STREAMED_MODES
from langgraph_heartbeat._stream.tail import MAX_EVENT_BYTES, STREAM
from pydantic import BaseModel

from .streamed import Details, Screen, attempted, read_all
from .streaming_worker import Wordy, variant

MODEL = Wordy()


class Request(BaseModel):
    topics: list[str] = ["ice", "snow"]


class Result(BaseModel):
    texts: list[str]


class State(TypedDict, total=False):
    topics: list[str]
    topic: str
    texts: Annotated[list[str], operator.add]


async def write(state: State, writer: StreamWriter) -> dict[str, Any]:
    writer({"about": state["topic"]})
    answer = await MODEL.ainvoke([HumanMessage(f"all about {state['topic']} and more")])
    writer({"wrote": len(answer.text)})
    return {"texts": [answer.text]}


def sync_step(state: State) -> dict[str, Any]:
    get_stream_writer()("from a thread")
    return {"texts": ["sync"]}


async def inner(state: State, runtime: Runtime[None]) -> dict[str, Any]:
    runtime.stream_writer("inside")
    return {"texts": [(await MODEL.ainvoke("in a subgraph")).text]}


def subgraph() -> Any:
    builder = StateGraph(State).add_sequence([("first", inner), ("second", inner)]).add_edge(START, "first")
    return builder.compile()


def graph() -> StateGraph[Any, Any, Any, Any]:
    """Return a graph with tasks at the same time, a subgraph and a sync node."""
    builder = StateGraph(State).add_node(write).add_node("sub", subgraph()).add_node("sync_step", sync_step)
    builder.add_conditional_edges(START, lambda state: [Send("write", {"topic": each}) for each in state["topics"]])
    return builder.add_edge("write", "sub").add_edge("sub", "sync_step")


def phase(built: Any = None, stream: Any = STREAMED_MODES, **options: Any) -> Callable[..., Any]:
    return phase_activity("phase", Request, Result, built or graph(), stream=stream, **options)


async def seen(run: Callable[..., Any]) -> tuple[list[StreamEvent], Any]:
    beats, outcome = await attempted(run, Request())
    reader = Reader("phase")
    return [*read_all(reader, beats), *reader.end()], outcome


async def test_what_langgraph_streams_reaches_the_client_as_langgraph_has_it() -> None:
    events, outcome = await seen(phase())
    assert [each.mode for each in events if each.mode in ("lost", "restarted")] == []
    assert [each.number for each in events] == sorted({each.number for each in events})
    direct = (
        graph()
        .compile()
        .astream(Request().model_dump(), stream_mode=["custom", "messages", "updates", "tasks"], subgraphs=True)
    )
    expected = [(namespace, mode, data) async for namespace, mode, data in direct]
    for mode in STREAMED_MODES:
        streamed = [each for each in events if each.mode == mode]
        assert len(streamed) == len([each for each in expected if each[1] == mode]), mode
    words = [each.data[0] for each in events if each.mode == "messages" and each.node == "second"]
    assert [type(each) for each in words] == [AIMessageChunk] * 4
    assert "".join(each.text for each in words) == "in a subgraph "
    assert {each.id for each in words} == {words[0].id}
    assert outcome.texts[-1] == "sync"


async def test_each_event_names_its_task() -> None:
    events, _ = await seen(phase())
    written = [each for each in events if each.mode == "custom" and each.node == "write"]
    tasks = {each.task: each.data["about"] for each in written if "about" in each.data}
    assert sorted(tasks.values()) == ["ice", "snow"]
    for name, topic in tasks.items():
        of_task = [each for each in events if each.task == name]
        text = "".join(each.data[0].text for each in of_task if each.mode == "messages")
        assert text == f"all about {topic} and more "
        assert [each.ordinal for each in of_task] == sorted(each.ordinal for each in of_task)
        assert {each.step for each in of_task} == {1}
        start, *_, update, result = of_task
        assert (start.mode, start.data["name"], update.mode, result.mode) == ("tasks", "write", "updates", "tasks")
        assert update.data == {"write": {"texts": [text]}}
        assert (start.data["id"], result.data["id"], result.data["error"]) == (name, name, None)
    (outer,) = [each.task for each in events if each.mode == "tasks" and each.node == "sub" and "input" in each.data]
    nested = [each for each in events if each.node == "first"]
    assert {each.namespace for each in nested} == {(f"sub:{outer}",)}
    assert {each.step for each in nested} == {2}
    (threaded,) = [each for each in events if each.data == "from a thread"]
    assert (threaded.node, threaded.step, threaded.namespace) == ("sync_step", 3, ())


@pytest.mark.parametrize("modes", [("custom",), ("messages",), ("updates",), ("tasks",), ("custom", "tasks")])
async def test_only_the_modes_that_were_asked_for_are_sent(modes: Any) -> None:
    events, _ = await seen(phase(stream=modes))
    assert {each.mode for each in events} == set(modes)


async def test_without_stream_nothing_changes() -> None:
    beats, _ = await attempted(phase(stream=()), Request())
    assert [progress for progress, _ in beats if STREAM in progress] == []


async def test_a_change_of_the_stream_alone_sends_the_checkpoint_that_was_made_before() -> None:
    async def talk(state: State, writer: StreamWriter) -> dict[str, Any]:
        for number in range(50):
            writer(number)
            await asyncio.sleep(0)
        return {"texts": ["said"]}

    beats, _ = await attempted(phase(StateGraph(State).add_node(talk).add_edge(START, "talk")), Request())
    shown = [(progress[STREAM]["last"], checkpoint) for progress, checkpoint in beats if progress[STREAM]["last"]]
    growing = {last for last, _ in shown}
    assert len(growing) > 20
    assert len({checkpoint for _, checkpoint in shown}) <= 5


async def killed_at_each_beat(
    run: Callable[..., Any], says_else: bool = False
) -> tuple[Screen, list[tuple[Screen, int]]]:
    """Return what a client shows of an attempt that is not killed, and of one that is killed after each heartbeat."""
    beats, _ = await attempted(run, Request(), slowly=True)
    whole = Screen().show(read_all(Reader("phase"), beats))
    screens = list[tuple[Screen, int]]()
    for number in range(len(beats) - 1):
        variant.set(" in other words" if says_else else "")
        again, _ = await attempted(run, Request(), beats[number], 2)
        variant.set("")
        screens.append((Screen().show(client_of(beats[: number + 1], again)), number))
    return whole, screens


def client_of(beats: list[Details], again: list[Details]) -> list[StreamEvent]:
    reader = Reader("phase")
    return [*read_all(reader, beats), *read_all(reader, again), *reader.end()]


async def test_killed_after_any_heartbeat_a_client_sees_each_event_once_and_nothing_is_discarded() -> None:
    whole, screens = await killed_at_each_beat(phase())
    assert len(screens) > 25
    for screen, number in screens:
        assert (screen.texts(), screen.restarted, screen.lost) == (whole.texts(), 0, []), number
        assert [len(each) for each in screen.ids_of_messages()] == [1] * len(screen.ids_of_messages()), number


async def test_killed_after_any_heartbeat_a_model_may_say_something_else_and_the_client_shows_that_alone() -> None:
    whole, screens = await killed_at_each_beat(phase(), says_else=True)
    assert {screen.restarted for screen, _ in screens} >= {0, 1}
    for screen, number in screens:
        assert screen.lost == []
        assert screen.texts().keys() == whole.texts().keys(), number
        for events in screen.tasks.values():
            assert [each.ordinal for each in events] == sorted({each.ordinal for each in events}), number
            assert len({each.data[0].id for each in events if each.mode == "messages"}) <= 1, number
            text = "".join(each.data[0].text for each in events if each.mode == "messages")
            result = next((each.data for each in events if each.mode == "updates" and each.node != "sub"), None)
            if result and text:
                assert next(iter(result.values())) == {"texts": [text]}, number


@pytest.mark.parametrize("durability", ["async", "exit"])
async def test_where_steps_are_repeated_from_earlier_checkpoints_they_are_discarded_first(durability: Any) -> None:
    whole, screens = await killed_at_each_beat(phase(durability=durability))
    for screen, number in screens:
        assert (screen.texts(), screen.lost) == (whole.texts(), []), number


async def test_an_entrypoint_streams_what_its_tasks_do_and_killed_anywhere_repeats_nothing() -> None:
    @task
    async def about(topic: str) -> str:
        get_stream_writer()(f"begun {topic}")
        return (await MODEL.ainvoke(f"all about {topic}")).text

    @entrypoint()
    async def report(inputs: dict[str, Any]) -> dict[str, Any]:
        return {"texts": list(await asyncio.gather(*(about(each) for each in inputs["topics"])))}

    whole, screens = await killed_at_each_beat(phase(report, stream=("custom", "messages")))
    assert {node for _, node in whole.texts()} == {"report/about"}
    for screen, number in screens:
        assert (screen.texts(), screen.restarted, screen.lost) == (whole.texts(), 0, []), number


async def test_a_subgraph_that_keeps_no_checkpoints_streams_again_and_the_client_discards_what_it_had() -> None:
    builder = StateGraph(State).add_sequence([("first", inner), ("second", inner)]).add_edge(START, "first")
    outer = StateGraph(State).add_node("sub", builder.compile(checkpointer=False)).add_edge(START, "sub")
    whole, screens = await killed_at_each_beat(phase(outer))
    assert max(screen.restarted for screen, _ in screens) > whole.restarted
    for screen, number in screens:
        assert (screen.texts(), screen.lost) == (whole.texts(), []), number


@pytest.mark.parametrize("streams", [False, True])
async def test_answers_of_a_journal_are_recognised_in_a_task_that_goes_on(*, streams: bool) -> None:
    model = Wordy(cache=CallJournal())

    async def twice(state: State) -> dict[str, Any]:
        texts = list[str]()
        for question in ("all about ice", "and snow"):
            if streams:
                texts.append("".join([each.text async for each in model.astream(question)]))
            else:
                texts.append((await model.ainvoke(question)).text)
        return {"texts": texts}

    whole, screens = await killed_at_each_beat(phase(StateGraph(State).add_node(twice).add_edge(START, "twice")))
    for screen, number in screens:
        assert (screen.texts(), screen.restarted, screen.lost) == (whole.texts(), 0, []), number


class Slowly:
    """A store for checkpoints that takes some time."""

    def __init__(self) -> None:
        self.contents: dict[str, bytes] = {}

    async def put(self, content: bytes) -> str:
        for _ in range(20):
            await asyncio.sleep(0)
        self.contents[str(len(self.contents))] = content
        return str(len(self.contents) - 1)

    async def get(self, key: str) -> bytes:
        return self.contents[key]


async def test_with_a_store_for_checkpoints_no_event_is_ahead_of_its_checkpoint(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(claim_check, "MAX_INLINE_BYTES", 100)
    store = Slowly()
    whole, screens = await killed_at_each_beat(phase(checkpoints=store))
    assert store.contents
    for screen, number in screens:
        assert (screen.texts(), screen.restarted, screen.lost) == (whole.texts(), 0, []), number


async def test_a_node_that_is_retried_streams_again_and_the_client_is_told() -> None:
    failed = list[bool]()

    async def unsteady(state: State, writer: StreamWriter) -> dict[str, Any]:
        writer("begins")
        writer("fails" if not failed else "succeeds")
        if not failed:
            failed.append(True)
            raise ConnectionError
        return {"texts": ["done"]}

    policy = RetryPolicy(initial_interval=0.01, retry_on=ConnectionError)
    builder = StateGraph(State).add_node(unsteady, retry_policy=policy).add_edge(START, "unsteady")
    events, _ = await seen(phase(builder, stream=("custom",)))
    assert [(each.mode, each.data) for each in events] == [
        ("custom", "begins"),
        ("custom", "fails"),
        ("restarted", None),
        ("custom", "begins"),
        ("custom", "succeeds"),
    ]


async def test_what_a_node_calls_under_its_own_name_does_not_restart_it() -> None:
    async def write_it(state: MessagesState, writer: StreamWriter) -> dict[str, Any]:
        writer("inside")
        return {"messages": [await MODEL.ainvoke("a few words")]}

    agent = StateGraph(MessagesState).add_node("agent", write_it).add_edge(START, "agent").compile(name="agent")
    outer = StateGraph(MessagesState).add_node("agent", agent).add_edge(START, "agent")

    class Talk(BaseModel):
        messages: list[Any] = []

    run = phase_activity("phase", Talk, Talk, outer, stream=("custom", "messages"))
    beats, _ = await attempted(run, Talk())
    events = read_all(Reader("phase"), beats)
    shown = [each.data if each.mode == "custom" else each.data[0].text for each in events]
    assert [each for each in shown if each] == ["inside", "a ", "few ", "words "]  # the last chunk is empty


async def test_data_without_room_is_left_out_and_said() -> None:
    class Odd:
        def __repr__(self) -> str:
            raise ValueError("no words")

    async def talk(state: State, writer: StreamWriter) -> dict[str, Any]:
        writer("x" * MAX_EVENT_BYTES)
        writer(Odd())
        writer("small")
        return {"texts": ["said"]}

    events, _ = await seen(phase(StateGraph(State).add_node(talk).add_edge(START, "talk"), stream=("custom",)))
    large, odd, small = (each.data for each in events)
    assert large == {"__left_out__": MAX_EVENT_BYTES + 2}
    assert "no words" in odd["__left_out__"]
    assert small == "small"


async def test_a_question_is_streamed_as_an_update() -> None:
    async def ask(state: State) -> dict[str, Any]:
        return {"texts": [interrupt("Go on?")]}

    events, outcome = await seen(phase(StateGraph(State).add_node(ask).add_edge(START, "ask"), stream=("updates",)))
    assert [each.value for each in outcome.questions] == ["Go on?"]
    (event,) = events
    assert (event.node, event.data["__interrupt__"][0]["value"]) == ("ask", "Go on?")


@pytest.mark.parametrize(("stream", "error"), [(("values",), ValueError), ("messages", TypeError), (3, TypeError)])
def test_another_mode_is_refused(stream: Any, error: type[Exception]) -> None:
    with pytest.raises(error, match="stream"):
        phase(stream=stream)
