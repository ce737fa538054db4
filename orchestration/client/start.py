"""Starts a run, or joins the run that is under way: the same question to the same documents is the same run."""

import re
from dataclasses import dataclass
from datetime import datetime
from itertools import count

from temporalio.client import Client, WorkflowExecution
from temporalio.common import TypedSearchAttributes, WorkflowIDConflictPolicy, WorkflowIDReusePolicy
from temporalio.exceptions import WorkflowAlreadyStartedError
from temporalio.service import RPCError, RPCStatusCode

from outlast.evidence.sources import sha256
from outlast.evidence.text import one_line
from outlast.orchestration.client.find import Handle, handle_of, newest
from outlast.orchestration.research.messages import MAX_SUMMARY_CHARACTERS, TASK_QUEUE, WORKFLOW_TYPE, Ask, Outcome
from outlast.orchestration.research.visibility import MEMO_KEY, VisibilityRecord


@dataclass(frozen=True)
class StartedRun:
    """A run that was started or joined."""

    handle: Handle
    since: datetime | None = None
    """When it began, if it was joined."""

    @property
    def joined(self) -> bool:
        return self.since is not None


async def start(client: Client, ask: Ask, *, again: bool = False) -> StartedRun:
    """Start the run, or join it if it is under way. `again`: start a new run in any case."""
    if again:
        return await start_again(client, ask)
    workflow = workflow_id(ask)
    if rows := await list_open_runs(client, workflow):
        return join_run(client, newest(rows))
    try:
        handle = await start_workflow(client, ask, workflow, WorkflowIDReusePolicy.ALLOW_DUPLICATE)
    except WorkflowAlreadyStartedError:  # by another command, at the same time
        return join_run(client, await client.get_workflow_handle(workflow).describe())
    return StartedRun(handle)


async def start_again(client: Client, ask: Ask) -> StartedRun:
    """Start a run whose id ends with a number. The other runs of the same question are not changed."""
    first = workflow_id(ask)
    for number in count(1):
        workflow = first if number == 1 else f"{first}-{number}"
        try:
            handle = await start_workflow(client, ask, workflow, WorkflowIDReusePolicy.REJECT_DUPLICATE)
        except WorkflowAlreadyStartedError:
            continue
        return StartedRun(handle)
    raise AssertionError


async def start_workflow(client: Client, ask: Ask, workflow: str, reuse: WorkflowIDReusePolicy) -> Handle:
    """Start a workflow with Outlast's search attributes, or without them if the server does not know them."""
    record = VisibilityRecord.at_start(ask.question)

    async def start_with(attributes: TypedSearchAttributes | None) -> Handle:
        started = await client.start_workflow(
            WORKFLOW_TYPE,
            ask.model_dump(exclude_defaults=True),
            id=workflow,
            task_queue=TASK_QUEUE,
            id_conflict_policy=WorkflowIDConflictPolicy.FAIL,
            id_reuse_policy=reuse,
            memo={MEMO_KEY: record},
            search_attributes=attributes,
            static_summary=one_line(ask.question, MAX_SUMMARY_CHARACTERS),
            result_type=Outcome,
        )
        return client.get_workflow_handle(workflow, run_id=started.result_run_id, result_type=Outcome)

    try:
        return await start_with(record.search_attributes())
    except RPCError as error:
        if error.status is not RPCStatusCode.INVALID_ARGUMENT:
            raise
        return await start_with(None)


def join_run(client: Client, row: WorkflowExecution) -> StartedRun:
    return StartedRun(handle_of(client, row), row.start_time)


async def list_open_runs(client: Client, workflow: str) -> list[WorkflowExecution]:
    """Return the runs of that question, including the numbered ones, that have not ended."""
    query = f'WorkflowType = "{WORKFLOW_TYPE}" AND ExecutionStatus = "Running" AND WorkflowId STARTS_WITH "{workflow}"'
    id_pattern = re.compile(rf"{re.escape(workflow)}(-\d+)?")
    rows = [row async for row in client.list_workflows(query)]
    return [row for row in rows if id_pattern.fullmatch(row.id)]


def workflow_id(ask: Ask) -> str:
    """Return an id that people recognise: the question's first words, and a hash of the question and the documents."""
    words = re.findall(r"[a-z0-9]+", ask.question.lower())
    web = "\nweb" if ask.web else ""
    digest = sha256(f"{ask.question}\n{ask.collection}{web}")[:8]
    return "-".join([*"-".join(words)[:48].strip("-").split("-"), digest]).strip("-")
