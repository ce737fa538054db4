"""An answer answers the question that was seen, wherever a crash comes: every content of a saver is where one may come.

Each attempt begins with a content that an earlier attempt had, as after a kill -9, and the answers are in it already.
"""

import asyncio
import operator
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Annotated, Any, TypedDict

import ormsgpack
import pytest
from langchain_core.runnables import RunnableConfig
from langgraph.func import entrypoint, task
from langgraph.graph import START, StateGraph
from langgraph.types import Send, interrupt
from langgraph_heartbeat._graphs import GraphLike, compile_graph, types_of, with_saver
from langgraph_heartbeat._journal.journal import Journal
from langgraph_heartbeat._publishing.coalescer import Coalescer
from langgraph_heartbeat._saver.saver import HeartbeatSaver

CONFIG: RunnableConfig = {"configurable": {"thread_id": "T"}}


class State(TypedDict):
    said: Annotated[list[str], operator.add]


@dataclass
class Person:
    """Asks questions in nodes, and notes each that got the answer to another one."""

    wrong: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])

    def ask(self, question: str) -> str:
        answer = interrupt(question)
        if answer != answer_to(question):
            self.wrong.append((question, answer))
        return f"{question}: {answer}"


def answer_to(question: str) -> str:
    return f"the answer to {question}"


class Recorder(Coalescer):
    """Keeps every content that its saver has had."""

    def __init__(self) -> None:
        super().__init__(lambda: None, timedelta(0))
        self.contents: list[bytes] = []
        self.saver: HeartbeatSaver | None = None
        self._depth = 0

    @contextmanager
    def change(self) -> Iterator[None]:
        with super().change():
            self._depth += 1
            try:
                yield
            finally:
                self._depth -= 1
        if not self._depth and self.saver is not None:
            self.contents.append(ormsgpack.packb(self.saver.content()))


class CutError(Exception):
    """A failure that a later attempt does not have."""


@dataclass
class Ended:
    """How an attempt ended: at open questions, at the end of the graph, or with a failure."""

    contents: list[bytes]
    last: bytes
    questions: dict[str, str] = field(default_factory=dict[str, str])
    said: list[str] | None = None
    failed: bool = False

    @property
    def outcome(self) -> tuple[list[str], list[str] | None]:
        return sorted(self.questions.values()), self.said


async def attempt(
    graph: GraphLike, begun: Any, content: bytes | None = None, answers: dict[str, str] | None = None
) -> Ended:
    """Run the graph from a content, into which the answers are put first; from its beginning without one."""
    bare, recorder = compile_graph(graph), Recorder()
    saver = recorder.saver = HeartbeatSaver(recorder, Journal(recorder), types_of(bare))
    start = begun
    if content is not None:
        saver.restore(ormsgpack.unpackb(content))
        start = begun if saver.get_tuple(CONFIG) is None else None
        assert saver.answer(answers or {}) == []
    running, questions, failed = with_saver(bare, saver), dict[str, str](), False
    try:
        async for _, event in running.astream(start, CONFIG, stream_mode=["updates"], durability="sync"):
            questions |= {each.id: each.value for each in event.get("__interrupt__", ())}
    except CutError:
        failed = True
    last = ormsgpack.packb(saver.content())
    if failed or questions:
        return Ended(recorder.contents, last, questions, failed=failed)
    return Ended(recorder.contents, last, said=sorted((await running.aget_state(CONFIG)).values["said"]))


async def until_stopped(graph: GraphLike, begun: Any, content: bytes | None, answers: dict[str, str] | None) -> Ended:
    """Make attempts until one stops at questions or ends. After a failure, the next one has the answers already."""
    contents = list[bytes]()
    for _ in range(100):
        ended = await attempt(graph, begun, content, answers)
        contents += ended.contents
        if not ended.failed:
            ended.contents = contents
            return ended
        content, answers = ended.last, None
    raise AssertionError("the graph fails in every attempt")


Made = tuple[GraphLike, Any]


def two_questions(person: Person) -> Made:
    async def two(_: State) -> dict[str, Any]:
        first = person.ask("May I look?")
        await asyncio.sleep(0)
        return {"said": [first, person.ask("May I DELETE?"), person.ask("Are you sure?")]}

    async def sibling(_: State) -> dict[str, Any]:
        said = person.ask("And here?")
        await asyncio.sleep(0)
        return {"said": [said]}

    builder = StateGraph(State).add_node(two).add_node(sibling)
    return builder.add_edge(START, "two").add_edge(START, "sibling"), {"said": []}


def in_subgraphs(person: Person) -> Made:
    def graph(name: str, inner: Any = None) -> Any:
        async def prepare(_: State) -> dict[str, Any]:
            return {"said": [f"{name} prepared"]}

        async def two(_: State) -> dict[str, Any]:
            first = person.ask(f"{name} first?")
            await asyncio.sleep(0)
            return {"said": [first, person.ask(f"{name} second?")]}

        builder = StateGraph(State).add_node(prepare).add_node(two)
        builder.add_edge(START, "prepare").add_edge("prepare", "two")
        if inner is not None:
            builder.add_node("inner", inner).add_edge("prepare", "inner")
        return builder.compile()

    deep = graph("deep")

    async def calling(_: State) -> dict[str, Any]:
        before = person.ask("before?")
        called = await deep.ainvoke({"said": []})
        return {"said": [before, *called["said"], person.ask("after?")]}

    builder = StateGraph(State).add_node("middle", graph("middle", deep)).add_node(calling)
    return builder.add_edge(START, "middle").add_edge(START, "calling"), {"said": []}


def in_branches(person: Person) -> Made:
    async def branch(given: dict[str, int]) -> dict[str, Any]:
        first = person.ask(f"{given['number']} first?")
        await asyncio.sleep(0)
        return {"said": [first, person.ask(f"{given['number']} second?")]}

    async def join(_: State) -> dict[str, Any]:
        return {"said": [person.ask("joined?")]}

    builder = StateGraph(State).add_node("branch", branch).add_node(join)
    builder.add_conditional_edges(START, lambda _: [Send("branch", {"number": number}) for number in range(3)])
    return builder.add_edge("branch", "join"), {"said": []}


def in_tasks(person: Person) -> Made:
    @task
    async def part(number: int) -> list[str]:
        first = person.ask(f"{number} first?")
        await asyncio.sleep(0)
        return [first, person.ask(f"{number} second?")]

    @entrypoint()
    async def whole(_: dict[str, Any]) -> dict[str, Any]:
        begun = person.ask("begun?")
        parts = [part(1), part(2)]
        said = [each for each_part in parts for each in await each_part]
        return {"said": [begun, *said, person.ask("ended?")]}

    return whole, {"said": []}


def with_failures(person: Person) -> Made:
    chance = random.Random(1)

    def may_fail() -> None:
        if chance.random() < 0.3:
            raise CutError

    async def three(_: State) -> dict[str, Any]:
        said = list[str]()
        for question in ("first?", "second?", "third?"):
            may_fail()
            said.append(person.ask(question))
        may_fail()
        return {"said": said}

    return StateGraph(State).add_node(three).add_edge(START, "three"), {"said": []}


@pytest.mark.parametrize("one_by_one", [True, False], ids=["one by one", "all at once"])
@pytest.mark.parametrize("make", [two_questions, in_subgraphs, in_branches, in_tasks, with_failures])
async def test_wherever_a_crash_comes_each_question_is_asked_and_gets_its_own_answer(
    make: Callable[[Person], Made], one_by_one: bool
) -> None:
    person = Person()
    graph, begun = make(person)
    stopped = await until_stopped(graph, begun, None, None)
    attempts = 0
    while True:
        for content in stopped.contents:
            again = await until_stopped(graph, begun, content, None)
            attempts += 1
            assert again.outcome == stopped.outcome
            if len(again.contents) > 1:  # a second crash
                twice = await until_stopped(graph, begun, again.contents[attempts % len(again.contents)], None)
                assert twice.outcome == stopped.outcome
        if stopped.said is not None:
            break
        asked = list(stopped.questions)[: 1 if one_by_one else None]
        answers = {question: answer_to(stopped.questions[question]) for question in asked}
        stopped = await until_stopped(graph, begun, stopped.last, answers)
    assert person.wrong == []
    assert attempts > 5


# --- Answers that nobody asked for ---


async def asked_once() -> tuple[GraphLike, Ended, HeartbeatSaver]:
    """Return the graph of two questions, stopped at its first ones, and a saver with its content."""
    graph, begun = two_questions(Person())
    stopped = await attempt(graph, begun)
    publisher = Coalescer(lambda: None, timedelta(0))
    saver = HeartbeatSaver(publisher, Journal(publisher))
    saver.restore(ormsgpack.unpackb(stopped.last))
    return graph, stopped, saver


def id_of(stopped: Ended, question: str) -> str:
    return next(each for each, value in stopped.questions.items() if value == question)


async def test_an_answer_to_an_unknown_question_is_refused_and_with_it_all_others() -> None:
    _, stopped, saver = await asked_once()
    known = id_of(stopped, "May I look?")
    assert saver.answer({known: "yes", "9f2c": "yes", "0" * 32: "no"}) == ["9f2c", "0" * 32]
    assert {each.value for each in saver.questions.open().values()} == {"May I look?", "And here?"}


async def test_a_question_is_answered_once() -> None:
    _, stopped, saver = await asked_once()
    known = id_of(stopped, "May I look?")
    assert saver.answer({known: answer_to("May I look?")}) == []
    assert saver.answer({known: "again"}) == [known]


async def test_an_answer_that_comes_late_is_refused() -> None:
    graph, stopped, _ = await asked_once()
    known = id_of(stopped, "And here?")
    later = await attempt(graph, None, stopped.last, {known: answer_to("And here?")})
    assert set(later.questions.values()) == {"May I look?"}
    publisher = Coalescer(lambda: None, timedelta(0))
    saver = HeartbeatSaver(publisher, Journal(publisher))
    saver.restore(ormsgpack.unpackb(later.last))
    assert saver.answer({known: "later"}) == [known]
