"""`outlast ask`: the same research in this process, at once. No server, no gates, and nothing of it is kept."""

import asyncio
import gc
from collections.abc import Mapping, Sequence
from pathlib import Path

from rich.text import Text

from cli.collecting import collect
from cli.exits import Exit
from cli.exporting import Format, format_of, print_file
from cli.output import Output
from cli.terminal import console, show_markdown
from composition import Composition
from evidence.errors import Permanent
from evidence.rendering.html import render_html
from evidence.rendering.markdown import render_markdown
from evidence.report import Report
from in_process import answer
from orchestration.home import open_home
from orchestration.messages import ask_of
from orchestration.publish import assemble
from orchestration.settings import Settings
from tools.collections import Collections
from tools.objects import open_objects

GARBAGE = 100_000
"""So many new objects are worth a look for garbage: Python's own 700 cost a quarter of an answer's time."""


async def ask(
    question: str, docs: Path | None, collection: str, exclude: Sequence[str], wanted: str, *, as_json: bool
) -> Exit:
    """`question` is one line. Without `docs` and `collection`, the default collection is meant."""
    gc.set_threshold(GARBAGE)
    form = format_of(wanted, as_json=as_json)
    if docs is not None and collection:
        raise Permanent("--docs and --collection both name documents. Give one of them.")
    if exclude and docs is None:
        raise Permanent("--exclude leaves files out of --docs DIR. Name the folder, or leave --exclude out.")
    question = ask_of(question).question
    settings, output = Settings(), Output(as_json=as_json, is_taken=True)
    await asyncio.to_thread(open_home, settings.home)
    store = open_objects(settings.object_store)
    if docs is None:
        documents = await Collections(store).resolve(collection or None)
    else:
        documents = await collect(docs, settings, output, exclude)
    composition = Composition(store, settings.cache)
    with output.people.status(Text("Searching and reading ...")):
        publication = await answer(question, documents, composition)
        report, texts = await assemble(store, composition.mode, publication)
    if not as_json:
        show(report, texts, form)
    output.document(report.model_dump())
    seconds = sum(report.run.seconds.values())
    output.people.print(
        f"Answered in {seconds:.1f} s. Not durable, and not kept: `outlast research` makes a run that outlasts crashes."
    )
    return Exit.DONE


def show(report: Report, texts: Mapping[str, str], form: Format | None) -> None:
    match form:
        case Format.HTML:
            print_file(render_html(report, texts).encode())
        case Format.JSON:
            print_file(report.model_dump_json(indent=2).encode())
        case Format.MARKDOWN:
            print_file(render_markdown(report).encode())
        case None:
            show_markdown(console(), render_markdown(report))
