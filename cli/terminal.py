"""What people read: one console, tables and times. Text of documents and people is data: nothing in it is obeyed."""

import io
import re
import sys
from collections.abc import Iterable
from contextlib import AbstractContextManager, nullcontext
from datetime import UTC, datetime, timedelta
from typing import Any

from rich.console import Console, ConsoleOptions, RenderableType
from rich.live import Live
from rich.markdown import Markdown
from rich.padding import Padding
from rich.segment import Segment
from rich.table import Table
from rich.text import Text

from outlast.evidence.errors import Permanent
from outlast.evidence.text import safe_lines, safe_paragraphs

MAX_TABLE_CHARACTERS = 100_000
"""Characters; no table is wider."""


class PlainConsole(Console):
    """No markup, no emoji codes, no control characters: what is printed is what is read."""

    def __init__(self, **options: Any) -> None:
        super().__init__(highlight=False, markup=False, emoji=False, **options)

    def print(self, *objects: Any, **options: Any) -> None:
        super().print(*(safe_lines(each) if isinstance(each, str) else each for each in objects), **options)

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        """Tables, and what is drawn live, come through here too, piece by piece."""
        for piece in super().render(renderable, options):
            yield piece if piece.control else Segment(safe_lines(piece.text), piece.style)


def console() -> Console:
    """Plain lines, never cut, where the output is not a terminal."""
    return PlainConsole() if sys.stdout.isatty() else PlainConsole(soft_wrap=True)


def is_interactive() -> bool:
    return sys.stdin.isatty() and sys.stdout.isatty()


def show_markdown(out: Console, text: str) -> None:
    """Drawn on a terminal; as it is elsewhere."""
    out.print(Markdown(safe_paragraphs(text)) if out.is_terminal else text)


def print_indented(out: Console, said: str) -> None:
    """On a terminal, what is wrapped stands under its beginning; elsewhere it is one line."""
    if not out.is_terminal:
        out.print(said)
        return
    text = said.lstrip(" ")
    out.print(Padding(Text(safe_lines(text)), (0, 0, 0, len(said) - len(text))))


def live_on(out: Console, *, transient: bool = False) -> AbstractContextManager[Live | None]:
    """Something that is drawn again and again; None where there is no terminal to draw on."""
    if not out.is_terminal:
        return nullcontext()
    # stdout may be for programs, and nothing but their documents may go there.
    return Live(console=out, transient=transient, refresh_per_second=8, redirect_stdout=False, redirect_stderr=False)


def print_table(out: Console, table: Table) -> None:
    """As wide as the terminal; elsewhere as wide as it must be, for nothing of it to be cut."""
    if out.is_terminal:
        out.print(table)
        return
    lines = io.StringIO()
    PlainConsole(file=lines, width=MAX_TABLE_CHARACTERS).print(table)
    out.print("\n".join(line.rstrip() for line in lines.getvalue().splitlines()))


def show_command(people: Console, line: str) -> None:
    """On a line of its own, which the terminal may wrap and no line end cuts in two."""
    people.print(f"  {line}", soft_wrap=True)


def show_with(people: Console, said: str, line: str) -> None:
    """What to do, and the command for it behind: one line to paste from, too."""
    people.print(f"{said} {line}", soft_wrap=True)


AGO_PATTERN = re.compile(r"(\d{1,6})\s*(s|m|h|d|w)")
UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def duration(seconds: float) -> str:
    """Such as "0.4 s", "2 m 05 s", "3 h 20 m", "2 d 4 h"."""
    if seconds < 60:
        return f"{seconds:.1f} s"
    whole = int(seconds)
    if whole < 3600:
        return f"{whole // 60} m {whole % 60:02} s"
    if whole < 86400:
        return f"{whole // 3600} h {whole % 3600 // 60:02} m"
    return f"{whole // 86400} d {whole % 86400 // 3600} h"


def moment(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M}"


def parse_since(given: str, now: datetime) -> datetime:
    """`given` is a time ago (30m, 12h, 7d, 2w), a date, or a moment in ISO 8601; without a zone it is UTC."""
    text = given.strip()
    try:
        if ago := AGO_PATTERN.fullmatch(text):
            return now - timedelta(**{UNITS[ago[2]]: int(ago[1])})
        at = datetime.fromisoformat(text)
    except (ValueError, OverflowError):
        raise Permanent(
            f'"{given[:100]}" is no time. Give a time ago, such as 30m, 12h or 7d, or a date, such as 2026-01-31.'
        ) from None
    return at if at.tzinfo else at.replace(tzinfo=UTC)
