"""`outlast docs`: add, list, show and remove named collections of documents."""

import asyncio
from collections.abc import Coroutine, Iterable, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Column, Table

from outlast.cli.exits import Exit
from outlast.cli.exits import run as run_command
from outlast.cli.options import DOCS_HELP, CommandGroups, Exclude, Json
from outlast.cli.output import Output
from outlast.cli.questions import asking, ingest_with_progress, print_home
from outlast.cli.terminal import moment, print_table
from outlast.evidence.errors import NeedsOperator, Permanent
from outlast.evidence.losses import describe_losses, may_hide_words
from outlast.evidence.rendering.amounts import format_count
from outlast.evidence.sources import Collection, Skipped, Source
from outlast.evidence.text import one_line, shell_command
from outlast.orchestration.embedded.home_folder import open_home, open_home_if_there
from outlast.orchestration.settings import Settings
from outlast.tools.ingest.collection_changes import CollectionChanges, compare_collections
from outlast.tools.store.collections import Collections, NamedCollection, check_name
from outlast.tools.store.objects import open_objects, open_objects_to_read
from outlast.tools.store.snapshots import Snapshots

MAX_NAMED_FILES = 3
"""Maximum number of files that are named in a line; the others are counted."""

docs = typer.Typer(
    cls=CommandGroups,
    help=DOCS_HELP,
    rich_markup_mode=None,
)

Name = Annotated[str, typer.Argument(metavar="NAME", help="Name of the collection.")]


@docs.callback(invoke_without_command=True)
def collections(context: typer.Context) -> None:
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())


@docs.command()
def add(
    name: Name,
    docs: Annotated[list[Path], typer.Argument(metavar="DIR", help="Folders with documents, or documents.")],
    exclude: Exclude = None,
    as_json: Json = False,
) -> None:
    """Index a folder, or several folders and files, and name them; the same command again updates them.

    Runs that are under way keep the documents that they started with. Files that match the patterns of an
    .outlastignore file in the folder are left out, as with .gitignore.
    """
    run(add_documents(name, docs, exclude or [], as_json=as_json))


@docs.command(name="list")
def list_all(as_json: Json = False) -> None:
    """List the named collections."""
    run(list_collections(as_json=as_json))


@docs.command()
def show(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Name or id of the collection.")],
    only_skipped: Annotated[bool, typer.Option("--skipped", help="Show only the skipped files, and why.")] = False,
    as_json: Json = False,
) -> None:
    """Show the documents of a collection, and which files were skipped and why."""
    run(show_collection(name, only_skipped=only_skipped, as_json=as_json))


@docs.command()
def remove(name: Name, as_json: Json = False) -> None:
    """Remove the name of a collection. Its texts stay, because runs and reports may use them."""
    run(remove_name(name, as_json=as_json))


def run(command: Coroutine[Any, Any, Exit]) -> None:
    run_command(command, "Run the same command again to go on.")


async def add_documents(name: str, docs: Sequence[Path], exclude: Sequence[str], *, as_json: bool) -> Exit:
    check_name(name)
    output, settings = Output(as_json=as_json), Settings()
    print_home(settings, output)
    await asyncio.to_thread(open_home, settings.home)
    collections = Collections(open_objects(settings.object_store))
    before = await load_previous(collections, name)
    collection = await ingest_with_progress(docs, settings, output, exclude)
    named = await collections.name(name, await collections.save(collection))
    changed = compare_collections(before, collection)
    output.document({"name": name, **named.model_dump(), **changed.model_dump(), "skipped": collection.skipped})
    print_changes(output, name, named, changed, collection)
    return Exit.DONE


async def load_previous(collections: Collections, name: str) -> Collection | None:
    """Return the collection that has had this name so far; None if there is none, or if it cannot be read."""
    named = await collections.find(name)
    try:
        return await collections.load(named.collection) if named else None
    except (NeedsOperator, Permanent):
        return None


def print_changes(
    output: Output, name: str, named: NamedCollection, changed: CollectionChanges, collection: Collection
) -> None:
    out, skipped = output.people, collection.skipped
    out.print(
        f"Collection {name}: {format_count(named.documents or 0, 'document')}, {size_text(named.text_bytes)} of text"
    )
    out.print(f"  added     {count_and_names(changed.added)}")
    out.print(f"  changed   {count_and_names(changed.changed)}")
    out.print(f"  removed   {count_and_names(changed.removed)}")
    out.print(f"  unchanged {changed.unchanged}")
    out.print(f"  skipped   {count_and_names([f'{file.uri} ({file.reason})' for file in skipped])}")
    if in_part := read_in_part(collection):
        named_losses = [f"{source.uri} ({describe_losses(source.losses)})" for source in in_part]
        out.print(f"  in part   {count_and_names(named_losses)}")
    if len(skipped) > MAX_NAMED_FILES:
        out.print(f"To list all skipped files: {shell_command('docs', 'show', name, '--skipped')}")
    out.print(f"To research it: {asking('research', 'QUESTION', '--collection', name)}")


def count_and_names(uris: Sequence[str]) -> str:
    """Return the number of files and the first names, for example `5: a.md, b.md, c.md and 2 more`."""
    if not uris:
        return "0"
    more = f" and {len(uris) - MAX_NAMED_FILES} more" if len(uris) > MAX_NAMED_FILES else ""
    return f"{len(uris)}: {', '.join(uris[:MAX_NAMED_FILES])}{more}"


async def list_collections(*, as_json: bool) -> Exit:
    output, settings = Output(as_json=as_json), Settings()
    named = await (await open_existing_collections(settings)).list_named()
    output.document({"collections": [{"name": name, **collection.model_dump()} for name, collection in named.items()]})
    if output.as_json:
        return Exit.DONE
    if not named:
        output.people.print("There is no named collection yet. Add one: outlast docs add NAME DIR")
        return Exit.DONE
    table = plain_table(
        "name", "documents", "skipped", "text", "indexed (UTC)", "id", right=("documents", "skipped", "text")
    )
    for name, collection in named.items():
        table.add_row(
            name,
            number_text(collection.documents),
            number_text(collection.skipped),
            size_text(collection.text_bytes),
            moment(collection.named_at) if collection.named_at else "?",
            collection.collection[:12],
        )
    print_table(output.people, table)
    return Exit.DONE


async def show_collection(name: str, *, only_skipped: bool, as_json: bool) -> Exit:
    output, settings = Output(as_json=as_json), Settings()
    collections = await open_existing_collections(settings)
    collection_id = await collections.resolve(name)
    collection = await collections.load(collection_id)
    snapshots = Snapshots(open_objects_to_read(settings.object_store))
    sizes = await snapshots.sizes(source.snapshot for source in collection.sources)
    documents = [
        {
            "uri": source.uri,
            "title": source.title,
            "media_type": source.media_type,
            "text_bytes": sizes.get(source.snapshot),
            "snapshot": source.snapshot,
            **({"losses": [loss.model_dump(mode="json") for loss in source.losses]} if source.losses else {}),
        }
        for source in collection.sources
    ]
    listed = {} if only_skipped else {"documents": documents}
    output.document({"name": name, "collection": collection_id, **listed, "skipped": collection.skipped})
    if output.as_json:
        return Exit.DONE
    if not only_skipped:
        table = plain_table("document", "title", "type", "text", right=("text",))
        for source in collection.sources:
            cells = (source.uri, source.title, source.media_type, size_text(sizes.get(source.snapshot)))
            table.add_row(*(one_line(cell) for cell in cells))
        print_table(output.people, table)
    print_losses(output, read_in_part(collection) if only_skipped else collection.sources)
    print_skipped(output, collection.skipped)
    return Exit.DONE


def read_in_part(collection: Collection) -> list[Source]:
    """Return the documents that may say something that their texts do not have."""
    return [source for source in collection.sources if may_hide_words(source.losses)]


def print_losses(output: Output, sources: Sequence[Source]) -> None:
    if not any(source.losses for source in sources):
        return
    table = plain_table("document", "left out of its text")
    for source in sources:
        if source.losses:
            table.add_row(one_line(source.uri), one_line(describe_losses(source.losses)))
    print_table(output.people, table)


def print_skipped(output: Output, skipped: Sequence[Skipped]) -> None:
    if not skipped:
        output.people.print("Nothing was skipped.")
        return
    table = plain_table("skipped", "why")
    for file in skipped:
        table.add_row(one_line(file.uri), one_line(file.reason))
    print_table(output.people, table)


async def remove_name(name: str, *, as_json: bool) -> Exit:
    output, settings = Output(as_json=as_json), Settings()
    collections = await open_existing_collections(settings)
    named = await collections.find(name)
    await collections.forget(name)
    output.document({"name": name, "collection": named.collection if named else None, "removed": True})
    output.people.print(
        f"The name {name} is removed. Its texts stay in the object store: runs and reports may use them."
    )
    return Exit.DONE


async def open_existing_collections(settings: Settings) -> Collections:
    """Open the collections for reading. No folder is created if there are none."""
    await asyncio.to_thread(open_home_if_there, settings.home)
    return Collections(open_objects_to_read(settings.object_store))


def plain_table(*columns: str, right: Iterable[str] = ()) -> Table:
    headers = (Column(column, justify="right" if column in right else "left") for column in columns)
    return Table(*headers, box=None, pad_edge=False, header_style="dim")


def number_text(number: int | None) -> str:
    return "?" if number is None else str(number)


def size_text(number: int | None) -> str:
    """Return a size for people; `?` if it is unknown."""
    if number is None:
        return "?"
    if number < 1_000:
        return f"{number} B"
    return f"{number / 1e6:.1f} MB" if number >= 100_000 else f"{number / 1e3:.1f} kB"
