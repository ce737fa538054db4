"""`outlast completion`: what makes a shell complete commands, options and the ids of runs."""

import asyncio
from datetime import timedelta
from pathlib import Path

import typer
from temporalio.client import Client
from typer.completion import (
    get_completion_script,  # pyright: ignore[reportPrivateImportUsage] - these are what typer's own options call
    install,  # pyright: ignore[reportPrivateImportUsage]
)

from outlast.cli.exits import Exit
from outlast.cli.output import Output
from outlast.evidence.errors import NeedsOperator, OutlastError, Permanent
from outlast.evidence.text import shell_command
from outlast.orchestration.client.listing import list_executions
from outlast.orchestration.embedded import dev_server
from outlast.orchestration.embedded.supervisor import ProcessFiles, is_held
from outlast.orchestration.settings import Settings

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
    path = install_completion(shell)
    output.people.print(f"Completion for {shell} is in {path}. It takes effect in the next shell.")
    output.document({"shell": shell, "installed": str(path)})
    return Exit.DONE


def install_completion(shell: str) -> Path:
    try:
        _, path = install(shell=shell, prog_name=PROGRAM)
    except OSError as error:
        raise NeedsOperator(
            f"The completion for {shell} cannot be written ({error.strerror}: {error.filename}).",
            f"Put it where your shell reads it yourself: {shell_command('completion', shell)}",
        ) from None
    return path


COMPLETION_TIMEOUT = timedelta(seconds=1)
MAX_COMPLETIONS = 50


def runs(incomplete: str) -> list[tuple[str, str]]:
    """Ids with what a shell may show beside them, newest first. Nobody who presses a key wants to see an error."""
    try:
        return asyncio.run(matching_runs(incomplete))
    except (OutlastError, RuntimeError, TimeoutError, OSError):
        return []


async def matching_runs(incomplete: str) -> list[tuple[str, str]]:
    """Of the server where one runs; where none does, those whose reports are here. None is started."""
    settings = Settings()
    async with asyncio.timeout(COMPLETION_TIMEOUT.total_seconds()):
        if client := await running_server(settings):
            names = {row.id: row.status.name.lower() if row.status else "" for row in await list_executions(client)}
        else:
            folders = sorted((settings.home / "reports").glob("*"), key=lambda path: path.stat().st_mtime, reverse=True)
            names = {folder.name: "published" for folder in folders}
    return [(name, said) for name, said in names.items() if name.startswith(incomplete)][:MAX_COMPLETIONS]


async def running_server(settings: Settings) -> Client | None:
    if profile := settings.temporal():
        return await Client.connect(**profile.to_client_connect_config())
    files = ProcessFiles(settings.home.resolve())
    ports = dev_server.read_ports(files.home)
    if ports is None or not is_held(files.lock("server")):
        return None
    return await Client.connect(ports.address, namespace=dev_server.NAMESPACE)
