"""What `--json` means, for every command.

Without it, stdout is for people. With it, stdout carries JSON alone, and text for people goes to stderr. Most commands
write one document on one line; a command that follows runs writes a document a line whenever something has changed. An
error is the document `{"error": {"message": ..., "kind": ..., "exit": ...}}`; the exit code is the same as without.
"""

import json
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic_core import to_jsonable_python
from rich.console import Console

from outlast.cli.terminal import PlainConsole, console
from outlast.evidence.errors import Permanent
from outlast.evidence.text import safe_lines
from outlast.orchestration.client.export import ExportedReport
from outlast.orchestration.client.report import Format


@dataclass(frozen=True)
class Output:
    """Where a command writes text for people and documents for programs."""

    as_json: bool = False
    is_taken: bool = False
    """Something other than `document` writes to stdout, such as a report."""
    people: Console = field(init=False)
    """For text that people read: stdout, or stderr if stdout is for programs."""

    def __post_init__(self) -> None:
        to_stderr = self.as_json or self.is_taken
        people = PlainConsole(stderr=True, soft_wrap=not sys.stderr.isatty()) if to_stderr else console()
        object.__setattr__(self, "people", people)

    def document(self, value: Mapping[str, Any]) -> None:
        """Write the document if `--json` was given. It may hold pydantic models, paths and times."""
        if self.as_json:
            print_document(to_jsonable_python(value, by_alias=True))


def print_document(value: Mapping[str, Any]) -> None:
    # ASCII alone, so that any encoding of a terminal or a pipe can represent it.
    print(json.dumps(value), flush=True)  # noqa: T201 - programs read this from stdout


def format_of(typed: str, *, as_json: bool) -> Format | None:
    """Return the format that `--format` names, or None if it is not given. Raises Permanent for an unknown one."""
    if not typed:
        return None
    if as_json:
        raise Permanent("--format and --json both write to stdout. Give only one of them.")
    try:
        return Format(typed.lower())
    except ValueError:
        raise Permanent(f'--format "{typed}" is unknown. Give one of: {", ".join(Format)}.') from None


def print_report(exported: ExportedReport, form: Format) -> None:
    print_file(exported.contents[form])


def print_file(content: bytes) -> None:
    """Write bytes to stdout as they are, or to a terminal without the characters that would control it."""
    if sys.stdout.isatty():
        content = safe_lines(content.decode()).encode(errors="replace")
    try:
        sys.stdout.flush()
        sys.stdout.buffer.write(content)
        sys.stdout.buffer.flush()
    except BrokenPipeError:  # the reader has closed the pipe; the last flush of the process must not fail again
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
