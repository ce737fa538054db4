"""The log of a phase's calls: what it says of each, over crashes, and what it never holds."""

import asyncio
import json
import operator
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Annotated, Any, TypedDict

import ormsgpack
import pytest
import zstandard
from langchain_core.callbacks import CallbackManagerForRetrieverRun
from langchain_core.documents import Document
from langchain_core.embeddings import DeterministicFakeEmbedding
from langchain_core.language_models import FakeListLLM
from langchain_core.messages import AIMessage
from langchain_core.retrievers import BaseRetriever
from langchain_core.runnables import RunnableConfig
from langchain_core.tools import ToolException, tool
from langgraph.errors import GraphInterrupt, ParentCommand
from langgraph.graph import START, StateGraph
from langgraph.prebuilt import ToolNode
from langgraph.types import Command, RetryPolicy, interrupt
from langgraph_heartbeat import remembered
from langgraph_heartbeat._call_log.call_log import CallLog, ending_of, entries_of, logged_call
from langgraph_heartbeat._call_log.phase_summary import LoggedCall, PhaseSummary
from langgraph_heartbeat._call_log.records import MAX_GROUPS, Group, Record
from langgraph_heartbeat._journal.call_journal import CallJournal

from .asking import Scripted, State, asking, model, one
from .attempts import Attempt, Trace
from .test_journal_unremembered import streaming

PRIVATE = "the unpublished figure"


def calls_of(attempt: Attempt) -> tuple[LoggedCall, ...]:
    return attempt.log.summary(0, 0, 0).log


def short(log: tuple[LoggedCall, ...]) -> list[tuple[Any, ...]]:
    """Return of each call its attempt, its kind, how it ended, and whether it was made again."""
    return [(each.attempt, each.kind, each.outcome, each.made_again) for each in log]


async def logged(node: Any, given: dict[str, Any] | None = None) -> tuple[LoggedCall, ...]:
    attempt = Attempt(one(node), log_entries=100)
    await attempt.run(given or {"said": []})
    return calls_of(attempt)


# --- What it says of one call ---


async def test_a_call_of_a_model_has_its_time_its_node_its_name_and_its_tokens() -> None:
    attempt = Attempt(asking(Scripted(), Trace(), "a"), log_entries=10)
    await attempt.run({"said": []})
    [call] = calls_of(attempt)
    assert (call.kind, call.name, call.node, call.outcome) == ("model", "Scripted", "node", "answered")
    assert (call.tokens_in, call.tokens_out, call.attempt) == (10, 5, 1)
    assert call.seconds is not None
    assert call.seconds >= 0
    assert call.at.tzinfo is not None


async def test_a_model_is_named_as_its_provider_names_it() -> None:
    class Named(Scripted):
        model_name: str = "gpt-5-mini"

    async def node(_: State) -> State:
        return {"said": [(await Named().ainvoke("a")).text]}

    [call] = await logged(node)
    assert call.name == "gpt-5-mini"


async def test_a_streamed_call_has_its_tokens_too() -> None:
    async def node(_: State) -> State:
        return {"said": ["".join([chunk.text async for chunk in streaming().astream("a")])]}

    [call] = await logged(node)
    assert (call.outcome, call.tokens_in, call.tokens_out) == ("answered", 10, 5)


@tool
async def look_up(word: str) -> str:
    """Look a word up."""
    return word.upper()


@tool
def count(word: str) -> int:
    """Count letters, in a thread."""
    return len(word)


@tool
async def refuse(word: str) -> str:
    """Refuse."""
    raise ToolException(word)


class Shelf(BaseRetriever):
    def _get_relevant_documents(self, query: str, *, run_manager: CallbackManagerForRetrieverRun) -> list[Document]:
        return [Document(query)]


async def test_tools_and_retrievers_are_logged_from_the_loop_and_from_threads() -> None:
    def in_thread(state: State) -> State:
        return {"said": [str(count.invoke({"word": PRIVATE})), Shelf().invoke(PRIVATE)[0].page_content]}

    async def on_loop(state: State) -> State:
        return {"said": [await look_up.ainvoke({"word": PRIVATE}), (await Shelf().ainvoke(PRIVATE))[0].page_content]}

    builder = StateGraph(State).add_sequence([("thread", in_thread), ("loop", on_loop)]).add_edge(START, "thread")
    attempt = Attempt(builder, log_entries=10)
    await attempt.run({"said": []})
    told = [(call.kind, call.name, call.node, call.outcome) for call in calls_of(attempt)]
    assert told == [
        ("tool", "count", "thread", "answered"),
        ("retriever", "Shelf", "thread", "answered"),
        ("tool", "look_up", "loop", "answered"),
        ("retriever", "Shelf", "loop", "answered"),
    ]


async def test_a_tool_that_answers_with_its_error_has_failed() -> None:
    tools = [refuse.model_copy(update={"handle_tool_error": True})]

    async def node(state: State, config: RunnableConfig) -> State:
        asked = AIMessage("", tool_calls=[{"name": "refuse", "args": {"word": "no"}, "id": "1", "type": "tool_call"}])
        answered = await ToolNode(tools).ainvoke({"messages": [asked]}, config)
        return {"said": [answered["messages"][0].text]}

    [call] = await logged(node)
    assert (call.outcome, call.error) == ("failed", "ToolException")


async def test_a_call_without_callbacks_is_logged_by_hand() -> None:
    async def node(_: State) -> State:
        with logged_call("embedding", "text-embedding-3-small"):
            await asyncio.sleep(0)
        with pytest.raises(ConnectionError), logged_call("embedding", "text-embedding-3-small"):
            raise ConnectionError(PRIVATE)
        return {"said": []}

    log = await logged(node)
    assert short(log) == [(1, "embedding", "answered", False), (1, "embedding", "failed", False)]
    assert log[1].error == "ConnectionError"
    with logged_call("embedding", "outside of a phase"):
        pass


async def test_a_thread_without_the_context_of_its_node_is_logged_by_the_callbacks_it_is_given() -> None:
    def node(_: State, config: RunnableConfig) -> State:
        with ThreadPoolExecutor() as threads:
            return {"said": [threads.submit(Scripted().invoke, "a", config).result().text]}

    [call] = await logged(node)
    assert call.node == "node"


async def test_what_a_model_asks_another_is_a_part_of_its_call() -> None:
    inner = Scripted()

    class Wrapping(Scripted):
        async def _agenerate(self, messages: Any, *given: Any, **kwargs: Any) -> Any:
            await inner.ainvoke(messages)
            return self._generate(messages)

    async def node(_: State) -> State:
        return {"said": [(await Wrapping(cache=CallJournal()).ainvoke("a")).text]}

    assert [call.name for call in await logged(node)] == ["Wrapping"]


# --- How calls end ---


def test_an_error_says_how_a_call_has_ended() -> None:
    assert ending_of(ConnectionError(PRIVATE)) == ("failed", "ConnectionError")
    assert ending_of(asyncio.CancelledError()) == ("unfinished", "")
    assert ending_of(GraphInterrupt(())) == ("asked", "")
    assert ending_of(ParentCommand(Command())) == ("answered", "")


async def test_a_failed_call_that_is_made_again_in_its_attempt_is_a_retry() -> None:
    def fail_once(_: str) -> None:
        if len(llm.asked) == 1:
            raise ConnectionError(PRIVATE)

    llm = Scripted(before=fail_once)

    async def node(_: State) -> State:
        return {"said": [(await llm.with_retry(wait_exponential_jitter=False).ainvoke("a")).text]}

    attempt = Attempt(one(node), log_entries=10)
    await attempt.run({"said": []})
    assert short(calls_of(attempt)) == [(1, "model", "failed", False), (1, "model", "answered", False)]
    assert attempt.log.retries == 1


async def test_a_node_that_its_policy_runs_again_repeats_its_calls() -> None:
    llm, runs = Scripted(), Trace()

    async def node(state: State) -> State:
        answers = [str((await llm.ainvoke(each)).text) for each in ("a", "b")]
        await runs("run")
        if len(runs.done) == 1:
            raise ConnectionError
        return {"said": answers}

    policy = RetryPolicy(initial_interval=0.001, jitter=False)
    builder = StateGraph(State).add_node("node", node, retry_policy=policy).add_edge(START, "node")
    attempt = Attempt(builder, log_entries=10)
    await attempt.run({"said": []})
    assert [call.outcome for call in calls_of(attempt)] == ["answered"] * 4
    assert attempt.log.retries == 2


# --- Over crashes ---


async def test_calls_of_a_killed_attempt_stay_and_those_made_again_are_marked() -> None:
    llm, trace = Scripted(), Trace("2")
    first = Attempt(asking(llm, trace, "a", "b", "c"), log_entries=10)
    left = await first.kill_at(trace.reached, {"said": []})
    second = Attempt(asking(llm, trace, "a", "b", "c"), left, log_entries=10)
    await second.run()
    assert short(calls_of(second)) == [
        (1, "model", "answered", True),
        (1, "model", "answered", True),
        (2, "model", "answered", False),
        (2, "model", "answered", False),
        (2, "model", "answered", False),
    ]
    [group] = second.log.summary(0, 0, 0).groups
    assert (group.calls, group.made_again, group.tokens_in, group.tokens_out) == (5, 2, 50, 25)


async def test_calls_that_the_journal_remembers_cost_nothing_and_are_not_made_again() -> None:
    llm, trace = model(), Trace("2")
    left = await Attempt(asking(llm, trace, "a", "b", "c"), log_entries=10).kill_at(trace.reached, {"said": []})
    second = Attempt(asking(llm, trace, "a", "b", "c"), left, log_entries=10)
    await second.run()
    assert short(calls_of(second)) == [
        (1, "model", "answered", False),
        (1, "model", "answered", False),
        (2, "model", "remembered", False),
        (2, "model", "remembered", False),
        (2, "model", "answered", False),
    ]
    [group] = second.log.summary(0, 0, 0).groups
    assert (group.calls, group.remembered, group.tokens_in) == (3, 2, 30)
    assert all(not call.tokens_in for call in calls_of(second) if call.outcome == "remembered")


async def test_an_answer_of_a_model_for_plain_text_is_remembered_in_the_log_too() -> None:
    llm, trace = FakeListLLM(responses=["1", "2"], cache=CallJournal()), Trace("asked")

    async def node(_: State) -> State:
        said = await llm.ainvoke("a")
        await trace("asked")
        return {"said": [said]}

    left = await Attempt(one(node), log_entries=10).kill_at(trace.reached, {"said": []})
    second = Attempt(one(node), left, log_entries=10)
    await second.run()
    assert short(calls_of(second)) == [(1, "model", "answered", False), (2, "model", "remembered", False)]


async def test_a_call_in_flight_at_the_kill_is_in_the_log() -> None:
    reached = asyncio.Event()

    class Slow(Scripted):
        async def _agenerate(self, *given: Any, **kwargs: Any) -> Any:
            if not reached.is_set():
                reached.set()
                await asyncio.Event().wait()
            return self._generate(*given, **kwargs)

    async def node(_: State) -> State:
        return {"said": [(await Slow().ainvoke("a")).text]}

    left = await Attempt(one(node), log_entries=10).kill_at(reached, {"said": []})
    second = Attempt(one(node), left, log_entries=10)
    await second.run()
    log = calls_of(second)
    assert short(log) == [(1, "model", "unfinished", True), (2, "model", "answered", False)]
    assert log[0].seconds is None


async def test_calls_of_finished_nodes_stay_and_are_never_taken_for_repeated() -> None:
    llm, trace = Scripted(), Trace("again")

    async def first(state: State) -> State:
        return {"said": [(await llm.ainvoke("a")).text]}

    async def second(state: State) -> State:
        await trace("again")
        return {"said": [(await llm.ainvoke("a")).text]}

    builder = StateGraph(State).add_sequence([first, second]).add_edge(START, "first")
    left = await Attempt(builder, log_entries=10).kill_at(trace.reached, {"said": []})
    again = Attempt(builder, left, log_entries=10)
    await again.run()
    told = [(call.node, call.attempt, call.made_again) for call in calls_of(again)]
    assert told == [("first", 1, False), ("second", 2, False)]


async def test_without_entries_the_counts_are_whole_all_the_same() -> None:
    """A call says nothing to the server then; the answer that the journal takes in does."""
    forgotten, remembered, trace = Scripted(), model(), Trace("end")

    async def node(_: State) -> State:
        answers = [str((await each.ainvoke("a")).text) for each in (forgotten, remembered)]
        await trace("end")
        return {"said": answers}

    left = await Attempt(one(node)).kill_at(trace.reached, {"said": []})
    second = Attempt(one(node), left)
    await second.run()
    summary = second.log.summary(0, 0)
    assert (summary.log, summary.left_out, summary.attempts) == ((), 0, 2)
    assert [(group.calls, group.made_again, group.remembered) for group in summary.groups] == [(3, 1, 1)]


async def test_a_tool_that_asks_has_asked_and_its_answer_makes_no_call_again() -> None:
    @tool
    async def ask(word: str) -> str:
        """Ask."""
        return str(interrupt(word))

    async def node(_: State) -> State:
        return {"said": [await ask.ainvoke({"word": PRIVATE})]}

    first = Attempt(one(node), log_entries=10)
    await first.run({"said": []})
    [question] = first.saver.questions.open()
    first.saver.answer({question: "yes"})
    await asyncio.sleep(0)
    second = Attempt(one(node), first.published, log_entries=10)
    assert (await second.run())["said"] == ["yes"]
    assert short(calls_of(second)) == [(1, "tool", "asked", False), (2, "tool", "answered", False)]


# --- Calls that the journal keeps ---


def tools_of(*words: str) -> AIMessage:
    calls = [{"name": "work", "args": {"word": word}, "id": word, "type": "tool_call"} for word in words]
    return AIMessage("", tool_calls=calls)


class Messages(TypedDict):
    messages: Annotated[list[Any], operator.add]


async def test_tools_of_one_name_are_told_apart_by_their_arguments() -> None:
    """The first attempt is killed when the second tool has finished and the first one works."""
    trace, finished = Trace("a"), asyncio.Event()

    @tool
    async def work(word: str) -> str:
        """Work."""
        if word == "a" and not trace.reached.is_set():
            await finished.wait()
        await trace(word)
        finished.set()
        return word

    builder = StateGraph(Messages).add_node("tools", ToolNode([work])).add_edge(START, "tools")
    given = {"messages": [tools_of("a", "b")]}
    left = await Attempt(builder, log_entries=10).kill_at(trace.reached, given)
    second = Attempt(builder, left, log_entries=10)
    await second.run()
    assert short(calls_of(second)) == [
        (1, "tool", "unfinished", True),
        (1, "tool", "answered", False),
        (2, "tool", "answered", False),
        (2, "tool", "remembered", False),
    ]


async def test_functions_and_embeddings_that_are_remembered_are_logged() -> None:
    trace = Trace("end")

    @remembered
    async def fetch(url: str) -> str:
        return url

    @remembered
    async def fail(url: str) -> str:
        raise ConnectionError(url)

    vectors = remembered(DeterministicFakeEmbedding(size=3), name="embedder")

    async def node(_: State) -> State:
        said = [await fetch(PRIVATE), str(await vectors.aembed_query(PRIVATE))]
        with pytest.raises(ConnectionError):
            await fail(PRIVATE)
        await trace("end")
        return {"said": said}

    left = await Attempt(one(node), log_entries=10).kill_at(trace.reached, {"said": []})
    second = Attempt(one(node), left, log_entries=10)
    await second.run()
    assert [(call.attempt, call.kind, call.name, call.outcome, call.made_again) for call in calls_of(second)] == [
        (1, "function", "fetch", "answered", False),
        (1, "embedding", "embedder", "answered", False),
        (1, "function", "fail", "failed", False),
        (2, "function", "fetch", "remembered", False),
        (2, "embedding", "embedder", "remembered", False),
        (2, "function", "fail", "failed", False),
    ]
    assert PRIVATE.encode() not in ormsgpack.packb(second.log.content())


# --- Its bounds ---


def begun(log: CallLog, times: int, name: Callable[[int], str] = lambda _: "m") -> None:
    for number in range(times):
        log.end(log.begin("model", name(number)))
        log.forget_tasks()


@pytest.mark.parametrize("entries", [1, 10, 250])
def test_the_newest_calls_stay_and_the_others_are_counted(entries: int) -> None:
    log = CallLog(entries=entries)
    begun(log, 1000, lambda number: f"m{number % 7}")
    summary = log.summary(0, 0)
    assert (len(summary.log), summary.left_out) == (entries, 1000 - entries)
    assert summary.log[-1].name == f"m{999 % 7}"
    assert sum(group.calls for group in summary.groups) == 1000
    again = CallLog(entries=entries)
    again.restore(ormsgpack.unpackb(ormsgpack.packb(log.content())))
    assert again.summary(0, 0).log == summary.log
    assert again.summary(0, 0).left_out == summary.left_out


def test_its_size_in_a_checkpoint_and_in_a_result_is_bounded() -> None:
    log = CallLog(entries=entries_of(True))
    begun(log, 3000, lambda number: f"a-model-with-a-rather-long-name-{number % 5}")
    assert len(ormsgpack.packb(log.content())) < 16 * 1024
    assert len(log.summary(0, 0).model_dump_json()) < 64 * 1024


def test_models_without_end_are_counted_together() -> None:
    log = CallLog(entries=10)
    begun(log, 3 * MAX_GROUPS, lambda number: f"m{number}")
    groups = log.summary(0, 0).groups
    assert len(groups) == MAX_GROUPS + 1
    assert (groups[-1].name, groups[-1].calls) == ("others", 2 * MAX_GROUPS)


@pytest.mark.parametrize("entries", [0, 10, 300])
def test_of_the_calls_of_one_task_without_end_the_newest_stay(entries: int) -> None:
    log = CallLog(entries=entries)
    for _ in range(1500):
        log.end(log.begin("embedding", "e"))
    summary = log.summary(0, 0)
    assert (len(summary.log), summary.left_out) == (entries, 1500 - entries if entries else 0)
    assert summary.groups[0].calls == 1500
    assert len(ormsgpack.packb(log.content())) < 16 * 1024
    log.forget_tasks()
    assert len(log.summary(0, 0).log) == entries


def test_a_call_that_fails_without_end_is_counted() -> None:
    log = CallLog(entries=10)
    for _ in range(500):
        log.end(log.begin("model", "m"), "failed", "ConnectionError")
    assert (log.retries, log.summary(0, 0).groups[0].failed) == (499, 500)
    assert len(ormsgpack.packb(log.content())) < 16 * 1024


def test_names_are_one_printable_line_of_bounded_length() -> None:
    log = CallLog(entries=1)
    log.end(log.begin("tool", "a\x1b[31m\u202e\nb" + 100 * "c"))
    [call] = log.summary(0, 0).log
    assert call.name.startswith("a [31m b")
    assert (len(call.name), call.name.isprintable()) == (60, True)


async def test_nothing_that_was_asked_or_answered_is_in_it() -> None:
    @tool
    async def fail(word: str) -> str:
        """Fail."""
        raise ConnectionError(word)

    async def node(_: State) -> State:
        await Scripted().ainvoke(PRIVATE)
        await Shelf().ainvoke(PRIVATE)
        with pytest.raises(ConnectionError):
            await fail.ainvoke({"word": PRIVATE})
        return {"said": [await look_up.ainvoke({"word": PRIVATE})]}

    attempt = Attempt(one(node), log_entries=100)
    await attempt.run({"said": []})
    told = attempt.log.summary(0, 0)
    assert len(told.log) == 4
    assert PRIVATE.lower() not in (json.dumps(told.model_dump(mode="json")) + told.markdown()).lower()
    assert PRIVATE.encode() not in ormsgpack.packb(attempt.log.content())


@pytest.mark.parametrize("call_log", ["yes", 2.5, None])
def test_the_setting_is_a_number_or_a_truth_value(call_log: object) -> None:
    with pytest.raises(TypeError, match="call_log is True, False or a number of calls"):
        entries_of(call_log)


@pytest.mark.parametrize("call_log", [-1, 2001])
def test_the_setting_has_bounds(call_log: int) -> None:
    with pytest.raises(ValueError, match="from 0 to 2000"):
        entries_of(call_log)


# --- A damaged log costs no state ---


def damaged() -> Iterator[Any]:
    content = CallLog(entries=1).content()
    yield None
    yield []
    yield {}
    yield {**content, "attempt": ["one"]}
    yield {**content, "groups": [[9, "m", "n", 0, 0, 0, 0, 0, 0, 0]]}
    yield {**content, "groups": [[0, "m", "n", 0]]}
    yield {**content, "open": [["node:1", [[0, 0, 1, 0, 0, 0, 0, 0, "", False]]]]}
    yield {**content, "ended": [[0]]}
    yield {**content, "packed": [b"no frame"]}
    yield {**content, "packed": [zstandard.compress(bytes(2 * 1024 * 1024))]}
    yield {**content, "groups": [[0, "m", "n", *[0] * 7]], "ended": [[0, 0, 1, 2**62, 0, 0, 0, 0, "", False]]}


@pytest.mark.parametrize("content", list(damaged()))
def test_a_damaged_log_begins_empty(content: Any) -> None:
    log = CallLog(entries=5)
    begun(log, 1)
    before = log.summary(0, 0).log
    log.restore(content)
    assert log.summary(0, 0).log == before
    begun(log, 1)
    assert len(log.summary(0, 0).log) == 2


def test_rows_come_back_as_they_were() -> None:
    group = Group("tool", "t", "n", 0, 3, 1, 0, 1, 5, 6, 700)
    assert Group.of(group.row(), 0).told() == group.told()
    record = Record(group, "n:1", 2, 4, 1_767_225_600_123, 45, 6, 7, "failed", "ConnectionError", made_again=True)
    assert Record.of(record.row(), "n:1", [group]).told() == record.told()


# --- Attempts ---


@pytest.mark.parametrize(
    ("of_temporal", "of_request", "attempt"),
    [(3, False, 5), (2, False, 4), (1, False, 4), (1, True, 4), (2, True, 5)],
)
def test_attempts_are_counted_over_all_activities(of_temporal: int, of_request: bool, attempt: int) -> None:
    """The log before was that of attempt 3 in all, which was attempt 1 of its activity."""
    before = {**CallLog(1).content(), "attempt": [3, 1]}
    log = CallLog(of_temporal)
    log.restore(before, of_request=of_request)
    assert log.attempt == attempt
    assert isinstance(log.summary(0, 0), PhaseSummary)


def test_the_time_of_attempts_is_added_up() -> None:
    log = CallLog()
    log.restore({**CallLog().content(), "milliseconds": 90_000})
    assert log.summary(0, 0).seconds >= 90
