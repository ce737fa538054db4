"""A run started, or the one joined that is under way: the same question to the same documents is the same run."""

import re
from dataclasses import dataclass
from itertools import count
from typing import Any

from temporalio.client import Client, WorkflowExecution
from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy
from temporalio.exceptions import WorkflowAlreadyStartedError

from outlast.cli.finding import Handle, handle_of, newest
from outlast.cli.output import Output
from outlast.cli.times import moment
from outlast.evidence.sources import sha256
from outlast.evidence.text import one_line
from outlast.orchestration.research.messages import LONGEST_SUMMARY, TASK_QUEUE, WORKFLOW, Ask, Outcome


@dataclass(frozen=True)
class Started:
    handle: Handle
    joined: bool


async def start(client: Client, ask: Ask, output: Output) -> Started:
    """Start the run; join it where it is under way."""
    workflow = workflow_id(ask)
    if rows := await under_way(client, workflow):
        return joined(client, newest(rows), output)
    try:
        handle = await begin(client, ask, workflow, WorkflowIDReusePolicy.ALLOW_DUPLICATE)
    except WorkflowAlreadyStartedError:  # by another command, in this moment
        return joined(client, await client.get_workflow_handle(workflow).describe(), output)
    output.people.print(f"Run       {workflow}")
    return Started(handle, joined=False)


async def start_again(client: Client, ask: Ask, output: Output) -> Started:
    """Start a run of its own, with a number behind its name. The others of the same question stay as they are."""
    first = workflow_id(ask)
    for number in count(1):
        workflow = first if number == 1 else f"{first}-{number}"
        try:
            handle = await begin(client, ask, workflow, WorkflowIDReusePolicy.REJECT_DUPLICATE)
        except WorkflowAlreadyStartedError:
            continue
        output.people.print(f"Run       {workflow}")
        return Started(handle, joined=False)
    raise AssertionError


async def begin(client: Client, ask: Ask, workflow: str, reuse: WorkflowIDReusePolicy) -> Handle:
    started = await client.start_workflow(
        WORKFLOW,
        ask.model_dump(exclude_defaults=True),
        id=workflow,
        task_queue=TASK_QUEUE,
        id_conflict_policy=WorkflowIDConflictPolicy.FAIL,
        id_reuse_policy=reuse,
        static_summary=one_line(ask.question, LONGEST_SUMMARY),
        result_type=Outcome,
    )
    return client.get_workflow_handle(workflow, run_id=started.result_run_id, result_type=Outcome)


def joined(client: Client, row: WorkflowExecution, output: Output) -> Started:
    output.people.print(f"Run       {row.id} (under way since {moment(row.start_time)} UTC; joined)")
    return Started(handle_of(client, row), joined=True)


async def under_way(client: Client, workflow: str) -> list[WorkflowExecution]:
    """The runs of that question, the numbered ones too, that have not ended."""
    wanted = f'WorkflowType = "{WORKFLOW}" AND ExecutionStatus = "Running" AND WorkflowId STARTS_WITH "{workflow}"'
    name = re.compile(rf"{re.escape(workflow)}(-\d+)?")
    rows: list[Any] = [row async for row in client.list_workflows(wanted)]
    return [row for row in rows if name.fullmatch(row.id)]


def workflow_id(ask: Ask) -> str:
    """A name to recognise the run by: the question's first words, and a hash of what was asked of what."""
    words = re.findall(r"[a-z0-9]+", ask.question.lower())
    web = "\nweb" if ask.web else ""
    digest = sha256(f"{ask.question}\n{ask.collection}{web}")[:8]
    return "-".join([*"-".join(words)[:48].strip("-").split("-"), digest]).strip("-")
