"""`outlast down`: what runs in the background of this folder, stopped."""

import asyncio
import time
from datetime import timedelta

from outlast.cli.exits import Exit
from outlast.cli.output import Output
from outlast.evidence.errors import NeedsOperator, Permanent
from outlast.evidence.text import command
from outlast.orchestration.embedded.detached import stop_keeper
from outlast.orchestration.embedded.home_folder import has_users
from outlast.orchestration.embedded.supervisor import Files, is_held
from outlast.orchestration.settings import Settings

PATIENCE = timedelta(seconds=60)
ENDING = timedelta(seconds=10)
"""So long a command may take to leave: the keeper that was ended here, or one that is done."""


async def down(*, as_json: bool) -> Exit:
    output, settings = Output(as_json=as_json), Settings()
    if profile := settings.temporal():
        raise Permanent(
            f"TEMPORAL_ADDRESS names the server at {profile.address}: nothing of it runs in this folder. "
            "Stop it and its workers where they were started."
        )
    files = Files(settings.home.resolve())
    was_up = is_held(files.lock("supervisor"))
    runs = await stop_keeper(files.home)
    began = time.monotonic()
    while is_held(files.lock("supervisor")):
        runs += await stop_keeper(files.home)
        if has_users(files) and time.monotonic() - began > ENDING.total_seconds():
            raise NeedsOperator(
                f"A command still uses {settings.home} (`outlast up`, `outlast watch` or the like).",
                "End it where it runs, with Ctrl-C.",
            )
        if time.monotonic() - began > PATIENCE.total_seconds():
            raise NeedsOperator(
                "The server and worker of this folder do not come to an end.",
                f"End the process whose number is in {files.pid('supervisor')}.",
            )
        await asyncio.sleep(0.05)  # a lock sends no event
    output.document({"stopped": was_up, "runs": runs})
    output.people.print("Stopped." if was_up else f"Nothing runs in {settings.home}.")
    for run in runs:
        output.people.print(f"{run} stands where it stood. Go on with: {command('watch', run)}")
    return Exit.DONE
