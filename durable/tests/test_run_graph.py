"""RunGraph on a real server: one JSON input, questions and their answers, failures that wait, and what is refused."""

import asyncio
import json
import subprocess
from collections.abc import Sequence
from typing import Annotated, Any
from uuid import uuid4

import pytest
from langchain.agents import create_agent
from langchain.agents.middleware import HumanInTheLoopMiddleware
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage, ToolMessage
from langchain_core.outputs import ChatGeneration, ChatResult
from langchain_core.tools import tool
from langgraph.func import entrypoint
from langgraph.graph import START, MessagesState, StateGraph
from langgraph.runtime import Runtime
from langgraph.types import interrupt
from langgraph_heartbeat import RunGraph, Stuck, durable
from pydantic import BaseModel, field_validator
from temporalio import activity
from temporalio.client import Client, WorkflowFailureError, WorkflowUpdateFailedError
from temporalio.exceptions import ActivityError, ApplicationError, CancelledError
from temporalio.exceptions import TimeoutError as TimedOut
from temporalio.worker import Worker
from typing_extensions import TypedDict

from .conftest import temporal
from .running import begin, details_of, events_of, failure_of, reached, serving, state_of


async def reply(state: MessagesState) -> dict[str, Any]:
    return {"messages": [AIMessage(f"You said: {state['messages'][-1].text}")]}


echo = StateGraph(MessagesState).add_node(reply).add_edge(START, "reply")


class Letter(TypedDict, total=False):
    text: str
    signed: str


async def sign(state: Letter) -> Letter:
    return {"signed": f"{state['text']} Yours, {interrupt('Who signs?')}"}


letter = StateGraph(Letter).add_node(sign).add_edge(START, "sign")


@pytest.fixture
def queue() -> str:
    return str(uuid4())


# --- The input ---

HI = {"messages": [{"role": "user", "content": "hi"}]}


async def test_a_graph_runs_from_the_json_that_users_of_langgraph_write(durable_client: Client, queue: str) -> None:
    async with serving(durable_client, queue, agent=echo, letter=letter):
        for request in (
            {"graph": "agent", "input": HI},
            {"assistant_id": "agent", "input": HI, "stream_mode": ["values"], "metadata": {"user": "ada"}},
            {
                "graph": "agent",
                "input": {"messages": "hi"},
                "config": {"tags": ["a"]},
                "limits": {"attempt_seconds": 9},
            },
        ):
            result = await (await begin(durable_client, queue, request)).result()
            assert [(each["type"], each["content"]) for each in result["messages"]] == [
                ("human", "hi"),
                ("ai", "You said: hi"),
            ]


async def test_the_only_graph_of_a_worker_needs_no_name(durable_client: Client, queue: str) -> None:
    async with serving(durable_client, queue, agent=echo):
        run = await begin(durable_client, queue, {"input": HI})
        assert len((await run.result())["messages"]) == 2


async def test_temporals_command_line_starts_a_run_and_answers_it(
    durable_client: Client, address: str, queue: str
) -> None:
    async def command(*words: str) -> Any:
        line = [temporal(), *words, "--address", address, "--output", "json", "--workflow-id", queue]
        done = await asyncio.to_thread(subprocess.run, line, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    async with serving(durable_client, queue, letter=letter):
        given = json.dumps({"graph": "letter", "input": {"text": "It floats."}})
        await command("workflow", "start", "--type", "RunGraph", "--task-queue", queue, "--input", given)
        run = durable_client.get_workflow_handle(queue)
        await reached(run, lambda status: status.state == "asking")
        answer = json.dumps({"question": "q1", "answer": "Ada"})
        await command("workflow", "update", "execute", "--name", "answer", "--input", answer)
        shown = await command("workflow", "result")
        assert shown["result"]["signed"] == "It floats. Yours, Ada"


CALLED: list[str] = []


@entrypoint()
async def paid(topic: str) -> str:
    CALLED.append(topic)
    return topic.upper()


@pytest.mark.parametrize(
    ("request_", "reason"),
    [
        (None, "It got nothing."),
        ("agent", "It got a text."),
        ({}, 'It got no "input".'),
        ({"graph": "agent"}, 'It got no "input".'),
        ({"input": HI}, 'Say which graph is meant: {"graph": "agent", "input": {...}}. This worker has: agent, paid.'),
        ({"graph": "agnet", "input": HI}, "This worker has no graph 'agnet'. It has: agent, paid."),
        ({"graph": "a", "assistant_id": "b", "input": HI}, "name two graphs"),
        (
            {"graph": "agent", "input": {"mesages": []}},
            "input.mesages: there is no such field; the fields are messages.",
        ),
        ({"graph": "agent", "input": {"messages": [{"content": "hi"}]}}, "input.messages.0: This is no chat message"),
        ({"graph": "agent", "input": {"messages": [7] * 20_000}}, "input.messages.0: This is no"),  # not all 20,000
        ({"graph": "agent", "input": HI, "x" * 1_000_000: 1}, "RunGraph takes one JSON object"),
        ({"graph": "a" * 1_000_000, "input": HI}, "This worker has no graph 'aaa"),
        ({"graph": "agent", "input": HI, "config": {"tag": 1}}, "config.tag: there is no such field; the fields are"),
        ({"graph": "agent", "input": HI, "webhook": "x"}, "webhook: there is no such field"),
        ({"graph": "agent", "input": HI, "limits": {"attempt_seconds": 0}}, "limits.attempt_seconds"),
        ({"graph": "agent", "input": HI, "limits": {"attempt_seconds": 1e15}}, "limits.attempt_seconds"),
        ({"graph": "agent", "input": HI, "limits": {"waiting_seconds": 1e15}}, "limits.waiting_seconds"),
        ({"graph": "paid", "input": 7}, "input: Input should be a valid string."),
    ],
)
async def test_what_does_not_fit_fails_the_run_by_name_before_anything_is_paid(
    durable_client: Client, queue: str, request_: Any, reason: str
) -> None:
    async with serving(durable_client, queue, agent=echo, paid=paid):
        run = await begin(durable_client, queue, request_)
        failure = await failure_of(run)
        assert reason in failure.message
        assert failure.type == "BadRequest"
        assert CALLED == []
        assert "ACTIVITY_TASK_SCHEDULED" not in await events_of(run)
        assert reason in await details_of(run)


async def test_two_graphs_of_one_name_are_refused_when_the_worker_is_made(durable_client: Client) -> None:
    with pytest.raises(ValueError, match="Two graphs of this worker have the name 'agent'"):
        Worker(
            durable_client,
            task_queue="any",
            workflows=[RunGraph],
            activities=[durable(echo, "agent"), durable(letter, "agent")],
        )


class Settings(BaseModel):
    loud: bool


async def speak(state: MessagesState, runtime: Runtime[Settings]) -> dict[str, Any]:
    text = state["messages"][-1].text
    return {"messages": [AIMessage(text.upper() if runtime.context.loud else text)]}


async def test_the_context_is_an_instance_of_its_schema(durable_client: Client, queue: str) -> None:
    graph = StateGraph(MessagesState, context_schema=Settings).add_node(speak).add_edge(START, "speak")
    async with serving(durable_client, queue, agent=graph):
        run = await begin(durable_client, queue, {"input": HI, "context": {"loud": True}})
        assert (await run.result())["messages"][-1]["content"] == "HI"
        assert "context.loud" in (await failure_of(await begin(durable_client, queue, {"input": HI}))).message


# --- Questions ---


async def test_a_question_waits_for_its_answer(durable_client: Client, queue: str) -> None:
    async with serving(durable_client, queue, letter=letter):
        run = await begin(durable_client, queue, {"input": {"text": "It floats."}})
        status = await reached(run, lambda status: status.state == "asking")
        assert [(each.name, each.value) for each in status.questions] == [("q1", "Who signs?")]
        details = await details_of(run)
        assert "Who signs?" in details
        assert '{"question": "q1", "answer": "..."}' in details
        taken = await run.execute_update(RunGraph.answer, {"question": "q1", "answer": "Ada"})
        assert taken.waiting == []
        assert await run.result() == {"text": "It floats.", "signed": "It floats. Yours, Ada"}
        assert await state_of(run) == "finished"


async def test_what_answers_no_open_question_is_refused_and_not_in_the_history(
    durable_client: Client, queue: str
) -> None:
    async with serving(durable_client, queue, letter=letter):
        run = await begin(durable_client, queue, {"input": {"text": "It floats."}})
        await reached(run, lambda status: status.state == "asking")
        for answer, reason in (
            ({"question": "q2", "answer": "Ada"}, "The question q2 has not been asked. These wait for an answer: q1."),
            ({"answer": "Ada"}, "question: Field required"),
            ({"question": "q1"}, "This is an object with the fields question."),
            ("Ada", "This is a text."),
        ):
            with pytest.raises(WorkflowUpdateFailedError) as refused:
                await run.execute_update("answer", answer)
            assert reason in str(refused.value.cause)
        assert [each for each in await events_of(run) if "UPDATE" in each] == []
        await run.signal("answer", {"question": "q2", "answer": "Ada"})
        assert "q2 has not been asked" in (await reached(run, lambda status: status.refusal)).refusal
        assert "q2 has not been asked" in await details_of(run)
        for name in ("answer", "retry"):  # on the command line, several --input are several values
            with pytest.raises(WorkflowUpdateFailedError, match="Workflow update failed") as refused:
                await run.execute_update(name, args=["q1", "Ada"])
            assert str(refused.value.cause).endswith("These are 2 values.")
            await run.signal(name, args=["q1", "Ada", 3])
            await reached(run, lambda status: status.refusal.endswith("These are 3 values."))
        await run.signal("answer", {"question": "q1", "answer": "Ada"})
        assert (await run.result())["signed"].endswith("Ada")


class Two(TypedDict, total=False):
    said: Annotated[list[str], lambda old, new: sorted([*old, *new])]


async def first(_: Two) -> Two:
    return {"said": [f"{interrupt('First?')}", f"{interrupt('Then?')}"]}


async def second(_: Two) -> Two:
    return {"said": [f"{interrupt('Second?')}"]}


two = StateGraph(Two).add_node(first).add_node(second).add_edge(START, "first").add_edge(START, "second")


async def test_questions_keep_their_names_while_others_are_answered(durable_client: Client, queue: str) -> None:
    async with serving(durable_client, queue, two=two):
        run = await begin(durable_client, queue, {"input": {}})
        asked = await reached(run, lambda status: status.state == "asking")
        named = {each.value: each.name for each in asked.questions}
        assert set(named.values()) == {"q1", "q2"}
        await run.execute_update("answer", {"question": named["First?"], "answer": "a"})
        later = await reached(run, lambda status: "q3" in {each.name for each in status.questions})
        assert {each.value: each.name for each in later.questions} == {"Second?": named["Second?"], "Then?": "q3"}
        with pytest.raises(WorkflowUpdateFailedError) as refused:
            await run.execute_update("answer", {"question": named["First?"], "answer": "b"})
        assert f"The question {named['First?']} was answered." in str(refused.value.cause)
        await run.execute_update("answer", {"question": "q3", "answer": "b"})
        await run.execute_update("answer", {"question": named["Second?"], "answer": "c"})
        assert await run.result() == {"said": ["a", "b", "c"]}


class Verdict(BaseModel):
    good: bool
    points: int


@entrypoint()
async def judged(topic: str) -> str:
    verdict = interrupt(f"How is {topic}?", response_schema=Verdict)
    return f"{topic}: {verdict.points}"


async def test_an_answer_is_validated_by_the_schema_of_its_question(durable_client: Client, queue: str) -> None:
    async with serving(durable_client, queue, judged=judged):
        run = await begin(durable_client, queue, {"input": "tea"})
        await reached(run, lambda status: status.state == "asking")
        assert '{"question": "q1", "answer": {"good": true, "points": 1}}' in await details_of(run)
        for answer, reason in (
            ({"good": True}, "points: it is missing"),
            ({"good": "yes", "points": 1}, "good: it is a text, and true or false is expected"),
            ("good", "it is a text, and an object is expected"),
        ):
            with pytest.raises(WorkflowUpdateFailedError) as refused:
                await run.execute_update("answer", {"question": "q1", "answer": answer})
            assert reason in str(refused.value.cause)
        await run.execute_update("answer", {"question": "q1", "answer": {"good": True, "points": 9}})
        assert await run.result() == "tea: 9"


class Even(BaseModel):
    number: int

    @field_validator("number")
    @classmethod
    def is_even(cls, number: int) -> int:
        if number % 2:
            raise ValueError("the number is odd")
        return number


@entrypoint()
async def halved(topic: str) -> str:
    return f"{topic}: {interrupt('Which number?', response_schema=Even).number // 2}"


async def test_an_answer_that_only_the_graph_can_refuse_is_asked_for_again(durable_client: Client, queue: str) -> None:
    async with serving(durable_client, queue, halved=halved):
        run = await begin(durable_client, queue, {"input": "tea"})
        await reached(run, lambda status: status.state == "asking")
        await run.execute_update("answer", {"question": "q1", "answer": {"number": 7}})
        again = await reached(run, lambda status: bool(status.questions and status.questions[0].refused))
        assert [(each.name, each.refused) for each in again.questions] == [
            ("q1", "number: Value error, the number is odd")
        ]
        assert "the number is odd" in await details_of(run)
        await run.execute_update("answer", {"question": "q1", "answer": {"number": 8}})
        assert await run.result() == "tea: 4"


async def test_an_answer_that_comes_while_the_graph_works_waits_for_it(durable_client: Client, queue: str) -> None:
    working, go_on = asyncio.Event(), asyncio.Event()

    async def quick(_: Two) -> Two:
        answer = interrupt("Quick?")
        working.set()
        await go_on.wait()
        return {"said": [answer]}

    graph = StateGraph(Two).add_node(quick).add_node(second).add_edge(START, "quick").add_edge(START, "second")
    async with serving(durable_client, queue, two=graph):
        run = await begin(durable_client, queue, {"input": {}})
        asked = await reached(run, lambda status: status.state == "asking")
        named = {each.value: each.name for each in asked.questions}
        await run.execute_update("answer", {"question": named["Quick?"], "answer": "a"})
        await working.wait()
        await run.execute_update("answer", {"question": named["Second?"], "answer": "b"})
        with pytest.raises(WorkflowUpdateFailedError) as refused:
            await run.execute_update("answer", {"question": named["Second?"], "answer": "c"})
        assert "has an answer already" in str(refused.value.cause)
        go_on.set()
        assert await run.result() == {"said": ["a", "b"]}


SENT: list[str] = []


@tool
async def send(text: str) -> str:
    """Send a letter."""
    SENT.append(text)
    return "sent"


class Writing(BaseChatModel):
    """A model that sends a letter and then says what came of it."""

    @property
    def _llm_type(self) -> str:
        return "writing"

    def bind_tools(self, tools: Sequence[Any], **options: Any) -> "Writing":
        return self

    def _generate(self, messages: list[BaseMessage], *given: Any, **options: Any) -> ChatResult:
        call = {"name": "send", "args": {"text": "It floats."}, "id": "c1"}
        asked = AIMessage("", tool_calls=[call])
        answer = AIMessage(messages[-1].text) if isinstance(messages[-1], ToolMessage) else asked
        return ChatResult(generations=[ChatGeneration(message=answer)])


@pytest.mark.parametrize(
    ("answer", "said", "sent"),
    [
        ({"decisions": [{"type": "approve"}]}, "sent", ["It floats."]),
        ({"decisions": [{"type": "respond", "message": "Not today."}]}, "Not today.", []),
    ],
)
async def test_the_tools_of_an_agent_wait_for_approval(
    durable_client: Client, queue: str, answer: Any, said: str, sent: list[str]
) -> None:
    SENT.clear()
    approving = HumanInTheLoopMiddleware({"send": {"allowed_decisions": ["approve", "respond"]}})
    agent = create_agent(Writing(), [send], middleware=[approving])
    async with serving(durable_client, queue, agent=agent):
        run = await begin(durable_client, queue, {"input": HI})
        asked = await reached(run, lambda status: status.state == "asking")
        assert asked.questions[0].value["action_requests"][0]["args"] == {"text": "It floats."}
        assert '"text": "It floats."' in await details_of(run)
        await run.execute_update("answer", {"question": "q1", "answer": answer})
        assert (await run.result())["messages"][-1]["content"] == said
        assert sent == SENT


async def test_a_run_is_cancelled_while_it_asks(durable_client: Client, queue: str) -> None:
    async with serving(durable_client, queue, letter=letter):
        run = await begin(durable_client, queue, {"input": {"text": "It floats."}})
        await reached(run, lambda status: status.state == "asking")
        await run.cancel()
        with pytest.raises(WorkflowFailureError) as failed:
            await run.result()
        assert isinstance(failed.value.cause, CancelledError)
        assert await state_of(run) == "cancelled"


class Count(TypedDict, total=False):
    number: int


STARTED = asyncio.Event()


async def count(state: Count) -> Count:
    STARTED.set()
    await asyncio.sleep(0.02)
    return {"number": state.get("number", 0) + 1}


async def test_a_run_is_cancelled_while_its_graph_works(durable_client: Client, queue: str) -> None:
    endless = StateGraph(Count).add_node(count).add_edge(START, "count").add_edge("count", "count")
    async with serving(durable_client, queue, endless=endless):
        run = await begin(durable_client, queue, {"input": {}, "config": {"recursion_limit": 10_000}})
        await STARTED.wait()
        await run.cancel()
        with pytest.raises(WorkflowFailureError) as failed:
            await run.result()
        assert isinstance(failed.value.cause, CancelledError)
        assert await state_of(run) == "cancelled"
        assert "ACTIVITY_TASK_COMPLETED" in await events_of(run)  # it stopped at a step, with its state


# --- Workers of other kinds ---


async def test_workflows_and_graphs_may_have_workers_of_their_own(durable_client: Client, queue: str) -> None:
    """A worker of workflows alone knows no graph: the activity of the graph checks its request itself."""
    async with (
        Worker(durable_client, task_queue=queue, workflows=[RunGraph]),
        Worker(durable_client, task_queue=queue, activities=[durable(echo, "agent")]),
    ):
        run = await begin(durable_client, queue, {"graph": "agent", "input": HI})
        assert len((await run.result())["messages"]) == 2
        failure = await failure_of(await begin(durable_client, queue, {"graph": "agent", "input": {"mesages": 1}}))
        assert "input.mesages: there is no such field" in failure.message
        assert "Say which graph" in (await failure_of(await begin(durable_client, queue, {"input": HI}))).message


async def test_a_run_may_wait_for_a_worker_with_a_limit(durable_client: Client, queue: str) -> None:
    async with Worker(durable_client, task_queue=queue, workflows=[RunGraph]):
        request = {"graph": "agent", "input": HI, "limits": {"waiting_seconds": 0.5}}
        run = await begin(durable_client, queue, request)
        with pytest.raises(WorkflowFailureError) as failed:
            await run.result()
        assert isinstance(failed.value.cause, ActivityError)
        assert isinstance(failed.value.cause.cause, TimedOut)
        assert await state_of(run) == "failed"


async def test_a_phase_whose_heartbeats_cannot_be_decoded_starts_anew(durable_client: Client, queue: str) -> None:
    """The SDK fails such an activity before its code runs, so that a retry of Temporal's would fail again."""
    begun: list[Any] = []

    @activity.defn(name="agent")
    async def agent(request: Any, *further: Any) -> Any:
        begun.append(request)
        if len(begun) == 1:
            raise ApplicationError("Failed decoding heartbeat details", non_retryable=True)
        return {"said": "hi"}

    async with (
        Worker(durable_client, task_queue=queue, workflows=[RunGraph]),
        Worker(durable_client, task_queue=queue, activities=[agent]),
    ):
        run = await begin(durable_client, queue, {"graph": "agent", "input": HI})
        assert await run.result() == {"said": "hi"}
    assert begun == [{"input": HI}] * 2


# --- A phase that is stuck ---

BROKEN: set[str] = set()


async def divide(state: Letter) -> Letter:
    if state["text"] in BROKEN:
        raise ZeroDivisionError("division by zero")
    return {"signed": "divided"}


dividing = StateGraph(Letter).add_node(divide).add_edge(START, "divide")


async def test_a_stuck_phase_waits_until_somebody_says_retry(durable_client: Client, queue: str) -> None:
    BROKEN.add(queue)
    async with serving(durable_client, queue, dividing=dividing):
        run = await begin(durable_client, queue, {"input": {"text": queue}})
        stuck = await reached(run, lambda status: status.state == "stuck")
        assert "ZeroDivisionError" in stuck.problem
        assert '{"decision": "retry"}' in await details_of(run)
        BROKEN.remove(queue)
        await run.execute_update("retry", {"decision": "retry"})
        assert (await run.result())["signed"] == "divided"


async def test_a_stuck_phase_fails_if_somebody_says_so_and_can_be_resumed_by_others(
    durable_client: Client, queue: str
) -> None:
    BROKEN.add(queue)
    async with serving(durable_client, queue, dividing=dividing):
        run = await begin(durable_client, queue, {"input": {"text": queue}})
        with pytest.raises(WorkflowUpdateFailedError) as refused:
            await run.execute_update("retry")
        assert "The run is not stuck" in str(refused.value.cause)
        await reached(run, lambda status: status.state == "stuck")
        await run.execute_update("retry", {"decision": "fail"})
        stuck = Stuck.of(await failure_of(run))
        assert stuck is not None
        assert stuck.kind == "Stuck"
        assert stuck.resume.checkpoint


async def test_a_graph_that_has_used_up_its_steps_may_get_more(durable_client: Client, queue: str) -> None:
    async def to_seven(state: Count) -> Count:
        return {"number": state.get("number", 0) + 1}

    counting = StateGraph(Count).add_node(to_seven).add_edge(START, "to_seven")
    counting.add_conditional_edges("to_seven", lambda state: "to_seven" if state["number"] < 7 else "__end__")
    async with serving(durable_client, queue, counting=counting):
        run = await begin(durable_client, queue, {"input": {}, "config": {"recursion_limit": 3}})
        stuck = await reached(run, lambda status: status.state == "stuck")
        assert "has not finished in 3 steps" in stuck.problem
        with pytest.raises(WorkflowUpdateFailedError) as refused:
            await run.execute_update("retry", {"recursion_limit": "many"})
        assert "recursion_limit: Input should be a valid integer" in str(refused.value.cause)
        await run.execute_update("retry", {"recursion_limit": 20})
        assert await run.result() == {"number": 7}


# --- The history ---


PHASE = ["ACTIVITY_TASK_SCHEDULED", "ACTIVITY_TASK_STARTED", "ACTIVITY_TASK_COMPLETED"]
ANSWERED = ["WORKFLOW_EXECUTION_UPDATE_ACCEPTED", "WORKFLOW_EXECUTION_UPDATE_COMPLETED"]


async def test_the_history_grows_with_questions_alone(durable_client: Client, queue: str) -> None:
    """Of the tasks of the workflow, three events each, there may be more while somebody asks where the run stands."""

    async def events_besides_tasks(run: Any) -> list[str]:
        return [each for each in await events_of(run) if not each.startswith("WORKFLOW_TASK")]

    async with serving(durable_client, queue, letter=letter, agent=echo):
        plain = await begin(durable_client, queue, {"graph": "agent", "input": HI})
        await plain.result()
        asked = await begin(durable_client, queue, {"graph": "letter", "input": {"text": "It floats."}})
        await reached(asked, lambda status: status.state == "asking")
        await asked.execute_update("answer", {"question": "q1", "answer": "Ada"})
        await asked.result()
        began, ended = ["WORKFLOW_EXECUTION_STARTED", "MARKER_RECORDED"], ["WORKFLOW_EXECUTION_COMPLETED"]
        assert await events_besides_tasks(plain) == [*began, *PHASE, *ended]
        assert await events_besides_tasks(asked) == [*began, *PHASE, *ANSWERED, *PHASE, *ended]
