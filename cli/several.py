"""Several runs followed side by side. Their gates are decided elsewhere."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from temporalio.client import Client, WorkflowFailureError

from outlast.cli.drawing import Drawing, lines
from outlast.cli.exits import Exit
from outlast.cli.finding import START_ONE, Handle
from outlast.cli.following import INTERVAL_SECONDS, leave, snapshot
from outlast.cli.looking import Look, look
from outlast.cli.outcomes import document_of_failure, ending_of
from outlast.cli.output import Output
from outlast.cli.terminal import live_on
from outlast.orchestration.settings import Settings

WORST_LAST = (Exit.DONE, Exit.NOT_PUBLISHED, Exit.FAILED)


async def follow_several(client: Client, handles: Sequence[Handle], settings: Settings, output: Output) -> Exit:
    """Show all of them until the last has ended; the exit code is that of the one that ended worst."""
    if not handles:
        output.people.print(f"No run is under way. {START_ONE}")
        return Exit.DONE
    try:
        codes = await Several(client, handles, output).to_the_end()
    except asyncio.CancelledError:
        raise leave(settings, *handles) from None
    return max(codes, key=WORST_LAST.index)


class Several:
    def __init__(self, client: Client, handles: Sequence[Handle], output: Output) -> None:
        self._client = client
        self._handles = handles
        self._output = output
        self._console = output.people
        self._said: set[tuple[str, str]] = set()
        self._shown: dict[str, Mapping[str, Any]] = {}

    async def to_the_end(self) -> list[Exit]:
        endings = [asyncio.create_task(self._ending(handle)) for handle in self._handles]
        everything = asyncio.gather(*endings)
        drawing = Drawing()
        try:
            with live_on(self._console) as live:
                while True:
                    last = everything.done()
                    looks = await asyncio.gather(*(look(self._client, handle) for handle in self._handles))
                    pairs = [(handle.id, seen) for handle, seen in zip(self._handles, looks, strict=True)]
                    if live:
                        live.update(drawing.several(pairs))
                    self._tell(looks)
                    if last:
                        return await everything
                    await asyncio.wait([everything], timeout=INTERVAL_SECONDS)
        finally:
            everything.cancel()

    async def _ending(self, handle: Handle) -> Exit:
        try:
            outcome = await handle.result()
        except WorkflowFailureError as error:
            status, reason, code = ending_of(error)
            self._output.document(document_of_failure(handle, status, reason))
            return code
        report = outcome.report and outcome.report.model_dump(mode="json")
        self._output.document(
            {"run": handle.id, "execution": handle.run_id, "status": outcome.status, "report": report}
        )
        return Exit.DONE if outcome.report else Exit.NOT_PUBLISHED

    def _tell(self, looks: Sequence[Look]) -> None:
        for handle, seen in zip(self._handles, looks, strict=True):
            if not seen.is_over and (shown := snapshot(handle, seen)) != self._shown.get(handle.id):
                self._output.document(shown)
                self._shown[handle.id] = shown
            if not self._console.is_terminal:
                self._say(handle.id, seen)

    def _say(self, name: str, seen: Look) -> None:
        gates = seen.status.gates if seen.status else ()
        waiting = [f"{gate.subject} waits for a decision: outlast decide ... --run {name}" for gate in gates]
        over = [f"ended: {seen.status.outcome}"] if seen.is_over and seen.status and seen.status.outcome else []
        for line in [*lines(seen), *waiting, *over]:
            if (name, line) not in self._said:
                self._console.print(f"{datetime.now(UTC):%H:%M:%S} {name} {line}")
                self._said.add((name, line))
