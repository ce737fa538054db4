"""`outlast completion`: what makes a shell complete commands, options and run ids."""

from pathlib import Path

import typer
from typer.completion import (
    get_completion_script,  # pyright: ignore[reportPrivateImportUsage] - these are what typer's own options call
    install,  # pyright: ignore[reportPrivateImportUsage]
)

from outlast.cli.exits import Exit
from outlast.cli.output import Output
from outlast.evidence.errors import NeedsOperator, Permanent
from outlast.evidence.text import command

SHELLS = ("bash", "zsh", "fish")
PROGRAM = "outlast"


def completion(shell: str, *, to_install: bool, as_json: bool) -> Exit:
    if shell not in SHELLS:
        raise Permanent(f'"{shell[:100]}" is not supported. Name one of: {", ".join(SHELLS)}.')
    output = Output(as_json=as_json)
    if not to_install:
        script = get_completion_script(prog_name=PROGRAM, complete_var=f"_{PROGRAM.upper()}_COMPLETE", shell=shell)
        if not as_json:
            typer.echo(script)
        output.document({"shell": shell, "script": script})
        return Exit.DONE
    path = installed(shell)
    output.people.print(f"Completion for {shell} is in {path}. It takes effect in the next shell.")
    output.document({"shell": shell, "installed": str(path)})
    return Exit.DONE


def installed(shell: str) -> Path:
    try:
        _, path = install(shell=shell, prog_name=PROGRAM)
    except OSError as error:
        raise NeedsOperator(
            f"The completion for {shell} cannot be written ({error.strerror}: {error.filename}).",
            f"Put it where your shell reads it yourself: {command('completion', shell)}",
        ) from None
    return path
