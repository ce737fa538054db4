"""`outlast research`: a question and documents in, a checked report out."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from temporalio.client import Client

from outlast.cli.accepting import accepted
from outlast.cli.collecting import collect, refuse_unclear
from outlast.cli.exits import Exit
from outlast.cli.exporting import Exports, Format, format_of
from outlast.cli.following import follow
from outlast.cli.output import Output
from outlast.cli.starting import Started, start, start_again
from outlast.composition import composed
from outlast.evidence.budget import Budget
from outlast.evidence.errors import Permanent
from outlast.orchestration.embedded.connection import connection
from outlast.orchestration.embedded.detached import detach
from outlast.orchestration.embedded.home_folder import open_home
from outlast.orchestration.research.messages import Ask, accept_ask
from outlast.orchestration.settings import Settings
from outlast.tools.store.collections import Collections
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
    ask = accepted(accept_ask, given)
    if wanted.docs is None and not wanted.collection and not wanted.web:
        raise Permanent(
            'There are no documents. Name their folder: outlast research "QUESTION" --docs DIR; or --collection NAME, '
            "as `outlast docs list` has it; or --web."
        )
    output, settings = Output(as_json=wanted.as_json, is_taken=form is not None), Settings()
    exports = Exports(settings, wanted.out)
    if wanted.docs is not None:
        exports.refuse_inside(wanted.docs)
    exports.refuse_another(ask.question)
    if settings.temporal() is None and (settings.model or settings.reasoner):  # else workers have settings of their own
        composed(open_objects(settings.object_store), settings)
    ask = ask.model_copy(update={"collection": await collection_of(wanted, settings, output)})
    async with connection(settings, starts_work=True) as client:
        started = await begun(client, ask, output, again=wanted.again)
        if wanted.detach:
            return leave(started, settings, output)
        return await follow(client, started.handle, settings, exports, output, approve=wanted.approve, form=form)


async def collection_of(wanted: Wanted, settings: Settings, output: Output) -> str | None:
    """The id of the collection that the run is about, which is fixed from here on; None for the web alone."""
    if wanted.docs is None and not wanted.collection:
        return None
    if wanted.docs is not None:
        return await collect(wanted.docs, settings, output, wanted.exclude)
    await asyncio.to_thread(open_home, settings.home)
    return await Collections(open_objects(settings.object_store)).resolve(wanted.collection)


async def begun(client: Client, ask: Ask, output: Output, *, again: bool) -> Started:
    return await (start_again if again else start)(client, ask, output)


def leave(started: Started, settings: Settings, output: Output) -> Exit:
    """The run goes on without this command: with its workers, or in the background of this folder."""
    run, execution = started.handle.id, str(started.handle.run_id)
    if settings.temporal() is None:
        detach(settings, run, execution)
        output.people.print("It goes on in the background until it ends or waits for you; `outlast down` stops that.")
    else:
        output.people.print("It goes on with its workers.")
    output.people.print(f"Follow it: outlast watch {run}")
    output.document({"run": run, "execution": execution, "joined": started.joined})
    return Exit.DONE
