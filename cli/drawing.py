"""The progress of runs: as bars on a terminal, as lines elsewhere."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from rich.console import Group
from rich.progress_bar import ProgressBar
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from outlast.cli.terminal import duration
from outlast.evidence.text import one_line, shell_command
from outlast.orchestration.client.describe import Attempt, Description
from outlast.orchestration.client.listing import execution_status_name
from outlast.orchestration.research.messages import Status
from outlast.orchestration.research.phases import COLLECT, INVESTIGATE, PLAN, PUBLISH, VERIFY, WRITE

PHASE_NAMES = tuple(phase.name for phase in (COLLECT, PLAN, INVESTIGATE, WRITE, VERIFY, PUBLISH))
BAR_CHARACTERS = 30
MAX_ATTEMPT_LINES = 8
"""Maximum number of lines under a phase."""


class Drawing:
    """Draws one run, or several side by side. A spinner turns only as long as it is the same object."""

    def __init__(self) -> None:
        self._spinners: dict[str, Spinner] = {}

    def draw_run(self, seen: Description) -> Group:
        """Draw a bar for each phase, and a line for each activity that is under way, from its heartbeats."""
        if seen.status is None:
            return Group(self._spinner("run", "waiting for a worker ..."), *attempt_lines(seen.attempts))
        table = Table.grid(padding=(0, 1))
        for phase in PHASE_NAMES:
            attempts = [attempt for attempt in seen.attempts if attempt.phase == phase]
            table.add_row(*self._row(phase, seen.status, under_way=bool(attempts) or phase == seen.status.phase))
            for line in attempt_lines(attempts):
                table.add_row("", "", "", line)
        return Group(table, *gate_lines(seen, "watch"))

    def draw_runs(self, runs: Sequence[tuple[str, Description]]) -> Group:
        """Draw two lines for each run: its name, and its progress."""
        parts: list[Table | Text] = []
        for name, seen in runs:
            parts.append(Text(one_line(name), style="bold", no_wrap=True, overflow="ellipsis"))
            table = Table.grid(padding=(0, 1))
            bar = ProgressBar(total=len(PHASE_NAMES), completed=phases_done(seen), width=BAR_CHARACTERS)
            table.add_row(
                outcome_mark(seen) or self._spinner(name), bar, Text(one_line("; ".join(describe_state(seen))))
            )
            parts.append(table)
            parts += gate_lines(seen, "watch", name)
        return Group(*parts)

    def _row(
        self, phase: str, status: Status, *, under_way: bool
    ) -> tuple[Spinner | Text, Text, ProgressBar | Text, Text]:
        seconds = status.seconds.get(phase)
        name = Text(phase, style="" if under_way or seconds is not None else "dim")
        if under_way:
            return self._spinner(phase), name, bar_of(phase, status), Text(task_count_text(phase, status))
        if seconds is None:
            return Text(" "), name, Text("\u2500" * BAR_CHARACTERS, style="bar.back"), Text("")
        return (
            Text("\u2713", style="green"),
            name,
            ProgressBar(1, 1, width=BAR_CHARACTERS),
            Text(duration(seconds), style="dim"),
        )

    def _spinner(self, name: str, text: str = "") -> Spinner:
        return self._spinners.setdefault(name, Spinner("dots", Text(text), style="cyan"))


def bar_of(phase: str, status: Status) -> ProgressBar:
    """Return the bar of a phase under way. It shows progress if the phase has tasks; otherwise it only moves."""
    if phase == INVESTIGATE.name and status.tasks:
        return ProgressBar(status.tasks, status.investigated, width=BAR_CHARACTERS)
    return ProgressBar(pulse=True, width=BAR_CHARACTERS)


def task_count_text(phase: str, status: Status) -> str:
    return f"{status.investigated} of {status.tasks} tasks" if phase == INVESTIGATE.name and status.tasks else ""


def phases_done(seen: Description) -> float:
    """Return the number of finished phases; a phase that counts its tasks adds a fraction."""
    if seen.status is None:
        return 0
    if seen.is_over:
        return len(PHASE_NAMES) if seen.status.outcome == "published" else len(seen.status.seconds)
    done = sum(phase in seen.status.seconds for phase in PHASE_NAMES if phase != seen.status.phase)
    part = seen.status.investigated / seen.status.tasks if seen.status.tasks else 0
    return done + (part if seen.status.phase == INVESTIGATE.name else 0)


def outcome_mark(seen: Description) -> Text | None:
    if seen.is_over:
        published = seen.status is not None and seen.status.outcome == "published"
        return Text("\u2713", style="green") if published else Text("\u2717", style="red")
    return Text("?", style="yellow") if seen.waits else None


def describe_state(seen: Description) -> Iterator[str]:
    """Yield the state of a run in a few words."""
    if seen.is_over:
        outcome = seen.status.outcome if seen.status else None
        yield outcome or execution_status_name(seen.execution.status)
        return
    yield headline(seen.status) if seen.status else "waiting for a worker"
    yield from (attempt_text(attempt) for attempt in seen.attempts if attempt.last_failure)


def attempt_lines(attempts: Sequence[Attempt]) -> Iterator[Text]:
    for attempt in attempts[:MAX_ATTEMPT_LINES]:
        style = "yellow" if attempt.last_failure else "dim"
        yield Text(one_line(attempt_text(attempt)), style=style, no_wrap=True, overflow="ellipsis")


def gate_lines(seen: Description, *command: str) -> Iterator[Text]:
    """Yield a line for each open gate, with the command that shows it."""
    for gate in seen.gates:
        yield Text(f"  {gate.subject} waits for a decision: {shell_command(*command)}", style="yellow")


def log_lines(seen: Description, without_worker: str) -> list[str]:
    """Return the lines of a log: phases that are done, attempts that failed, and the phase under way.

    `without_worker` is the line for a run that no worker has answered for yet.
    """
    if seen.status is None:
        return [] if seen.is_over else [without_worker]
    done = [f"{phase} done in {seconds:.1f} s" for phase, seconds in seen.status.seconds.items()]
    failed = [f"{attempt.phase}: {attempt_text(attempt)}" for attempt in seen.attempts if attempt.last_failure]
    over = seen.is_over or seen.status.phase in seen.status.seconds
    return [*done, *failed, *([] if over else [headline(seen.status)])]


def headline(status: Status) -> str:
    if status.phase == INVESTIGATE.name:
        return f"{status.phase}: {status.investigated} of {status.tasks} tasks"
    return status.phase


def attempt_text(attempt: Attempt) -> str:
    """Return the progress of an attempt, for example `step 3: search 1, read 12 done; read 13 running`."""
    finished, running = node_counts(attempt.progress.get("finished")), node_counts(attempt.progress.get("running"))
    parts = [*([f"{finished} done"] if finished else []), *([f"{running} running"] if running else [])]
    step = attempt.progress.get("step")
    parts += usage_texts(attempt.progress)
    at = f"step {step}: " if step and parts else ""
    again = f" (attempt {attempt.number}: {attempt.last_failure})" if attempt.last_failure else ""
    return f"{at}{'; '.join(parts) or 'starting'}{again}"


def usage_texts(progress: Mapping[str, Any]) -> list[str]:
    """Return calls, tokens and cost of the attempt's model calls; nothing if it made none."""
    calls, tokens = progress.get("calls"), progress.get("tokens")
    usd = f", {progress['usd']:.4f} USD" if progress.get("usd") else ""
    return [f"{calls} calls, {tokens:,} tokens{usd}"] if calls and isinstance(tokens, int) else []


def node_counts(nodes: Mapping[str, int] | None) -> str:
    items: Iterable[tuple[str, int]] = (nodes or {}).items()
    return ", ".join(f"{node} {count}" for node, count in items)
