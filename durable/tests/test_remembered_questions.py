"""Questions in remembered calls: a call is not made again, and no answer answers another question."""

import asyncio
from collections import Counter
from typing import Any

from langchain_core.messages import AIMessage, HumanMessage
from langchain_core.tools import tool
from langgraph.graph import START, MessagesState, StateGraph
from langgraph.types import interrupt
from langgraph_heartbeat import remembered

from .asking import State, one
from .attempts import Attempt
from .test_remembered_tools import calling, contents, using


def answer(attempt: Attempt, value: Any) -> bytes:
    """Answer the one open question of an attempt, and return what is published then."""
    (question,) = attempt.saver.questions.open()
    assert attempt.saver.answer({question: value}) == []
    attempt._publisher.flush()
    return attempt.published


async def stopped(attempt: Attempt, given: Any = None) -> list[Any]:
    """Run an attempt to its question, and return what it asks."""
    done = await attempt.run(given)
    return [each.value for each in done["__interrupt__"]]


async def test_a_tool_that_was_allowed_to_act_does_not_act_twice() -> None:
    """Both tools ask; the first has acted when the second one asks, and keeps its answer for itself."""
    acted = list[str]()

    @tool
    async def act(what: str) -> str:
        """Ask, and act."""
        allowed = interrupt(f"May I {what}?")
        acted.append(what)
        return f"{what}: {allowed}"

    graph = using([act], calling(("act", {"what": "look"}), ("act", {"what": "delete"})))
    first = Attempt(graph)
    assert await stopped(first, {"messages": []}) == ["May I look?"]
    second = Attempt(graph, answer(first, "yes"))
    assert await stopped(second) == ["May I delete?"]
    assert acted == ["look"]
    third = Attempt(graph, answer(second, "no"))
    assert contents(await third.run()) == ["look: yes", "delete: no"]
    assert acted == ["look", "delete"]


async def test_what_a_tool_called_before_it_asked_is_remembered() -> None:
    called = list[str]()

    @remembered
    async def look_up(what: str) -> str:
        called.append(what)
        return what.upper()

    @tool
    async def act(what: str) -> str:
        """Look up, and ask."""
        found = await look_up(what)
        return f"{found}: {interrupt(f'May I {found}?')}"

    graph = using([act], calling(("act", {"what": "look"})))
    first = Attempt(graph)
    assert await stopped(first, {"messages": []}) == ["May I LOOK?"]
    assert contents(await Attempt(graph, answer(first, "yes")).run()) == ["LOOK: yes"]
    assert called == ["look"]


async def test_a_node_that_asks_after_a_remembered_call_has_asked_gets_its_own_answer() -> None:
    acted = list[str]()

    @remembered
    async def act() -> str:
        allowed = interrupt("May I look?")
        acted.append(allowed)
        return allowed

    async def node(_: State) -> State:
        looked = await act()
        return {"said": [looked, interrupt("May I delete?")]}

    graph = one(node)
    first = Attempt(graph)
    assert await stopped(first, {"said": []}) == ["May I look?"]
    second = Attempt(graph, answer(first, "yes"))
    assert await stopped(second) == ["May I delete?"]
    third = Attempt(graph, answer(second, "no"))
    assert (await third.run())["said"] == ["yes", "no"]
    assert acted == ["yes"]


async def test_a_later_place_is_kept_for_the_call_that_took_it() -> None:
    """In the next attempt the calls begin in another order, and each keeps its own answer."""
    acted, turn = list[str](), asyncio.Event()

    @remembered
    async def act(what: str) -> str:
        if what == "delete" and not turn.is_set():
            await turn.wait()
        allowed = interrupt(f"May I {what}?")
        acted.append(what)
        return f"{what}: {allowed}"

    async def node(_: State) -> State:
        names = ["look", "delete"] if not acted else ["delete", "look"]
        return {"said": sorted(await asyncio.gather(*map(act, names)))}

    graph = one(node)
    first = Attempt(graph)
    assert await stopped(first, {"said": []}) == ["May I look?"]
    left = answer(first, "yes")
    turn.set()
    second = Attempt(graph, left)
    assert await stopped(second) == ["May I delete?"]
    third = Attempt(graph, answer(second, "no"))
    assert (await third.run())["said"] == ["delete: no", "look: yes"]
    assert acted == ["look", "delete"]


async def test_a_graph_that_a_tool_calls_may_ask_although_its_sibling_is_remembered() -> None:
    acted = list[str]()

    async def ask(state: MessagesState) -> dict[str, Any]:
        what = state["messages"][0].text
        acted.append(f"ask {what}")
        return {"messages": [AIMessage(f"{what}: {interrupt(f'May I {what}?')}" if what == "delete" else what)]}

    team = StateGraph(MessagesState).add_node(ask).add_edge(START, "ask").compile()

    @tool
    async def delegate(what: str) -> str:
        """Ask the team."""
        done = await team.ainvoke({"messages": [HumanMessage(what)]})
        acted.append(f"done {what}")
        return done["messages"][-1].text

    graph = using([delegate], calling(("delegate", {"what": "look"}), ("delegate", {"what": "delete"})))
    first = Attempt(graph)
    assert await stopped(first, {"messages": []}) == ["May I delete?"]
    await until_remembered(first, 1)
    second = Attempt(graph, answer(first, "no"))
    assert contents(await second.run()) == ["look", "delete: no"]
    assert Counter(acted) == {"ask look": 1, "done look": 1, "ask delete": 2, "done delete": 1}


async def until_remembered(attempt: Attempt, count: int) -> None:
    """Wait for a tool that works on after its sibling has asked; LangGraph leaves it alone."""
    while len(attempt.journal.content()) < count:  # noqa: ASYNC110 - it tells nobody
        await asyncio.sleep(0)
