"""What people read: the console, tables and times. Text of documents and people cannot control the terminal."""

import io
import re
import sys
from collections.abc import Iterable
from contextlib import AbstractContextManager, nullcontext
from datetime import UTC, datetime, timedelta
from typing import Any

from rich.console import Console, ConsoleOptions, RenderableType
from rich.live import Live
from rich.padding import Padding
from rich.segment import Segment
from rich.table import Table
from rich.text import Text

from outlast.evidence.errors import Permanent
from outlast.evidence.text import safe_lines, safe_paragraphs

MAX_TABLE_CHARACTERS = 100_000
"""Width in which a table is drawn where there is no terminal: no table is wider."""

AGO_PATTERN = re.compile(r"(\d{1,6})\s*(s|m|h|d|w)")
TIME_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


class PlainConsole(Console):
    """A console that prints text as it is: without markup, emoji codes and control characters."""

    def __init__(self, **options: Any) -> None:
        super().__init__(highlight=False, markup=False, emoji=False, **options)

    def print(self, *objects: Any, **options: Any) -> None:
        super().print(*(safe_lines(item) if isinstance(item, str) else item for item in objects), **options)

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        """Make every segment safe: tables and live drawings pass through here, not through `print`."""
        for segment in super().render(renderable, options):
            yield segment if segment.control else Segment(safe_lines(segment.text), segment.style)


def console() -> Console:
    """Return a console for stdout. If that is not a terminal, lines are never wrapped or cut."""
    return PlainConsole() if sys.stdout.isatty() else PlainConsole(soft_wrap=True)


def is_interactive() -> bool:
    return sys.stdin.isatty() and sys.stdout.isatty()


def show_markdown(out: Console, text: str) -> None:
    """Draw Markdown on a terminal; print its source elsewhere."""
    if not out.is_terminal:
        out.print(text)
        return
    from rich.markdown import Markdown  # noqa: PLC0415 - takes longer to import than the rest of Rich

    out.print(Markdown(safe_paragraphs(text)))


def print_indented(out: Console, line: str) -> None:
    """Print a line; a terminal wraps it with the same indentation."""
    if not out.is_terminal:
        out.print(line)
        return
    text = line.lstrip(" ")
    out.print(Padding(Text(safe_lines(text)), (0, 0, 0, len(line) - len(text))))


def live_on(out: Console, *, transient: bool = False) -> AbstractContextManager[Live | None]:
    """Return a context whose `Live` is drawn again and again, or is None if there is no terminal to draw on."""
    if not out.is_terminal:
        return nullcontext()
    # stdout may be for programs: then nothing but their documents may go there.
    return Live(console=out, transient=transient, refresh_per_second=8, redirect_stdout=False, redirect_stderr=False)


def print_table(out: Console, table: Table) -> None:
    """Print a table as wide as the terminal, or elsewhere as wide as its longest cells, so that nothing is cut."""
    if out.is_terminal:
        out.print(table)
        return
    lines = io.StringIO()
    PlainConsole(file=lines, width=MAX_TABLE_CHARACTERS).print(table)
    out.print("\n".join(line.rstrip() for line in lines.getvalue().splitlines()))


def show_command(people: Console, command: str) -> None:
    """Print a command on a line of its own, which only the terminal wraps, so that it can be copied."""
    people.print(f"  {command}", soft_wrap=True)


def duration(seconds: float) -> str:
    """Return a duration for people, for example "0.4 s", "2 m 05 s", "3 h 20 m" or "2 d 4 h"."""
    if seconds < 60:
        return f"{seconds:.1f} s"
    whole = int(seconds)
    if whole < 3600:
        return f"{whole // 60} m {whole % 60:02} s"
    if whole < 86400:
        return f"{whole // 3600} h {whole % 3600 // 60:02} m"
    return f"{whole // 86400} d {whole % 86400 // 3600} h"


def moment(at: datetime) -> str:
    """Return a time in UTC, to the minute."""
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M}"


def parse_since(typed: str, now: datetime) -> datetime:
    """Parse an age (30m, 12h, 7d, 2w), a date, or a time in ISO 8601, which is UTC if it names no zone."""
    text = typed.strip()
    try:
        if ago := AGO_PATTERN.fullmatch(text):
            return now - timedelta(**{TIME_UNITS[ago[2]]: int(ago[1])})
        at = datetime.fromisoformat(text)
    except (ValueError, OverflowError):
        raise Permanent(
            f'"{typed[:100]}" is not a time. Give an age, such as 30m, 12h or 7d, or a date, such as 2026-01-31.'
        ) from None
    return at if at.tzinfo else at.replace(tzinfo=UTC)
