"""The client by which people and programs use runs: the command line and notebooks are built on it."""

from collections.abc import AsyncGenerator, AsyncIterator, Callable, Generator, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any

import temporalio.client
from temporalio.client import WorkflowExecutionStatus
from temporalio.envconfig import ClientConfigProfile

from outlast.evidence.budget import Budget
from outlast.evidence.errors import Permanent
from outlast.orchestration.client.cancel import cancel
from outlast.orchestration.client.decide import decide, steer
from outlast.orchestration.client.describe import Description, describe
from outlast.orchestration.client.documents import DocumentPaths, paths_of, resolve_collection
from outlast.orchestration.client.ending import RunEnd, wait_for_end
from outlast.orchestration.client.find import Handle, find_run, open_runs
from outlast.orchestration.client.history import History, read_history
from outlast.orchestration.client.listing import ALL_RUNS_QUERY, Row, list_executions, read_rows
from outlast.orchestration.client.report import Report, published_report
from outlast.orchestration.client.start import start
from outlast.orchestration.client.watch_one import Watch
from outlast.orchestration.embedded.connection import connection
from outlast.orchestration.research.messages import (
    Ask,
    Decision,
    DecisionResult,
    Outcome,
    SteeringResult,
    accept_ask,
    accept_decision,
    validate_message,
)
from outlast.orchestration.settings import Settings
from outlast.tools.store.objects import open_objects


@dataclass(frozen=True)
class Run:
    """One execution of a workflow."""

    id: str
    """The workflow id, which people read."""
    execution: str
    """Temporal's run id of this execution."""
    since: datetime | None = None
    """When it began, if `start` joined a run that was under way already."""

    @property
    def joined(self) -> bool:
        return self.since is not None


class Client:
    """Starts runs, finds them, decides at their gates, and reads their reports.

    >>> async def ferry():
    ...     async with Client.connect() as client:
    ...         run = await client.start("How often does the ferry cross?", docs="documents")
    ...         async for seen in client.watch(run):
    ...             for gate in seen.gates:
    ...                 await client.decide(run, "approve", subject=gate.subject)
    ...         report = await client.report(run)
    ...         return "four times a day" in report.claims[0].text
    >>> asyncio.run(ferry())
    True

    Methods that take a run accept the `Run` that `start` returned, or an id; "" means the newest run.
    """

    def __init__(self, temporal: temporalio.client.Client, settings: Settings) -> None:
        self.temporal = temporal
        """Temporal's own client, for everything that this class does not offer."""
        self.settings = settings
        self.stack = AsyncExitStack()
        """The contexts that `close` exits."""

    @classmethod
    def connect(
        cls,
        address: str | None = None,
        *,
        namespace: str = "default",
        home: str | Path | None = None,
        settings: Settings | None = None,
        starts_work: bool = True,
        starts_runs: bool = True,
    ) -> "PendingConnection":
        """Connect to the Temporal server at `address`, or else to the one that Temporal's environment variables name.
        If they name none, start the embedded server of the folder `home`, and a worker. Both run while any client is
        connected.

        >>> async def count():
        ...     client = await Client.connect()  # or: async with Client.connect() as client
        ...     try:
        ...         return len(await client.list())
        ...     finally:
        ...         await client.close()
        >>> asyncio.run(count())
        1

        Raises `NeedsOperator` if the server does not answer; with `starts_work`, also if a worker already runs in the
        folder with other settings for models and the web. Without `starts_runs`, a folder that has no run yet stays
        unchanged, and `NoRunYet` is raised.
        """
        resolved_settings = settings or (Settings(home=Path(home)) if home is not None else Settings())
        server = ClientConfigProfile(address=address, namespace=namespace) if address else None

        @asynccontextmanager
        async def open_client() -> AsyncGenerator[Client]:
            async with connection(
                resolved_settings, starts_work=starts_work, starts_runs=starts_runs, server=server
            ) as temporal:
                yield cls(temporal, resolved_settings)

        return PendingConnection(open_client())

    async def close(self) -> None:
        """Close the connection, after `await Client.connect()`. An embedded server stops when no client is left."""
        await self.stack.aclose()

    async def start(
        self,
        question: str,
        *,
        docs: DocumentPaths = None,
        collection: str = "",
        web: bool = False,
        budget: Budget | None = None,
        approve: bool = False,
        again: bool = False,
    ) -> Run:
        """Start a run, or join the run with the same question and documents that is under way, unless `again`.

        `docs` is a folder or a file, or several, which are ingested now; `collection` is the name or the id of
        documents that were ingested before. With `approve`, plan and report need no person. Raises `Permanent` if
        the input is not valid.
        """
        paths = paths_of(docs)
        if not paths and not collection and not web:
            raise Permanent("There are no documents. Give a folder as docs=, or a collection=, or web=True.")
        message = {"question": question, "web": web, "approve": approve, "budget": dict((budget or Budget()).limits())}
        ask = validate_message(accept_ask, message)
        documents_id = await resolve_collection(paths, collection, self.settings)
        return await self.begin(ask.model_copy(update={"collection": documents_id}), again=again)

    async def begin(self, ask: Ask, *, again: bool = False) -> Run:
        """Start or join a run as `start` does, with the collection that `ask` names."""
        started = await start(self.temporal, ask, again=again)
        return run_of(started.handle, since=started.since)

    async def find(self, run: "Run | str" = "") -> Run:
        """Find a run by its workflow id or by Temporal's run id. Raises `Permanent` if there is none."""
        return run if isinstance(run, Run) else run_of(await find_run(self.temporal, run))

    async def open_runs(self) -> Sequence[Run]:
        """Return the runs that are under way, oldest first."""
        return [run_of(handle) for handle in await open_runs(self.temporal)]

    async def list(
        self, *, only_open: bool = False, wants: Callable[[Row], bool] | None = None, limit: int = 0
    ) -> Sequence[Row]:
        """List runs, newest first, each with its phase, gate and usage. This needs no worker.

        `only_open` leaves out the runs that have ended, `wants` is a filter, and `limit` is the maximum number of runs
        (0: no limit).
        """
        rows: list[Row] = []
        async for row in read_rows(self.temporal, await list_executions(self.temporal, only_open=only_open)):
            if wants is None or wants(row):
                rows.append(row)
            if limit and len(rows) == limit:
                break
        return rows

    async def count(self) -> int:
        """Return the number of all runs, under way or ended."""
        return (await self.temporal.count_workflows(ALL_RUNS_QUERY)).count

    async def describe(self, run: "Run | str" = "") -> Description:
        """Describe a run as it is now: its gates, its attempts, its usage."""
        return await describe(self.temporal, await self.handle(run))

    async def decide(
        self,
        run: "Run | str",
        decision: str,
        *,
        gate: str | None = None,
        note: str | None = None,
        subject: str | None = None,
        by: str | None = None,
        answers: dict[str, Any] | None = None,
    ) -> DecisionResult:
        """Decide at the gate where a run waits: `decision` is approve, revise, reject, retry, stop or answer.

        `subject` is the plan or draft that the person has seen, such as "plan-2": the run refuses the decision if
        another one is open now. Raises `Permanent` if the run refuses it, `NeedsOperator` if no worker answers.
        """
        message = {"decision": decision, "gate": gate, "note": note, "subject": subject, "by": by, "answers": answers}
        return await self.send(run, validate_message(accept_decision, message))

    async def send(self, run: "Run | str", decision: Decision) -> DecisionResult:
        """Decide as `decide` does, with a decision that is validated already."""
        return await decide(await self.handle(run), decision, self.settings)

    async def steer(self, run: "Run | str", budget: Budget, *, at_once: bool = False) -> SteeringResult:
        """Change the budget of a run: replace each limit that `budget` names.

        `at_once`: phases under way use the new budget too. Raises the same errors as `decide`.
        """
        return await steer(await self.handle(run), budget, self.settings, at_once=at_once)

    async def cancel(self, run: "Run | str", reason: str = "") -> RunEnd:
        """Cancel a run, and wait until it has ended. Raises `Permanent` if it has ended already."""
        return await cancel(await self.handle(run), self.settings, reason)

    async def history(self, run: "Run | str" = "") -> History:
        """Read the history of a run: its phases with their attempts, its gates with their decisions."""
        events = (await (await self.handle(run)).fetch_history()).events
        return await read_history(events, self.temporal.data_converter)

    async def watch(self, run: "Run | str" = "") -> AsyncIterator[Description]:
        """Yield a description of a run four times a second, until it has ended."""
        async with Watch(self.temporal, await self.handle(run)) as watch:
            async for description in watch.descriptions():
                yield description

    async def is_over(self, run: "Run | str" = "") -> bool:
        return (await (await self.handle(run)).describe()).status is not WorkflowExecutionStatus.RUNNING

    async def end(self, run: "Run | str" = "") -> RunEnd:
        """Wait for the end of a run, and return how it ended."""
        return await wait_for_end(await self.handle(run))

    async def report(self, run: "Run | str" = "") -> Report:
        """Wait for the end of a run, and read its report. Raises `Permanent` if it has ended without one."""
        handle = await self.handle(run)
        end = await wait_for_end(handle)
        if end.outcome is None or end.outcome.report is None:
            raise Permanent(f"The run {handle.id} is {end.status}, and has no report. {end.reason}".rstrip())
        return await published_report(open_objects(self.settings.object_store), end.outcome.report)

    async def handle(self, run: "Run | str" = "") -> Handle:
        """Return Temporal's own handle of a run."""
        found = await self.find(run)
        return self.temporal.get_workflow_handle(found.id, run_id=found.execution, result_type=Outcome)


class PendingConnection:
    """A client that is not connected yet: `await` it, or enter it with `async with`, which closes it too."""

    def __init__(self, client: AbstractAsyncContextManager[Client]) -> None:
        self._client = client

    def __await__(self) -> Generator[Any, None, Client]:
        return self._connect().__await__()

    async def __aenter__(self) -> Client:
        return await self._client.__aenter__()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool | None:
        return await self._client.__aexit__(kind, error, trace)

    async def _connect(self) -> Client:
        async with AsyncExitStack() as stack:
            client = await stack.enter_async_context(self._client)
            client.stack = stack.pop_all()
            return client
        raise AssertionError  # for the type checker: this exit stack suppresses no error


def run_of(handle: Handle, *, since: datetime | None = None) -> Run:
    return Run(handle.id, str(handle.run_id), since)
