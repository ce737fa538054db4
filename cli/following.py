"""One run followed to its end, with a prompt at its gates."""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from temporalio.client import Client, WorkflowFailureError

from outlast.cli.deciding import ask, send
from outlast.cli.drawing import Drawing, lines
from outlast.cli.errors import Interrupted
from outlast.cli.exits import Exit
from outlast.cli.exporting import Exports, Format
from outlast.cli.finding import Handle
from outlast.cli.looking import Look, look
from outlast.cli.outcomes import finish, finish_without
from outlast.cli.output import Output
from outlast.cli.terminal import is_interactive, live_on, show_markdown
from outlast.orchestration.embedded.detached import is_detached, start_keeper
from outlast.orchestration.research.gates import ACCEPTED
from outlast.orchestration.research.messages import Decision, OpenGate, Outcome
from outlast.orchestration.settings import Settings

INTERVAL_SECONDS = 0.25


async def follow(
    client: Client,
    handle: Handle,
    settings: Settings,
    exports: Exports,
    output: Output,
    *,
    approve: bool = False,
    stream: bool = False,
    form: Format | None = None,
) -> Exit:
    """Show the run until it ends; ask at its gates, or approve them all. Ctrl-C leaves the run where it stands.

    With `--json` the last document is the outcome; with `stream` one comes before it whenever something has changed.
    """
    try:
        outcome = await Following(client, handle, output, approve=approve, stream=stream).to_the_end()
    except asyncio.CancelledError:
        raise leave(settings, handle) from None
    except WorkflowFailureError as error:
        return finish_without(error, handle, output)
    return await finish(outcome, handle, exports, settings, output, form=form)


def leave(settings: Settings, *handles: Handle) -> Interrupted:
    """Ctrl-C: nobody follows these runs any more. What becomes of them."""
    alone = len(handles) == 1
    which = "The run" if alone else "The runs"
    command = f"outlast watch {handles[0].id}" if alone else "outlast watch --all"
    if settings.temporal() is not None:
        return Interrupted(f"{which} {'goes' if alone else 'go'} on elsewhere. Look again with: {command}")
    if any(is_detached(settings, handle.run_id) for handle in handles):
        start_keeper(settings)
        return Interrupted(f"{which} {'goes' if alone else 'go'} on in the background. Look again with: {command}")
    return Interrupted(f"{which} {'stands' if alone else 'stand'} where it stood. Go on with: {command}")


class Following:
    """One run on one terminal."""

    def __init__(self, client: Client, handle: Handle, output: Output, *, approve: bool, stream: bool) -> None:
        self._client = client
        self._handle = handle
        self._output = output
        self._console = output.people
        self._approve = approve
        self._stream = stream
        self._asked: set[str] = set()
        self._said: set[str] = set()
        self._shown: Mapping[str, Any] = {}

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
        drawing = Drawing()
        with live_on(self._console, transient=True) as live:
            while not ending.done():
                seen = await look(self._client, self._handle)
                self._write(seen)
                if seen.status and (new := [gate for gate in seen.status.gates if gate.subject not in self._asked]):
                    return new[0]
                if live:
                    live.update(drawing.one(seen))
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

    def _write(self, seen: Look) -> None:
        """For programs: where the run stands, when that has changed."""
        if self._stream and (shown := snapshot(self._handle, seen)) != self._shown:
            self._output.document(shown)
            self._shown = shown

    async def _at(self, gate: OpenGate, ending: asyncio.Task[Outcome]) -> None:
        self._asked.add(gate.subject)
        if self._approve and gate.gate in {"plan", "report"}:
            await send(self._handle, Decision(decision="approve", subject=gate.subject, note="--yes"))
            return
        seen = await look(self._client, self._handle)
        show_markdown(self._console, seen.status.details if seen.status else gate.subject)
        if self._output.as_json or not is_interactive():
            command = f"outlast decide {' | '.join(ACCEPTED[gate.gate])} --run {self._handle.id}"
            self._console.print(f"Waiting for a decision. In another terminal: {command}")
            self._asked |= {each.subject for each in seen.status.gates} if seen.status else set()  # all were shown
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


def snapshot(handle: Handle, seen: Look) -> Mapping[str, Any]:
    """A run at one moment, for programs."""
    status = seen.status
    return {
        "run": handle.id,
        "execution": handle.run_id,
        "status": "waiting" if seen.waits else "running",
        "phase": status.phase if status else None,
        "tasks": status.tasks if status else None,
        "investigated": status.investigated if status else None,
        "seconds": status.seconds if status else {},
        "gates": [gate.model_dump(mode="json") for gate in status.gates] if status else [],
        "attempts": [
            {"phase": each.phase, "attempt": each.number, "progress": each.progress, "last_failure": each.last_failure}
            for each in seen.attempts
        ],
    }
