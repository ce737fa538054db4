"""Several runs followed side by side. Their gates are decided elsewhere."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from outlast.cli.advice import without_worker
from outlast.cli.drawing import Drawing, lines
from outlast.cli.exits import Exit
from outlast.cli.following import leave, snapshot
from outlast.cli.outcomes import document_of_failure, exit_of
from outlast.cli.output import Output
from outlast.cli.terminal import live_on
from outlast.evidence.text import command
from outlast.orchestration.client.client import Client, Run
from outlast.orchestration.client.describe import Description
from outlast.orchestration.client.ending import RunEnd
from outlast.orchestration.client.find import START_ONE, Handle
from outlast.orchestration.client.watch_many import watch_many

WORST_LAST = (Exit.DONE, Exit.NOT_PUBLISHED, Exit.FAILED)


async def follow_several(client: Client, runs: Sequence[Run], output: Output) -> Exit:
    """Show all of them until the last has ended; the exit code is that of the one that ended worst."""
    if not runs:
        output.people.print(f"No run is under way. {START_ONE}")
        return Exit.DONE
    try:
        codes = await Several(client, runs, output, without_worker(client.settings)).to_the_end()
    except asyncio.CancelledError:
        raise leave(client.settings, *runs) from None
    return max(codes, key=WORST_LAST.index)


class Several:
    def __init__(self, client: Client, runs: Sequence[Run], output: Output, without_worker: str) -> None:
        self._client = client
        self._runs = runs
        self._output = output
        self._without_worker = without_worker
        self._console = output.people
        self._codes: list[Exit] = []
        self._said: set[tuple[str, str]] = set()
        self._shown: dict[str, Mapping[str, Any]] = {}

    async def to_the_end(self) -> list[Exit]:
        handles = [await self._client.handle(run) for run in self._runs]
        drawing = Drawing()
        with live_on(self._console) as live:
            async for seen in watch_many(self._client.temporal, handles, self._ended):
                if live:
                    live.update(drawing.several([(run.id, each) for run, each in zip(self._runs, seen, strict=True)]))
                self._tell(seen)
        return self._codes

    def _ended(self, handle: Handle, end: RunEnd) -> None:
        run = Run(handle.id, str(handle.run_id))
        self._codes.append(exit_of(end))
        if end.outcome is None:
            self._output.document(document_of_failure(run, end))
            return
        report = end.outcome.report and end.outcome.report.model_dump(mode="json")
        self._output.document({"run": run.id, "execution": run.execution, "status": end.status, "report": report})

    def _tell(self, looks: Sequence[Description]) -> None:
        for run, seen in zip(self._runs, looks, strict=True):
            if not seen.is_over and (shown := snapshot(run, seen)) != self._shown.get(run.execution):
                self._output.document(shown)
                self._shown[run.execution] = shown
            if not self._console.is_terminal:
                self._say(run.id, seen)

    def _say(self, name: str, seen: Description) -> None:
        waiting = [f"{gate.subject} waits for a decision: {command('watch', name)}" for gate in seen.gates]
        over = [f"ended: {seen.status.outcome}"] if seen.is_over and seen.status and seen.status.outcome else []
        for line in [*lines(seen, self._without_worker), *waiting, *over]:
            if (name, line) not in self._said:
                self._console.print(f"{datetime.now(UTC):%H:%M:%S} {name} {line}")
                self._said.add((name, line))
