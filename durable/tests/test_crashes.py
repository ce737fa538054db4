"""`crashes` kills a graph at every call and every step, and tells what a crash changes."""

import asyncio
import operator
import threading
from collections import Counter
from itertools import count
from random import random
from typing import Annotated, Any, TypedDict
from uuid import uuid4

import pytest
from langchain.agents import create_agent
from langchain_core.messages import HumanMessage
from langchain_core.runnables import RunnableConfig
from langchain_core.tools import tool
from langgraph._internal._constants import CONFIG_KEY_SEND
from langgraph.config import get_config
from langgraph.func import entrypoint, task
from langgraph.graph import START, MessagesState, StateGraph
from langgraph.prebuilt import ToolNode, tools_condition
from langgraph.runtime import Runtime
from langgraph.store.base import BaseStore
from langgraph.store.memory import InMemoryStore
from langgraph.types import Send, interrupt
from langgraph_heartbeat import CallJournal, phase_activity, remembered
from langgraph_heartbeat.testing import CrashReport, Kill, ScriptedChatModel, calling, crashes
from langgraph_heartbeat.testing._comparing import difference
from pydantic import BaseModel
from temporalio.exceptions import ApplicationError

ASKED = {"messages": [{"role": "user", "content": "How is the tide?"}]}


class State(TypedDict, total=False):
    topic: str
    said: Annotated[list[str], operator.add]


@tool
async def tide(place: str) -> str:
    """Look up the tide at a place."""
    return f"high at {place}"


def agent(*, journal: bool = True) -> Any:
    script = [calling("tide", place="Dover") & calling("tide", place="Calais"), "High at both."]
    return create_agent(ScriptedChatModel(script, cache=CallJournal() if journal else None), [tide], name="agent")


def one(node: Any, **compiling: Any) -> Any:
    return StateGraph(State).add_node("node", node).add_edge(START, "node").compile(**compiling)


async def test_an_agent_is_killed_around_each_call_and_at_each_step_and_always_gives_the_same() -> None:
    report = await crashes(agent(), ASKED)
    report.check(made_again=0)
    assert report.calls == [
        "ScriptedChatModel",
        "tide(place='Dover')",
        "tide(place='Calais')",
        "ScriptedChatModel",
    ]
    assert [kill.where.partition(" ")[0] for kill in report.kills[:8]] == ["before", "after"] * 4
    steps = ["at step 1", "at step 2", "at step 3", "with the result"]
    assert [kill.where for kill in report.kills[8:]] == steps
    assert [message.text for message in report.result.messages][1:] == [
        "",
        "high at Dover",
        "high at Calais",
        "High at both.",
    ]
    assert all(kill.attempts == 2 for kill in report.kills)
    assert report.kills[1].where == "after ScriptedChatModel in the node model, step 1"


async def test_the_attempt_after_a_kill_makes_only_what_is_left() -> None:
    made = Counter[str]()

    async def node(state: State) -> State:
        made[state.get("topic", "")] += 1
        return {"said": [(await model.ainvoke(state.get("topic", ""))).text]}

    model = ScriptedChatModel({"": "said"})
    graph = StateGraph(State).add_sequence([("a", node), ("b", node), ("c", node)]).add_edge(START, "a").compile()
    report = await crashes(graph, {"topic": "tides"}, moments=["before"], only=[3])
    report.check(made_again=0)
    (kill,) = report.kills
    assert kill.where == "before ScriptedChatModel in the node c, step 3"
    assert made["tides"] == 3 + 3 + 4  # two undisturbed runs, and one in which the last node ran twice


async def test_two_kills_in_a_row_come_at_two_attempts() -> None:
    report = await crashes(agent(), ASKED, in_a_row=2)
    report.check()
    assert {kill.attempts for kill in report.kills} == {2, 3}
    assert report.kills[0].attempts == 3
    assert report.kills[-1].attempts == 2  # after the last step there is no other


async def test_calls_that_a_crash_makes_again_are_counted_and_a_journal_remembers_them() -> None:
    def graph(cache: CallJournal | None) -> Any:
        model = ScriptedChatModel({"": "said"}, cache=cache)

        async def node(_: State) -> State:
            return {"said": [(await model.ainvoke("first")).text, (await model.ainvoke("second")).text]}

        return one(node)

    without = await crashes(graph(None), {}, name="forgetful")
    without.check()
    call = "ScriptedChatModel in the node node, step 1"
    before_second = next(kill for kill in without.kills if kill.number == 3)
    assert (before_second.where, before_second.made_again) == (f"before {call}", (call,))
    assert "at most 2 after a kill" in str(without)
    with pytest.raises(AssertionError, match="more than 0 calls were made again although they had finished"):
        without.check(made_again=0)
    remembered = await crashes(graph(CallJournal()), {})
    remembered.check(made_again=0)
    assert "No finished call was made again." in str(remembered)


async def test_a_result_that_a_crash_changes_is_told_with_its_place() -> None:
    graph = restarting_counter()
    report = await crashes(graph, {"topic": "tides"}, name="counter")
    with pytest.raises(AssertionError) as failed:
        report.check()
    told = str(failed.value)
    assert "counter: " in told
    assert "kill 3, before ScriptedChatModel in the node second, step 2: result.said[1] is 'said 0'" in told
    assert "and 'said 1' without a crash" in told
    assert "crashes(..., only=[3])" in told
    assert [kill.number for kill in (await crashes(graph, {"topic": "tides"}, only=[3])).different] == [3]


def restarting_counter() -> Any:
    """Return a function that makes a graph which numbers what it says by a counter in memory."""

    def make() -> Any:
        numbers = count()
        model = ScriptedChatModel({"": "said"})

        async def node(_: State) -> State:
            return {"said": [f"{(await model.ainvoke('?')).text} {next(numbers)}"]}

        builder = StateGraph(State).add_sequence([("first", node), ("second", node)]).add_edge(START, "first")
        return builder.compile()

    return make


async def test_a_graph_that_differs_by_itself_is_named_so_and_no_crash_is_blamed() -> None:
    async def node(_: State) -> State:
        return {"said": [str(random())]}

    report = await crashes(one(node), {}, name="random")
    assert not report.kills
    assert report.unstable.startswith("result.said[0] is '")
    with pytest.raises(AssertionError, match="random: two runs without any crash differ, so that no crash is to blame"):
        report.check()
    by_key = await crashes(one(node), {}, key=lambda result: len(result.said))
    by_key.check()
    assert by_key.kills


async def test_a_graph_whose_calls_differ_by_themselves_is_named_so() -> None:
    numbers = count()
    model = ScriptedChatModel({"": "said"})

    async def node(_: State) -> State:
        for _ in range(1 + next(numbers) % 2):
            await model.ainvoke("?")
        return {"said": ["said"]}

    report = await crashes(one(node), {})
    assert report.unstable == "the list of calls has 2 items, and 1 without a crash"


async def test_a_state_that_no_checkpoint_can_hold_is_refused_as_in_production() -> None:
    async def node(_: State) -> Any:
        return {"said": [threading.Lock()]}

    with pytest.raises(ApplicationError) as refused:
        await crashes(one(node), {})
    assert refused.value.type == "Unfit"


async def test_an_input_that_does_not_fit_is_refused_as_in_production() -> None:
    with pytest.raises(ApplicationError) as refused:
        await crashes(agent(), {"mesages": []})
    assert refused.value.type == "BadRequest"
    assert "mesages" in refused.value.message


async def test_a_queue_gives_a_call_that_is_made_again_the_same_answer() -> None:
    """The models are made anew in each process, and their lists would begin again there."""

    def make() -> Any:
        model = ScriptedChatModel(["one", "two", "three", "four"])

        async def node(_: State) -> State:
            return {"said": [(await model.ainvoke("?")).text for _ in range(2)]}

        return StateGraph(State).add_sequence([("a", node), ("b", node)]).add_edge(START, "a").compile()

    report = await crashes(make, {})
    report.check()
    assert report.result.said == ["one", "two", "three", "four"]
    shared = await crashes(make(), {}, in_a_row=3)
    shared.check()
    assert shared.result.said == ["one", "two", "three", "four"]


async def test_models_of_one_process_with_the_same_script_have_turns_of_their_own() -> None:
    def make() -> Any:
        models = [ScriptedChatModel(["one", "two"]) for _ in range(2)]

        def node(number: int) -> Any:
            async def ask(_: State) -> State:
                return {"said": [(await models[number].ainvoke("?")).text for _ in range(2)]}

            return ask

        return StateGraph(State).add_sequence([("a", node(0)), ("b", node(1))]).add_edge(START, "a").compile()

    report = await crashes(make, {})
    report.check()
    assert report.result.said == ["one", "two"] * 2


async def test_attempts_that_fail_are_retried_and_killed_as_well() -> None:
    script = [ConnectionError("reset"), "first", TimeoutError, "second"]

    def make() -> Any:
        model = ScriptedChatModel(script, cache=CallJournal())

        async def node(_: State) -> State:
            return {"said": [(await model.ainvoke("?")).text]}

        return StateGraph(State).add_sequence([("a", node), ("b", node)]).add_edge(START, "a").compile()

    for graph in (make, make()):
        report = await crashes(graph, {})
        report.check(made_again=0)
        assert report.result.said == ["first", "second"]
        assert len(report.calls) == 4


async def test_parallel_branches_with_lists_are_deterministic() -> None:
    def make() -> Any:
        model = ScriptedChatModel([str(number) for number in range(9)], cache=CallJournal())

        def distribute(_: State) -> list[Send]:
            return [Send("branch", {"topic": str(number)}) for number in range(4)]

        async def branch(state: State) -> State:
            answers = [(await model.ainvoke(f"{number} of {state.get('topic')}")).text for number in range(2)]
            return {"said": answers}

        async def end(_: State) -> State:
            return {"said": [(await model.ainvoke("end")).text]}

        builder = StateGraph(State).add_node(branch).add_node("end", end)
        builder.add_conditional_edges(START, distribute, ["branch"]).add_edge("branch", "end")
        return builder.compile()

    report = await crashes(make, {})
    report.check(made_again=0)
    assert report.result.said == ["0", "4", "1", "5", "2", "6", "3", "7", "8"]


async def test_sync_nodes_and_tools_in_threads_are_killed_too() -> None:
    model = ScriptedChatModel({"": "said"}, cache=CallJournal())

    @tool
    def look(at: str) -> str:
        """Look at something."""
        return f"{at} seen"

    def node(state: State) -> State:
        return {"said": [model.invoke("first").text, look.invoke({"at": "bread"}), model.invoke("second").text]}

    report = await crashes(one(node), {})
    report.check()
    assert report.calls == ["ScriptedChatModel", "look(at='bread')", "ScriptedChatModel"]
    assert len(report.kills) == 8


async def test_calls_that_block_the_loop_are_killed_too() -> None:
    model = ScriptedChatModel({"": "said"}, cache=CallJournal())

    async def node(state: State) -> State:
        return {"said": [model.invoke("first").text, model.invoke("second").text]}

    report = await crashes(one(node), {})
    report.check(made_again=0)
    assert len(report.kills) == 6


async def fetch(page: str) -> str:
    return f"page {page}"


def pay(amount: int) -> str:
    return f"paid {amount}"


@task
async def remembered_by_langgraph(page: str) -> str:
    return f"page {page}"


@remembered
async def remembered_fetch(page: str) -> str:
    return f"page {page}"


@remembered
def remembered_pay(amount: int) -> str:
    return f"paid {amount}"


class Shop:
    @staticmethod
    def close() -> str:
        return "closed"


async def test_functions_that_are_named_are_calls() -> None:
    async def node(_: State) -> State:
        return {"said": [await remembered_by_langgraph("0"), await fetch("1"), pay(2), Shop.close()]}

    names = [f"{__name__}.{each}" for each in ("fetch", "pay", "remembered_by_langgraph", "Shop.close")]
    original = fetch
    report = await crashes(one(node), {}, functions=names)
    report.check()
    assert report.calls == ["remembered_by_langgraph(page='0')", "fetch(page='1')", "pay(amount=2)", "close()"]
    assert report.made_again["fetch(page='1') in the node node, step 1"]
    assert fetch is original
    assert not hasattr(remembered_by_langgraph.func, "__wrapped__")
    after_task = next(kill for kill in report.kills if kill.where.startswith("before fetch"))
    assert after_task.made_again == ()


async def test_remembered_functions_are_not_made_again() -> None:
    async def node(_: State) -> State:
        said = [await remembered_fetch("1"), remembered_pay(2), await asyncio.to_thread(remembered_pay, 3)]
        return {"said": [*said, await fetch("4")]}

    names = [f"{__name__}.{each}" for each in ("remembered_fetch", "remembered_pay", "fetch")]
    report = await crashes(one(node), {}, functions=names)
    report.check()
    assert report.calls == [
        "remembered_fetch(page='1')",
        "remembered_pay(amount=2)",
        "remembered_pay(amount=3)",
        "fetch(page='4')",
    ]
    (after_fetch,) = [kill for kill in report.kills if kill.made_again]
    assert after_fetch.where.startswith("after fetch(page='4')")


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("nothing", "There is no function 'nothing'"),
        ("durable.nothing.at_all", "There is no function 'durable.nothing.at_all'"),
        (f"{__name__}.nothing", "There is no function"),
        (f"{__name__}.tide", "is a tool. All tools are watched"),
        (f"{__name__}.ASKED", "is no function"),
    ],
)
async def test_functions_that_cannot_be_watched_are_refused(name: str, reason: str) -> None:
    with pytest.raises((ValueError, TypeError), match=reason):
        await crashes(agent(), ASKED, functions=[name])


async def test_questions_are_answered_and_their_answers_survive() -> None:
    model = ScriptedChatModel({"": "asked"}, cache=CallJournal())

    async def node(_: State) -> State:
        said = (await model.ainvoke("?")).text
        return {"said": [said, interrupt("Which tone?"), interrupt({"what": "length"})]}

    report = await crashes(one(node), {}, answers={"tone": "kind", "length": "short"})
    report.check(made_again=0)
    assert report.result.said == ["asked", "kind", "short"]
    asked = list[Any]()

    def answer(question: Any) -> str:
        asked.append(question.value)
        return "by a function"

    (await crashes(one(node), {}, answers=answer)).check()
    assert "Which tone?" in asked
    with pytest.raises(AssertionError, match=r"asks \{'what': 'length'\}, and crashes\(...\) has no answer"):
        await crashes(one(node), {}, answers={"tone": "kind"})


@entrypoint()
async def doubled(number: int) -> int:
    return 2 * number


class Number(BaseModel):
    number: int


async def increase(state: Number) -> dict[str, int]:
    return {"number": state.number + 1}


async def test_what_it_accepts() -> None:
    builder = StateGraph(Number).add_node(increase).add_edge(START, "increase")
    phase = phase_activity("increased", Number, Number, builder)
    for graph, given, name in (
        (builder, {"number": 1}, "graph"),
        (builder.compile(name="increasing"), {"number": 1}, "increasing"),
        (phase, {"number": 1}, "increased"),
        (lambda: phase, Number(number=1), "increased"),
        (builder.compile, {"number": 1}, "graph"),
    ):
        report = await crashes(graph, given)
        report.check()
        assert (report.name, report.result.number) == (name, 2)
    report = await crashes(doubled, 21)
    report.check()
    assert report.result.root == 42


async def make_graph() -> Any:
    return agent()


@pytest.mark.parametrize(
    ("graph", "options", "reason"),
    [
        (7, {}, "crashes\\(\\) takes a graph"),
        (lambda: 7, {}, "crashes\\(\\) takes a graph"),
        (make_graph, {}, "must not be async"),
        (
            phase_activity("phase", Number, Number, StateGraph(Number).add_node(increase).add_edge(START, "increase")),
            {"name": "other"},
            "An activity has its own name",
        ),
        (agent(), {"moments": ["sometimes"]}, "not at 'sometimes'"),
        (agent(), {"in_a_row": 0}, "from 1 on, not 0"),
        (agent(), {"durabilty": "exit"}, "durabilty"),
    ],
    ids=["number", "makes a number", "async", "name", "moment", "in a row", "option"],
)
async def test_what_cannot_be_killed_is_refused(graph: Any, options: dict[str, Any], reason: str) -> None:
    with pytest.raises((TypeError, ValueError), match=reason):
        await crashes(graph, ASKED, **options)


async def test_a_context_and_a_config_reach_the_graph() -> None:
    class Resources(TypedDict):
        place: str

    async def node(_: State, runtime: Runtime[Resources], config: RunnableConfig) -> State:
        return {"said": [runtime.context["place"], config["configurable"]["who"]]}

    builder = StateGraph(State, context_schema=Resources).add_node("node", node).add_edge(START, "node")
    report = await crashes(builder, {}, context={"place": "Dover"}, config={"configurable": {"who": "Ada"}})
    report.check()
    assert report.result.said == ["Dover", "Ada"]


async def test_what_is_kept_in_memory_dies_with_the_process() -> None:
    store = InMemoryStore()
    store.put(("notes",), "old", {"text": "old"})

    async def note(_: State, *, store: BaseStore) -> State:
        await store.aput(("notes",), str(len(await store.asearch(("notes",)))), {"text": "new"})
        return {"said": [(await model.ainvoke("?")).text]}

    async def count_notes(_: State, *, store: BaseStore) -> State:
        return {"said": [str(len(await store.asearch(("notes",))))]}

    model = ScriptedChatModel({"": "said"})
    builder = StateGraph(State).add_sequence([("note", note), ("count", count_notes)]).add_edge(START, "note")
    report = await crashes(builder.compile(store=store), {})
    report.check()
    assert report.result.said == ["said", "2"]
    assert [item.key for item in store.search(("notes",))] == ["old"]


async def test_kills_inside_of_subgraphs_resume_there() -> None:
    model = ScriptedChatModel({"": "said"}, cache=CallJournal())

    async def ask(state: State) -> State:
        return {"said": [(await model.ainvoke(state.get("topic", "?"))).text]}

    class Said(TypedDict):
        said: Annotated[list[str], operator.add]

    inner = StateGraph(State, output_schema=Said).add_sequence([("a", ask), ("b", ask)]).add_edge(START, "a").compile()

    def distribute(_: State) -> list[Send]:
        return [Send("inner", {"topic": str(number)}) for number in range(2)]

    builder = StateGraph(State).add_node("inner", inner).add_conditional_edges(START, distribute, ["inner"])
    report = await crashes(builder, {})
    report.check(made_again=0)
    assert len(report.calls) == 4


async def test_a_tool_that_writes_to_the_state_itself_writes_again() -> None:
    """The files of a deep agent are written so, beside what the tool returns."""

    class Noting(MessagesState):
        notes: Annotated[list[str], operator.add]

    @tool
    async def note(text: str) -> str:
        """Write a note into the state."""
        get_config()["configurable"][CONFIG_KEY_SEND]([("notes", [text])])
        return "noted"

    model = ScriptedChatModel([calling("note", text="one"), "Done."], cache=CallJournal()).bind_tools([note])

    async def ask(state: Noting) -> dict[str, Any]:
        return {"messages": [await model.ainvoke(state["messages"])]}

    builder = StateGraph(Noting).add_node("ask", ask).add_node("tools", ToolNode([note])).add_edge(START, "ask")
    builder.add_conditional_edges("ask", tools_condition).add_edge("tools", "ask")
    report = await crashes(builder, ASKED)
    report.check()
    assert report.result.notes == ["one"]


async def test_the_report_says_it_in_a_table() -> None:
    report = await crashes(agent(journal=False), ASKED)
    lines = report.table().splitlines()
    assert lines[0].split() == ["kill", "where", "result", "made", "again"]
    assert len(lines) == 1 + len(report.kills)
    assert str(report).startswith(f"agent: 4 calls, {len(report.kills)} kills, all with the same result.")


def test_a_report_lists_so_many_rows_and_counts_the_others() -> None:
    report = CrashReport("graph", None, [], [Kill(number, "before a call", "another") for number in range(1, 15)])
    with pytest.raises(AssertionError, match="and 4 more"):
        report.check()


async def test_a_crash_test_leaves_no_tasks_and_no_threads_behind() -> None:
    before = asyncio.all_tasks()
    (await crashes(agent(), ASKED)).check()
    await asyncio.sleep(0)
    assert asyncio.all_tasks() == before


async def test_messages_are_equal_without_their_ids_and_differ_by_what_they_say() -> None:
    first, second = HumanMessage("a", id="1"), HumanMessage("a", id="2")
    assert difference([first], [second]) == ""
    assert difference([first], [HumanMessage("b")]) == "result[0].content is 'b', and 'a' without a crash"
    assert difference("a" * 200 + "b", "a" * 200 + "c") == (
        f"result[170:] is '{'a' * 30}c', and '{'a' * 30}b' without a crash"
    )
    assert difference({"a": 1}, {}) == "result['a'] is missing, and 1 without a crash"
    assert difference({}, {"a": 1}) == "result['a'] is 1, and missing without a crash"
    assert difference([1], [1, 2]) == "result has 2 items, and 1 without a crash"
    assert difference({1, 2}, {1, 3}) == "result is {1, 3}, and {1, 2} without a crash"
    assert difference([1], (1,)) == "result is (1,), and [1] without a crash"


def test_uuids_are_equal_if_they_are_found_in_the_same_places() -> None:
    one, two, three, four = (str(uuid4()) for _ in range(4))
    assert difference([one, two, one], [three, four, three]) == ""
    assert difference([one, two, one], [three, four, four]).startswith("result[2] is ")
    assert difference([one], ["no id"]).startswith("result[0] is 'no id'")
