"""`outlast ask`: the same research in this process, at once. No server, no gates, and nothing of it is kept."""

import gc
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.text import Text

from outlast.asking import ask as answered
from outlast.cli.collecting import collect, refuse_unclear
from outlast.cli.exits import Exit
from outlast.cli.output import Output, format_of, print_file
from outlast.cli.terminal import console, show_markdown
from outlast.evidence.budget import Budget
from outlast.evidence.rendering.spending import spent
from outlast.orchestration.client.report import Format, Report
from outlast.orchestration.research.messages import ask_of
from outlast.orchestration.settings import Settings

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
    collection = asked.collection
    if asked.docs is not None:
        collection = await collect(asked.docs, settings, output, asked.exclude)
    with output.people.status(Text("Searching and reading ...")):
        report = await answered(question, collection=collection, web=asked.web, budget=asked.budget, settings=settings)
    if not asked.as_json:
        show(report, form)
    content = report.content
    output.document(content.model_dump())
    seconds, cost = sum(content.run.seconds.values()), f" ({spent(content.usage)})" if content.usage.calls else ""
    output.people.print(
        f"Answered in {seconds:.1f} s{cost}. Not durable, and not kept: `outlast research` makes a run that outlasts "
        "crashes."
    )
    return Exit.DONE


def show(report: Report, form: Format | None) -> None:
    if form is None:
        show_markdown(console(), report.markdown())
    else:
        print_file(report.file(form))
