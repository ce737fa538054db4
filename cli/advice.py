"""Commands that people are told to type. What is named here works when it is pasted into a shell, whatever is in it."""

import shlex

from rich.console import Console

from outlast.evidence.text import command
from outlast.orchestration.settings import Settings

LONGEST_QUESTION = 500
"""Characters; a longer one is not repeated."""


def asking(name: str, question: str, *options: str) -> str:
    """`outlast research` or `outlast ask` with that question."""
    if len(question) > LONGEST_QUESTION:
        return f'outlast {name} "QUESTION" {shlex.join(options)}'.rstrip()
    if question.startswith("-"):  # no option
        return command(name, *options, "--", question)
    return command(name, question, *options)


def without_worker(settings: Settings) -> str:
    """What a run waits for. A folder's own worker comes by itself: nobody need start another."""
    if settings.temporal() is None:
        return "waiting for the worker of this folder, which is starting"
    return f"waiting for a worker; to start one: {command('worker')}"


def show_command(people: Console, line: str) -> None:
    """On a line of its own, which the terminal may wrap and no line end cuts in two."""
    people.print(f"  {line}", soft_wrap=True)


def show_with(people: Console, said: str, line: str) -> None:
    """What to do, and the command for it behind: one line to paste from, too."""
    people.print(f"{said} {line}", soft_wrap=True)
