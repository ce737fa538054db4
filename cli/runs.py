"""`outlast runs`: the runs that there are, as a list. It works without a worker."""

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from rich.table import Column, Table
from rich.text import Text

from outlast.cli.exits import Exit
from outlast.cli.output import Output
from outlast.cli.terminal import duration, moment, parse_since, print_table
from outlast.evidence.errors import Permanent
from outlast.evidence.text import one_line
from outlast.orchestration.client.client import Client
from outlast.orchestration.client.listing import OPEN_STATUSES, STATUSES, Row
from outlast.orchestration.embedded.connection import START_A_RUN_ADVICE, NoRunYet
from outlast.orchestration.settings import Settings

SORT_KEYS: dict[str, Callable[[Row], Any]] = {
    "started": lambda row: -row.started.timestamp(),
    "duration": lambda row: -row.seconds,
    "status": lambda row: STATUSES.index(row.status) if row.status in STATUSES else len(STATUSES),
    "phase": lambda row: row.phase,
    "question": lambda row: row.question.casefold(),
}
COLOURS = {"running": "cyan", "waiting": "yellow", "published": "green", "failed": "red", "terminated": "red"}


async def runs(statuses: Sequence[str], question: str, begun: str, sort: str, limit: int, *, as_json: bool) -> Exit:
    wanted = parse_statuses(statuses)
    if sort not in SORT_KEYS:
        raise Permanent(f'"{sort[:100]}" cannot be sorted by. There are: {", ".join(SORT_KEYS)}.')
    after = parse_since(begun, datetime.now(UTC)) if begun else None
    output, settings = Output(as_json=as_json), Settings()

    def wants(row: Row) -> bool:
        return (
            (after is None or row.started >= after)
            and (not wanted or row.status in wanted)
            and matches_question(row, question)
        )

    try:
        async with Client.connect(settings=settings, starts_work=False, starts_runs=False) as client:
            # What sorts by the start alone needs no more than its first rows.
            enough = limit if sort == "started" else 0
            found = await client.list(
                only_open=bool(wanted) and wanted <= set(OPEN_STATUSES), wants=wants, limit=enough
            )
            there_are = len(found) or await client.count()
    except NoRunYet as nothing:
        output.document({"runs": []})
        output.people.print(str(nothing))
        return Exit.DONE
    rows = sorted(found, key=lambda row: (SORT_KEYS[sort](row), -row.started.timestamp()))
    shown = rows[: limit or None]
    output.document({"runs": [row.document() for row in shown]})
    print_runs(output, shown, there_are)
    return Exit.DONE


def parse_statuses(given: Iterable[str]) -> set[str]:
    """Empty where all are wanted."""
    wanted = {word.strip().lower() for each in given for word in each.split(",")}
    groups = {"open": set(OPEN_STATUSES), "ended": set(STATUSES) - set(OPEN_STATUSES)}
    if unknown := wanted - set(STATUSES) - set(groups):
        raise Permanent(
            f'There is no status "{min(unknown)[:100]}". There are: {", ".join(STATUSES)}; and open, and ended.'
        )
    return set[str]().union(*(groups.get(word, {word}) for word in wanted))


def matches_question(row: Row, text: str) -> bool:
    return " ".join(text.split()).casefold() in " ".join(row.question.split()).casefold()


def print_runs(output: Output, rows: Sequence[Row], there_are: int) -> None:
    people = output.people
    if output.as_json:
        return
    if not there_are:
        people.print(f"There is no run yet. {START_A_RUN_ADVICE}")
    elif not rows:
        people.print(f"None of the {there_are} runs fits. All of them: outlast runs --limit 0")
    else:
        print_table(people, terminal_table(rows) if people.is_terminal else pipe_table(rows))


def terminal_table(rows: Iterable[Row]) -> Table:
    """For a terminal: two lines a run, as wide as it is."""
    columns = [Column("run", ratio=1), *unwrapped_columns("status", "phase", "started (UTC)", "time")]
    table = Table(*columns, box=None, pad_edge=False, header_style="dim")
    for row in rows:
        question = Text(one_line(row.question), style="dim", no_wrap=True, overflow="ellipsis")
        cell = Table.grid()
        cell.add_row(Text(one_line(row.id), overflow="fold"))
        cell.add_row(question)
        status = Text(row.status, style=COLOURS.get(row.status, ""))
        table.add_row(cell, status, Text(one_line(row.phase)), moment(row.started), duration(row.seconds))
    return table


def pipe_table(rows: Iterable[Row]) -> Table:
    """For a pipe: one line a run."""
    names = ("run", "status", "phase", "started (UTC)", "time", "question")
    table = Table(*unwrapped_columns(*names), box=None, pad_edge=False, header_style="dim")
    for row in rows:
        cells = (row.id, row.status, row.phase, moment(row.started), duration(row.seconds), row.question)
        table.add_row(*(Text(one_line(cell)) for cell in cells))
    return table


def unwrapped_columns(*names: str) -> list[Column]:
    return [Column(name, no_wrap=True) for name in names]
