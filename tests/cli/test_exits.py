"""Errors look the same in every command: one line on stderr, the exit code, and with --json a document on stdout."""

import asyncio
import json
import re
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import typer.main
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from outlast.cli.exits import Exit, Interrupted, failure_of
from outlast.cli.main import app, wants_json
from outlast.evidence.errors import LimitReached, NeedsOperator, OutlastError, Permanent, Transient
from tests.cli.here import Here
from tests.terminal import BIN, Terminal

COMMANDS_OF_RUNS = (
    ("runs",),
    ("watch",),
    ("watch", "--all"),
    ("show",),
    ("decide", "approve"),
    ("cancel",),
    ("report",),
)
ROOT = Path(__file__).parents[2]


Refused = Callable[..., str]


@pytest.fixture
def refused(here: Here) -> Refused:
    """A command, in a folder of its own: the one line; with --json the same in a document."""

    def refused(*arguments: str, code: int = 2) -> str:
        plain = here.run(*arguments)
        assert plain.returncode == code
        one_line(plain.stdout, plain.stderr)
        with_json = here.run(*arguments, "--json")
        assert with_json.returncode == code
        in_a_document(with_json.stdout, with_json.stderr, code)
        return plain.stderr

    return refused


def one_line(out: str, err: str) -> None:
    assert err.startswith("outlast: "), err
    assert err.count("\n") == 1, err
    assert out == ""


def in_a_document(out: str, err: str, code: int) -> None:
    [line] = out.splitlines()
    error = json.loads(line)["error"]
    assert error["exit"] == code
    assert error["message"] == err.removeprefix("outlast: ").strip()


def commands(group: Any, *above: str) -> Iterator[tuple[tuple[str, ...], Any]]:
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from commands(command, *above, name)
        else:
            yield (*above, name), command


EVERY = dict(commands(typer.main.get_command(app)))


@pytest.mark.parametrize("name", EVERY, ids=" ".join)
def test_every_command_has_json_and_refuses_an_unknown_option_in_one_line(
    name: tuple[str, ...], refused: Refused
) -> None:
    assert "--json" in [option for each in EVERY[name].params for option in each.opts]
    said = refused(*name, "--nonsense")
    assert said.startswith("outlast: No such option: --nonsense")
    assert said.endswith(f" For help: outlast {' '.join(name)} --help\n")


@pytest.mark.parametrize("name", EVERY, ids=" ".join)
def test_every_command_reads_well_in_the_help_and_stands_in_the_docs(name: tuple[str, ...]) -> None:
    command = EVERY[name]
    assert command.help
    assert command.help.split("\n")[0].endswith("."), "a sentence"
    if len(name) == 1:
        assert command.rich_help_panel, "in a group"
    written = (ROOT / "docs/commands.md").read_text(encoding="utf-8")
    assert f"`outlast {' '.join(name)}" in written
    long = [option for each in command.params for option in each.opts if option.startswith("--")]
    assert [option for option in long if option not in written] == []


def test_exit_codes_are_those_of_the_docs() -> None:
    written = (ROOT / "docs/commands.md").read_text(encoding="utf-8")
    table = written.partition("## Exit codes")[2].partition("\n## ")[0]
    assert {int(code) for code in re.findall(r"^\| (\d+) \|", table, re.M)} == set(Exit)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("research",), "Missing argument 'QUESTION'"),
        (("reserch",), "No such command 'reserch'. Did you mean 'research'? For help: outlast --help"),
        (("research", "What?"), "There are no documents"),
        (("research", "What?", "--docs", ".", "--collection", "c"), "--docs and --collection both"),
        (("research", "What?", "--collection", "c", "--exclude", "x"), "--exclude leaves files out of --docs"),
        (("research", "What?", "--docs", ".", "--detach", "--out", "o"), "outlast report RUN --out DIR"),
        (("research", "What?", "--docs", ".", "--detach", "--format", "md"), "outlast report RUN --out DIR"),
        (("watch", "--all", "--out", "o"), "for one run"),
        (("watch", "a", "b", "--out", "o"), "for one run"),
        (("watch", "--all", "a"), "either runs or --all"),
        (("decide", "answer", "--answers", "{"), "not JSON"),
        (("decide", "dance"), "decision"),
        (("cancel", "x", "--reason", "y" * 1001), "the maximum is 1000"),
        (("runs", "--status", "sleeping"), 'There is no status "sleeping"'),
        (("runs", "--sort", "colour"), 'There is no column "colour"'),
        (("runs", "--since", "yesterday"), '"yesterday" is not a time'),
        (("runs", "--limit", "-1"), "--limit"),
    ],
)
def test_arguments_that_are_missing_or_wrong(
    arguments: tuple[str, ...], said: str, refused: Refused, tmp_path: Path
) -> None:
    assert said in refused(*arguments)
    assert list(tmp_path.iterdir()) == [], "nothing was started"


@pytest.mark.parametrize(
    ("options", "said"),
    [(["--format", "pdf"], '--format "pdf" is unknown'), (["--format", "md", "--json"], "Give only one of them")],
)
def test_a_format_that_is_none(options: list[str], said: str, here: Here) -> None:
    done = here.run("research", "What?", "--docs", ".", *options)
    assert done.returncode == Exit.BAD_INPUT
    assert said in done.stderr


def test_a_run_that_is_not_there_is_the_same_everywhere(terminal: Terminal, here: Here) -> None:
    up = terminal.start("up")
    assert up.stdout
    assert up.stdout.readline()
    assert "There is no run yet" in terminal.run("watch").stderr
    here.set(TEMPORAL_ADDRESS=f"127.0.0.1:{json.loads((terminal.home / 'server.json').read_text())['grpc']}")
    for command in [
        ("watch", "ghost"),
        ("watch", "ghost", "other"),
        ("show", "ghost"),
        ("cancel", "ghost"),
        ("decide", "approve", "--run", "ghost"),
        ("report", "ghost"),
    ]:
        done = here.run(*command)
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr == 'outlast: There is no run "ghost". To list the runs: outlast runs\n'
    with_json = here.run("show", "--json")
    in_a_document(with_json.stdout, with_json.stderr, 2)
    assert "There is no run yet" in with_json.stderr
    assert "No run is under way" in here.run("cancel").stderr
    assert "There is no run yet" in here.run("runs").stdout
    assert "No run is under way" in here.run("watch", "--all").stdout


@pytest.mark.parametrize("command", COMMANDS_OF_RUNS, ids=" ".join)
def test_a_server_that_cannot_be_reached(command: tuple[str, ...], refused: Refused, here: Here, nobody: str) -> None:
    here.set(TEMPORAL_ADDRESS=nobody)
    assert f"The Temporal server at {nobody} cannot be reached" in refused(*command, code=4)


UNUSABLE = [*((command, "file") for command in (*COMMANDS_OF_RUNS, ("up",))), (("up",), "/proc/outlast-tests")]


@pytest.mark.parametrize(("command", "place"), UNUSABLE, ids=[f"{place} {command[0]}" for command, place in UNUSABLE])
def test_a_home_that_is_a_file_or_cannot_be_made(
    command: tuple[str, ...], place: str, refused: Refused, here: Here, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    home = tmp_path / place
    here.set(OUTLAST_HOME=str(home))
    said = refused(*command, code=4)
    assert "OUTLAST_HOME" in said
    assert str(home) in said


async def test_a_namespace_that_is_not_there(client: Client, here: Here) -> None:
    here.set(TEMPORAL_ADDRESS=client.service_client.config.target_host, TEMPORAL_NAMESPACE="nowhere")
    done = await asyncio.to_thread(here.run, "runs")
    assert done.returncode == 4
    one_line(done.stdout, done.stderr)
    assert "or correct TEMPORAL_NAMESPACE" in done.stderr


def test_a_run_named_by_bytes_that_are_no_text(terminal: Terminal) -> None:
    done = subprocess.run(
        [str(BIN / "outlast"), "show", b"\xff"],
        cwd=terminal.folder,
        env=terminal.environment,
        capture_output=True,
        check=False,
    )
    assert done.returncode == 2
    assert done.stderr.startswith(b"outlast: There is no run")


def test_kinds_and_codes() -> None:
    expected = [
        (Permanent("a\nb"), "bad_input", 2),
        (NeedsOperator("The disk is full.", "Make room."), "needs_operator", 4),
        (Transient("Later."), "transient", 1),
        (LimitReached("usd", 2, 1), "limit_reached", 1),
        (OutlastError("Else."), "failed", 1),
        (Interrupted("Interrupted."), "interrupted", 130),
        (RPCError("no\nquota", RPCStatusCode.RESOURCE_EXHAUSTED, b""), "needs_operator", 4),
        (RPCError("who are you", RPCStatusCode.UNAUTHENTICATED, b""), "needs_operator", 4),
    ]
    for error, kind, code in expected:
        failure = failure_of(error)
        assert failure
        assert (failure.kind, failure.exit) == (kind, code)
        assert "\n" not in failure.message
    assert failure_of(ValueError("a defect")) is None


def test_json_is_an_option_only_before_the_end_of_options() -> None:
    assert wants_json(["show", "--json"])
    assert not wants_json(["research", "--", "--json"])


def test_the_help_imports_nothing_slow() -> None:
    slow = "{'temporalio', 'langgraph', 'pydantic', 'obstore', 'rich.console'}"
    code = f"import sys, outlast.cli.main; print({slow} & set(sys.modules))"
    done = subprocess.run([str(BIN / "python"), "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.stdout == "set()\n", done.stderr


def test_a_pipe_that_is_closed_is_no_defect(terminal: Terminal) -> None:
    done = subprocess.run(
        ["bash", "-c", "outlast --show-completion | true; outlast --help | true"],
        cwd=terminal.folder, env=terminal.environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert "Traceback" not in done.stderr
