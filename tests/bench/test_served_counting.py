"""How the campaign of `make served` counts the calls of a killed run, and the graphs that it serves."""

import ast
import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from bench.served.calls import Call, newest_start, read_tools
from bench.served.conversation import Conversation
from bench.served.counting import CallCounts, Repeated, Undisturbed, comparable, count_calls, undisturbed
from bench.served.limits import MAX_REPEATED_AGE
from bench.served.processes import CONFIG, PROJECT
from bench.served.script import script
from bench.served.summary import MUST_BE_ZERO, passed, summary, table
from bench.served.trial import REQUESTS, Trial

LIMIT = MAX_REPEATED_AGE.total_seconds()
RESULT = {"messages": ["3f2b8c1e-0000-4000-8000-000000000001", "2026-11-30T14:15:00+00:00"]}
LOOK, SAY = Call("search_web(maps)", "tool", 0.0, 0.5), Call("bob: What?, turn 1", "model", 0.5, 1.0)
EXPECTED: Undisturbed = undisturbed([LOOK, SAY], RESULT)


def count(calls: Sequence[Call], *kills: float, result: object = RESULT) -> CallCounts:
    return count_calls(calls, kills, result, EXPECTED)


def figures(counted: CallCounts, failure: str = "") -> dict[str, float]:
    """Return what must be zero and is not."""
    found = summary([Trial("swarm", [0.5], [0.6], [], {}, counted, 1.0, 0.5, failure)])
    wrong = {name: found[name] for name in MUST_BE_ZERO if found[name]}
    assert passed(found) == (not wrong)
    return wrong


def test_a_run_that_makes_each_call_once_passes() -> None:
    counted = count([LOOK, SAY], 1.2)
    assert counted == CallCounts(in_flight=[], lost=[], repeated=[])
    assert figures(counted) == {}


def test_random_ids_and_times_are_no_difference_but_which_of_them_are_the_same_is() -> None:
    first, second = "3f2b8c1e-1111-4111-8111-000000000001", "3f2b8c1e-2222-4222-8222-000000000002"
    assert comparable([f"run-{first}", second, first]) == comparable([f"run-{second}", first, second])
    assert comparable([first, second, first]) != comparable([first, second, second])
    assert comparable(["2026-11-30T14:15:00.5Z"]) == comparable(["2027-01-01T00:00:00+00:00"])
    assert comparable(["Bergen"]) != comparable(["Oslo"])


def test_another_result_and_a_failure_are_counted() -> None:
    differing = count([LOOK, SAY], 1.2, result={"messages": []})
    assert "instead of" in differing.differs
    assert figures(differing) == figures(count([LOOK, SAY]), failure="Stuck") == {"results_differ": 1}


def test_a_call_that_never_finished_is_lost() -> None:
    lost = count([LOOK, Call(SAY.label, "model", 0.5)], 0.7)
    assert (lost.lost, lost.in_flight) == ([SAY.label], [SAY.label])
    assert figures(lost) == {"calls_lost": 1}


@pytest.mark.parametrize(("seconds_before", "late"), [(0.01, 0), (LIMIT + 0.001, 1)])
def test_what_had_finished_too_long_before_a_kill_may_not_be_paid_again(seconds_before: float, late: int) -> None:
    again = Call(LOOK.label, "tool", 4.0, 4.5)
    counted = count([LOOK, again, SAY], 0.5 + seconds_before)
    assert counted.repeated == [Repeated(LOOK.label, "tool", round(seconds_before * 1000, 1))]
    assert figures(counted).get("tools_repeated_late", 0) == late
    answer = count([LOOK, SAY, Call(SAY.label, "model", 4.0, 4.5)], 1.0 + seconds_before)
    assert figures(answer).get("answers_repeated_late", 0) == late


def test_an_answer_that_its_server_finished_after_the_kill_was_in_flight() -> None:
    counted = count([LOOK, SAY, Call(SAY.label, "model", 4.0, 4.5)], SAY.start + 0.01)
    assert (counted.in_flight, counted.repeated) == ([SAY.label], [])
    assert figures(counted) == {}


def test_a_call_that_is_made_again_without_any_kill_is_excused_by_nothing() -> None:
    counted = count([LOOK, Call(LOOK.label, "tool", 4.0, 4.5), SAY])
    assert counted.repeated == [Repeated(LOOK.label, "tool", None)]
    assert figures(counted) == {"tools_repeated_late": 1}
    assert "no kill" in table([Trial("swarm", [], [], [], {}, counted, 1.0, 0.5)])


def test_a_call_that_the_undisturbed_run_does_not_make_is_excused_by_nothing() -> None:
    counted = count([LOOK, SAY, Call("search_web(birds)", "tool", 1.0, 1.5)])
    assert figures(counted) == {"tools_repeated_late": 1}


def test_calls_that_cannot_be_told_apart_are_refused() -> None:
    with pytest.raises(ValueError, match=r"more than once: search_web\(maps\)"):
        undisturbed([LOOK, LOOK], RESULT)
    with pytest.raises(ValueError, match=r"have not finished: search_web"):
        undisturbed([Call(LOOK.label, "tool", 0.0)], RESULT)


def test_the_log_of_the_tools_tells_what_finished_and_what_was_cut(tmp_path: Path) -> None:
    events = [("start", "1.1"), ("start", "1.2"), ("end", "1.2"), ("start", "1.3"), ("cut", "1.3")]
    lines = [{"event": event, "name": name, "label": name, "time": i} for i, (event, name) in enumerate(events)]
    log = tmp_path / "tool-log.jsonl"
    assert read_tools(log) == []
    log.write_text("".join(json.dumps(line) + "\n" for line in lines))
    calls = read_tools(log)
    assert [(call.label, call.end) for call in calls] == [("1.1", None), ("1.2", 2), ("1.3", None)]
    assert [call.cut for call in calls] == [None, None, 4]
    assert newest_start(calls, after=0) == 1
    assert newest_start(calls, after=3) is None


def test_agents_that_share_a_conversation_count_their_own_turns() -> None:
    messages = [
        {"role": "system", "content": [{"type": "text", "text": "You are Bob."}]},
        {"role": "user", "content": "How warm?\nToday."},
        {"role": "assistant", "tool_calls": [{"id": "alice-0-0"}]},
        {"role": "tool", "content": "Transferred."},
        {"role": "assistant", "tool_calls": [{"id": "bob-0-0"}]},
    ]
    shared = Conversation.of({"messages": messages, "model": "m", "tools": [{"function": {"name": "search_web"}}]})
    assert (shared.instructions, shared.question, shared.tools) == ("You are Bob.", "How warm?", {"search_web"})
    assert (shared.turn_of("alice"), shared.turn_of("bob"), shared.turn_of("carol")) == (1, 1, 0)
    alone = Conversation.of({"messages": [*messages[:2], {"role": "assistant", "content": "Warm."}], "model": "m"})
    assert alone.turn_of("bob") == 1


def test_a_model_without_a_script_and_a_tool_that_is_not_there_are_named() -> None:
    for instructions, refusal in (
        ("You are nobody.", "0 speakers"),
        ("You are Alice, an expert of addition.", "alice calls transfer_to_bob"),
    ):
        messages = [{"role": "system", "content": instructions}, {"role": "user", "content": "Hi"}]
        with pytest.raises(ValueError, match=refusal):
            script(Conversation.of({"messages": messages, "model": "m"}))


def test_each_graph_is_served_by_langgraph_json_and_has_a_request() -> None:
    graphs = json.loads(CONFIG.read_text())["graphs"]
    assert list(graphs) == list(REQUESTS)
    for name, request in REQUESTS.items():
        assert name in {request["start"].get("graph"), request["start"].get("assistant_id")}


def test_the_graphs_know_nothing_of_temporal_or_of_us() -> None:
    nodes = [node for file in PROJECT.glob("*.py") for node in ast.walk(ast.parse(file.read_text()))]
    names = [alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names]
    names += [node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)]
    packages = {name.partition(".")[0] for name in names}
    assert "langgraph" in packages
    assert packages.isdisjoint({"langgraph_heartbeat", "temporalio", "outlast", "bench", "tests"})
