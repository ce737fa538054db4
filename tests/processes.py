"""Knows which tests start processes of ours: servers, workers, keepers, the command `outlast`.

Who starts one asks for the fixture `processes`, as the fixtures of servers and terminals do. Tests that use it, however
far down, are marked `processes`; in any other test the start of such a process is refused, so that `make check`, which
leaves the marked ones out, starts none. Short ones are free: `python -c`, a parser, `ps`. Where they are many, a test
that `make check` has no time for asks for the fixture as well.
"""

import sys
from collections.abc import Callable, Generator, Sequence
from pathlib import Path
from typing import Any

import pytest
from temporalio.testing import WorkflowEnvironment

PROGRAMS = Path(sys.executable).parent
SERVERS = {"temporal", "temporal-test-server"}
TAKING_A_VALUE = {"-W", "-X"}

refused: list[str] = []
"""What this test tried to start; the refusal may have been raised in a thread, or caught."""
_may_start = True


@pytest.fixture(scope="session")
def processes() -> None:
    """This test starts processes of ours, or a fixture of it does."""


@pytest.hookimpl(tryfirst=True)  # ahead of the choice by -m
def pytest_collection_modifyitems(items: Sequence[pytest.Item]) -> None:
    for item in items:
        if "processes" in getattr(item, "fixturenames", ()):
            item.add_marker("processes")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    global _may_start  # noqa: PLW0603 - an audit hook is the process's own, and hears of no test
    _may_start = item.get_closest_marker("processes") is not None
    refused.clear()
    try:
        return (yield)
    finally:
        _may_start = True


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call() -> Generator[None, object, object]:
    result = yield
    if refused:
        pytest.fail(refusal(refused[0]))
    return result


def pytest_configure() -> None:
    sys.addaudithook(_hear)
    for name in ("start_local", "start_time_skipping"):  # the SDK starts these servers itself, which no hook hears of
        setattr(WorkflowEnvironment, name, _asking(getattr(WorkflowEnvironment, name), name))


def _hear(event: str, arguments: tuple[Any, ...]) -> None:
    if event == "subprocess.Popen" and not _may_start:
        program, command = arguments[:2]
        parts = [_text(part) for part in ([command] if isinstance(command, str | bytes) else command)]
        if is_ours(_text(program or parts[0]), parts[1:]):
            _refuse(" ".join(parts))


def _text(part: Any) -> str:
    return part.decode(errors="replace") if isinstance(part, bytes) else str(part)


def is_ours(program: str, arguments: Sequence[str]) -> bool:
    """A program that was installed beside this Python, a server, or this Python with a module or a file to run."""
    if program != sys.executable:
        return Path(program).parent == PROGRAMS or Path(program).name in SERVERS
    given = iter(arguments)
    for argument in given:
        if argument in TAKING_A_VALUE:
            next(given, None)
        elif argument == "-m" or not argument.startswith("-"):
            return True
        elif argument.endswith("c"):
            return False
    return False


def _asking(start: Callable[..., Any], name: str) -> Callable[..., Any]:
    def asked(*arguments: Any, **options: Any) -> Any:
        if not _may_start:
            _refuse(f"WorkflowEnvironment.{name}")
        return start(*arguments, **options)

    return asked


def _refuse(command: str) -> None:
    refused.append(command)
    pytest.fail(refusal(command))


def refusal(command: str) -> str:
    return f"A test that starts processes of ours asks for the fixture `processes`. Refused in this one: {command}"
