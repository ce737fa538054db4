"""The terminal: one console for what people read."""

import sys

from rich.console import Console
from rich.markdown import Markdown


def console() -> Console:
    """Plain lines, never cut, where the output is not a terminal."""
    return Console(highlight=False) if sys.stdout.isatty() else Console(highlight=False, soft_wrap=True)


def is_interactive() -> bool:
    return sys.stdin.isatty() and sys.stdout.isatty()


def show_markdown(out: Console, text: str) -> None:
    """Drawn on a terminal; as it is elsewhere."""
    out.print(Markdown(text) if out.is_terminal else text, markup=False)
