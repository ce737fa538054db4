"""`outlast docs`: its commands. What they do is in `outlast.cli.documents`, imported when one is called."""

from collections.abc import Coroutine
from pathlib import Path
from typing import Annotated, Any

import typer

from outlast.cli.exits import Exit
from outlast.cli.exits import run as run_command
from outlast.cli.options import CommandGroups, Exclude, Json

docs = typer.Typer(
    cls=CommandGroups,
    help="Collections of documents with a name: index a folder once, ask it from anywhere.",
    rich_markup_mode=None,
)

Name = Annotated[str, typer.Argument(metavar="NAME", help="What people call the collection.")]


@docs.callback(invoke_without_command=True)
def collections(context: typer.Context) -> None:
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())


@docs.command()
def add(
    name: Name,
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The folder with the documents.")],
    exclude: Exclude = None,
    as_json: Json = False,
) -> None:
    """Take a folder in and give it a name; the same again brings it up to date.

    Runs that are under way keep the documents that they began with. What .outlastignore files in the folder name is
    left out, as .gitignore would.
    """
    from outlast.cli.documents import add as command  # noqa: PLC0415 - `outlast --help` answers at once

    run(command(name, folder, exclude or [], as_json=as_json))


@docs.command(name="list")
def list_all(as_json: Json = False) -> None:
    """List the collections that have a name."""
    from outlast.cli.documents import list_all as command  # noqa: PLC0415

    run(command(as_json=as_json))


@docs.command()
def show(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The name of a collection, or its id.")],
    only_skipped: Annotated[bool, typer.Option("--skipped", help="Show only skipped files, and why.")] = False,
    as_json: Json = False,
) -> None:
    """Show the documents of a collection, and what was skipped and why."""
    from outlast.cli.documents import show as command  # noqa: PLC0415

    run(command(name, only_skipped=only_skipped, as_json=as_json))


@docs.command()
def remove(name: Name, as_json: Json = False) -> None:
    """Remove a name. The texts stay, for runs and reports may use them."""
    from outlast.cli.documents import remove as command  # noqa: PLC0415

    run(command(name, as_json=as_json))


def run(command: Coroutine[Any, Any, Exit]) -> None:
    run_command(command, "The same command again goes on where it was.")
