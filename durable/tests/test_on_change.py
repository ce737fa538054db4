"""The code of a node changes between two attempts: the phase says which node, and resumes, starts afresh, or asks."""

import asyncio
import operator
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, TypedDict
from uuid import uuid4

import pytest
from langgraph.graph import START, StateGraph
from langgraph.types import interrupt
from langgraph_heartbeat import Paused, Resume, phase_activity
from langgraph_heartbeat._graphs import compile_graph
from langgraph_heartbeat._messages import as_bytes, as_text
from langgraph_heartbeat._node_code.on_change import is_notebook, policy_of
from langgraph_heartbeat._publishing.envelope import fingerprint_of, seal, unseal
from pydantic import BaseModel
from temporalio import activity
from temporalio.client import ActivityHandle, Client

from .examples import LEAVING, SERVER
from .phases import Outcome, phase_worker, progress_of, start, until
from .test_readme import program, stands_at, told_in
from .test_readme import until as until_it
from .written_graph import edited

EVENT = "the code of check changed since the last attempt; "


class Asked(BaseModel):
    pass


class State(TypedDict, total=False):
    out: Annotated[list[str], operator.add]


class UntilShutdown(asyncio.Event):
    """A gate at which a node waits until its worker begins to shut down."""

    async def wait(self) -> Literal[True]:
        await activity.wait_for_worker_shutdown()
        return True


class Calls:
    """The nodes that ran, in order, and the gates at which nodes wait."""

    def __init__(self, **gates: asyncio.Event) -> None:
        self.made: list[str] = []
        self.waiting: list[str] = []
        self._gates = gates

    async def call(self, name: str) -> None:
        self.waiting.append(name)
        if gate := self._gates.get(name):
            await gate.wait()
        self.made.append(name)


def writing(calls: Calls, text: str = "checked") -> StateGraph[Any, Any, Any, Any]:
    """Return the graph read -> write -> check -> send; `check` says what it did in the words of `text`."""

    async def read(state: State) -> State:
        await calls.call("read")
        return {"out": ["read"]}

    async def write(state: State) -> State:
        await calls.call("write")
        return {"out": ["written"]}

    async def check(state: State) -> State:
        await calls.call("check")
        return {"out": [text]}

    async def send(state: State) -> State:
        await calls.call("send")
        return {"out": ["sent"]}

    return StateGraph(State).add_sequence([read, write, check, send]).add_edge(START, "read")


async def handed_over(client: Client, queue: str, **options: Any) -> ActivityHandle[Any]:
    """Return a phase whose worker has shut down after the second of its four steps."""
    calls = Calls(write=UntilShutdown())
    async with phase_worker(client, queue, writing(calls), Asked, **options) as worker:
        handle = await start(client, queue, {})
        await until(lambda: waits(calls, "write"))
        await worker.shutdown()
    assert calls.made == ["read", "write"]
    return handle


async def waits(calls: Calls, name: str) -> bool:
    return bool(calls.waiting) and calls.waiting[-1] == name


async def has_event(client: Client, handle: ActivityHandle[Any], event: str) -> bool:
    progress, _ = await progress_of(client, handle)
    return progress.get("last") == event


def warnings_in(log: pytest.LogCaptureFixture) -> list[str]:
    return [each.getMessage() for each in log.records if each.name.startswith("langgraph_heartbeat")]


# --- The policies ---


async def test_a_phase_resumes_and_says_which_node_changed(client: Client, caplog: pytest.LogCaptureFixture) -> None:
    queue, opened = str(uuid4()), asyncio.Event()
    handle = await handed_over(client, queue)
    calls = Calls(check=opened)
    async with phase_worker(client, queue, writing(calls, "checked twice"), Asked):
        await until(lambda: has_event(client, handle, EVENT + "resumed"))
        opened.set()
        assert (await handle.result()).out == ["read", "written", "checked twice", "sent"]
    assert calls.made == ["check", "send"]
    assert f"In the phase phase, {EVENT}resumed." in warnings_in(caplog)


async def test_a_phase_whose_code_is_the_same_says_nothing(client: Client, caplog: pytest.LogCaptureFixture) -> None:
    queue = str(uuid4())
    handle = await handed_over(client, queue)
    async with phase_worker(client, queue, writing(Calls()), Asked, on_change="ask"):
        assert (await handle.result()).out == ["read", "written", "checked", "sent"]
    assert warnings_in(caplog) == []


async def test_after_one_attempt_of_the_new_code_nothing_has_changed(
    client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    queue = str(uuid4())
    handle = await handed_over(client, queue)
    calls = Calls(check=UntilShutdown())
    async with phase_worker(client, queue, writing(calls, "other"), Asked) as worker:
        await until(lambda: waits(calls, "check"))
        caplog.clear()
        await worker.shutdown()
    last = Calls()
    async with phase_worker(client, queue, writing(last, "other"), Asked, on_change="ask"):
        assert (await handle.result()).out == ["read", "written", "other", "sent"]
    assert last.made == ["send"]
    assert warnings_in(caplog) == []


async def test_a_phase_starts_afresh_if_it_is_told_to(client: Client, caplog: pytest.LogCaptureFixture) -> None:
    queue, opened = str(uuid4()), asyncio.Event()
    handle = await handed_over(client, queue)
    calls = Calls(read=opened)
    graph = writing(calls, "checked twice")
    async with phase_worker(client, queue, graph, Asked, on_change="afresh"):
        await until(lambda: has_event(client, handle, EVENT + "started from the beginning"))
        _, checkpoint = await progress_of(client, handle)
        opened.set()
        assert (await handle.result()).out == ["read", "written", "checked twice", "sent"]
    assert calls.made == ["read", "write", "check", "send"]
    assert unseal(checkpoint, fingerprint_of(compile_graph(graph), "phase"))["record"]["afresh"] == 1
    assert f"In the phase phase, {EVENT}started from the beginning." in warnings_in(caplog)


async def paused_by_a_change(client: Client, queue: str) -> Paused:
    handle, calls = await handed_over(client, queue), Calls()
    async with phase_worker(client, queue, writing(calls, "checked twice"), Asked, on_change="ask"):
        paused = await handle.result()
    assert isinstance(paused, Paused)
    assert calls.made == []
    return paused


async def resumed(client: Client, queue: str, paused: Paused, answers: dict[str, Any], calls: Calls) -> Any:
    async with phase_worker(client, queue, writing(calls, "checked twice"), Asked, on_change="ask"):
        handle = await start(client, queue, {}, Resume(checkpoint=paused.checkpoint, answers=answers))
        return await handle.result()


async def test_a_phase_asks_if_it_is_told_to_and_goes_on_with_the_answer(client: Client) -> None:
    queue, calls = str(uuid4()), Calls()
    paused = await paused_by_a_change(client, queue)
    (question,) = paused.questions
    assert question.id == "code-changed"
    assert question.value["question"] == (
        "Since the checkpoint was made, the code of check changed. Shall the phase resume?"
    )
    assert (question.value["changed"], question.value["added"], question.value["removed"]) == (["check"], [], [])
    assert question.value["answers"].keys() == {"resume", "afresh"}
    result = await resumed(client, queue, paused, {"code-changed": "resume"}, calls)
    assert result == Outcome(out=["read", "written", "checked twice", "sent"])
    assert calls.made == ["check", "send"]


async def test_a_phase_starts_afresh_if_that_is_the_answer(client: Client) -> None:
    queue, calls = str(uuid4()), Calls()
    paused = await paused_by_a_change(client, queue)
    await resumed(client, queue, paused, {"code-changed": "afresh"}, calls)
    assert calls.made == ["read", "write", "check", "send"]


def count_written(channels: Mapping[str, Any]) -> dict[str, float]:
    return {"written": len(channels.get("out", []))}


async def test_what_was_spent_stays_in_the_count_of_a_phase_that_starts_afresh(client: Client) -> None:
    """After a heartbeat, and after an answer, which comes with a checkpoint alone."""
    options: dict[str, Any] = {"progress": count_written}
    queue, opened = str(uuid4()), asyncio.Event()
    handle = await handed_over(client, queue, **options)
    calls = Calls(read=opened)
    async with phase_worker(client, queue, writing(calls, "other"), Asked, on_change="afresh", **options):
        await until(lambda: waits(calls, "read"))
        await until(lambda: has_event(client, handle, EVENT + "started from the beginning"))
        assert (await progress_of(client, handle))[0]["earlier"] == {"written": 2}
        opened.set()
        await handle.result()

    paused, opened = await paused_by_a_change(client, queue), asyncio.Event()
    calls = Calls(read=opened)
    async with phase_worker(client, queue, writing(calls, "checked twice"), Asked, on_change="ask", **options):
        resume = Resume(checkpoint=paused.checkpoint, answers={"code-changed": "afresh"})
        handle = await start(client, queue, {}, resume)
        await until(lambda: has_event(client, handle, EVENT + "started from the beginning"))
        assert (await progress_of(client, handle))[0]["earlier"] == {"written": 2}
        opened.set()
        await handle.result()


@pytest.mark.parametrize("answer", ["yes", ["resume"], {}])
async def test_any_other_answer_asks_again_and_says_why(client: Client, answer: object) -> None:
    queue, calls = str(uuid4()), Calls()
    paused = await paused_by_a_change(client, queue)
    again = await resumed(client, queue, paused, {"code-changed": answer}, calls)
    assert isinstance(again, Paused)
    assert again.questions[0].refused == "The answer is one of 'resume', 'afresh'."
    result = await resumed(client, queue, again, {"code-changed": "resume"}, calls)
    assert result == Outcome(out=["read", "written", "checked twice", "sent"])


async def test_without_an_answer_the_phase_asks_again(client: Client) -> None:
    queue, calls = str(uuid4()), Calls()
    paused = await paused_by_a_change(client, queue)
    again = await resumed(client, queue, paused, {}, calls)
    assert [each.id for each in again.questions] == ["code-changed"]
    assert again.questions[0].refused is None


async def test_an_answer_to_a_question_that_is_settled_is_no_error(client: Client) -> None:
    """The old code came back after the question, or another worker resumed without asking."""
    queue = str(uuid4())
    paused = await paused_by_a_change(client, queue)
    resume = Resume(checkpoint=paused.checkpoint, answers={"code-changed": "afresh"})
    calls = Calls()
    async with phase_worker(client, queue, writing(calls), Asked, on_change="ask"):
        result = await (await start(client, queue, {}, resume)).result()
    assert (result.out, calls.made) == (["read", "written", "checked", "sent"], ["check", "send"])


async def test_the_answer_counts_for_the_change_that_was_asked_about_and_not_for_a_later_one(client: Client) -> None:
    queue, calls = str(uuid4()), Calls(check=UntilShutdown())
    paused = await paused_by_a_change(client, queue)
    resume = Resume(checkpoint=paused.checkpoint, answers={"code-changed": "resume"})
    async with phase_worker(client, queue, writing(calls, "checked twice"), Asked, on_change="ask") as worker:
        handle = await start(client, queue, {}, resume)
        await until(lambda: waits(calls, "check"))
        await worker.shutdown()
    async with phase_worker(client, queue, writing(Calls(), "a third"), Asked, on_change="ask"):
        again = await handle.result()
    assert [each.id for each in again.questions] == ["code-changed"]


async def test_killed_and_started_again_with_other_code_it_resumes_and_says_so(
    address: str, client: Client, tmp_path: Path
) -> None:
    """The program of the README, whose text is edited while nobody works: its first chapter stays as it was."""
    old = program().replace(SERVER, address).replace("stories", "edited").replace('id="story"', 'id="edited"')
    new = edited(old, "What happened in chapter", "What was said in chapter")
    said, path = tmp_path / "said", tmp_path / "story.py"

    def run(code: str) -> "subprocess.Popen[bytes]":
        path.write_text(code + LEAVING, encoding="utf-8")
        with said.open("ab") as output:
            return subprocess.Popen([sys.executable, str(path)], stdout=output, stderr=output, cwd=tmp_path)

    first = run(old)
    try:
        await until_it(lambda: stands_at(client, "edited", step=2, calls=2, said=said), first, said)
    finally:
        first.kill()
        first.wait()
    second = run(new)
    try:
        assert await asyncio.wait_for(asyncio.to_thread(second.wait), 60) == 0, told_in(said)
    finally:
        second.kill()
    told = told_in(said)
    assert "In the phase story, the code of begin, end and go_on changed since the last attempt; resumed." in told
    chapters = ["What happened in chapter 1.", "What was said in chapter 2.", "What was said in chapter 3."]
    assert told.splitlines()[-1] == str({"chapters": chapters})


# --- Together with the questions of the graph ---


def asking(text: str) -> StateGraph[Any, Any, Any, Any]:
    """Return a graph of two nodes that each ask, side by side."""

    def sign(state: State) -> State:
        return {"out": [f"{text} signed by {interrupt('Who signs?')}"]}

    def send(state: State) -> State:
        return {"out": [f"sent to {interrupt('Who gets it?')}"]}

    builder = StateGraph(State).add_node(sign).add_node(send)
    return builder.add_edge(START, "sign").add_edge(START, "send")


async def answered(client: Client, queue: str, text: str, resume: Resume | None) -> Any:
    async with phase_worker(client, queue, asking(text), Asked, on_change="ask"):
        return await (await start(client, queue, {}, resume)).result()


async def test_answers_to_the_graph_are_kept_while_the_phase_asks_about_its_code(client: Client) -> None:
    queue = str(uuid4())
    first = await answered(client, queue, "old", None)
    ids = {each.value: each.id for each in first.questions}
    given = {ids["Who signs?"]: "Ada", ids["Who gets it?"]: "Grace"}
    second = await answered(client, queue, "new", Resume(checkpoint=first.checkpoint, answers=given))
    assert [each.id for each in second.questions] == ["code-changed"]
    resume = Resume(checkpoint=second.checkpoint, answers={"code-changed": "resume"})
    result = await answered(client, queue, "new", resume)
    assert sorted(result.out) == ["new signed by Ada", "sent to Grace"]


async def test_the_open_questions_of_the_graph_come_with_that_about_its_code(client: Client) -> None:
    queue = str(uuid4())
    first = await answered(client, queue, "old", None)
    ids = {each.value: each.id for each in first.questions}
    resume = Resume(checkpoint=first.checkpoint, answers={ids["Who signs?"]: "Ada"})
    second = await answered(client, queue, "new", resume)
    assert [each.value for each in second.questions[1:]] == ["Who gets it?"]
    answers = {"code-changed": "resume", ids["Who gets it?"]: "Grace"}
    result = await answered(client, queue, "new", Resume(checkpoint=second.checkpoint, answers=answers))
    assert sorted(result.out) == ["new signed by Ada", "sent to Grace"]


# --- What is known, and where it is asked ---


async def test_a_checkpoint_of_before_there_were_digests_is_taken_as_it_is(
    client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    queue = str(uuid4())
    first = await answered(client, queue, "old", None)
    fingerprint = fingerprint_of(compile_graph(asking("old")), "phase")
    content = unseal(as_bytes(first.checkpoint), fingerprint)
    del content["code"]
    resume = Resume(
        checkpoint=as_text(seal(content, fingerprint)), answers={each.id: "Ada" for each in first.questions}
    )
    result = await answered(client, queue, "new", resume)
    assert sorted(result.out) == ["new signed by Ada", "sent to Ada"]
    assert [each for each in warnings_in(caplog) if "changed" in each] == []


async def test_a_checkpoint_of_other_nodes_names_them_and_the_phase_starts_afresh(
    client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    queue = str(uuid4())
    handle = await handed_over(client, queue)
    calls = Calls()

    async def polish(state: State) -> State:
        await calls.call("polish")
        return {"out": []}

    graph = writing(calls, "checked twice").add_node(polish).add_edge("send", "polish")
    async with phase_worker(client, queue, graph, Asked, on_change="ask"):
        await handle.result()
    assert calls.made == ["read", "write", "check", "send", "polish"]
    assert warnings_in(caplog) == [
        "The phase phase starts from the beginning: its checkpoint cannot be used, it belongs to another graph, or to "
        "an earlier form of this one (the code of check changed and polish was added)."
    ]


def test_outside_a_notebook_a_phase_resumes() -> None:
    assert not is_notebook()
    assert policy_of(None) == "resume"
    assert [policy_of("resume"), policy_of("afresh"), policy_of("ask")] == ["resume", "afresh", "ask"]


def test_a_policy_that_does_not_exist_is_refused() -> None:
    policy: Any = "stop"
    with pytest.raises(ValueError, match="on_change is 'resume', 'afresh', 'ask' or None, not 'stop'"):
        phase_activity("phase", Asked, Outcome, asking("old"), on_change=policy)
