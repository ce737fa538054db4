"""Where a run stands, told to the server: typed, whenever it changes, and never to a server that would not take it."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import pytest
from langgraph_heartbeat import DurablePlugin
from temporalio.api.enums.v1 import EventType, IndexedValueType
from temporalio.api.operatorservice.v1 import AddSearchAttributesRequest
from temporalio.client import Client, WorkflowExecution
from temporalio.common import WorkflowIDReusePolicy
from temporalio.exceptions import ApplicationError
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Worker

from outlast.evidence.usage import ModelUsage, Usage
from outlast.orchestration.client import listing
from outlast.orchestration.client.history import read_history
from outlast.orchestration.client.listing import list_executions, row_of
from outlast.orchestration.client.start import start_workflow
from outlast.orchestration.embedded import dev_server
from outlast.orchestration.embedded.search_attributes import has_search_attributes, register_search_attributes
from outlast.orchestration.research.messages import Ask
from outlast.orchestration.research.visibility import (
    MAX_ATTRIBUTE_CHARACTERS,
    MAX_MEMO_QUESTION_CHARACTERS,
    PHASE_KEY,
    QUESTION_KEY,
    SEARCH_ATTRIBUTE_KEYS,
    SPEND_USD_KEY,
    WAITING_FOR_KEY,
    VisibilityRecord,
    read_record,
)
from outlast.orchestration.research.workflow import Research
from tests.conftest import connected
from tests.orchestration.research.runs import Handle, at_gate, decide
from tests.orchestration.research.scripted import Script, scripted_run
from tests.ports import reserved_ports


def costing(usd: float) -> Usage:
    return Usage.of([ModelUsage(model="m", calls=1, usd=usd)])


async def told(handle: Handle) -> VisibilityRecord:
    standing = await read_record(await handle.describe())
    assert standing is not None
    return standing


async def test_the_memo_follows_the_run_from_gate_to_gate_to_its_end(client: Client) -> None:
    script = Script()
    script.spends["investigate"] = costing(0.25)
    async with scripted_run(client, script, "What is baked?") as handle:
        await at_gate(handle, "plan-1")
        standing = await told(handle)
        assert (standing.question, standing.phase, standing.waits) == ("What is baked?", "gate(plan)", True)
        assert [(gate.gate, gate.subject) for gate in standing.gates] == [("plan", "plan-1")]
        await decide(handle, "approve")
        await at_gate(handle, "report-1")
        assert ((standing := await told(handle)).waiting_for, standing.usd) == ("report-1", 0.25)
        await decide(handle, "approve")
        await handle.result()
        standing = await told(handle)
    assert (standing.phase, standing.gates, standing.outcome) == ("publish", (), "published")


async def test_a_run_waits_only_when_nothing_else_is_under_way(client: Client) -> None:
    """Two tasks: one needs an operator while the other is still at work."""
    script = Script()
    script.failing_once["investigate"] = ApplicationError("no key", type="NeedsOperator", non_retryable=True)
    script.held["investigate"] = asyncio.Event()
    async with scripted_run(client, script, "One?") as handle:
        await two_tasks(handle)
        await at_gate(handle, "operator-1")
        standing = await told(handle)
        assert (standing.waiting_for, standing.waits) == ("operator-1", False)
        script.held["investigate"].set()
        async with asyncio.timeout(20):
            while not (await told(handle)).waits:  # noqa: ASYNC110 - a memo that changes sends no event
                await asyncio.sleep(0.02)
        await decide(handle, "retry")
        await at_gate(handle, "report-1")
        await decide(handle, "approve")
        assert (await handle.result()).status == "published"


async def two_tasks(handle: Handle) -> None:
    await at_gate(handle, "plan-1")
    await decide(handle, {"decision": "revise", "note": "Two?"})
    await at_gate(handle, "plan-2")
    await decide(handle, "approve")


async def test_a_cancelled_run_stands_where_it_stood_and_waits_for_nobody(client: Client) -> None:
    async with scripted_run(client, Script(), "What is baked?") as handle:
        await at_gate(handle, "plan-1")
        await handle.cancel()
        with pytest.raises(Exception, match="Workflow execution failed"):
            await handle.result()
        standing = await told(handle)
    assert (standing.phase, standing.gates, standing.outcome) == ("gate(plan)", (), None)


def research_worker(client: Client, script: Script) -> Worker:
    return Worker(
        client,
        task_queue="outlast",
        workflows=[Research],
        activities=script.activities(),
        plugins=[DurablePlugin("test")],
    )


@pytest.fixture
async def bare(processes: None, tmp_path: Path) -> AsyncIterator[Client]:
    """A server of its own that has no search attributes of Outlast."""
    with reserved_ports(tmp_path) as ports, (tmp_path / "log").open("wb") as log:
        command = [str(dev_server.find_temporal(tmp_path)), "server", "start-dev", "--headless"]
        place = ["--ip", "127.0.0.1", "--port", str(ports.grpc)]
        server = await asyncio.create_subprocess_exec(*command, *place, stdout=log, stderr=log)
        try:
            yield await connected(ports)
        finally:
            server.terminate()
            await server.wait()


async def listed(client: Client, run: str, query: str) -> list[WorkflowExecution]:
    """Listing lags a moment behind."""
    async with asyncio.timeout(60):
        while True:
            found = [row async for row in client.list_workflows(f'WorkflowId = "{run}" AND {query}')]
            if found:
                return found
            await asyncio.sleep(0.05)


async def test_a_server_with_the_search_attributes_has_them_from_the_start(client: Client) -> None:
    script, run = Script(), f"standing-{uuid4()}"
    script.spends["plan"] = costing(0.5)
    async with research_worker(client, script):
        handle = await start_workflow(
            client, Ask(question="What is baked? " * 100), run, WorkflowIDReusePolicy.ALLOW_DUPLICATE
        )
        await at_gate(handle, "plan-1")
        [row] = await listed(client, run, f'{WAITING_FOR_KEY.name} STARTS_WITH "plan" AND {SPEND_USD_KEY.name} > 0.4')
        attributes = row.typed_search_attributes
        assert (attributes[PHASE_KEY], attributes[WAITING_FOR_KEY], attributes[SPEND_USD_KEY]) == (
            "gate(plan)",
            "plan-1",
            0.5,
        )
        assert len(attributes[QUESTION_KEY]) == MAX_ATTRIBUTE_CHARACTERS
        await decide(handle, "reject")
        await handle.result()
        [row] = await listed(client, run, f"{WAITING_FOR_KEY.name} IS NULL")
        assert (await row_of(client, row)).status == "rejected"


async def test_a_run_from_the_ui_sets_them_where_its_worker_has_found_them(client: Client) -> None:
    script = Script()
    script.search_attributes = True
    async with scripted_run(client, script, "What is baked?") as handle:
        await at_gate(handle, "plan-1")
        attributes = (await handle.describe()).typed_search_attributes
        assert (attributes[QUESTION_KEY], attributes[WAITING_FOR_KEY]) == ("What is baked?", "plan-1")
        await decide(handle, "reject")


async def test_a_run_from_the_ui_sets_none_where_no_worker_knows_of_them(client: Client) -> None:
    async with scripted_run(client, Script(), {"question": "What is baked?", "approve": True}) as handle:
        assert (await handle.result()).status == "published"
        assert QUESTION_KEY not in (await handle.describe()).typed_search_attributes


async def test_a_server_without_them_starts_and_runs_all_runs_and_takes_them_when_asked(
    bare: Client,
) -> None:
    """Also one that has some of them: a task that sets the others would be tried for ever."""
    some = {PHASE_KEY.name: IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD}
    some |= {QUESTION_KEY.name: IndexedValueType.INDEXED_VALUE_TYPE_TEXT}
    some |= {SPEND_USD_KEY.name: IndexedValueType.INDEXED_VALUE_TYPE_DOUBLE}
    adding = AddSearchAttributesRequest(namespace=bare.namespace, search_attributes=some)
    await bare.operator_service.add_search_attributes(adding)
    async with research_worker(bare, Script()):
        ask = Ask(question="What is baked?", approve=True)
        handle = await start_workflow(bare, ask, "bare", WorkflowIDReusePolicy.ALLOW_DUPLICATE)
        assert (await handle.result()).status == "published"
        assert QUESTION_KEY not in (await handle.describe()).typed_search_attributes
        assert (await told(handle)).outcome == "published"
        assert not await has_search_attributes(bare)
        assert await register_search_attributes(bare)
        assert await has_search_attributes(bare)
        assert await register_search_attributes(bare), "they are there already"
        handle = await start_workflow(bare, ask, "registered", WorkflowIDReusePolicy.ALLOW_DUPLICATE)
        assert (await handle.result()).status == "published"
        assert (await handle.describe()).typed_search_attributes[PHASE_KEY] == "publish"


async def test_a_server_that_registers_nothing_is_no_trouble(skipping: WorkflowEnvironment) -> None:
    assert not await register_search_attributes(skipping.client)


def test_the_embedded_server_is_started_with_all_of_them() -> None:
    assert set(dev_server.SEARCH_ATTRIBUTES) == {key.name for key in SEARCH_ATTRIBUTE_KEYS}


def test_a_question_is_as_long_as_a_server_takes() -> None:
    """2 KiB of JSON a search attribute, in which a character of another plane is twelve bytes."""
    standing = VisibilityRecord.at_start("\U0001f9c1" * 5000)
    assert len(standing.question) == MAX_MEMO_QUESTION_CHARACTERS
    assert 12 * MAX_ATTRIBUTE_CHARACTERS + 2 <= 2048


async def test_a_history_names_gates_and_decisions_without_a_word_of_prose(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With every summary of a timer unreadable, and decisions of both kinds."""
    monkeypatch.setattr("outlast.orchestration.client.history.summary_text", lambda _: "")
    async with scripted_run(client, Script(), "What is baked?") as handle:
        await at_gate(handle, "plan-1")
        await decide(handle, {"decision": "revise", "note": "When does it open?", "by": "anna"})
        await at_gate(handle, "plan-2")
        await handle.signal("decide", {"decision": "approve", "gate": "report", "by": "refused"})
        await handle.signal("decide", {"decision": "approve", "by": "bela"})
        await at_gate(handle, "report-1")
        await decide(handle, {"decision": "reject", "by": "clara"})
        await handle.result()
        history = await read_history((await handle.fetch_history()).events, client.data_converter)
    gates = [step for step in history.steps if step.gate]
    assert [(step.gate, step.subject) for step in gates] == [
        ("plan", "plan-1"), ("plan", "plan-2"), ("report", "report-1"),
    ]  # fmt: skip
    assert [step.decision and (step.decision.decision, step.decision.by) for step in gates] == [
        ("revise", "anna"), ("approve", "bela"), ("reject", "clara"),
    ]  # fmt: skip


async def test_one_retry_is_the_decision_at_every_gate_that_it_was_for(client: Client) -> None:
    script = Script()
    script.failing["investigate"] = ApplicationError("no key", type="NeedsOperator", non_retryable=True)
    async with scripted_run(client, script, "One?") as handle:
        await two_tasks(handle)
        await at_gate(handle, "operator-2")
        script.failing.clear()
        decided = await decide(handle, {"decision": "retry", "by": "anna"})
        assert [gate.subject for gate in decided.gates] == ["operator-1", "operator-2"]
        await at_gate(handle, "report-1")
        history = await read_history((await handle.fetch_history()).events, client.data_converter)
        await decide(handle, "reject")
    decided_by = [step.decision and step.decision.by for step in history.steps if step.gate == "operator"]
    assert decided_by == ["anna", "anna"]


async def test_runs_are_listed_from_what_the_server_has_and_nobody_is_asked(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refused(*_: object) -> VisibilityRecord:
        raise AssertionError("a run with a memo was asked")

    async with scripted_run(client, Script(), "What is baked?") as handle:
        await at_gate(handle, "plan-1")
        monkeypatch.setattr(listing, "record_without_memo", refused)
        async with asyncio.timeout(60):
            while True:
                [execution] = [each for each in await list_executions(client) if each.id == handle.id] or [None]
                if execution and (await row_of(client, execution)).status == "waiting":
                    break
                await asyncio.sleep(0.05)
        row = await row_of(client, execution)
        assert (row.gate, row.subject, row.phase, row.question) == ("plan", "plan-1", "gate(plan)", "What is baked?")
        await decide(handle, "reject")


async def test_a_run_without_a_memo_is_asked_itself(client: Client) -> None:
    """As runs from before are: here with its memo overlooked."""
    async with scripted_run(client, Script(), "What is baked?") as handle:
        await at_gate(handle, "plan-1")
        waiting = await listing.record_without_memo(client, await handle.describe())
        assert (waiting.phase, waiting.waits, waiting.waiting_for) == ("gate(plan)", True, "plan-1")
        await decide(handle, "reject")
        await handle.result()
        ended = await listing.record_without_memo(client, await handle.describe())
    assert (ended.phase, ended.outcome, ended.question) == ("gate(plan)", "rejected", "What is baked?")


async def test_what_a_run_tells_costs_few_events(client: Client) -> None:
    async with scripted_run(client, Script(), "What is baked?") as handle:
        await at_gate(handle, "plan-1")
        await decide(handle, "approve")
        await at_gate(handle, "report-1")
        await decide(handle, "approve")
        await handle.result()
        events = (await handle.fetch_history()).events
    memos = [event for event in events if event.event_type == EventType.EVENT_TYPE_WORKFLOW_PROPERTIES_MODIFIED]
    assert len(memos) == 9, "six phases, two gates, the end"
