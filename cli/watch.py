"""`outlast watch`: runs followed to their end."""

from collections.abc import Sequence
from pathlib import Path

from outlast.cli.exits import Exit
from outlast.cli.following import follow_run, follow_runs
from outlast.cli.output import Output, format_of
from outlast.cli.wishes import apply_wish
from outlast.evidence.errors import Permanent
from outlast.orchestration.client.client import Client, Run
from outlast.orchestration.client.export import Exporter
from outlast.orchestration.client.report import Format
from outlast.orchestration.embedded.connection import NoRunYet
from outlast.orchestration.settings import Settings


async def watch(given: Sequence[str], out: Path | None, report: str, *, every: bool, as_json: bool) -> Exit:
    form = format_of(report, as_json=as_json)
    several = every or len(given) > 1
    if several and (out is not None or form):
        raise Permanent("--out and --format are for one run. Name it: outlast watch RUN --out DIR")
    if every and given:
        raise Permanent("Give either runs or --all.")
    output, settings = Output(as_json=as_json, is_taken=form is not None), Settings()
    try:
        return await watch_chosen(given, Exporter(settings, out), output, form, several=several, every=every)
    except NoRunYet as nothing:
        if not every:
            raise
        output.people.print(str(nothing))
        return Exit.DONE


async def watch_chosen(
    given: Sequence[str], exports: Exporter, output: Output, form: Format | None, *, several: bool, every: bool
) -> Exit:
    settings, out = exports.settings, exports.out
    async with Client.connect(settings=settings, starts_work=False, starts_runs=False) as client:
        if several:
            return await follow_runs(
                client, await client.open_runs() if every else await find_runs(client, given), output
            )
        run = await client.find(given[0] if given else "")
        if out is not None and (seen := await client.describe(run)).status:
            exports.refuse_other_report(seen.status.question)
        exports, form = await apply_wish(exports, form, run)
        if output.as_json:
            form = None  # stdout is for documents
        elif form is not None:
            output = Output(is_taken=True)
        return await follow_run(client, run, exports, output, stream=True, form=form)


async def find_runs(client: Client, given: Sequence[str]) -> list[Run]:
    """Each run once, in the order in which they were named."""
    return list({run.execution: run for run in [await client.find(each) for each in given]}.values())
