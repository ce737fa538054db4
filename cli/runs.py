"""`outlast runs`: list runs. This needs no worker."""

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
STATUS_COLOURS = {"running": "cyan", "waiting": "yellow", "published": "green", "failed": "red", "terminated": "red"}


async def runs(statuses: Sequence[str], question: str, since: str, sort: str, limit: int, *, as_json: bool) -> Exit:
    wanted = parse_statuses(statuses)
    if sort not in SORT_KEYS:
        raise Permanent(f'There is no column "{sort[:100]}" to sort by. Give one of: {", ".join(SORT_KEYS)}.')
    earliest = parse_since(since, datetime.now(UTC)) if since else None
    output, settings = Output(as_json=as_json), Settings()

    def is_wanted(row: Row) -> bool:
        return (
            (earliest is None or row.started >= earliest)
            and (not wanted or row.status in wanted)
            and matches_question(row, question)
        )

    try:
        async with Client.connect(settings=settings, starts_work=False, starts_runs=False) as client:
            # The server lists runs by their start: for this order its first rows are enough.
            max_rows = limit if sort == "started" else 0
            found = await client.list(
                only_open=bool(wanted) and wanted <= set(OPEN_STATUSES), wants=is_wanted, limit=max_rows
            )
            total = len(found) or await client.count()
    except NoRunYet as error:
        output.document({"runs": []})
        output.people.print(str(error))
        return Exit.DONE
    rows = sorted(found, key=lambda row: (SORT_KEYS[sort](row), -row.started.timestamp()))
    rows = rows[: limit or None]
    output.document({"runs": [row.document() for row in rows]})
    print_runs(output, rows, total)
    return Exit.DONE


def parse_statuses(typed: Iterable[str]) -> set[str]:
    """Return the statuses that `--status` names; the empty set means all. Raises Permanent for an unknown one."""
    words = {word.strip().lower() for option in typed for word in option.split(",")}
    groups = {"open": set(OPEN_STATUSES), "ended": set(STATUSES) - set(OPEN_STATUSES)}
    if unknown := words - set(STATUSES) - set(groups):
        raise Permanent(f'There is no status "{min(unknown)[:100]}". Give one of: {", ".join([*STATUSES, *groups])}.')
    return set[str]().union(*(groups.get(word, {word}) for word in words))


def matches_question(row: Row, text: str) -> bool:
    return " ".join(text.split()).casefold() in " ".join(row.question.split()).casefold()


def print_runs(output: Output, rows: Sequence[Row], total: int) -> None:
    people = output.people
    if output.as_json:
        return
    if not total:
        people.print(f"There is no run yet. {START_A_RUN_ADVICE}")
    elif not rows:
        people.print(f"No run of {total} matches. To list all of them: outlast runs --limit 0")
    else:
        print_table(people, terminal_table(rows) if people.is_terminal else pipe_table(rows))


def terminal_table(rows: Iterable[Row]) -> Table:
    """Return a table for a terminal: as wide as the terminal, with two lines for each run."""
    columns = [Column("run", ratio=1), *unwrapped_columns("status", "phase", "started (UTC)", "time")]
    table = Table(*columns, box=None, pad_edge=False, header_style="dim")
    for row in rows:
        question = Text(one_line(row.question), style="dim", no_wrap=True, overflow="ellipsis")
        cell = Table.grid()
        cell.add_row(Text(one_line(row.id), overflow="fold"))
        cell.add_row(question)
        status = Text(row.status, style=STATUS_COLOURS.get(row.status, ""))
        table.add_row(cell, status, Text(one_line(row.phase)), moment(row.started), duration(row.seconds))
    return table


def pipe_table(rows: Iterable[Row]) -> Table:
    """Return a table for a pipe: one line for each run."""
    names = ("run", "status", "phase", "started (UTC)", "time", "question")
    table = Table(*unwrapped_columns(*names), box=None, pad_edge=False, header_style="dim")
    for row in rows:
        cells = (row.id, row.status, row.phase, moment(row.started), duration(row.seconds), row.question)
        table.add_row(*(Text(one_line(cell)) for cell in cells))
    return table


def unwrapped_columns(*names: str) -> list[Column]:
    return [Column(name, no_wrap=True) for name in names]
