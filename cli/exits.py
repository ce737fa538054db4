"""How a command ends: its exit code, and its error in one line that says what happened, why, and what to do."""

import asyncio
import logging
import sys
import traceback
from collections.abc import Coroutine
from dataclasses import asdict, dataclass
from enum import IntEnum
from typing import Any

import typer
from typer.exceptions import TyperException

from outlast.evidence.errors import LimitReached, NeedsOperator, OutlastError, Permanent, Transient
from outlast.evidence.text import one_line, safe_lines


class Exit(IntEnum):
    DONE = 0
    FAILED = 1
    """The run failed, or a check found something wrong."""
    BAD_INPUT = 2
    """What was asked cannot be done as asked; nothing was lost."""
    NOT_PUBLISHED = 3
    """The run ended without a report: rejected, stopped, cancelled, or nobody decided in time."""
    UNREACHABLE = 4
    """Something outside is missing: a server, a folder that can be written."""
    INTERRUPTED = 130
    """Ctrl-C; the run stands where it stood, or goes on where its worker is."""


class Interrupted(OutlastError):
    """Ctrl-C. The message says what stands, and how to go on."""


@dataclass(frozen=True)
class Failure:
    """An error as people and programs see it."""

    message: str
    kind: str
    exit: int


def report_error(error: BaseException, *, as_json: bool) -> int:
    """Say it on stderr, with `as_json` on stdout too; the exit code."""
    failure = failure_of(error)
    if failure is None:  # a defect of ours: it shows where it is
        shown = safe_lines("".join(traceback.format_exception(error)))
        print(shown, end="", file=sys.stderr)  # noqa: T201 - the one place where errors end
        failure = Failure(f"{type(error).__name__}: {error}", "defect", Exit.FAILED)
    else:
        print(f"outlast: {failure.message}", file=sys.stderr)  # noqa: T201 - the one place where errors end
    if as_json:
        from outlast.cli.output import print_document  # noqa: PLC0415 - `outlast --help` answers at once

        print_document({"error": asdict(failure)})
    return failure.exit


FAILURE_KINDS: tuple[tuple[type[BaseException], str, Exit], ...] = (
    (Permanent, "bad_input", Exit.BAD_INPUT),
    (NeedsOperator, "needs_operator", Exit.UNREACHABLE),
    (Transient, "transient", Exit.FAILED),
    (LimitReached, "limit_reached", Exit.FAILED),
    (Interrupted, "interrupted", Exit.INTERRUPTED),
    (OutlastError, "failed", Exit.FAILED),
)


def failure_of(error: BaseException) -> Failure | None:
    """None for what nobody has foreseen."""
    if isinstance(error, TyperException):
        return Failure(one_line(usage_error_text(error)), "bad_input", Exit.BAD_INPUT)
    for of_type, kind, code in FAILURE_KINDS:
        if isinstance(error, of_type):
            return Failure(one_line(str(error)), kind, code)
    return server_failure(error)


def usage_error_text(error: TyperException) -> str:
    """What cannot be understood on the command line, and where to read what can."""
    context: Any = getattr(error, "ctx", None)
    command = context.command_path if context else "outlast"
    said = error.format_message()
    return f"{said}{'' if said.endswith(('.', '?')) else '.'} What is possible: {command} --help"


def server_failure(error: BaseException) -> Failure | None:
    """What a Temporal server refuses. Imported here: whoever gets such an error has the SDK already."""
    from temporalio.service import RPCError, RPCStatusCode  # noqa: PLC0415

    if not isinstance(error, RPCError):
        return None
    if error.status in {RPCStatusCode.PERMISSION_DENIED, RPCStatusCode.UNAUTHENTICATED}:
        what_to_do = "Check TEMPORAL_NAMESPACE, TEMPORAL_API_KEY and the certificates."
    elif error.status is RPCStatusCode.NOT_FOUND:
        what_to_do = "Check TEMPORAL_NAMESPACE; `outlast runs` lists what is there."
    else:
        what_to_do = "Try again; `outlast doctor` checks the connection."
    said = one_line(error.message).rstrip(".")
    return Failure(f"The Temporal server refuses ({said}). {what_to_do}", "needs_operator", Exit.UNREACHABLE)


def run(command: Coroutine[Any, Any, Exit], how_to_go_on: str = "The same command again is all it takes.") -> None:
    logging.getLogger("stamina").setLevel(logging.ERROR)  # what is tried again is nothing to read about
    try:
        code = asyncio.run(command)
    except KeyboardInterrupt:
        raise Interrupted(f"Interrupted. {how_to_go_on}") from None
    raise typer.Exit(code)
