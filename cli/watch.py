"""`outlast watch`: a run followed to its end, with a prompt at its gates."""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.console import Console, Group
from rich.live import Live
from rich.spinner import Spinner
from rich.text import Text
from temporalio.client import Client, WorkflowFailureError, WorkflowHandle
from temporalio.exceptions import ApplicationError, CancelledError, TerminatedError

from cli.deciding import ask, send
from cli.exits import Exit
from cli.exporting import Exports
from cli.runs import Attempt, Look, find_run, look
from cli.summary import summarise
from cli.terminal import console, is_interactive, show_markdown
from orchestration.connection import connection
from orchestration.gates import ACCEPTED
from orchestration.messages import Decision, OpenGate, Outcome, Status
from orchestration.settings import Settings

INTERVAL_SECONDS = 0.25


async def watch(given: str, out: Path | None) -> Exit:
    settings = Settings()
    async with connection(settings) as client:
        handle = await find_run(client, given)
        exports = Exports(settings, out)
        if out is not None and (seen := await look(client, handle)).status:
            exports.refuse_another(seen.status.question)
        return await follow(client, handle, settings, exports)


async def follow(
    client: Client, handle: WorkflowHandle[Any, Outcome], settings: Settings, exports: Exports, *, approve: bool = False
) -> Exit:
    """Show the run until it ends; ask at its gates, or approve them all. Ctrl-C leaves the run where it stands."""
    shown = console()
    try:
        outcome = await Following(client, handle, shown, approve=approve).to_the_end()
    except asyncio.CancelledError:
        shown.print(f"\nThe run stands where it stood. Go on with: outlast watch {handle.id}")
        raise
    except WorkflowFailureError as error:
        shown.print(f"The run {handle.id} failed. {reason(error)}", style="red")
        return Exit.FAILED
    return await summarise(shown, outcome, handle, exports, settings)


def reason(error: WorkflowFailureError) -> str:
    match error.cause:
        case ApplicationError() as cause:
            return cause.message
        case CancelledError():
            return "It was cancelled."
        case TerminatedError() as cause:
            return f"It was terminated: {cause.message}"
        case cause:
            return str(cause)


class Following:
    """One run on one terminal."""

    def __init__(
        self, client: Client, handle: WorkflowHandle[Any, Outcome], shown: Console, *, approve: bool = False
    ) -> None:
        self._client = client
        self._handle = handle
        self._console = shown
        self._approve = approve
        self._asked: set[str] = set()
        self._said: set[str] = set()

    async def to_the_end(self) -> Outcome:
        ending = asyncio.create_task(self._handle.result())
        try:
            while not ending.done():
                gate = await self._until_a_gate(ending)
                if gate is not None:
                    await self._at(gate, ending)
            return await ending
        finally:
            ending.cancel()

    async def _until_a_gate(self, ending: asyncio.Task[Outcome]) -> OpenGate | None:
        """Show progress until a gate opens that nobody was asked about yet, or the run ends."""
        with Live(console=self._console, transient=True, auto_refresh=False) as live:
            while not ending.done():
                seen = await look(self._client, self._handle)
                if seen.status and (new := [gate for gate in seen.status.gates if gate.subject not in self._asked]):
                    return new[0]
                if self._console.is_terminal:
                    live.update(drawn(seen), refresh=True)
                else:
                    self._say(seen)
                await asyncio.wait([ending], timeout=INTERVAL_SECONDS)
        if not self._console.is_terminal:
            self._say(await look(self._client, self._handle))
        return None

    def _say(self, seen: Look) -> None:
        """Where there is no terminal: a line when something has changed."""
        for line in lines(seen):
            if line not in self._said:
                self._console.print(f"{datetime.now(UTC):%H:%M:%S} {line}")
                self._said.add(line)

    async def _at(self, gate: OpenGate, ending: asyncio.Task[Outcome]) -> None:
        self._asked.add(gate.subject)
        if self._approve and gate.gate in {"plan", "report"}:
            await send(self._handle, Decision(decision="approve", subject=gate.subject, note="--yes"))
            return
        seen = await look(self._client, self._handle)
        show_markdown(self._console, seen.status.details if seen.status else gate.subject)
        if not is_interactive():
            command = f"outlast decide {' | '.join(ACCEPTED[gate.gate])} --run {self._handle.id}"
            self._console.print(f"Waiting for a decision. In another terminal: {command}")
            return
        await self._ask(gate, ending)

    async def _ask(self, gate: OpenGate, ending: asyncio.Task[Outcome]) -> None:
        """Ask here, unless somebody decides elsewhere first."""
        asking = asyncio.create_task(ask(self._console, gate))
        try:
            while not asking.done() and not ending.done():
                await asyncio.wait([asking, ending], timeout=1, return_when=asyncio.FIRST_COMPLETED)
                seen = await look(self._client, self._handle)
                if not asking.done() and seen.status and gate not in seen.status.gates:
                    self._console.print("\nDecided elsewhere.")
                    return
            if asking.done():
                decision = asking.result().model_copy(update={"subject": gate.subject})
                self._console.print(await send(self._handle, decision))
        finally:
            asking.cancel()


def drawn(seen: Look) -> Group:
    """The phases that are done, the one that runs, and a line for each of its activities, from their heartbeats."""
    if seen.status is None:
        return Group(Spinner("dots", "waiting for a worker ..."))
    done = [Text(f"\u2713 {phase} {seconds:.1f} s", style="green") for phase, seconds in seen.status.seconds.items()]
    running = [Text(f"    {of_attempt(attempt)}", style="dim") for attempt in seen.attempts]
    return Group(*done, Spinner("dots", Text(headline(seen.status))), *running)


def lines(seen: Look) -> list[str]:
    """What is worth a line in a log: phases that are done, the one that runs, attempts that failed."""
    if seen.status is None:
        return ["waiting for a worker; `outlast worker` starts one"]
    done = [f"{phase} done in {seconds:.1f} s" for phase, seconds in seen.status.seconds.items()]
    failed = [f"{attempt.phase}: {of_attempt(attempt)}" for attempt in seen.attempts if attempt.last_failure]
    return [
        *done,
        *failed,
        *([] if seen.is_over or seen.status.phase in seen.status.seconds else [headline(seen.status)]),
    ]


def headline(status: Status) -> str:
    if status.phase == "investigate":
        return f"investigate: {status.investigated} of {status.tasks} tasks"
    return status.phase


def of_attempt(attempt: Attempt) -> str:
    """Such as `search 1, read 12 done; read 13 running`."""
    finished, running = counted(attempt.progress.get("finished")), counted(attempt.progress.get("running"))
    parts = [*([f"{finished} done"] if finished else []), *([f"{running} running"] if running else [])]
    again = f" (attempt {attempt.number}: {attempt.last_failure})" if attempt.last_failure else ""
    return f"{'; '.join(parts) or 'starting'}{again}"


def counted(nodes: Mapping[str, int] | None) -> str:
    return ", ".join(f"{node} {count}" for node, count in (nodes or {}).items())
