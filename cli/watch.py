"""`outlast watch`: runs followed to their end."""

from collections.abc import Sequence
from pathlib import Path

from outlast.cli.exits import Exit
from outlast.cli.following import follow
from outlast.cli.output import Output, format_of
from outlast.cli.several import follow_several
from outlast.evidence.errors import Permanent
from outlast.orchestration.client.client import Client, Run
from outlast.orchestration.client.export import Exports
from outlast.orchestration.settings import Settings


async def watch(given: Sequence[str], out: Path | None, report: str, *, every: bool, as_json: bool) -> Exit:
    form = format_of(report, as_json=as_json)
    several = every or len(given) > 1
    if several and (out is not None or form):
        raise Permanent("--out and --format are for one run. Name it: outlast watch RUN --out DIR")
    if every and given:
        raise Permanent("Give either runs or --all.")
    output, settings = Output(as_json=as_json, is_taken=form is not None), Settings()
    async with Client.connect(settings=settings, starts_work=False) as client:
        if several:
            return await follow_several(
                client, await client.open_runs() if every else await found(client, given), output
            )
        run = await client.find(given[0] if given else "")
        exports = Exports(settings, out)
        if out is not None and (seen := await client.describe(run)).status:
            exports.refuse_another(seen.status.question)
        return await follow(client, run, exports, output, stream=True, form=form)


async def found(client: Client, given: Sequence[str]) -> list[Run]:
    """Each run once, in the order in which they were named."""
    return list({run.execution: run for run in [await client.find(each) for each in given]}.values())
