"""The convention of `--json`, for every command.

Without it, stdout is for people. With it, stdout carries JSON alone: one document, on one line; a command that follows
something writes one document a line, as it happens. What people read goes to stderr then. An error is the document
`{"error": {"message": ..., "kind": ..., "exit": ...}}`; the exit code is the same with and without.
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
    """Where a command says what it has to say."""

    as_json: bool = False
    is_taken: bool = False
    """Something else than `document` writes to stdout, such as a report."""
    people: Console = field(init=False)
    """For lines that people read: stdout, or stderr where stdout is for programs."""

    def __post_init__(self) -> None:
        elsewhere = self.as_json or self.is_taken
        people = PlainConsole(stderr=True, soft_wrap=not sys.stderr.isatty()) if elsewhere else console()
        object.__setattr__(self, "people", people)

    def document(self, value: Mapping[str, Any]) -> None:
        """The document, where one is wanted; nothing otherwise. Models, paths and times may be in it."""
        if self.as_json:
            print_document(to_jsonable_python(value, by_alias=True))


def print_document(value: Mapping[str, Any]) -> None:
    # ASCII alone, so that no encoding of a terminal or a pipe stands in the way.
    print(json.dumps(value), flush=True)  # noqa: T201 - what a program reads


def format_of(wanted: str, *, as_json: bool) -> Format | None:
    """What `--format` says; None where it is not given. `Permanent` where it says something else."""
    if not wanted:
        return None
    if as_json:
        raise Permanent("--format and --json both write to stdout. Give one of them.")
    try:
        return Format(wanted.lower())
    except ValueError:
        raise Permanent(f'--format "{wanted}" is not known. Give one of: {", ".join(Format)}.') from None


def print_report(exported: ExportedReport, form: Format) -> None:
    print_file(exported.contents[form])


def print_file(content: bytes) -> None:
    """Byte for byte on stdout; on a terminal without what a terminal would obey."""
    if sys.stdout.isatty():
        content = safe_lines(content.decode()).encode(errors="replace")
    try:
        sys.stdout.flush()
        sys.stdout.buffer.write(content)
        sys.stdout.buffer.flush()
    except BrokenPipeError:  # whoever read has seen enough; flushing once more at the end must not fail again
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
