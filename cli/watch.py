"""`outlast watch`: follow runs to their end: one with a prompt at its gates, or several side by side."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from outlast.cli.decide import ask_for_decision, show_commands, show_gate_text
from outlast.cli.drawing import Drawing, log_lines
from outlast.cli.exits import Exit, Interrupted
from outlast.cli.output import Output, format_of
from outlast.cli.report import document_of_failure, exit_of, export_and_print
from outlast.cli.terminal import is_interactive, live_on
from outlast.cli.wishes import apply_wish
from outlast.evidence.errors import Permanent
from outlast.evidence.text import shell_command
from outlast.orchestration.client.client import Client, Run
from outlast.orchestration.client.describe import Description
from outlast.orchestration.client.ending import RunEnd
from outlast.orchestration.client.export import Exporter
from outlast.orchestration.client.find import Handle
from outlast.orchestration.client.report import Format
from outlast.orchestration.client.watch_many import watch_many
from outlast.orchestration.client.watch_one import Watch
from outlast.orchestration.embedded.connection import START_A_RUN_ADVICE, NoRunYet
from outlast.orchestration.embedded.detached import is_detached, start_detached
from outlast.orchestration.research.messages import OpenGate
from outlast.orchestration.settings import Settings

EXITS_BY_SEVERITY = (Exit.DONE, Exit.NOT_PUBLISHED, Exit.FAILED)
"""The worst is the last."""


async def watch(run_ids: Sequence[str], out: Path | None, report: str, *, every: bool, as_json: bool) -> Exit:
    form = format_of(report, as_json=as_json)
    several = every or len(run_ids) > 1
    if several and (out is not None or form):
        raise Permanent("--out and --format work for one run only. Name the run: outlast watch RUN --out DIR")
    if every and run_ids:
        raise Permanent("RUN and --all both say which runs to follow. Give either runs or --all.")
    output, settings = Output(as_json=as_json, is_taken=form is not None), Settings()
    try:
        return await watch_chosen(run_ids, Exporter(settings, out), output, form, several=several, every=every)
    except NoRunYet as error:
        if not every:
            raise
        output.people.print(str(error))
        return Exit.DONE


async def watch_chosen(
    run_ids: Sequence[str], exports: Exporter, output: Output, form: Format | None, *, several: bool, every: bool
) -> Exit:
    settings, out = exports.settings, exports.out
    async with Client.connect(settings=settings, starts_work=False, starts_runs=False) as client:
        if several:
            return await follow_runs(
                client, await client.open_runs() if every else await find_runs(client, run_ids), output
            )
        run = await client.find(run_ids[0] if run_ids else "")
        if out is not None and (seen := await client.describe(run)).status:
            exports.refuse_other_report(seen.status.question)
        exports, form = await apply_wish(exports, form, run)
        if output.as_json:
            form = None  # stdout is for documents
        elif form is not None:
            output = Output(is_taken=True)
        return await follow_run(client, run, exports, output, stream=True, form=form)


async def find_runs(client: Client, run_ids: Sequence[str]) -> list[Run]:
    """Return each run once, in the order in which the runs were named."""
    return list({run.execution: run for run in [await client.find(run_id) for run_id in run_ids]}.values())


async def follow_run(
    client: Client,
    run: Run,
    exports: Exporter,
    output: Output,
    *,
    approve: bool = False,
    stream: bool = False,
    form: Format | None = None,
) -> Exit:
    """Show the run until it ends, and ask at its gates or approve them all. Ctrl-C stops only the following.

    With `--json` the last document is the outcome; `stream` adds one before it whenever something has changed.
    """
    try:
        async with Watch(client.temporal, await client.handle(run)) as watch:
            no_worker_text = missing_worker_text(client.settings)
            end = await RunFollower(
                client, run, watch, output, no_worker_text, approve=approve, stream=stream
            ).to_the_end()
    except asyncio.CancelledError:
        raise leave_runs(client.settings, run) from None
    return await export_and_print(end, run, exports, client.settings, output, form=form)


class RunFollower:
    """Follows one run on one terminal, and asks at its gates."""

    def __init__(
        self,
        client: Client,
        run: Run,
        watch: Watch,
        output: Output,
        without_worker: str,
        *,
        approve: bool,
        stream: bool,
    ) -> None:
        self._client = client
        self._run = run
        self._watch = watch
        self._output = output
        self._console = output.people
        self._without_worker = without_worker
        self._approve = approve
        self._stream = stream
        self._asked_gates: set[str] = set()
        self._printed_lines: set[str] = set()
        self._written_document: Mapping[str, Any] = {}

    async def to_the_end(self) -> RunEnd:
        while not self._watch.is_over:
            if (gate := await self._until_a_gate()) is not None:
                await self._handle_gate(gate)
        return await self._watch.wait_for_end()

    async def _until_a_gate(self) -> OpenGate | None:
        """Show progress until a gate opens that nobody was asked about yet, or until the run ends."""
        drawing = Drawing()
        with live_on(self._console, transient=True) as live:
            async for seen in self._watch.descriptions():
                self._write_document(seen)
                if new := [gate for gate in seen.gates if gate.subject not in self._asked_gates]:
                    return new[0]
                if live:
                    live.update(drawing.draw_run(seen))
                else:
                    self._print_new_lines(seen)
        if not self._console.is_terminal:
            self._print_new_lines(await self._watch.now())
        return None

    def _print_new_lines(self, seen: Description) -> None:
        """Print a line for what has changed, where there is no terminal to draw on."""
        for line in log_lines(seen, self._without_worker):
            if line not in self._printed_lines:
                self._console.print(f"{datetime.now(UTC):%H:%M:%S} {line}")
                self._printed_lines.add(line)

    def _write_document(self, seen: Description) -> None:
        """Write the state of the run for programs if it has changed."""
        if self._stream and (document := state_document(self._run, seen)) != self._written_document:
            self._output.document(document)
            self._written_document = document

    async def _handle_gate(self, gate: OpenGate) -> None:
        self._asked_gates.add(gate.subject)
        if self._approve and gate.gate in {"plan", "report"}:
            await self._client.decide(self._run, "approve", subject=gate.subject, note="--yes")
            return
        seen = await self._watch.now()
        show_gate_text(self._console, gate, seen.status.details if seen.status else gate.subject)
        if self._output.as_json or not is_interactive():
            show_commands(self._console, gate, self._run.id)
            return
        await self._ask(gate)

    async def _ask(self, gate: OpenGate) -> None:
        """Ask here, unless somebody decides elsewhere first."""
        asking = asyncio.create_task(ask_for_decision(self._console, gate))
        try:
            while not asking.done() and not self._watch.is_over:
                await asyncio.wait([asking, self._watch.end], timeout=1, return_when=asyncio.FIRST_COMPLETED)
                seen = await self._watch.now()
                open_subjects = {open_gate.subject for open_gate in seen.gates}
                if not asking.done() and seen.status and gate.subject not in open_subjects:
                    self._console.print("\nDecided elsewhere.")
                    return
            if asking.done():
                decision = asking.result().model_copy(update={"subject": gate.subject})
                self._console.print((await self._client.send(self._run, decision)).said)
        finally:
            asking.cancel()


async def follow_runs(client: Client, runs: Sequence[Run], output: Output) -> Exit:
    """Show all runs until the last has ended. The exit code is that of the run with the worst end."""
    if not runs:
        output.people.print(f"No run is under way. {START_A_RUN_ADVICE}")
        return Exit.DONE
    try:
        codes = await RunsFollower(client, runs, output, missing_worker_text(client.settings)).to_the_end()
    except asyncio.CancelledError:
        raise leave_runs(client.settings, *runs) from None
    return max(codes, key=EXITS_BY_SEVERITY.index)


class RunsFollower:
    """Follows several runs side by side."""

    def __init__(self, client: Client, runs: Sequence[Run], output: Output, without_worker: str) -> None:
        self._client = client
        self._runs = runs
        self._output = output
        self._without_worker = without_worker
        self._console = output.people
        self._codes: list[Exit] = []
        self._printed_lines: set[tuple[str, str]] = set()
        self._written_documents: dict[str, Mapping[str, Any]] = {}

    async def to_the_end(self) -> list[Exit]:
        handles = [await self._client.handle(run) for run in self._runs]
        drawing = Drawing()
        with live_on(self._console) as live:
            async for seen in watch_many(self._client.temporal, handles, self._ended):
                if live:
                    names = [run.id for run in self._runs]
                    live.update(drawing.draw_runs(list(zip(names, seen, strict=True))))
                self._show_states(seen)
        return self._codes

    def _ended(self, handle: Handle, end: RunEnd) -> None:
        run = Run(handle.id, str(handle.run_id))
        self._codes.append(exit_of(end))
        if end.outcome is None:
            self._output.document(document_of_failure(run, end))
            return
        report = end.outcome.report and end.outcome.report.model_dump(mode="json")
        self._output.document({"run": run.id, "execution": run.execution, "status": end.status, "report": report})

    def _show_states(self, states: Sequence[Description]) -> None:
        for run, seen in zip(self._runs, states, strict=True):
            document = state_document(run, seen)
            if not seen.is_over and document != self._written_documents.get(run.execution):
                self._output.document(document)
                self._written_documents[run.execution] = document
            if not self._console.is_terminal:
                self._print_new_lines(run.id, seen)

    def _print_new_lines(self, name: str, seen: Description) -> None:
        waiting = [f"{gate.subject} waits for a decision: {shell_command('watch', name)}" for gate in seen.gates]
        over = [f"ended: {seen.status.outcome}"] if seen.is_over and seen.status and seen.status.outcome else []
        for line in [*log_lines(seen, self._without_worker), *waiting, *over]:
            if (name, line) not in self._printed_lines:
                self._console.print(f"{datetime.now(UTC):%H:%M:%S} {name} {line}")
                self._printed_lines.add((name, line))


def state_document(run: Run, seen: Description) -> Mapping[str, Any]:
    """Return the state of a run for programs."""
    status = seen.status
    return {
        "run": run.id,
        "execution": run.execution,
        "status": "waiting" if seen.waits else "running",
        "phase": status.phase if status else None,
        "tasks": status.tasks if status else None,
        "investigated": status.investigated if status else None,
        "seconds": status.seconds if status else {},
        "gates": [gate.model_dump(mode="json", exclude={"text"}) for gate in seen.gates],
        "attempts": [
            {
                "phase": attempt.phase,
                "attempt": attempt.number,
                "progress": attempt.progress,
                "last_failure": attempt.last_failure,
            }
            for attempt in seen.attempts
        ],
    }


def missing_worker_text(settings: Settings) -> str:
    """Return the line for a run without a worker. Nobody needs to start one in a folder: its own starts by itself."""
    if settings.temporal() is None:
        return "waiting for the worker of this folder, which is starting"
    return f"waiting for a worker; to start one: {shell_command('worker')}"


def leave_runs(settings: Settings, *runs: Run) -> Interrupted:
    """Return what becomes of these runs after Ctrl-C. Detached ones go on in the background."""
    is_single = len(runs) == 1
    go_on = "The run goes on" if is_single else "The runs go on"
    keep = "The run keeps its" if is_single else "The runs keep their"
    command = shell_command("watch", runs[0].id) if is_single else shell_command("watch", "--all")
    if settings.temporal() is not None:
        return Interrupted(f"{go_on} elsewhere. To follow again: {command}")
    if any(is_detached(settings, run.execution) for run in runs):
        start_detached(settings)
        return Interrupted(f"{go_on} in the background. To follow again: {command}")
    return Interrupted(f"{keep} progress. To go on: {command}")
