"""A run started, or the one joined that is under way: the same question to the same documents is the same run."""

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
    """A run that was started, or joined; `since` is when it began, where it was joined."""

    handle: Handle
    since: datetime | None = None

    @property
    def joined(self) -> bool:
        return self.since is not None


async def start(client: Client, ask: Ask, *, again: bool = False) -> StartedRun:
    """Start the run; join it where it is under way. `again`: start a run of its own in any case."""
    if again:
        return await start_again(client, ask)
    workflow = workflow_id(ask)
    if rows := await list_open_runs(client, workflow):
        return join_run(client, newest(rows))
    try:
        handle = await start_workflow(client, ask, workflow, WorkflowIDReusePolicy.ALLOW_DUPLICATE)
    except WorkflowAlreadyStartedError:  # by another command, in this moment
        return join_run(client, await client.get_workflow_handle(workflow).describe())
    return StartedRun(handle)


async def start_again(client: Client, ask: Ask) -> StartedRun:
    """Start a run with a number behind its name. The others of the same question stay as they are."""
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
    """With the search attributes of Outlast, unless the server does not know them: the run then does without."""
    record = VisibilityRecord.at_start(ask.question)

    async def begun(attributes: TypedSearchAttributes | None) -> Handle:
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
        return await begun(record.search_attributes())
    except RPCError as error:
        if error.status is not RPCStatusCode.INVALID_ARGUMENT:
            raise
        return await begun(None)


def join_run(client: Client, row: WorkflowExecution) -> StartedRun:
    return StartedRun(handle_of(client, row), row.start_time)


async def list_open_runs(client: Client, workflow: str) -> list[WorkflowExecution]:
    """The runs of that question, the numbered ones too, that have not ended."""
    wanted = f'WorkflowType = "{WORKFLOW_TYPE}" AND ExecutionStatus = "Running" AND WorkflowId STARTS_WITH "{workflow}"'
    name = re.compile(rf"{re.escape(workflow)}(-\d+)?")
    rows = [row async for row in client.list_workflows(wanted)]
    return [row for row in rows if name.fullmatch(row.id)]


def workflow_id(ask: Ask) -> str:
    """A name to recognise the run by: the question's first words, and a hash of what was asked of what."""
    words = re.findall(r"[a-z0-9]+", ask.question.lower())
    web = "\nweb" if ask.web else ""
    digest = sha256(f"{ask.question}\n{ask.collection}{web}")[:8]
    return "-".join([*"-".join(words)[:48].strip("-").split("-"), digest]).strip("-")
