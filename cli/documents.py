"""Collections of documents with a name: taken in, listed, shown, removed."""

import asyncio
from collections.abc import Iterable, Sequence
from pathlib import Path

from rich.table import Column, Table

from outlast.cli.exits import Exit
from outlast.cli.output import Output
from outlast.cli.questions import asking, taken_in, tell_home
from outlast.cli.terminal import print_table
from outlast.cli.times import moment
from outlast.evidence.errors import NeedsOperator, Permanent
from outlast.evidence.sources import Collection, Skipped
from outlast.evidence.text import command, one_line
from outlast.orchestration.embedded.home_folder import open_home, open_home_if_there
from outlast.orchestration.settings import Settings
from outlast.tools.ingest.collection_changes import Changes, changes
from outlast.tools.store.collections import Collections, Named, check_name
from outlast.tools.store.objects import open_objects, open_objects_to_read
from outlast.tools.store.snapshots import Snapshots

SHOWN = 3
"""So many files of a kind are named; the others are counted."""


async def add(name: str, folder: Path, exclude: Sequence[str], *, as_json: bool) -> Exit:
    check_name(name)
    output, settings = Output(as_json=as_json), Settings()
    tell_home(settings, output)
    await asyncio.to_thread(open_home, settings.home)
    collections = Collections(open_objects(settings.object_store))
    before = await earlier(collections, name)
    collection = await taken_in(folder, settings, output, exclude)
    named = await collections.name(name, await collections.save(collection))
    changed = changes(before, collection)
    output.document({"name": name, **named.model_dump(), **changed.model_dump(), "skipped": collection.skipped})
    tell(output, name, named, changed, collection.skipped)
    return Exit.DONE


async def earlier(collections: Collections, name: str) -> Collection | None:
    """What the name has meant so far; None where that was nothing, or cannot be read any more."""
    named = await collections.find(name)
    try:
        return await collections.load(named.collection) if named else None
    except (NeedsOperator, Permanent):
        return None


def tell(output: Output, name: str, named: Named, changed: Changes, skipped: Sequence[Skipped]) -> None:
    out = output.people
    out.print(f"Collection {name}: {named.documents} documents, {size(named.text_bytes)} of text")
    out.print(f"  added     {counted(changed.added)}")
    out.print(f"  changed   {counted(changed.changed)}")
    out.print(f"  removed   {counted(changed.removed)}")
    out.print(f"  unchanged {changed.unchanged}")
    out.print(f"  skipped   {counted([f'{each.uri} ({each.reason})' for each in skipped])}")
    if len(skipped) > SHOWN:
        out.print(f"All that was skipped: {command('docs', 'show', name, '--skipped')}")
    out.print(f"Use it: {asking('research', 'QUESTION', '--collection', name)}")


def counted(uris: Sequence[str]) -> str:
    """`5: a.md, b.md, c.md and 2 more`."""
    if not uris:
        return "0"
    more = f" and {len(uris) - SHOWN} more" if len(uris) > SHOWN else ""
    return f"{len(uris)}: {', '.join(uris[:SHOWN])}{more}"


async def list_all(*, as_json: bool) -> Exit:
    output, settings = Output(as_json=as_json), Settings()
    named = await (await opened(settings)).named()
    output.document({"collections": [{"name": name, **meant.model_dump()} for name, meant in named.items()]})
    if output.as_json:
        return Exit.DONE
    if not named:
        output.people.print("No collection has a name yet. Give one: outlast docs add NAME DIR")
        return Exit.DONE
    table = listing(
        "name", "documents", "skipped", "text", "indexed (UTC)", "id", right=("documents", "skipped", "text")
    )
    for name, meant in named.items():
        when = moment(meant.named_at) if meant.named_at else "?"
        table.add_row(
            name, known(meant.documents), known(meant.skipped), size(meant.text_bytes), when, meant.collection[:12]
        )
    print_table(output.people, table)
    return Exit.DONE


async def show(name: str, *, only_skipped: bool, as_json: bool) -> Exit:
    output, settings = Output(as_json=as_json), Settings()
    collections = await opened(settings)
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
        }
        for source in collection.sources
    ]
    shown = {} if only_skipped else {"documents": documents}
    output.document({"name": name, "collection": collection_id, **shown, "skipped": collection.skipped})
    if output.as_json:
        return Exit.DONE
    if not only_skipped:
        table = listing("document", "title", "type", "text", right=("text",))
        for source in collection.sources:
            cells = (source.uri, source.title, source.media_type, size(sizes.get(source.snapshot)))
            table.add_row(*(one_line(cell) for cell in cells))
        print_table(output.people, table)
    tell_skipped(output, collection.skipped)
    return Exit.DONE


def tell_skipped(output: Output, skipped: Sequence[Skipped]) -> None:
    if not skipped:
        output.people.print("Nothing was skipped.")
        return
    table = listing("skipped", "why")
    for each in skipped:
        table.add_row(one_line(each.uri), one_line(each.reason))
    print_table(output.people, table)


async def remove(name: str, *, as_json: bool) -> Exit:
    output, settings = Output(as_json=as_json), Settings()
    collections = await opened(settings)
    named = await collections.find(name)
    await collections.forget(name)
    output.document({"name": name, "collection": named.collection if named else None, "removed": True})
    output.people.print(f"The name {name} is removed. Its texts stay in the object store: runs and reports use them.")
    return Exit.DONE


async def opened(settings: Settings) -> Collections:
    """The collections that there are; nothing is made where there are none."""
    await asyncio.to_thread(open_home_if_there, settings.home)
    return Collections(open_objects_to_read(settings.object_store))


def listing(*columns: str, right: Iterable[str] = ()) -> Table:
    headers = (Column(column, justify="right" if column in right else "left") for column in columns)
    return Table(*headers, box=None, pad_edge=False, header_style="dim")


def known(number: int | None) -> str:
    return "?" if number is None else str(number)


def size(number: int | None) -> str:
    """`?` where it is not known."""
    if number is None:
        return "?"
    if number < 1_000:
        return f"{number} B"
    return f"{number / 1e6:.1f} MB" if number >= 100_000 else f"{number / 1e3:.1f} kB"
