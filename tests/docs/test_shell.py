"""Every command that the pages show exists, and takes the options that are shown: in blocks and in sentences."""

import re
import shlex
import subprocess
import tomllib
from collections.abc import Iterator
from contextlib import suppress
from importlib.util import find_spec
from itertools import takewhile

import pytest
import typer

from outlast.cli.main import app
from outlast.orchestration.settings import Settings
from tests.docs.pages import FENCED, PAGES, ROOT, all_blocks
from tests.docs.test_settings import variables
from tests.terminal import BIN

OTHERS = frozenset({"export", "git", "source", "curl", "mkdir", "sed", "pkill"})
"""Not ours, and no part of what is installed."""
CHECKED = frozenset({"outlast", "make", "temporal", "pip", "uv", "python"})
KEYS = frozenset({"OPENAI_API_KEY", "TEMPORAL_ADDRESS"})
"""What others read from the environment; everything else that is set is a setting of Outlast."""
ASSIGNMENT = re.compile(r"[A-Z][A-Z_]*=.*", re.DOTALL)
INLINE = re.compile(r"`([^`]+)`")
ANY_NUMBER = "N"


def typed() -> Iterator[str]:
    """The lines of blocks that are typed in a terminal: those marked so, and those that begin with a program."""
    for block in all_blocks("", "sh"):
        lines = [line for line in block.code.replace("\\\n", " ").splitlines() if line.strip() and line[0] != "#"]
        if block.language == "sh" or (lines and program_of(lines[0]) in CHECKED | OTHERS):
            yield from lines


def spoken() -> Iterator[str]:
    """The commands that stand in a sentence or a table, with their arguments."""
    for page in PAGES:
        for code in INLINE.findall(FENCED.sub("", page.read_text(encoding="utf-8"))):
            line = " ".join(code.replace("\\|", "|").split())
            if " " in line and program_of(line) in CHECKED:
                yield line


def words_of(line: str) -> list[str]:
    """Without settings, comments, and what the output goes into."""
    words = shlex.split(line, comments=True)
    while words and ASSIGNMENT.fullmatch(words[0]):
        words.pop(0)
    ends = [place for place, word in enumerate(words) if word in {"&&", ">"} or words[place : place + 2] == ["|", "jq"]]
    return words[: ends[0]] if ends else words


def program_of(line: str) -> str:
    try:
        words = words_of(line)
    except ValueError:  # a drawing, or a sentence with an apostrophe
        return ""
    return words[0] if words else ""


TYPED = set(typed())
LINES = sorted({*TYPED, *spoken()})


NAMES = [line for line in LINES if line not in TYPED and re.fullmatch(r"outlast [a-z ]+", line)]


def lines_of(*programs: str) -> list[str]:
    return [line for line in LINES if program_of(line) in programs]


def choices(line: str) -> list[list[str]]:
    """The arguments for each choice that the line leaves."""
    shown = words_of(line.replace("[", "").replace("]", ""))[1:]
    if "|" in shown:  # outlast runs | show | steer
        return [[word] for word in shown if word != "|"]
    options = next((word for word in shown if "|" in word), "")  # approve|revise
    return [[choice if word == options else word for word in shown] for choice in options.split("|")]


def parse(given: list[str]) -> None:
    """As the command line does it, and without doing what is asked."""
    words = ["1" if word == ANY_NUMBER else word for word in given]
    group = typer.main.get_command(app)
    if words and words[0].endswith("-completion"):  # typer obeys these options as soon as it reads them
        assert any(words == option.opts for option in group.params)
        return
    context = group.make_context("outlast", words)
    while rest := [*getattr(context, "_protected_args", []), *context.args]:
        name, command, rest = context.command.resolve_command(context, rest)
        context = command.make_context(name, rest, parent=context)


@pytest.mark.parametrize("line", [line for line in lines_of("outlast") if line not in NAMES and "--help" not in line])
def test_a_command_that_is_shown_parses(line: str) -> None:
    for given in choices(line):
        parse(given)


@pytest.mark.parametrize("name", NAMES)
def test_a_command_that_a_sentence_names_exists(name: str) -> None:
    with suppress(typer.BadParameter):  # what it needs is not named
        parse(words_of(name)[1:])


@pytest.mark.parametrize(
    "line", ["outlast wach", "outlast docs ad NAME DIR", "outlast ask QUESTION --dosc DIR", "outlast verify"]
)
def test_a_mistake_would_be_noticed(line: str) -> None:
    with pytest.raises(Exception, match=r"No such (command|option)|Missing parameter"):
        [parse(given) for given in choices(line)]


@pytest.mark.parametrize("line", lines_of("make"))
def test_a_target_of_make_that_is_shown_exists(line: str) -> None:
    targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    named = [word for word in words_of(line)[1:] if not ASSIGNMENT.fullmatch(word)]
    assert set(named) <= set(targets)


@pytest.mark.parametrize("line", lines_of("temporal"))
def test_a_command_of_temporal_that_is_shown_exists(processes: None, line: str) -> None:
    given = words_of(line)[1:]
    told = subprocess.run([str(BIN / "temporal"), *given, "--help"], capture_output=True, text=True, check=False)
    assert told.returncode == 0, told.stderr
    options = [place for place, word in enumerate(given) if word.startswith("-")]
    assert f"  temporal {' '.join(given[: options[0]] if options else given)} [" in told.stdout


@pytest.mark.parametrize("line", [line for line in lines_of("python") if line != "python FILE"])
def test_a_module_that_is_shown_exists(line: str) -> None:
    assert words_of(line)[1] == "-m"
    assert find_spec(words_of(line)[2])


@pytest.mark.parametrize("line", lines_of("pip", "uv"))
def test_what_is_installed_is_ours_and_has_the_extras(line: str) -> None:
    ours = ("langgraph-heartbeat", "./durable", "durable", ".")
    for word in words_of(line.removeprefix("uv "))[2:]:
        name, _, extra = word.rstrip("]").partition("[")
        if word != "-e":
            assert name in ours
            project = ROOT if name == "." else ROOT / "durable"
            described = tomllib.loads((project / "pyproject.toml").read_text(encoding="utf-8"))["project"]
            assert not extra or extra in described["optional-dependencies"]


def test_what_is_set_in_a_terminal_is_a_setting() -> None:
    words = [shlex.split(line.removeprefix("export "), comments=True) for line in LINES]
    assigned = [word for each in words for word in takewhile(ASSIGNMENT.fullmatch, each)]
    names = {word.partition("=")[0] for word in assigned}
    settings = {name for field in Settings.model_fields for name in variables(field)}
    assert {"OUTLAST_MODEL", "OUTLAST_SEARCH"} <= names
    assert names - settings - KEYS == set()


@pytest.mark.parametrize("line", sorted(TYPED))
def test_a_line_of_a_terminal_begins_with_a_program_that_a_test_knows(line: str) -> None:
    assert program_of(line) in CHECKED | OTHERS
