"""`outlast research`: start a run about a question, or join it, and follow it to its report."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from outlast.cli.exits import Exit
from outlast.cli.output import Output, format_of
from outlast.cli.questions import QUESTION_USAGE, ingest_and_save, no_documents_error, print_home, refuse_unclear
from outlast.cli.terminal import moment
from outlast.cli.watch import follow_run
from outlast.cli.wishes import Wish, remember
from outlast.composition import build_composition
from outlast.evidence.budget import Budget
from outlast.evidence.errors import Permanent
from outlast.evidence.text import shell_command
from outlast.orchestration.client.client import Client, Run
from outlast.orchestration.client.documents import resolve_collection
from outlast.orchestration.client.export import Exporter
from outlast.orchestration.client.report import Format
from outlast.orchestration.embedded.detached import detach
from outlast.orchestration.research.messages import accept_ask, validate_message
from outlast.orchestration.settings import Settings
from outlast.tools.store.objects import open_objects


@dataclass(frozen=True)
class ResearchOptions:
    """What the options of `outlast research` say."""

    docs: Sequence[Path]
    collection: str
    exclude: Sequence[str]
    web: bool
    budget: Budget
    out: Path | None
    approve: bool
    again: bool
    detach: bool
    report: str
    as_json: bool

    def report_format(self) -> Format | None:
        """Return the format of the report on stdout. Raises Permanent if options contradict each other."""
        refuse_unclear(self.docs, self.collection, self.exclude)
        if self.detach and (self.out is not None or self.report):
            raise Permanent(
                "--detach does not wait for the report. Write it when the run has ended: outlast report RUN --out DIR"
            )
        return format_of(self.report, as_json=self.as_json)


async def research(question: str, options: ResearchOptions) -> Exit:
    """Research a question of one line."""
    form = options.report_format()
    fields = {
        "question": question,
        "approve": options.approve,
        "web": options.web,
        "budget": dict(options.budget.limits()),
    }
    ask = validate_message(partial(accept_ask, accepted=QUESTION_USAGE), fields)
    if not options.docs and not options.collection and not options.web:
        raise no_documents_error("research", question)
    output, settings = Output(as_json=options.as_json, is_taken=form is not None), Settings()
    exports = Exporter(settings, options.out)
    if options.docs:
        exports.refuse_inside_documents(options.docs)
    exports.refuse_other_report(ask.question)
    if settings.temporal() is None and (settings.model or settings.reasoner):  # other workers have their own settings
        build_composition(open_objects(settings.object_store), settings)
    print_home(settings, output)
    ask = ask.model_copy(update={"collection": await collection_of(options, settings, output)})
    async with Client.connect(settings=settings) as client:
        run = await client.begin(ask, again=options.again)
        output.people.print(f"Run       {run.id}{joined_text(run)}")
        wish = Wish(out=options.out and options.out.absolute(), form=form)
        await asyncio.to_thread(remember, settings, run, wish)
        if options.detach:
            return leave_detached(run, settings, output)
        return await follow_run(client, run, exports, output, approve=options.approve, form=form)


async def collection_of(options: ResearchOptions, settings: Settings, output: Output) -> str | None:
    """Return the id of the collection, which never changes during the run, or None for the web alone."""
    if options.docs:
        return await ingest_and_save(options.docs, settings, output, options.exclude)
    return await resolve_collection((), options.collection, settings)


def joined_text(run: Run) -> str:
    return f" (under way since {moment(run.since)} UTC; joined)" if run.since else ""


def leave_detached(run: Run, settings: Settings, output: Output) -> Exit:
    """Let the run go on without this command: with its workers, or in the background of this folder."""
    if settings.temporal() is None:
        detach(settings, run.id, run.execution)
        output.people.print("It goes on in the background until it ends or waits for you. To stop that: outlast down")
    else:
        output.people.print("The run goes on with its workers.")
    output.people.print(f"Follow it: {shell_command('watch', run.id)}")
    output.document({"run": run.id, "execution": run.execution, "joined": run.joined})
    return Exit.DONE
