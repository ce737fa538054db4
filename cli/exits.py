"""How a command ends: with an exit code, and with an error in one line that says what happened, why and what to do."""

import asyncio
import errno
import logging
import os
import sys
import traceback
from collections.abc import Coroutine
from dataclasses import asdict, dataclass
from enum import IntEnum
from io import TextIOWrapper
from typing import Any

import typer
from typer.exceptions import TyperException

from outlast.evidence.errors import LimitReached, NeedsOperator, OutlastError, Permanent, Transient
from outlast.evidence.text import one_line, safe_lines

OUTPUT_ERRNOS = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO})


class Exit(IntEnum):
    DONE = 0
    FAILED = 1
    """The run failed, or a check found something wrong."""
    BAD_INPUT = 2
    """The command cannot be carried out as it was typed; nothing was lost."""
    NOT_PUBLISHED = 3
    """The run ended without a report: it was rejected, stopped or cancelled, or nobody decided in time."""
    UNREACHABLE = 4
    """Something outside is missing, such as a server or a folder that can be written."""
    INTERRUPTED = 130
    """Ctrl-C; the run keeps its progress, or goes on if its worker runs elsewhere."""


class Interrupted(OutlastError):
    """Ctrl-C. The message says what becomes of the run, and how to go on."""


FAILURE_KINDS: tuple[tuple[type[BaseException], str, Exit], ...] = (
    (Permanent, "bad_input", Exit.BAD_INPUT),
    (NeedsOperator, "needs_operator", Exit.UNREACHABLE),
    (Transient, "transient", Exit.FAILED),
    (LimitReached, "limit_reached", Exit.FAILED),
    (Interrupted, "interrupted", Exit.INTERRUPTED),
    (OutlastError, "failed", Exit.FAILED),
)


def run(command: Coroutine[Any, Any, Exit], how_to_go_on: str = "Run the same command again.") -> None:
    """Run a command and raise its exit code as typer.Exit. `how_to_go_on` is printed after Ctrl-C."""
    logging.getLogger("stamina").setLevel(logging.ERROR)  # people need not read about each retry
    try:
        code = asyncio.run(command)
    except KeyboardInterrupt:
        raise Interrupted(f"Interrupted. {how_to_go_on}") from None
    raise typer.Exit(code)


@dataclass(frozen=True)
class Failure:
    """An error as people and programs see it."""

    message: str
    kind: str
    exit: int


def report_error(error: BaseException, *, as_json: bool) -> int:
    """Print the error to stderr, with `as_json` to stdout too, and return the exit code."""
    failure = failure_of(error)
    if failure is None:  # a defect of Outlast: the traceback says where
        trace = safe_lines("".join(traceback.format_exception(error)))
        print(trace, end="", file=sys.stderr)  # noqa: T201 - the one place where errors end
        failure = Failure(f"{type(error).__name__}: {error}", "defect", Exit.FAILED)
    else:
        print(f"outlast: {failure.message}", file=sys.stderr)  # noqa: T201 - the one place where errors end
    if as_json:
        from outlast.cli.output import print_document  # noqa: PLC0415 - so that `outlast --help` is fast

        print_document({"error": asdict(failure)})
    return failure.exit


def replace_unwritable_characters() -> None:
    """Let a terminal or a file whose encoding lacks a character get a question mark in its place."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")


def is_of_output(error: OSError) -> bool:
    """Return whether an error is that of a write to stdout: those of files have their names."""
    return error.filename is None and error.errno in OUTPUT_ERRNOS


def report_unwritable_output(error: OSError) -> int:
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # what is still to be written must not fail again
    unwritable = NeedsOperator(
        f"The output cannot be written: {error.strerror}.", "Free some space, or write it to another place."
    )
    return report_error(unwritable, as_json=False)


def failure_of(error: BaseException) -> Failure | None:
    """Describe an error for people and programs; None for an error that Outlast does not expect."""
    if isinstance(error, TyperException):
        return Failure(one_line(usage_error_text(error)), "bad_input", Exit.BAD_INPUT)
    for of_type, kind, code in FAILURE_KINDS:
        if isinstance(error, of_type):
            return Failure(one_line(str(error)), kind, code)
    return server_failure(error)


def usage_error_text(error: TyperException) -> str:
    """Say what is wrong on the command line, and which command prints the help for it."""
    context: Any = getattr(error, "ctx", None)
    command = context.command_path if context else "outlast"
    message = error.format_message()
    return f"{message}{'' if message.endswith(('.', '?')) else '.'} For help: {command} --help"


def server_failure(error: BaseException) -> Failure | None:
    """Describe an error of a Temporal server; None for any other error."""
    from temporalio.service import RPCError, RPCStatusCode  # noqa: PLC0415 - so that `outlast --help` is fast

    if not isinstance(error, RPCError):
        return None
    if error.status in {RPCStatusCode.PERMISSION_DENIED, RPCStatusCode.UNAUTHENTICATED}:
        what_to_do = "Check TEMPORAL_NAMESPACE, TEMPORAL_API_KEY and the certificates."
    elif error.status is RPCStatusCode.NOT_FOUND:
        what_to_do = "Check TEMPORAL_NAMESPACE; `outlast runs` lists the runs in it."
    else:
        what_to_do = "Try again; `outlast doctor` checks the connection."
    reason = one_line(error.message).rstrip(".")
    message = f"The Temporal server refuses the request ({reason}). {what_to_do}"
    return Failure(message, "needs_operator", Exit.UNREACHABLE)
