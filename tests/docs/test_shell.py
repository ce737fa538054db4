"""Every command that the documentation shows exists, and takes the options that are shown."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer

from outlast.cli.main import app

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]


def lines(command: str) -> Iterator[str]:
    for page in PAGES:
        for block in re.findall(
            r"^```(?:sh|bash)?\n(.*?)^```", page.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE
        ):
            yield from (line for line in block.splitlines() if line.startswith(f"{command} "))


def words(line: str) -> list[list[str]]:
    """One list of words for each choice that the line leaves; its comment and what it is piped into are left out."""
    shown = shlex.split(line.replace("[", "").replace("]", ""), comments=True)[1:]
    alternatives = [i for i, word in enumerate(shown) if word == "|" and shown[i + 1] != "jq"]
    if alternatives:  # outlast runs | show | steer
        return [[word] for word in shown if word != "|"]
    shown = shown[: shown.index("|")] if "|" in shown else shown
    options = next((word for word in shown if "|" in word), "")  # approve|revise
    return [[choice if word == options else word for word in shown] for choice in options.split("|")]


def parse(given: list[str]) -> None:
    """As the command line does it, and without doing what is asked."""
    context = typer.main.get_command(app).make_context("outlast", list(given))
    while rest := [*getattr(context, "_protected_args", []), *context.args]:
        name, command, rest = context.command.resolve_command(context, rest)
        context = command.make_context(name, rest, parent=context)


@pytest.mark.parametrize("line", sorted(set(lines("outlast"))))
def test_a_command_that_is_shown_parses(line: str) -> None:
    for given in words(line):
        parse(given)


@pytest.mark.parametrize(
    "line", ["outlast wach", "outlast docs ad NAME DIR", "outlast ask QUESTION --dosc DIR", "outlast verify"]
)
def test_a_mistake_would_be_noticed(line: str) -> None:
    with pytest.raises(Exception, match=r"No such (command|option)|Missing parameter"):
        [parse(given) for given in words(line)]


@pytest.mark.parametrize("line", sorted(set(lines("make"))))
def test_a_target_of_make_that_is_shown_exists(line: str) -> None:
    targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    assert line.split()[1] in targets
