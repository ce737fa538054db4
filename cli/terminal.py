"""The terminal: one console for what people read. Text of documents and people is data: nothing in it is obeyed."""

import sys
from typing import Any

from rich.console import Console
from rich.markdown import Markdown


class PlainConsole(Console):
    """No markup, no emoji codes, no control characters: what is printed is what is read."""

    def __init__(self, **options: Any) -> None:
        super().__init__(highlight=False, markup=False, emoji=False, **options)

    def print(self, *objects: Any, **options: Any) -> None:
        super().print(*(harmless(each) if isinstance(each, str) else each for each in objects), **options)


def console() -> Console:
    """Plain lines, never cut, where the output is not a terminal."""
    return PlainConsole() if sys.stdout.isatty() else PlainConsole(soft_wrap=True)


def is_interactive() -> bool:
    return sys.stdin.isatty() and sys.stdout.isatty()


def show_markdown(out: Console, text: str) -> None:
    """Drawn on a terminal; as it is elsewhere."""
    out.print(Markdown(harmless(text)) if out.is_terminal else text)


def harmless(text: str) -> str:
    """Without what a terminal would obey; line ends stay."""
    return "".join(each if each.isprintable() or each in "\n\r" else "\ufffd" for each in text)
