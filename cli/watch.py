"""`outlast watch`: runs followed to their end."""

from collections.abc import Sequence
from pathlib import Path

from temporalio.client import Client

from outlast.cli.exits import Exit
from outlast.cli.exporting import Exports, format_of
from outlast.cli.finding import Handle, find_run, open_runs
from outlast.cli.following import follow
from outlast.cli.looking import look
from outlast.cli.output import Output
from outlast.cli.several import follow_several
from outlast.evidence.errors import Permanent
from outlast.orchestration.embedded.connection import connection
from outlast.orchestration.settings import Settings


async def watch(given: Sequence[str], out: Path | None, report: str, *, every: bool, as_json: bool) -> Exit:
    form = format_of(report, as_json=as_json)
    several = every or len(given) > 1
    if several and (out is not None or form):
        raise Permanent("--out and --format are for one run. Name it: outlast watch RUN --out DIR")
    if every and given:
        raise Permanent("Give either runs or --all.")
    output, settings = Output(as_json=as_json, is_taken=form is not None), Settings()
    async with connection(settings) as client:
        if several:
            handles = await open_runs(client) if every else await found(client, given)
            return await follow_several(client, handles, settings, output)
        handle = await find_run(client, given[0] if given else "")
        exports = Exports(settings, out)
        if out is not None and (seen := await look(client, handle)).status:
            exports.refuse_another(seen.status.question)
        return await follow(client, handle, settings, exports, output, stream=True, form=form)


async def found(client: Client, given: Sequence[str]) -> list[Handle]:
    """Each run once, in the order in which they were named."""
    handles = [await find_run(client, each) for each in given]
    return list({handle.run_id: handle for handle in handles}.values())
