"""`outlast show`: a run's timeline, attempts, failures, decisions, sizes and files, from its event history."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any

from rich.table import Column, Table
from rich.text import Text

from outlast.cli.decide import show_gate
from outlast.cli.exits import Exit
from outlast.cli.output import Output
from outlast.cli.terminal import duration, moment, print_table
from outlast.evidence.budget import Budget
from outlast.evidence.rendering.spending import format_budget, format_usage
from outlast.evidence.report import PhaseUsage
from outlast.evidence.text import one_line, shell_command
from outlast.evidence.usage import Usage, sum_usages
from outlast.orchestration.client.client import Client
from outlast.orchestration.client.describe import Description
from outlast.orchestration.client.export import Exporter
from outlast.orchestration.client.history import History, HistoryStep
from outlast.orchestration.client.listing import execution_status_name
from outlast.orchestration.embedded.process_files import ProcessFiles
from outlast.orchestration.research.messages import Outcome
from outlast.orchestration.settings import Settings

BAR_CHARACTERS = 24


async def show(run_id: str, *, as_json: bool) -> Exit:
    output, settings = Output(as_json=as_json), Settings()
    async with Client.connect(settings=settings, starts_work=False, starts_runs=False) as client:
        run = await client.find(run_id)
        seen = await client.describe(run)
        history = await client.history(run)
        status = status_of(seen, history)
        outcome = (await client.end(run)).outcome if status == "completed" else None
    facts = facts_of(seen, history, outcome, settings, status=outcome.status if outcome else status)
    output.document({**facts, "steps": [asdict(step) for step in history.steps], "details": details_of(seen)})
    if not as_json:
        print_run(output, facts, history, seen, list(cost_lines(*spending_of(seen, outcome))))
    return Exit.DONE


def status_of(seen: Description, history: History) -> str:
    if not seen.is_over:
        return "waiting" if history.waits else "running"
    return execution_status_name(seen.execution.status)


def facts_of(
    seen: Description, history: History, outcome: Outcome | None, settings: Settings, *, status: str
) -> Mapping[str, Any]:
    """Return the facts of a run, apart from its steps. A fact that is None or empty is unknown or does not exist."""
    described = seen.execution
    ended = described.close_time
    cancel_request = history.cancel_asked
    phases, budget = spending_of(seen, outcome)
    return {
        "run": described.id,
        "execution": described.run_id,
        "status": status,
        "question": history.question,
        "started": described.start_time,
        "ended": ended,
        "seconds": round(((ended or datetime.now(UTC)) - described.start_time).total_seconds(), 3),
        "phase": history.phase,
        "failure": history.failure,
        "cancelled_by": f"{cancel_request.reason or cancel_request.by}" if cancel_request else None,
        "outcome": outcome.model_dump(mode="json", exclude={"plan", "question"}) if outcome else None,
        "usage": sum_usages(phase.usage for phase in phases).model_dump(),
        "phases": {phase.phase: phase.usage.model_dump() for phase in phases},
        "budget": dict(budget.limits()),
        "history": {
            "events": history.events,
            "bytes": described.raw_description.workflow_execution_info.history_size_bytes,
        },
        "files": files_of(described.id, outcome, settings),
        "attempts": [asdict(attempt) for attempt in seen.attempts],
    }


def spending_of(seen: Description, outcome: Outcome | None) -> tuple[tuple[PhaseUsage, ...], Budget]:
    """Return the usage of finished phases, and the budget. The usage of phases under way is in `attempts`."""
    if outcome:
        return outcome.usage, outcome.budget
    return (seen.status.phases, seen.status.budget) if seen.status else ((), Budget())


def files_of(workflow: str, outcome: Outcome | None, settings: Settings) -> Mapping[str, Any]:
    """Return where the run's files are: the report's folder if it exists, its objects, and the logs of this machine."""
    folder = Exporter(settings, None).folder(workflow)
    published = outcome.report if outcome else None
    return {
        "report": str(folder) if (folder / "report.json").exists() else None,
        "objects": settings.object_store,
        "published": published.report_json.rpartition("/")[0] if published else None,
        "logs": str(ProcessFiles(settings.home).log("worker").parent) if settings.temporal() is None else None,
    }


def details_of(seen: Description) -> str:
    return seen.status.details if seen.status and not seen.is_over else ""


def print_run(
    output: Output, facts: Mapping[str, Any], history: History, seen: Description, spending: Sequence[str]
) -> None:
    people = output.people
    for line in [*head_lines(facts), *spending]:
        people.print(line)
    people.print()
    print_table(people, timeline(history.steps, facts["started"], facts["ended"], fits=people.is_terminal))
    for line in [*failure_lines(history.steps, seen), *file_lines(facts)]:
        people.print(line)
    for gate in seen.gates:
        people.print()
        show_gate(people, gate, facts["run"], details_of(seen))
    if seen.status and seen.status.refused and not seen.is_over:
        people.print(f"A signal was refused: {one_line(seen.status.refused)}")


def head_lines(facts: Mapping[str, Any]) -> list[str]:
    end = f"ended {moment(facts['ended'])}" if facts["ended"] else "under way"
    history, outcome = facts["history"], facts["outcome"]
    at = f" at the gate {outcome['gate']}" if outcome and outcome["gate"] else ""
    why = facts["failure"] or facts["cancelled_by"]
    return [
        f"Run       {facts['run']}",
        f"Execution {facts['execution']}",
        f"Question  {one_line(facts['question'])}",
        f"Status    {facts['status']}{at}{f': {why}' if why else ''}",
        f"Time      {moment(facts['started'])} UTC, {end}, {duration(facts['seconds'])}",
        f"History   {history['events']} events, {size_text(history['bytes'])}",
    ]


def cost_lines(phases: Sequence[PhaseUsage], budget: Budget) -> Iterator[str]:
    total = sum_usages(phase.usage for phase in phases)
    if total_text := format_usage(total):
        yield f"Spent     {total_text}"
        yield from (f"          {phase.phase}: {format_usage(phase.usage)}" for phase in phases)
    if len(total.models) > 1:
        yield from (f"          {model.model}: {format_usage(Usage.of([model]))}" for model in total.models)
    if budget.is_set:
        yield f"Budget    {format_budget(budget)}"


def file_lines(facts: Mapping[str, Any]) -> list[str]:
    files, lines = facts["files"], [""]
    if facts["status"] == "published":
        missing = f"not written here yet: {shell_command('report', facts['run'])}"
        lines.append(f"Report    {files['report'] or missing}")
        lines.append(f"Published {files['published']} in {files['objects']}")
    elif files["report"]:
        lines.append(f"Report    {files['report']} (of an earlier run with that name)")
    if files["logs"]:
        lines.append(f"Logs      {files['logs']}")
    return lines


def timeline(steps: Sequence[HistoryStep], started: datetime, ended: datetime | None, *, fits: bool) -> Table:
    """Return a row for each step: its name, a bar of when it ran, its duration, and its result.

    With `fits` the table is as wide as the terminal, and long cells are cut or wrapped.
    """
    last = ended or datetime.now(UTC)
    table = Table(
        Column("phase", width=14),
        Column("when", width=BAR_CHARACTERS),
        Column("time", width=9, justify="right"),
        Column("tries", width=5, justify="right"),
        Column("result", ratio=3 if fits else None, no_wrap=not fits),
        Column("what", ratio=2 if fits else None, no_wrap=True, overflow="ellipsis"),
        box=None,
        header_style="dim",
        pad_edge=False,
        expand=fits,
    )
    for step in steps:
        span = (step.ended or last) - step.began
        table.add_row(
            Text(one_line(step.name)),
            Text(bar(step.began - started, span, last - started), style="yellow" if step.gate else "cyan"),
            duration(span.total_seconds()),
            str(step.attempts or ""),
            Text(one_line(result_text(step, is_over=ended is not None))),
            Text(one_line(step.summary)),
        )
    return table


def bar(before: timedelta, span: timedelta, whole: timedelta) -> str:
    """Draw where a step lies in the whole run: with at least one mark, and never outside of the bar."""
    seconds = max(whole.total_seconds(), 0.001)
    begin = min(int(before.total_seconds() / seconds * BAR_CHARACTERS), BAR_CHARACTERS - 1)
    width = max(1, min(round(span.total_seconds() / seconds * BAR_CHARACTERS), BAR_CHARACTERS - begin))
    return "\u00b7" * begin + "\u2588" * width + "\u00b7" * (BAR_CHARACTERS - begin - width)


def result_text(step: HistoryStep, *, is_over: bool) -> str:
    if step.decision:
        note = f": {one_line(step.decision.note)}" if step.decision.note else ""
        return f"{step.decision.decision} by {step.decision.by}{note}"
    if step.ended is None:
        return "not ended" if is_over else step.result
    return f"{step.result}, {size_text(step.result_bytes)}" if step.result_bytes else step.result


def failure_lines(steps: Sequence[HistoryStep], seen: Description) -> list[str]:
    """Return why attempts failed that were retried, and those that are being retried now."""
    past = [(step.name, step.attempts - 1, step.last_failure) for step in steps if step.last_failure]
    now = [(now.phase, now.number - 1, now.last_failure) for now in seen.attempts if now.last_failure]
    lines = [f"  {phase}, attempt {number}: {one_line(why)}" for phase, number, why in dict.fromkeys([*past, *now])]
    return ["", "Failed attempts", *lines] if lines else []


def size_text(number: int) -> str:
    return f"{number / 1e6:.1f} MB" if number >= 1_000_000 else f"{number / 1e3:.1f} kB"
