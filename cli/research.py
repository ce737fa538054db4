"""`outlast research`: a question and documents in, a checked report out."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from outlast.cli.exits import Exit
from outlast.cli.following import follow
from outlast.cli.output import Output, format_of
from outlast.cli.questions import TYPED, collect, no_documents, refuse_unclear, tell_home
from outlast.cli.times import moment
from outlast.cli.wishes import Wish, remember
from outlast.composition import composed
from outlast.evidence.budget import Budget
from outlast.evidence.errors import Permanent
from outlast.evidence.text import command
from outlast.orchestration.client.client import Client, Run
from outlast.orchestration.client.documents import collection_id
from outlast.orchestration.client.export import Exports
from outlast.orchestration.client.report import Format
from outlast.orchestration.embedded.detached import detach
from outlast.orchestration.research.messages import accept_ask, accepted
from outlast.orchestration.settings import Settings
from outlast.tools.store.objects import open_objects


@dataclass(frozen=True)
class Wanted:
    """What the options of `outlast research` say."""

    docs: Path | None
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

    def form(self) -> Format | None:
        """Of the report on stdout. Raises Permanent where two options cannot both be meant."""
        refuse_unclear(self.docs, self.collection, self.exclude)
        if self.detach and (self.out is not None or self.report):
            raise Permanent(
                "--detach does not wait for the report. When the run has ended: outlast report RUN --out DIR"
            )
        return format_of(self.report, as_json=self.as_json)


async def research(question: str, wanted: Wanted) -> Exit:
    """`question` is one line."""
    form = wanted.form()
    given = {"question": question, "approve": wanted.approve, "web": wanted.web, "budget": dict(wanted.budget.limits())}
    ask = accepted(partial(accept_ask, accepted=TYPED), given)
    if wanted.docs is None and not wanted.collection and not wanted.web:
        raise no_documents("research", question)
    output, settings = Output(as_json=wanted.as_json, is_taken=form is not None), Settings()
    exports = Exports(settings, wanted.out)
    if wanted.docs is not None:
        exports.refuse_inside(wanted.docs)
    exports.refuse_another(ask.question)
    if settings.temporal() is None and (settings.model or settings.reasoner):  # else workers have settings of their own
        composed(open_objects(settings.object_store), settings)
    tell_home(settings, output)
    ask = ask.model_copy(update={"collection": await collection_of(wanted, settings, output)})
    async with Client.connect(settings=settings) as client:
        run = await client.begin(ask, again=wanted.again)
        output.people.print(f"Run       {run.id}{since(run)}")
        wish = Wish(out=wanted.out and wanted.out.absolute(), form=form)
        await asyncio.to_thread(remember, settings, run, wish)
        if wanted.detach:
            return leave(run, settings, output)
        return await follow(client, run, exports, output, approve=wanted.approve, form=form)


async def collection_of(wanted: Wanted, settings: Settings, output: Output) -> str | None:
    """The id of the collection that the run is about, which is fixed from here on; None for the web alone."""
    if wanted.docs is not None:
        return await collect(wanted.docs, settings, output, wanted.exclude)
    return await collection_id(None, wanted.collection, settings)


def since(run: Run) -> str:
    return f" (under way since {moment(run.since)} UTC; joined)" if run.since else ""


def leave(run: Run, settings: Settings, output: Output) -> Exit:
    """The run goes on without this command: with its workers, or in the background of this folder."""
    if settings.temporal() is None:
        detach(settings, run.id, run.execution)
        output.people.print("It goes on in the background until it ends or waits for you; `outlast down` stops that.")
    else:
        output.people.print("It goes on with its workers.")
    output.people.print(f"Follow it: {command('watch', run.id)}")
    output.document({"run": run.id, "execution": run.execution, "joined": run.joined})
    return Exit.DONE
