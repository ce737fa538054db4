"""Model calls that were answered are not paid twice, and no other answers are remembered."""

import asyncio
import operator
import threading
from collections.abc import Callable
from typing import Annotated, Any, TypedDict

import pytest
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.outputs import ChatResult
from langgraph.graph import START, StateGraph
from langgraph.types import Send
from langgraph_heartbeat._guard import Guard
from langgraph_heartbeat._journal.call_journal import CallJournal
from langgraph_heartbeat._journal.call_observer import Run, calls_of_context
from pydantic import Field

from .asking import Scripted, State, asking, model, one
from .attempts import CONFIG, Attempt, Trace
from .kinds import Unlisted


async def test_finished_calls_of_an_unfinished_task_come_back() -> None:
    llm, trace = model(), Trace("2")
    graph = asking(llm, trace, "a", "b", "c")
    left = await Attempt(graph).kill_at(trace.reached, {"said": []})
    assert (await Attempt(graph, left).run())["said"] == ["a #1", "b #2", "c #3"]
    assert llm.asked == ["a", "b", "c"]


async def test_they_come_back_to_every_further_attempt() -> None:
    llm, first, second = model(), Trace("1"), Trace("2")
    left = await Attempt(asking(llm, first, "a", "b", "c")).kill_at(first.reached, {"said": []})
    left = await Attempt(asking(llm, second, "a", "b", "c"), left).kill_at(second.reached, None)
    graph = asking(llm, Trace(), "a", "b", "c")
    assert (await Attempt(graph, left).run())["said"] == ["a #1", "b #2", "c #3"]


async def test_equal_requests_of_a_task_are_several_samples_and_come_back_in_order() -> None:
    llm, trace = model(), Trace("2")
    graph = asking(llm, trace, "a", "a", "a")
    left = await Attempt(graph).kill_at(trace.reached, {"said": []})
    assert (await Attempt(graph, left).run())["said"] == ["a #1", "a #2", "a #3"]
    assert llm.asked == ["a", "a", "a"]


async def test_another_question_is_not_answered_by_what_is_remembered() -> None:
    llm, trace = model(), Trace("1")
    left = await Attempt(asking(llm, trace, "a", "b")).kill_at(trace.reached, {"said": []})
    second = Attempt(asking(llm, Trace(), "another", "b"), left)
    assert (await second.run())["said"] == ["another #2", "b #3"]


async def test_the_same_question_to_a_model_with_other_settings_is_another() -> None:
    llm, trace = model(), Trace("1")

    def graph(**settings: Any) -> StateGraph[Any]:
        async def node(_: State) -> State:
            said = (await llm.bind(**settings).ainvoke("a")).text
            await trace("1")
            return {"said": [said]}

        return one(node)

    left = await Attempt(graph(temperature=0)).kill_at(trace.reached, {"said": []})
    assert (await Attempt(graph(temperature=1), left).run())["said"] == ["a #2"]


async def test_entries_die_with_their_task() -> None:
    llm, trace = model(), Trace("second")

    async def first(_: State) -> State:
        return {"said": [(await llm.ainvoke("a")).text]}

    async def second(_: State) -> State:
        await trace("second")
        return {"said": [(await llm.ainvoke("a")).text]}

    graph = one(first)
    graph.add_node("second", second)
    graph.add_edge("node", "second")
    attempt = Attempt(graph)
    left = await attempt.kill_at(trace.reached, {"said": []})
    assert (len(attempt.journal._given), len(attempt.journal._ordinals)) == (0, 0)
    again = Attempt(graph, left)
    assert again.journal.content() == {}
    assert (await again.run())["said"] == ["a #1", "a #2"]


async def test_entries_die_with_their_task_while_its_siblings_work() -> None:
    llm, trace = model(), Trace("w1")
    other = asyncio.Event()

    async def work(given: dict[str, int]) -> State:
        said = (await llm.ainvoke("a")).text
        if given["i"]:
            await other.wait()
            await trace("w1")
        return {"said": [said]}

    graph = StateGraph(State)
    graph.add_node("work", work)
    graph.add_conditional_edges(START, lambda _: [Send("work", {"i": i}) for i in range(2)])
    first = Attempt(graph)
    first.saver.when_saved(1, other.set)
    left = await first.kill_at(trace.reached, {"said": []})
    again = Attempt(graph, left)
    assert len(again.journal.content()) == 1
    assert sorted((await again.run())["said"]) == ["a #1", "a #2"]


async def test_siblings_that_ask_the_same_get_each_their_own_answer_back() -> None:
    llm, trace = model(), Trace("all")
    answers: dict[int, str] = {}

    async def work(given: dict[str, int]) -> State:
        said = (await llm.ainvoke("a")).text
        if answers.setdefault(given["i"], said) and len(answers) == 3:
            await trace("all")
        else:
            await trace.reached.wait()
            if not trace.done:
                await asyncio.Event().wait()
        return {"said": [f"{given['i']}: {said}"]}

    graph = StateGraph(State)
    graph.add_node("work", work)
    graph.add_conditional_edges(START, lambda _: [Send("work", {"i": i}) for i in range(3)])
    left = await Attempt(graph).kill_at(trace.reached, {"said": []})
    trace.done.append("second attempt")
    assert (await Attempt(graph, left).run())["said"] == [f"{i}: {said}" for i, said in sorted(answers.items())]
    assert llm.asked == ["a", "a", "a"]


async def test_calls_in_a_subgraph_come_back_and_die_with_it() -> None:
    llm, trace, after = model(), Trace("1"), Trace("after")
    inner = asking(llm, trace, "a", "b")

    async def last(_: State) -> State:
        await after("after")
        return {}

    graph = StateGraph(State)
    graph.add_node("inner", inner.compile())
    graph.add_node("last", last)
    graph.add_edge(START, "inner")
    graph.add_edge("inner", "last")
    left = await Attempt(graph).kill_at(trace.reached, {"said": []})
    second = Attempt(graph, left)
    assert len(second.journal.content()) == 1
    left = await second.kill_at(after.reached, None)
    assert llm.asked == ["a", "b"]
    assert Attempt(graph, left).journal.content() == {}


# --- What failed ---


async def test_an_answer_that_node_code_rejected_is_asked_afresh() -> None:
    llm = model()

    async def node(_: State) -> State:
        said = (await llm.ainvoke("a")).text
        if said == "a #1":
            raise ValueError(said)
        return {"said": [said]}

    first = Attempt(one(node))
    with pytest.raises(ValueError, match="a #1"):
        await first.run({"said": []})
    assert (await Attempt(one(node), first.published).run())["said"] == ["a #2"]


async def test_a_call_that_raised_leaves_the_finished_ones() -> None:
    def fail_once(question: str) -> None:
        if question == "b" and llm.asked.count("b") == 1:
            raise ConnectionError

    llm = model(before=fail_once)
    graph = asking(llm, Trace(), "a", "b", "c")
    first = Attempt(graph)
    with pytest.raises(ConnectionError):
        await first.run({"said": []})
    assert (await Attempt(graph, first.published).run())["said"] == ["a #1", "b #3", "c #4"]


async def test_a_call_that_raised_and_was_mended_in_place_is_not_what_failed() -> None:
    """The node makes a second call, gets its answer and rejects it."""

    def fail_first(_: str) -> None:
        if len(llm.asked) == 1:
            raise ConnectionError

    llm = model(before=fail_first)

    async def node(_: State) -> State:
        try:
            said = (await llm.ainvoke("a")).text
        except ConnectionError:
            said = (await llm.ainvoke("a")).text
        if said == "a #2":
            raise ValueError(said)
        return {"said": [said]}

    first = Attempt(one(node))
    with pytest.raises(ValueError, match="a #2"):
        await first.run({"said": []})
    assert (await Attempt(one(node), first.published).run())["said"] == ["a #3"]


async def test_a_cancelled_sibling_keeps_its_finished_calls() -> None:
    llm = model()
    answered = asyncio.Event()
    failing = True

    async def works(_: State) -> State:
        said = (await llm.ainvoke("a")).text
        answered.set()
        if failing:
            await asyncio.Event().wait()
        return {"said": [said]}

    async def fails(_: State) -> State:
        await answered.wait()
        if failing:
            raise ConnectionError
        return {"said": ["fine"]}

    graph = one(works)
    graph.add_node("fails", fails)
    graph.add_edge(START, "fails")
    first = Attempt(graph)
    with pytest.raises(ConnectionError):
        await first.run({"said": []})
    failing = False
    assert sorted((await Attempt(graph, first.published).run())["said"]) == ["a #1", "fine"]
    assert llm.asked == ["a"]


async def test_a_call_that_ends_in_a_thread_meanwhile_does_no_harm() -> None:
    """Progress is read on the event loop while sync nodes end calls in threads."""
    journal = Attempt(asking(model(), Trace(), "a")).journal
    call, _ = journal.begin("meanwhile", Run())
    ending = threading.Thread(target=lambda: journal.end(call, []))

    class Looked(str):
        """A namespace during whose examination another call ends."""

        __slots__ = ()

        def split(self, *_: Any) -> Any:
            ending.start()
            ending.join(0.1)
            return []

    stored = journal._serializer.dumps_typed([])
    journal._answers = {"first": (Looked("node:1"), *stored), "second": ("node:2", *stored)}
    assert journal.remembered == 2
    ending.join()
    assert len(journal._answers) == 3


# --- What is progress ---


async def test_an_answer_that_its_node_rejected_is_no_progress() -> None:
    llm = model()

    async def node(_: State) -> State:
        raise ValueError((await llm.ainvoke("a")).text)

    first = Attempt(one(node))
    with pytest.raises(ValueError, match="a #1"):
        await first.run({"said": []})
    assert first.journal.remembered == Attempt(one(node), first.published).journal.remembered == 0


async def test_answers_before_a_call_that_failed_are_progress_once() -> None:
    def fail(question: str) -> None:
        if question == "b":
            raise ConnectionError

    llm, left, remembered = model(before=fail), b"", list[tuple[int, int]]()
    for _ in range(3):
        attempt = Attempt(asking(llm, Trace(), "a", "b"), left)
        before = attempt.journal.remembered
        with pytest.raises(ConnectionError):
            await attempt.run({"said": []})
        remembered.append((before, attempt.journal.remembered))
        left = attempt.published
    assert remembered == [(0, 1), (1, 1), (1, 1)]


async def test_answers_to_a_request_that_is_new_in_each_attempt_do_not_add_up() -> None:
    """The system prompt names the time: nothing of an earlier attempt is asked for again, and it all is paid again."""

    def fail(question: str) -> None:
        if question == "b":
            raise ConnectionError

    llm, left, remembered = model(before=fail), b"", list[int]()
    for time in range(4):
        attempt = Attempt(asking(llm, Trace(), f"a at {time} o'clock", "b"), left)
        with pytest.raises(ConnectionError):
            await attempt.run({"said": []})
        remembered.append(attempt.journal.remembered)
        left = attempt.published
    assert remembered == [1, 1, 1, 1]


# --- Where it works, and where it does not ---


async def test_outside_of_a_phase_nothing_is_remembered() -> None:
    llm = model()
    assert [(await llm.ainvoke("a")).text for _ in range(2)] == ["a #1", "a #2"]
    assert llm.invoke("a").text == "a #3"
    graph = asking(llm, Trace(), "a", "a").compile()
    assert (await graph.ainvoke({"said": []}))["said"] == ["a #4", "a #5"]


async def test_a_model_without_the_cache_is_asked_again() -> None:
    llm, trace = Scripted(), Trace("1")
    graph = asking(llm, trace, "a", "b")
    left = await Attempt(graph).kill_at(trace.reached, {"said": []})
    assert (await Attempt(graph, left).run())["said"] == ["a #2", "b #3"]


async def test_sync_nodes_in_threads_are_remembered_too() -> None:
    reached, go_on = asyncio.Event(), threading.Event()
    loop = asyncio.get_running_loop()
    llm = model()
    threads: set[int] = set()

    def node(_: State) -> State:
        said = llm.invoke("a").text
        threads.add(threading.get_ident())
        loop.call_soon_threadsafe(reached.set)
        go_on.wait(20)
        return {"said": [said]}

    first = Attempt(one(node))
    async with first.killed({"said": []}, reached):
        left = first.published
        go_on.set()
    assert threading.get_ident() not in threads
    assert (await Attempt(one(node), left).run())["said"] == ["a #1"]
    assert llm.asked == ["a"]


async def test_an_answer_that_came_back_is_a_message_like_any_other() -> None:
    """LangChain writes a cost of 0 into the usage of a remembered answer, even where there was no usage."""
    llm, trace = model(usage=None), Trace("1")

    class Messages(TypedDict, total=False):
        messages: Annotated[list[Any], operator.add]

    async def node(_: Messages) -> Messages:
        answer = await llm.ainvoke("a")
        await trace("1")
        return {"messages": [answer]}

    graph = StateGraph(Messages)
    graph.add_node(node)
    graph.add_edge(START, "node")
    left = await Attempt(graph).kill_at(trace.reached, {"messages": []})
    second = Attempt(graph, left)
    (message,) = (await second.run())["messages"]
    third = Attempt(graph, second.published)
    assert (await third.graph.aget_state(CONFIG)).values == {"messages": [message]}
    assert message.text == "a #1"


async def test_the_text_of_an_answer_may_be_kept() -> None:
    """`message.text` is a str of LangChain's own."""
    llm, trace = model(), Trace("after")

    async def node(_: State) -> State:
        return {"said": [(await llm.ainvoke("a")).text]}

    async def after(_: State) -> State:
        await trace("after")
        return {}

    graph = one(node)
    graph.add_node(after)
    graph.add_edge("node", "after")
    left = await Attempt(graph).kill_at(trace.reached, {"said": []})
    assert (await Attempt(graph, left).run())["said"] == ["a #1"]


async def test_an_answer_that_could_not_come_back_is_not_remembered() -> None:
    llm, trace = model(metadata_of_answers={"raw": Unlisted(number=1)}), Trace("1")
    graph = asking(llm, trace, "a", "b")
    first = Attempt(graph)
    left = await first.kill_at(trace.reached, {"said": []})
    again = Attempt(graph, left)
    assert again.journal.content() == {}
    assert (await again.run())["said"] == ["a #2", "b #3"]


async def test_what_models_were_asked_is_counted_once() -> None:
    llm, trace = model(), Trace("2")
    graph = asking(llm, trace, "a", "b", "c")
    first = Attempt(graph)
    left = await first.kill_at(trace.reached, {"said": []})
    assert (first.journal.calls, first.journal.tokens) == (2, 30)
    second = Attempt(graph, left)
    await second.run()
    assert (second.journal.calls, second.journal.tokens) == (1, 15)


async def test_a_failed_call_was_asked_and_cost_no_tokens() -> None:
    def fail(_: str) -> None:
        raise ConnectionError

    first = Attempt(asking(model(before=fail), Trace(), "a"))
    with pytest.raises(ConnectionError):
        await first.run({"said": []})
    assert (first.journal.calls, first.journal.tokens) == (1, 0)


def asking_without_await(llm: Scripted, trace: Trace, *questions: str) -> StateGraph[Any]:
    """Return a graph like that of `asking` whose calls share one context; awaited calls have a context each."""

    async def node(_: State) -> State:
        said: list[str] = []
        for i, question in enumerate(questions):
            await trace(str(i))
            said.append(llm.invoke(question).text)
        trace.done.append(f"under way: {calls_of_context.get()}")
        return {"said": said}

    return one(node)


class Wrapping(Scripted):
    """A model that calls another model; the answers of both are remembered."""

    inner: Any = Field(exclude=True)

    def _generate(self, messages: list[BaseMessage], *given: Any, **kwargs: Any) -> ChatResult:
        try:
            answer = self.inner.invoke(f"inner {messages[-1].text}").text
        except ConnectionError:
            answer = "nothing"
        return super()._generate([AIMessage(f"[{answer}]")], *given, **kwargs)


@pytest.mark.parametrize("kind", [asking, asking_without_await])
async def test_a_model_that_asks_a_model_and_both_are_remembered(kind: Callable[..., StateGraph[Any]]) -> None:
    inner, trace = model(), Trace("1")
    outer = Wrapping(inner=inner, cache=CallJournal())
    graph = kind(outer, trace, "a", "b")
    first = Attempt(graph)
    left = await first.kill_at(trace.reached, {"said": []})
    assert len(first.journal.content()) == 2
    assert (first.journal.calls, first.journal.tokens) == (2, 30)
    assert (await Attempt(graph, left).run())["said"] == ["[inner a #1] #1", "[inner b #2] #2"]
    assert (inner.asked, outer.asked) == (["inner a", "inner b"], ["[inner a #1]", "[inner b #2]"])


async def test_a_model_that_was_paid_on_the_way_is_not_paid_again() -> None:
    """The outer call fails, and the answer of the inner call is not taken for that of the outer one."""

    def fail_once(_: str) -> None:
        if len(outer.asked) == 1:
            raise ConnectionError

    inner = model()
    outer = Wrapping(inner=inner, cache=CallJournal(), before=fail_once)
    graph = asking_without_await(outer, Trace(), "a")
    first = Attempt(graph)
    with pytest.raises(ConnectionError):
        await first.run({"said": []})
    assert (await Attempt(graph, first.published).run())["said"] == ["[inner a #1] #2"]
    assert inner.asked == ["inner a"]


@pytest.mark.parametrize("kind", [asking, asking_without_await])
async def test_a_model_whose_inner_model_failed_is_remembered_as_itself(kind: Callable[..., StateGraph[Any]]) -> None:
    def fail(_: str) -> None:
        raise ConnectionError

    trace = Trace("1")
    outer = Wrapping(inner=model(before=fail), cache=CallJournal())
    left = await Attempt(kind(outer, trace, "a", "b")).kill_at(trace.reached, {"said": []})
    assert (await Attempt(kind(outer, Trace(), "a", "b"), left).run())["said"] == ["[nothing] #1", "[nothing] #2"]


async def test_answered_requests_do_not_pile_up() -> None:
    trace = Trace()
    await Attempt(asking_without_await(model(), trace, "a", "b", "c")).run({"said": []})
    assert trace.done[-1] == "under way: ()"


async def test_a_model_whose_description_names_an_address_is_the_same_in_another_process() -> None:
    llm, trace = model(), Trace("1")

    def graph(description: str, trace: Trace) -> StateGraph[Any]:
        return asking(llm.bind(callback=description), trace, "a", "b")  # type: ignore[arg-type]

    left = await Attempt(graph("<function f at 0x7f00>", trace)).kill_at(trace.reached, {"said": []})
    again = Attempt(graph("<function f at 0x7fab>", Trace()), left)
    assert (await again.run())["said"] == ["a #1", "b #2"]


async def test_a_replaced_attempt_makes_no_further_call_in_a_sync_node_either() -> None:
    """Its thread goes on when a frozen worker continues, and has not seen that another worker has the phase."""
    llm = model()

    def node(_: State) -> State:
        return {"said": [llm.invoke(question).text for question in ("a", "b")]}

    attempt, asked = Attempt(one(node)), list[int]()

    async def guard() -> None:
        asked.append(len(llm.asked))
        if llm.asked:
            raise ConnectionAbortedError("taken over")

    attempt.journal.guard = Guard(guard)
    with pytest.raises(ConnectionAbortedError, match="taken over"):
        await attempt.run({"said": []})
    assert (asked, llm.asked) == ([0, 1], ["a"])
