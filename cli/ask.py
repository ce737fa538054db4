"""`outlast ask`: the same research in this process, at once. No server, no gates, and nothing of it is kept."""

import asyncio
import gc
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

from obstore.store import ObjectStore
from rich.text import Text

from outlast.cli.collecting import collect, refuse_unclear
from outlast.cli.exits import Exit
from outlast.cli.exporting import Format, format_of, print_file
from outlast.cli.output import Output
from outlast.cli.terminal import console, show_markdown
from outlast.composition import composed, searching
from outlast.evidence.budget import Budget
from outlast.evidence.rendering.html import render_html
from outlast.evidence.rendering.markdown import render_markdown
from outlast.evidence.rendering.spending import spent
from outlast.evidence.report import Report
from outlast.in_process import answer
from outlast.orchestration.activities.collect import collect as collected
from outlast.orchestration.activities.publish import assemble
from outlast.orchestration.embedded.home_folder import open_home
from outlast.orchestration.research.messages import ask_of
from outlast.orchestration.research.phase_io import Collecting
from outlast.orchestration.settings import Settings
from outlast.tools.store.objects import open_objects

GARBAGE = 100_000
"""So many new objects are worth a look for garbage: Python's own 700 cost a quarter of an answer's time."""


@dataclass(frozen=True)
class Asked:
    """What the options of `outlast ask` say."""

    docs: Path | None
    collection: str
    exclude: Sequence[str]
    web: bool
    budget: Budget
    report: str
    as_json: bool

    def form(self) -> Format | None:
        """Of the report on stdout. Raises Permanent where two options cannot both be meant."""
        refuse_unclear(self.docs, self.collection, self.exclude)
        return format_of(self.report, as_json=self.as_json)


async def ask(question: str, asked: Asked) -> Exit:
    """`question` is one line. Without documents the default collection is meant; with the web, the web alone."""
    gc.set_threshold(GARBAGE)
    form = asked.form()
    question = ask_of(question).question
    settings, output = Settings(), Output(as_json=asked.as_json, is_taken=True)
    await asyncio.to_thread(open_home, settings.home)
    store = open_objects(settings.object_store)
    documents = await documents_of(asked, store, settings, output)
    async with AsyncExitStack() as stack:
        web = await stack.enter_async_context(searching(settings, store)) if asked.web else None
        composition = composed(store, settings, web)
        with output.people.status(Text("Searching and reading ...")):
            publication = await answer(question, documents, composition, web=asked.web, budget=asked.budget)
            report, texts = await assemble(store, publication)
    if not asked.as_json:
        show(report, texts, form)
    output.document(report.model_dump())
    seconds, cost = sum(report.run.seconds.values()), f" ({spent(report.usage)})" if report.usage.calls else ""
    output.people.print(
        f"Answered in {seconds:.1f} s{cost}. Not durable, and not kept: `outlast research` makes a run that outlasts "
        "crashes."
    )
    return Exit.DONE


async def documents_of(asked: Asked, store: ObjectStore, settings: Settings, output: Output) -> str:
    """The id of the collection that is asked about."""
    if asked.docs is not None:
        return await collect(asked.docs, settings, output, asked.exclude)
    collecting = Collecting(collection=asked.collection or None, web=asked.web)
    return (await collected(store, "", collecting)).collection


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
