"""The client: what people and programs do with runs. The command line, notebooks and pages stand on it."""

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
from outlast.orchestration.client.documents import resolve_collection
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
    """That of the workflow, as people read it."""
    execution: str
    since: datetime | None = None
    """When it began, where it was under way already when it was asked for."""

    @property
    def joined(self) -> bool:
        return self.since is not None


class Client:
    """Starts runs, finds them, decides at their gates, and reads what they have made.

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

    Where a method takes a run, it takes what `start` returned, or an id; "" is the newest run.
    """

    def __init__(self, temporal: temporalio.client.Client, settings: Settings) -> None:
        self.temporal = temporal
        """Temporal's own client, for all that is not here."""
        self.settings = settings
        self.stack = AsyncExitStack()
        """What `close` closes."""

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
        """Connect to the Temporal server at `address`; without it, as the environment says, and else to the one of the
        folder `home`, which is started, with a worker, and runs as long as anybody is connected.

        >>> async def count():
        ...     client = await Client.connect()  # or: async with Client.connect() as client
        ...     try:
        ...         return len(await client.list())
        ...     finally:
        ...         await client.close()
        >>> asyncio.run(count())
        1

        Raises `NeedsOperator` where the server does not answer; with `starts_work`, where a worker that runs already
        in the folder has other settings for models and the web than these. Without `starts_runs` nothing is made in a
        folder that has no run yet: `NoRunYet` is raised.
        """
        resolved_settings = settings or (Settings(home=Path(home)) if home is not None else Settings())
        server = ClientConfigProfile(address=address, namespace=namespace) if address else None

        @asynccontextmanager
        async def opened() -> AsyncGenerator[Client]:
            async with connection(
                resolved_settings, starts_work=starts_work, starts_runs=starts_runs, server=server
            ) as temporal:
                yield cls(temporal, resolved_settings)

        return PendingConnection(opened())

    async def close(self) -> None:
        """Only after `await Client.connect()`. An embedded server stops when nobody is connected any more."""
        await self.stack.aclose()

    async def start(
        self,
        question: str,
        *,
        docs: str | Path | None = None,
        collection: str = "",
        web: bool = False,
        budget: Budget | None = None,
        approve: bool = False,
        again: bool = False,
    ) -> Run:
        """Start a run; the same question to the same documents joins the one that is under way, unless `again`.

        `docs` is a folder, which is read now; `collection` the name or the id of documents that are known already.
        With `approve` nobody is asked at the gates. Raises `Permanent` for what cannot be asked.
        """
        if docs is None and not collection and not web:
            raise Permanent("There are no documents. Give a folder as docs=, or a collection=, or web=True.")
        given = {"question": question, "web": web, "approve": approve, "budget": dict((budget or Budget()).limits())}
        ask = validate_message(accept_ask, given)
        documents_id = await resolve_collection(Path(docs) if docs is not None else None, collection, self.settings)
        return await self.begin(ask.model_copy(update={"collection": documents_id}), again=again)

    async def begin(self, ask: Ask, *, again: bool = False) -> Run:
        """`start`, where the documents are known."""
        started = await start(self.temporal, ask, again=again)
        return run_of(started.handle, since=started.since)

    async def find(self, run: "Run | str" = "") -> Run:
        """The run of that id, of a workflow or of one execution of it. Raises `Permanent` where there is none."""
        return run if isinstance(run, Run) else run_of(await find_run(self.temporal, run))

    async def open_runs(self) -> Sequence[Run]:
        """All that are under way, oldest first."""
        return [run_of(handle) for handle in await open_runs(self.temporal)]

    async def list(
        self, *, only_open: bool = False, wants: Callable[[Row], bool] | None = None, limit: int = 0
    ) -> Sequence[Row]:
        """Runs, newest first: where each stands, and what it has spent. No worker is asked.

        Only those that `wants` takes, and no more than `limit`; without them all, or all that are under way.
        """
        fitting: list[Row] = []
        async for row in read_rows(self.temporal, await list_executions(self.temporal, only_open=only_open)):
            if wants is None or wants(row):
                fitting.append(row)
            if limit and len(fitting) == limit:
                break
        return fitting

    async def count(self) -> int:
        """How many runs there are, whether under way or ended."""
        return (await self.temporal.count_workflows(ALL_RUNS_QUERY)).count

    async def describe(self, run: "Run | str" = "") -> Description:
        """Where a run stands now: its gates, its attempts, what it has spent."""
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

        `subject` is what was looked at, such as "plan-2": the run refuses a decision about something else. Raises
        `Permanent` where the run refuses it, `NeedsOperator` where no worker answers.
        """
        given = {"decision": decision, "gate": gate, "note": note, "subject": subject, "by": by, "answers": answers}
        return await self.send(run, validate_message(accept_decision, given))

    async def send(self, run: "Run | str", decision: Decision) -> DecisionResult:
        """`decide`, where the decision is a value already."""
        return await decide(await self.handle(run), decision, self.settings)

    async def steer(self, run: "Run | str", budget: Budget, *, at_once: bool = False) -> SteeringResult:
        """Change what a run may spend. Each limit that `budget` names takes the place of the one before.

        `at_once`: phases under way take it up too. Raises as `decide` does.
        """
        return await steer(await self.handle(run), budget, self.settings, at_once=at_once)

    async def cancel(self, run: "Run | str", reason: str = "") -> RunEnd:
        """End a run, and wait until it has ended. Raises `Permanent` where it has ended already."""
        return await cancel(await self.handle(run), self.settings, reason)

    async def history(self, run: "Run | str" = "") -> History:
        """All that a run has done: phases with their attempts, gates with who decided what."""
        events = (await (await self.handle(run)).fetch_history()).events
        return await read_history(events, self.temporal.data_converter)

    async def watch(self, run: "Run | str" = "") -> AsyncIterator[Description]:
        """Where a run stands, four times a second, until it has ended."""
        async with Watch(self.temporal, await self.handle(run)) as watch:
            async for seen in watch.descriptions():
                yield seen

    async def is_over(self, run: "Run | str" = "") -> bool:
        return (await (await self.handle(run)).describe()).status is not WorkflowExecutionStatus.RUNNING

    async def end(self, run: "Run | str" = "") -> RunEnd:
        """Wait for the end of a run."""
        return await wait_for_end(await self.handle(run))

    async def report(self, run: "Run | str" = "") -> Report:
        """Wait for the end of a run, and read its report. Raises `Permanent` where it has ended without one."""
        handle = await self.handle(run)
        ended = await wait_for_end(handle)
        if ended.outcome is None or ended.outcome.report is None:
            raise Permanent(f"The run {handle.id} is {ended.status}, and has no report. {ended.reason}".rstrip())
        return await published_report(open_objects(self.settings.object_store), ended.outcome.report)

    async def handle(self, run: "Run | str" = "") -> Handle:
        """Temporal's own handle of a run."""
        found = await self.find(run)
        return self.temporal.get_workflow_handle(found.id, run_id=found.execution, result_type=Outcome)


class PendingConnection:
    """A client that is not connected yet: `await` it, or enter it with `async with`, which closes it too."""

    def __init__(self, opened: AbstractAsyncContextManager[Client]) -> None:
        self._opened = opened

    def __await__(self) -> Generator[Any, None, Client]:
        return self._connect().__await__()

    async def __aenter__(self) -> Client:
        return await self._opened.__aenter__()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool | None:
        return await self._opened.__aexit__(kind, error, trace)

    async def _connect(self) -> Client:
        async with AsyncExitStack() as stack:
            client = await stack.enter_async_context(self._opened)
            client.stack = stack.pop_all()
            return client
        raise AssertionError  # no context here keeps an error back


def run_of(handle: Handle, *, since: datetime | None = None) -> Run:
    return Run(handle.id, str(handle.run_id), since)
