"""`outlast ask`: the same research in this process, at once, without a server or gates. The answer is not kept."""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.text import Text

from outlast.asking import ask as answer
from outlast.cli.exits import Exit
from outlast.cli.output import Output, format_of, print_file
from outlast.cli.questions import (
    QUESTION_USAGE,
    asking,
    ingest_and_save,
    no_documents_error,
    print_home,
    refuse_unclear,
)
from outlast.cli.terminal import console, show_command, show_markdown
from outlast.evidence.budget import Budget
from outlast.evidence.rendering.spending import format_usage
from outlast.orchestration.client.report import Format, Report
from outlast.orchestration.embedded.home_folder import open_home_if_there
from outlast.orchestration.research.messages import parse_ask
from outlast.orchestration.settings import Settings
from outlast.tools.store.collections import DEFAULT_COLLECTION, Collections
from outlast.tools.store.objects import open_objects_to_read


@dataclass(frozen=True)
class AskOptions:
    """What the options of `outlast ask` say."""

    docs: Sequence[Path]
    collection: str
    exclude: Sequence[str]
    web: bool
    budget: Budget
    report: str
    as_json: bool

    def options(self) -> Iterator[str]:
        """Yield the words of the options that say what is researched, for the same question to another command."""
        for path in self.docs:
            yield from ("--docs", str(path))
        if self.collection or (not self.docs and not self.web):
            yield from ("--collection", self.collection or DEFAULT_COLLECTION)
        for pattern in self.exclude:
            yield from ("--exclude", pattern)
        if self.web:
            yield "--web"
        for kind, limit in self.budget.limits():
            yield from (f"--budget-{kind}", f"{limit:g}" if kind == "usd" else str(limit))

    def report_format(self) -> Format | None:
        """Return the format of the report on stdout. Raises Permanent if options contradict each other."""
        refuse_unclear(self.docs, self.collection, self.exclude)
        return format_of(self.report, as_json=self.as_json)


async def ask(question: str, options: AskOptions) -> Exit:
    """Answer a question of one line. Without documents, search the web if it is named, else the default collection."""
    form = options.report_format()
    question = parse_ask(question, QUESTION_USAGE).question
    settings, output = Settings(), Output(as_json=options.as_json, is_taken=True)
    collection = options.collection
    if options.docs:
        print_home(settings, output)
        collection = await ingest_and_save(options.docs, settings, output, options.exclude)
    elif not collection and not options.web:
        await refuse_without_documents(question, settings)
    with output.people.status(Text("Searching and reading ...")):
        report = await answer(
            question, collection=collection, web=options.web, budget=options.budget, settings=settings
        )
    if not options.as_json:
        show_report(report, form)
    content = report.content
    output.document(content.model_dump())
    seconds = sum(content.run.seconds.values())
    cost = f" ({format_usage(content.usage)})" if content.usage.calls else ""
    output.people.print(
        f"Answered in {seconds:.1f} s{cost}. This answer is not kept. For a run that outlasts crashes, with a report:"
    )
    show_command(output.people, asking("research", question, *options.options()))
    return Exit.DONE


async def refuse_without_documents(question: str, settings: Settings) -> None:
    """Raise Permanent if there is no default collection either. No folder is created to find that out."""
    await asyncio.to_thread(open_home_if_there, settings.home)
    if await Collections(open_objects_to_read(settings.object_store)).find(DEFAULT_COLLECTION) is None:
        raise no_documents_error("ask", question)


def show_report(report: Report, form: Format | None) -> None:
    if form is None:
        show_markdown(console(), report.markdown())
    else:
        print_file(report.file(form))
