"""`outlast report`: the report of a run that has ended, written to a folder again."""

from pathlib import Path

from outlast.cli.exits import Exit
from outlast.cli.outcomes import finish
from outlast.cli.output import Output, format_of
from outlast.evidence.errors import Permanent
from outlast.evidence.text import command
from outlast.orchestration.client.client import Client
from outlast.orchestration.client.export import Exports
from outlast.orchestration.settings import Settings


async def report(given: str, out: Path | None, wanted: str, *, as_json: bool) -> Exit:
    """The same folder, and the same last words, as at the end of the run."""
    form = format_of(wanted, as_json=as_json)
    output, settings = Output(as_json=as_json, is_taken=form is not None), Settings()
    async with Client.connect(settings=settings, starts_work=False, starts_runs=False) as client:
        run = await client.find(given)
        if not await client.is_over(run):
            raise Permanent(f"The run {run.id} has not ended yet. Follow it: {command('watch', run.id)}")
        end = await client.end(run)
    return await finish(end, run, Exports(settings, out), settings, output, form=form)
